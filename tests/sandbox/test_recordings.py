"""What recorded answers of Notion show beyond its documentation; each test names its source.

Recordings are those in the repositories of notion-sdk-py, ultimate-notion, notion_ruby_mapping and
go-api-libs/notion; "a live call" is what somebody noted of one.
"""

import json
import re
from typing import Any

import pytest

from notion_sync.sandbox.api.query import CEILING
from notion_sync.sandbox.core import Core
from notion_sync.sandbox.ids import NIL
from notion_sync.sandbox.messages import Answer, Request
from notion_sync.sandbox.options import Options
from notion_sync.sandbox.store import nodes, pages
from notion_sync.sandbox.store.db import transaction
from notion_sync.sandbox.workspace import plain
from tests.sandbox.caller import Caller
from tests.sandbox.support import MIB, NEWEST, paragraph, rich

Json = dict[str, Any]
OLD, MIDDLE = "2022-06-28", "2025-09-03"
VERSIONS = (OLD, MIDDLE, NEWEST)
UNKNOWN = "12345678-1234-4234-8234-123456789abc"
MINUTE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:00\.000Z")
EXACT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00")


@pytest.fixture
def notion() -> Caller:
    return Caller(Core.in_memory(seed=1))


def page_id(notion: Caller) -> str:
    return notion.core.workspace.page_id


def source_id(notion: Caller) -> str:
    return notion.core.workspace.data_source_id


def make_row(notion: Caller, title: str, **properties: Json) -> Json:
    parent = {"data_source_id": source_id(notion)}
    values = {"Name": {"title": rich(title)}, **properties}
    return notion.ok("POST", "/v1/pages", {"parent": parent, "properties": values})


def query(notion: Caller, **body: Any) -> Json:
    return notion.ok("POST", f"/v1/data_sources/{source_id(notion)}/query", body)


def titles(answer: Json) -> list[str]:
    return [row["properties"]["Name"]["title"][0]["plain_text"] for row in answer["results"]]


def add_property(notion: Caller, name: str, definition: Json) -> None:
    notion.ok("PATCH", f"/v1/data_sources/{source_id(notion)}", {"properties": {name: definition}})


def make_database(notion: Caller, **more: Any) -> Json:
    return notion.ok("POST", "/v1/databases", {"parent": {"page_id": page_id(notion)}, **more})


# Queries.


def test_without_sorts_the_newest_row_comes_first(notion: Caller) -> None:
    """ultimate-notion, test_more_than_max_page_size_pages: rows made 1 to 110 come as 110 to 1."""
    for number in range(1, 111):
        make_row(notion, str(number))
    first = query(notion)
    second = query(notion, start_cursor=first["next_cursor"])
    assert titles(first) + titles(second) == [str(number) for number in range(110, 0, -1)]


def test_rows_of_one_minute_are_ties_for_a_sort_by_time(notion: Caller) -> None:
    """notion-sdk-py, test_collect_all_data_source_rows: sorted upwards they still come newest first."""
    for title in ("row 0", "row 1", "row 2"):
        make_row(notion, title)
    notion.core.advance_to(notion.core.workspace.clock.now() + 60)
    make_row(notion, "later")
    by_time = [{"timestamp": "created_time", "direction": "ascending"}]
    assert titles(query(notion, sorts=by_time)) == ["row 2", "row 1", "row 0", "later"]


@pytest.mark.parametrize("body", [{}, {"sorts": [{"property": "Name", "direction": "ascending"}]}])
def test_cursors_of_queries_are_opaque(notion: Caller, body: Json) -> None:
    """Recorded: `s:<uuid>:<uuid>`, and no `request_status` in any of 155 answers."""
    for title in "abc":
        make_row(notion, title)
    seen, cursor = [], None
    while True:
        answer = query(notion, page_size=1, start_cursor=cursor, **body)
        assert "request_status" not in answer
        seen += titles(answer)
        cursor = answer["next_cursor"]
        if cursor is None:
            break
        assert re.fullmatch(r"s:[0-9a-f-]{36}:[0-9a-f-]{36}", cursor)
    assert sorted(seen) == ["a", "b", "c"]
    for strange in ("bogus", UNKNOWN, f"s:{UNKNOWN}:{UNKNOWN}", cursor_of(source_id(notion), UNKNOWN)):
        path = f"/v1/data_sources/{source_id(notion)}/query"
        assert notion.refused("POST", path, {"start_cursor": strange})["code"] == "validation_error"


def cursor_of(source: str, row: str) -> str:
    return f"s:{source}:{row}"


@pytest.mark.parametrize("upwards", [False, True])
def test_a_query_ends_at_its_ceiling(notion: Caller, upwards: bool) -> None:
    """Documentation, "Query large data sources": the 10,000th row is the last, every page says so."""
    ids = fill(notion, CEILING + 5)
    order = [f"{number:05}" for number in range(len(ids))]
    body: Json = {"sorts": [{"property": "Name", "direction": "ascending"}]} if upwards else {}
    if not upwards:
        order.reverse()
    first = query(notion, page_size=2, **body)
    assert (titles(first), first["has_more"]) == (order[:2], True)
    near_the_end = ids[int(order[CEILING - 3])]
    last = query(notion, start_cursor=cursor_of(source_id(notion), near_the_end), **body)
    assert titles(last) == order[CEILING - 3 : CEILING]
    assert (last["has_more"], last["next_cursor"]) == (False, None)
    for answer in (first, last):
        assert answer["request_status"] == {
            "type": "incomplete",
            "incomplete_reason": "query_result_limit_reached",
        }


def fill(notion: Caller, count: int) -> list[str]:
    """So many rows, past the API, called by their numbers; their ids."""
    workspace = notion.core.workspace
    now, made = workspace.clock.now(), []
    with transaction(workspace.db):
        for number in range(count):
            id_, title = workspace.fresh.id(), f"{number:05}"
            made.append(id_)
            nodes.insert(
                workspace.db,
                id_=id_,
                parent_id=workspace.data_source_id,
                position=number,
                type_=nodes.PAGE,
                content={"title": title},
                bot_id=workspace.bot_id,
                now=now,
            )
            pages.insert(
                workspace.db,
                id_,
                source_id=workspace.data_source_id,
                title=title,
                properties={"title": plain(title)},
                icon=None,
                cover=None,
            )
    return made


@pytest.mark.parametrize("kind", ["url", "email", "phone_number"])
def test_text_filters_are_taken_for_other_texts(notion: Caller, kind: str) -> None:
    """Recorded: `rich_text` filters on properties for addresses and numbers."""
    add_property(notion, "Reach", {kind: {}})
    make_row(notion, "a", Reach={kind: "https://example.com"})
    make_row(notion, "b")
    assert titles(query(notion, filter={"property": "Reach", "rich_text": {"contains": "example"}})) == ["a"]


def test_a_select_filter_takes_a_list(notion: Caller) -> None:
    """Recorded: a list in `select.equals` is answered."""
    make_row(notion, "a", Status={"select": {"name": "Done"}})
    make_row(notion, "b")
    assert titles(query(notion, filter={"property": "Status", "select": {"equals": ["Done"]}})) == ["a"]


def test_a_page_size_above_the_most_is_answered_with_the_most(notion: Caller) -> None:
    """Recorded: `page_size=101`."""
    path = f"/v1/blocks/{page_id(notion)}/children"
    for _ in range(2):
        notion.append(*[paragraph("x")] * 60)
    assert len(notion.ok("GET", f"{path}?page_size=101")["results"]) == 100
    assert query(notion, page_size=101)["results"] == []


def test_a_page_size_of_nothing_is_the_usual_one(notion: Caller) -> None:
    """Observed, in addresses and in bodies: `page_size=0`."""
    notion.append(paragraph("x"))
    make_row(notion, "a")
    path = f"/v1/blocks/{page_id(notion)}/children?page_size=0"
    assert notion.ok("GET", path)["results"] == notion.ok("GET", path.partition("?")[0])["results"] != []
    assert titles(query(notion, page_size=0)) == ["a"]


# What comes with every answer.


@pytest.mark.parametrize("path", ["users/me", f"pages/{UNKNOWN}"])
def test_an_answer_names_its_request_and_no_rate(notion: Caller, path: str) -> None:
    """Headers in notion-sdk-py's recordings: the request's id, Cloudflare's, and nothing of a rate."""
    answer = notion.ask("GET", f"/v1/{path}")
    assert isinstance(answer, Answer)
    headers = {name.lower(): value for name, value in answer.headers.items()}
    assert headers["content-type"] == "application/json; charset=utf-8"
    assert headers["x-notion-request-id"] == json.loads(answer.body)["request_id"]
    assert "cf-ray" in headers
    assert not any("ratelimit" in name for name in headers)


@pytest.mark.parametrize(("told", "header"), [({}, None), ({"additional_data": {"retry_after": "7"}}, "7")])
def test_a_full_rate_may_come_without_a_time(notion: Caller, told: Json, header: str | None) -> None:
    """Live calls: `Retry-After` is sometimes missing."""
    notion.core.faults.load([{"nth": 1, "do": {"status": 429, **told}}])
    answer = notion.ask("GET", "/v1/users/me")
    assert isinstance(answer, Answer)
    assert (answer.status, answer.headers.get("Retry-After")) == (429, header)


def test_the_size_in_a_refusal_is_that_of_live_ones() -> None:
    """Live notes: `File size of 5.5 MiB exceeds the limit of 5 MiB.` on the free plan."""
    notion = Caller(Core.in_memory(seed=1, options=Options(plan="free", rate=None)))
    created = notion.ok("POST", "/v1/file_uploads", {"filename": "a.png"})
    with pytest.raises(AssertionError, match=re.escape("File size of 5.5 MiB exceeds the limit of 5 MiB.")):
        notion.send(created["id"], bytes(5 * MIB + MIB // 2), "image/png")


# Names, times, addresses.


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("my_robot", "my_robot.txt"),
        ("other.txt", "other.txt"),
        ("other.md", "other.md"),
        (".hidden", ".hidden.txt"),
    ],
)
def test_a_file_block_keeps_its_extension(notion: Caller, name: str, wanted: str) -> None:
    """ultimate-notion, test_modify_file_blocks: `my_robot` for `robots.txt`; the other names are guessed."""
    link = {"external": {"url": "https://example.com/robots.txt"}}
    (block,) = notion.append({"file": link})["results"]
    changed = notion.ok("PATCH", f"/v1/blocks/{block['id']}", {"file": {"name": name}})
    read = notion.ok("GET", f"/v1/blocks/{block['id']}")
    assert (changed["file"]["name"], read["file"]["name"]) == (wanted, wanted)


@pytest.mark.parametrize("version", VERSIONS)
def test_times_are_rounded_but_for_databases(notion: Caller, version: str) -> None:
    """Recorded answers (of data sources: notion-sdk-py, test_data_sources_retrieve).

    A database shows minutes, too, until 2022-06-28.
    """
    notion.core.advance_to(notion.core.workspace.clock.now() + 61.5)
    notion.append(paragraph("x"))
    workspace = notion.core.workspace
    shown = {
        "page": notion.ok("GET", f"/v1/pages/{workspace.page_id}", version=version),
        "block": notion.ok("GET", f"/v1/blocks/{workspace.page_id}", version=version),
        "database": notion.ok("GET", f"/v1/databases/{workspace.database_id}", version=version),
    }
    if version != OLD:
        path = f"/v1/data_sources/{workspace.data_source_id}"
        shown["data_source"] = notion.ok("GET", path, version=version)
    for kind, answer in shown.items():
        form = EXACT if kind == "database" and version != OLD else MINUTE
        for key in ("created_time", "last_edited_time"):
            assert form.fullmatch(answer[key]), (kind, answer[key])


def test_addresses_lead_to_the_app(notion: Caller) -> None:
    """Recorded since mid-2026; a data source has its database's address."""
    workspace = notion.core.workspace
    row = make_row(notion, "A row, and more")
    undashed = row["id"].replace("-", "")
    assert row["url"] == f"https://app.notion.com/p/A-row-and-more-{undashed}"
    database = notion.ok("GET", f"/v1/databases/{workspace.database_id}")
    assert database["url"] == f"https://app.notion.com/p/{workspace.database_id.replace('-', '')}"
    assert notion.ok("GET", f"/v1/data_sources/{source_id(notion)}")["url"] == database["url"]


# What things are called, and how they come back.


def test_a_database_without_a_title_is_a_new_one(notion: Caller) -> None:
    """ultimate-notion, test_db_without_title: only the data source itself has no title."""
    made = make_database(notion)
    assert made["title"][0]["plain_text"] == "New database"
    (source,) = made["data_sources"]
    assert source["name"] == "New database"
    assert notion.ok("GET", f"/v1/data_sources/{source['id']}")["title"] == []
    assert notion.ok("GET", f"/v1/blocks/{made['id']}")["child_database"] == {"title": "New database"}


def test_options_without_a_colour_are_default(notion: Caller) -> None:
    """Recorded, for a schema and for a row."""
    add_property(notion, "Tags", {"multi_select": {"options": [{"name": "one"}, {"name": "two"}]}})
    row = make_row(
        notion, "a", Status={"select": {"name": "Brand new"}}, Tags={"multi_select": [{"name": "x"}]}
    )
    schema = notion.ok("GET", f"/v1/data_sources/{source_id(notion)}")["properties"]
    options = [*schema["Tags"]["multi_select"]["options"], row["properties"]["Status"]["select"]]
    assert {option["color"] for option in options} == {"default"}


def test_ones_own_status_options_are_to_do(notion: Caller) -> None:
    """ultimate-notion, all_props_db: all options of a status in its first group."""
    add_property(notion, "State", {"status": {"options": [{"name": "a"}, {"name": "b"}, {"name": "c"}]}})
    status = notion.ok("GET", f"/v1/data_sources/{source_id(notion)}")["properties"]["State"]["status"]
    assert [len(group["option_ids"]) for group in status["groups"]] == [3, 0, 0]


def test_properties_show_whole_users(notion: Caller) -> None:
    """Recorded in properties, while the page itself names users by id alone."""
    add_property(notion, "By", {"created_by": {}})
    row = make_row(notion, "a")
    bot = notion.core.workspace.bot_id
    assert row["created_by"] == {"object": "user", "id": bot}
    assert row["properties"]["By"]["created_by"] == {
        "object": "user", "id": bot, "name": "notion-sync", "avatar_url": None, "type": "bot", "bot": {},
    }  # fmt: skip


def test_relations_say_whether_there_are_more(notion: Caller) -> None:
    """Recorded, and `has_more` is taken back as it was read."""
    add_property(
        notion, "Related", {"relation": {"data_source_id": source_id(notion), "single_property": {}}}
    )
    first = make_row(notion, "a")
    value = {"relation": [{"id": first["id"]}], "has_more": False}
    second = make_row(notion, "b", Related=value)
    read = second["properties"]["Related"]
    assert {key: read[key] for key in value} == value
    written = notion.ok("PATCH", f"/v1/pages/{second['id']}", {"properties": {"Related": read}})
    assert written["properties"]["Related"] == read


def test_notions_own_icons_are_icons(notion: Caller) -> None:
    """Recorded: an external icon with one of Notion's addresses."""
    url = "https://www.notion.so/icons/table_purple.svg"
    page = notion.ok("PATCH", f"/v1/pages/{page_id(notion)}", {"icon": {"external": {"url": url}}})
    assert page["icon"] == {"type": "icon", "icon": {"name": "table", "color": "purple"}}
    other = {"external": {"url": "https://example.com/icons/table_purple.svg"}}
    assert notion.ok("PATCH", f"/v1/pages/{page_id(notion)}", {"icon": other})["icon"]["type"] == "external"


def test_links_to_pages_have_dashes(notion: Caller) -> None:
    """Recorded, however the id was written."""
    link = {"link_to_page": {"page_id": page_id(notion).replace("-", "")}}
    (block,) = notion.append(link)["results"]
    assert block["link_to_page"] == {"type": "page_id", "page_id": page_id(notion)}


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("pages", "page"),
        ("blocks", "block"),
        ("databases", "database"),
        ("data_sources", "database"),
        ("file_uploads", "file_upload"),
    ],
)
def test_what_is_not_found_names_the_connection(notion: Caller, path: str, kind: str) -> None:
    """Recorded; an unknown data source is called a database."""
    error = notion.refused("GET", f"/v1/{path}/{UNKNOWN}")
    assert error["message"].startswith(f"Could not find {kind} with ID: {UNKNOWN}.")
    assert error["additional_data"] == {"integration_id": notion.core.workspace.bot_id}


@pytest.mark.parametrize("path", ["pages", "blocks", "databases", "data_sources", "file_uploads"])
def test_the_nil_uuid_is_an_id_that_nothing_has(notion: Caller, path: str) -> None:
    """Recorded: 404, not 400."""
    assert notion.refused("GET", f"/v1/{path}/{NIL}")["code"] == "object_not_found"


# Dates.


@pytest.mark.parametrize(
    ("date", "wanted"),
    [
        ({"start": "2026-03-11"}, "2026-03-11"),
        ({"start": "2026-03-11T10:00:37", "time_zone": "Europe/Berlin"}, "2026-03-11T10:00:00.000+01:00"),
        ({"start": "2026-07-11T10:00:37", "time_zone": "Europe/Berlin"}, "2026-07-11T10:00:00.000+02:00"),
        ({"start": "2026-03-11T10:00:00.000+05:30"}, "2026-03-11T10:00:00.000+05:30"),
        ({"start": "2026-03-11T10:00:00Z"}, "2026-03-11T10:00:00.000+00:00"),
        ({"start": "2026-03-11T10:00"}, "2026-03-11T10:00:00.000+00:00"),
    ],
)
def test_moments_come_back_with_an_offset_and_without_seconds(
    notion: Caller, date: Json, wanted: str
) -> None:
    """Recorded with a time zone; the last one, without zone and offset, is guessed."""
    row = make_row(notion, "a", Date={"date": date})
    assert row["properties"]["Date"]["date"] == {"start": wanted, "end": None, "time_zone": None}


@pytest.mark.parametrize(
    "start",
    [
        "13.09.2020",
        "today",
        "2022/01/02",
        "2013-3",
        "2022-05-26 22:06 +08:00",
        "",
        "2026-02-30",
        "2026-03-11T25:00",
    ],
)
@pytest.mark.parametrize("where", ["start", "end"])
def test_other_dates_are_refused(notion: Caller, start: str, where: str) -> None:
    """Recorded, and public reports; the last two are days and hours that do not exist."""
    date = {"start": "2026-03-11", where: start}
    body = {"parent": {"data_source_id": source_id(notion)}, "properties": {"Date": {"date": date}}}
    message = notion.refused("POST", "/v1/pages", body)["message"]
    assert message.startswith(
        f"body failed validation: body.properties.Date.date.{where} should be a valid ISO 8601 date string"
    )
    assert message.endswith(f'instead was `"{start}"`.')


# Looser and stricter than it looks.


def test_an_update_may_have_an_empty_list_of_children(notion: Caller) -> None:
    """Recorded: `children: []`."""
    (block,) = notion.append(paragraph("x"))["results"]
    body: Json = {"paragraph": {"rich_text": rich("y"), "children": []}}
    assert (
        notion.ok("PATCH", f"/v1/blocks/{block['id']}", body)["paragraph"]["rich_text"][0]["plain_text"]
        == "y"
    )
    body["paragraph"]["children"] = [paragraph("z")]
    error = notion.refused("PATCH", f"/v1/blocks/{block['id']}", body)
    assert "body.paragraph.children should be not present" in error["message"]


@pytest.mark.parametrize(("version", "taken"), [(OLD, True), (MIDDLE, False), (NEWEST, False)])
def test_a_type_inside_a_changed_file(notion: Caller, version: str, taken: bool) -> None:
    """Recorded under 2022-06-28; refused since (three projects)."""
    (block,) = notion.append({"image": {"external": {"url": "https://example.com/a.png"}}})["results"]
    body = {"image": {"type": "external", "external": {"url": "https://example.com/b.png"}}}
    answer = notion.ask("PATCH", f"/v1/blocks/{block['id']}", body, version)
    assert isinstance(answer, Answer)
    assert answer.status == (200 if taken else 400)


def test_a_database_cannot_lose_its_icon(notion: Caller) -> None:
    """A live call: `icon: null` is refused, while a page's icon goes with it."""
    path = f"/v1/databases/{notion.core.workspace.database_id}"
    assert notion.refused("PATCH", path, {"icon": None})["code"] == "validation_error"
    assert notion.ok("PATCH", f"/v1/pages/{page_id(notion)}", {"icon": None})["icon"] is None


def test_an_inline_database_has_no_cover(notion: Caller) -> None:
    """A live call; one that is a page of its own may have it."""
    cover = {"external": {"url": "https://example.com/a.png"}}
    inline = {"parent": {"page_id": page_id(notion)}, "cover": cover, "is_inline": True}
    assert notion.refused("POST", "/v1/databases", inline)["code"] == "validation_error"
    made = make_database(notion, cover=cover)
    assert made["cover"]["type"] == "external"
    refused = notion.refused("PATCH", f"/v1/databases/{made['id']}", {"is_inline": True, "cover": cover})
    assert refused["code"] == "validation_error"


@pytest.mark.parametrize("key", ["icon", "cover"])
def test_a_file_that_was_read_is_no_icon_and_no_cover(notion: Caller, key: str) -> None:
    """A live call: `type: file` is refused."""
    upload = {"type": "file_upload", "file_upload": {"id": notion.upload()}}
    read = notion.ok("PATCH", f"/v1/pages/{page_id(notion)}", {key: upload})[key]
    assert read["type"] == "file"
    refused = notion.refused("PATCH", f"/v1/pages/{page_id(notion)}", {key: read})
    assert refused["code"] == "validation_error"


@pytest.mark.parametrize("body", [b"", b"just bytes"])
@pytest.mark.parametrize("content_type", [None, "application/octet-stream", "application/json"])
def test_a_send_without_a_form_is_no_json(notion: Caller, body: bytes, content_type: str | None) -> None:
    """A live call: `invalid_json`."""
    id_ = notion.ok("POST", "/v1/file_uploads", {"filename": "a.png"})["id"]
    headers = notion.core.headers() | ({"Content-Type": content_type} if content_type else {})
    answer = notion.core.handle(Request("POST", f"/v1/file_uploads/{id_}/send", "", headers, body))
    assert isinstance(answer, Answer)
    assert (answer.status, json.loads(answer.body)["code"]) == (400, "invalid_json")


# Embeds.


def html(notion: Caller, name: str = "a.html", data: bytes = b"<p>Hello</p>") -> Json:
    created = notion.ok("POST", "/v1/file_uploads", {"filename": name})
    notion.send(created["id"], data, created["content_type"])
    return {"file_upload": {"id": created["id"]}}


@pytest.mark.parametrize("version", VERSIONS)
def test_html_can_be_embedded(notion: Caller, version: str) -> None:
    """Changelog of 3 July 2026 and three projects: it reads back as an address, a signed one."""
    path = f"/v1/blocks/{page_id(notion)}/children"
    body = {"children": [{"embed": {**html(notion), "caption": rich("shown")}}]}
    (block,) = notion.ok("PATCH", path, body, version)["results"]
    assert set(block["embed"]) == {"caption", "url"}
    assert block["embed"]["caption"][0]["plain_text"] == "shown"
    assert notion.download(block["embed"]["url"]).body == b"<p>Hello</p>"


def test_an_embed_changes_between_file_and_address(notion: Caller) -> None:
    """The changelog names updates too."""
    (block,) = notion.append({"embed": {"url": "https://example.com", "caption": rich("kept")}})["results"]
    path = f"/v1/blocks/{block['id']}"
    changed = notion.ok("PATCH", path, {"embed": html(notion, data=b"new")})["embed"]
    assert notion.download(changed["url"]).body == b"new"
    assert changed["caption"][0]["plain_text"] == "kept"
    captioned = notion.ok("PATCH", path, {"embed": {"caption": rich("other")}})["embed"]
    assert notion.download(captioned["url"]).body == b"new"
    assert (
        notion.ok("PATCH", path, {"embed": {"url": "https://example.org"}})["embed"]["url"]
        == "https://example.org"
    )


def test_only_html_can_be_embedded(notion: Caller) -> None:
    """Guessed: nobody has recorded what happens to anything else."""
    body = {"children": [{"embed": {"file_upload": {"id": notion.upload()}}}]}
    refused = notion.refused("PATCH", f"/v1/blocks/{page_id(notion)}/children", body)
    assert "not supported for embed" in refused["message"]


def test_an_unknown_property_is_refused(notion: Caller) -> None:
    """Guessed: notes of live calls contradict a manual, by which it is dropped in silence."""
    row = make_row(notion, "a")
    body = {"properties": {"Nothing": {"checkbox": True}}}
    assert notion.refused("PATCH", f"/v1/pages/{row['id']}", body)["code"] == "validation_error"
