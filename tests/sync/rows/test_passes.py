"""Rows by whole passes: what becomes of a row's files when Notion, people or other files come between."""

from dataclasses import replace

import pytest

from notion_sync.model import ActionName
from notion_sync.notion.errors import NetworkError
from notion_sync.notion.requests import Request
from notion_sync.rules import OnChange, OnDelete, RowTarget, Rule
from notion_sync.sandbox.control import people
from notion_sync.sandbox.control.state import state
from notion_sync.sandbox.store import databases
from notion_sync.sync.rows.queue import STAYS_DELETED
from notion_sync.sync.rows.update import ATTEMPTS
from notion_sync.template import Template, parse
from tests.support.store import digest
from tests.sync.bench import Bench, Json

ATTACHED, REPLACED, RENAMED = ActionName.ATTACHED, ActionName.REPLACED, ActionName.RENAMED
REMOVED, FAILED = ActionName.REMOVED, ActionName.FAILED

MAKE: Json = {"method": "POST", "path": "^/v1/pages$"}
WRITE: Json = {"method": "PATCH", "path": "^/v1/pages/"}
LOOK: Json = {"method": "POST", "path": "/query$"}


def target(bench: Bench, row: str = "all", **more: object) -> RowTarget:
    return RowTarget(bench.core.workspace.database_id, "Attachments", parse(row), **more)  # type: ignore[arg-type]


def rule(bench: Bench, row: str = "all", *targets: RowTarget, **more: object) -> Rule:
    """What is gone from the folder goes from the row."""
    made = replace(
        bench.rule, targets=targets or (target(bench, row),), on_delete=OnDelete.REMOVE, max_delete=1.0
    )
    return replace(made, **more)  # type: ignore[arg-type]


def push(bench: Bench, rule: Rule) -> dict[str, ActionName]:
    """How each file ended."""
    return {outcome.path: outcome.action for outcome in bench.push(rule).outcomes}


def remark(bench: Bench, path: str) -> str:
    (reason,) = [outcome.reason for outcome in bench.heard.outcomes if outcome.path == path]
    return reason


def row(bench: Bench, title: str = "all") -> Json:
    """The one row of a title that is not in the trash."""
    found: list[Json] = [
        page
        for page in state(bench.core.workspace)["pages"]
        if page["title"] == title and "Attachments" in page["properties"] and not page["in_trash"]
    ]
    assert len(found) == 1
    return found[0]


def contents(bench: Bench, title: str = "all") -> dict[str, str]:
    return {entry["name"]: entry["sha256"] for entry in row(bench, title)["properties"]["Attachments"]}


def trash(bench: Bench, page_id: str) -> None:
    bench.caller.ok("PATCH", f"/v1/pages/{page_id}", {"in_trash": True})


def make_row(bench: Bench, title: str = "all") -> str:
    properties = {"Name": {"title": [{"text": {"content": title}}]}}
    parent = {"data_source_id": bench.core.workspace.data_source_id}
    return str(bench.caller.ok("POST", "/v1/pages", {"parent": parent, "properties": properties})["id"])


def writes(bench: Bench) -> list[str]:
    """The requests that made or changed a row."""
    return [each for each in bench.asked() if each in ("POST /v1/pages", "PATCH /v1/pages/…")]


@pytest.fixture
def filled(bench: Bench) -> Bench:
    """A row with three files."""
    for name in "abc":
        bench.write(f"{name}.txt", name.encode())
    assert set(push(bench, rule(bench)).values()) == {ATTACHED}
    bench.core.journal.clear()
    return bench


# As few requests as possible


def test_all_files_of_a_row_are_made_with_it(bench: Bench) -> None:
    for number in range(70):
        bench.write(f"{number:02}.txt", b"%d" % number)
    push(bench, rule(bench))
    assert writes(bench) == ["POST /v1/pages"]
    assert bench.rows() == {"all": [f"{number:02}.txt" for number in range(70)]}


def test_all_that_is_to_be_done_to_a_row_is_done_at_once(filled: Bench) -> None:
    filled.write("a.txt", b"changed")
    (filled.root / "b.txt").rename(filled.root / "z.txt")
    filled.write("new.txt", b"new")
    ends = push(filled, rule(filled))
    assert ends == {"a.txt": REPLACED, "z.txt": RENAMED, "new.txt": ATTACHED}
    assert writes(filled) == ["PATCH /v1/pages/…"]
    assert contents(filled) == {
        "a.txt": digest("changed"), "z.txt": digest("b"), "c.txt": digest("c"), "new.txt": digest("new"),
    }  # fmt: skip


def test_two_targets_write_to_one_row_one_after_the_other(bench: Bench) -> None:
    """At once, each would make it."""
    bench.write("a.txt", b"a")
    source = f"/v1/data_sources/{bench.core.workspace.data_source_id}"
    bench.caller.ok("PATCH", source, {"properties": {"Receipts": {"files": {}}}})
    push(bench, rule(bench, "all", target(bench), replace(target(bench), property_name="Receipts")))
    assert list(bench.rows()) == ["all"]
    entries = row(bench)["properties"]
    assert [[e["name"] for e in entries[name]] for name in ("Attachments", "Receipts")] == [["a.txt"]] * 2


# A file that does not come


def test_a_file_that_cannot_be_sent_lets_the_others_of_its_row_pass(bench: Bench) -> None:
    for name in ("a.txt", "b.txt", "c.txt"):
        bench.write(name, name.encode())
    bench.write("b.txt", b"b" * 99)
    bench.faults({"method": "POST", "path": "/send$", "nth": 2, "times": 1, "do": {"status": 400}})
    ends = push(bench, rule(bench))
    assert sorted(ends.values()) == [ATTACHED, ATTACHED, FAILED]
    assert len(bench.rows()["all"]) == 2


def test_a_row_none_of_whose_files_come_is_not_made(bench: Bench) -> None:
    bench.write("a.txt", b"a")
    bench.faults({"method": "POST", "path": "/send$", "every": 1, "do": {"status": 400}})
    assert push(bench, rule(bench)) == {"a.txt": FAILED}
    assert bench.rows() == {}


# A row that people delete


def test_what_was_renamed_or_removed_in_a_deleted_row_stays_deleted(filled: Bench) -> None:
    trash(filled, row(filled)["id"])
    (filled.root / "a.txt").rename(filled.root / "z.txt")
    (filled.root / "b.txt").unlink()
    assert push(filled, rule(filled)) == {"z.txt": RENAMED, "b.txt": REMOVED}
    assert remark(filled, "z.txt").endswith(STAYS_DELETED)
    assert filled.rows() == {}
    assert push(filled, rule(filled)) == {}


def test_what_is_new_gets_a_row_of_its_own_where_the_old_one_was_deleted(filled: Bench) -> None:
    trash(filled, row(filled)["id"])
    (filled.root / "a.txt").rename(filled.root / "z.txt")
    filled.write("c.txt", b"changed")
    filled.write("new.txt", b"new")
    assert push(filled, rule(filled)) == {"c.txt": REPLACED, "new.txt": ATTACHED, "z.txt": RENAMED}
    assert contents(filled) == {"c.txt": digest("changed"), "new.txt": digest("new")}
    assert push(filled, rule(filled)) == {}


def test_a_row_that_is_deleted_while_it_is_read_is_made_anew(filled: Bench) -> None:
    old = row(filled)["id"]
    filled.write("new.txt", b"new")

    def interfere(request: Request) -> None:
        if (request.method, request.path) == ("PATCH", f"/v1/pages/{old}"):
            filled.transport.hook = lambda _: None
            trash(filled, old)

    filled.transport.hook = interfere
    assert push(filled, rule(filled)) == {"new.txt": ATTACHED}
    assert row(filled)["id"] != old
    assert filled.rows() == {"all": ["new.txt"]}


@pytest.mark.parametrize("call", [WRITE, {"method": "GET", "path": "^/v1/pages/"}])
def test_a_row_that_is_always_gone_fails_its_files_alone(filled: Bench, call: Json) -> None:
    filled.write("new.txt", b"new")
    make_row(filled, "other")
    filled.faults({**call, "every": 1, "do": {"status": 404, "message": "Could not find page."}})
    assert push(filled, rule(filled)) == {"new.txt": FAILED}
    assert sum(each.startswith(str(call["method"])) for each in filled.asked()) <= 2 * ATTEMPTS


@pytest.mark.parametrize(("name", "titles"), [("new.txt", "all"), ("b.txt", "all"), ("new.txt", "{stem}")])
def test_a_property_that_takes_no_files_for_a_moment_is_no_refusal_of_a_content(
    filled: Bench, name: str, titles: str
) -> None:
    """It becomes a text after the row was read, or before a row is made; and when it is back, all goes on."""
    db, id_ = filled.core.workspace.db, filled.core.workspace.data_source_id
    was = databases.source(db, id_)
    assert was is not None
    text = {"type": "rich_text", "rich_text": {}}
    now = {key: {**each, **text} if each["type"] == "files" else each for key, each in was.properties.items()}
    filled.write(name, b"changed")

    def interfere(request: Request) -> None:
        if request.method == "PATCH" or request.path == "/v1/pages":
            filled.transport.hook = lambda _: None
            databases.put_source(db, replace(was, properties=now))

    filled.transport.hook = interfere
    assert push(filled, rule(filled, titles))[name] == FAILED
    assert "is of type rich_text, not files" in remark(filled, name)
    databases.put_source(db, was)
    assert push(filled, rule(filled, titles))[name] in (ATTACHED, REPLACED)


# Answers that are lost, and refusals


@pytest.mark.parametrize("deed", [{"cut": True}, {"status": 503}, {"committed": True}])
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("call", [MAKE, WRITE])
def test_a_lost_answer_makes_nothing_twice(bench: Bench, call: Json, when: str, deed: Json) -> None:
    if call is WRITE:
        bench.write("a.txt", b"old")
        push(bench, rule(bench))
        bench.write("old.txt", b"a")
        push(bench, rule(bench))
        bench.write("a.txt", b"a again")
    for name in "bc":
        bench.write(f"{name}.txt", name.encode())
    bench.faults({**call, "nth": 1, "times": 1, "when": when, "do": deed})
    ends = push(bench, rule(bench))
    assert FAILED not in ends.values()
    expected = {"b.txt": digest("b"), "c.txt": digest("c")}
    if call is WRITE:
        expected |= {"a.txt": digest("a again"), "old.txt": digest("a")}
    assert contents(bench) == expected
    assert len(bench.rows()["all"]) == len(expected)
    assert push(bench, rule(bench)) == {}


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_lost_answer_to_a_removal_costs_another_look(filled: Bench, when: str) -> None:
    (filled.root / "a.txt").unlink()
    (filled.root / "b.txt").rename(filled.root / "z.txt")
    filled.faults({**WRITE, "nth": 1, "times": 1, "when": when, "do": {"cut": True}})
    assert push(filled, rule(filled)) == {"a.txt": REMOVED, "z.txt": RENAMED}
    assert filled.rows() == {"all": ["z.txt", "c.txt"]}
    assert push(filled, rule(filled)) == {}


def test_a_conflict_is_written_over_what_was_read_anew(filled: Bench) -> None:
    filled.write("new.txt", b"new")
    filled.faults({**WRITE, "every": 1, "times": 2, "do": {"status": 409}})
    assert push(filled, rule(filled)) == {"new.txt": ATTACHED}
    assert filled.rows() == {"all": ["a.txt", "b.txt", "c.txt", "new.txt"]}


def test_a_refusal_fails_what_was_in_the_write_and_is_said(filled: Bench) -> None:
    filled.write("new.txt", b"new")
    filled.faults({**WRITE, "every": 1, "do": {"status": 400, "message": "Not this one."}})
    assert push(filled, rule(filled)) == {"new.txt": FAILED}
    assert "Not this one" in remark(filled, "new.txt")
    filled.faults()
    assert filled.rows() == {"all": ["a.txt", "b.txt", "c.txt"]}
    assert filled.store.journal.open() == []


def forget_uploads(bench: Bench) -> None:
    """The next write of a row is refused, and the contents have to be sent again."""
    bench.faults({**MAKE, "every": 1, "times": 1, "do": {"status": 403}})
    push(bench, rule(bench))
    bench.faults()
    bench.core.workspace.clock.move_to(bench.core.workspace.clock.now() + 2 * 3600)


def test_an_upload_that_notion_forgot_is_sent_again_and_only_that_one(bench: Bench) -> None:
    bench.write("a.txt", b"a")
    forget_uploads(bench)
    bench.write("b.txt", b"b")
    bench.core.journal.clear()
    assert push(bench, rule(bench)) == {"a.txt": ATTACHED, "b.txt": ATTACHED}
    assert contents(bench) == {"a.txt": digest("a"), "b.txt": digest("b")}
    assert bench.asked().count("POST /v1/file_uploads") == 2


def test_an_upload_that_notion_never_knows_fails_its_file(bench: Bench) -> None:
    bench.write("a.txt", b"a")
    unknown = "Could not find file_upload with ID: 1. Confirm the status of the file upload is `uploaded`."
    bench.faults({**MAKE, "every": 1, "do": {"status": 404, "message": unknown}})
    assert push(bench, rule(bench)) == {"a.txt": FAILED}
    assert bench.asked().count("POST /v1/file_uploads") == 2
    assert bench.rows() == {}


# What a row can hold


def test_a_full_row_refuses_what_is_too_much_and_takes_it_when_there_is_room(bench: Bench) -> None:
    for number in range(102):
        bench.write(f"{number:03}.txt", b"%d" % number)
    ends = push(bench, rule(bench))
    assert sum(end is ATTACHED for end in ends.values()) == 100
    assert {path for path, end in ends.items() if end is FAILED} == {"100.txt", "101.txt"}
    assert "no room" in remark(bench, "100.txt")
    assert (
        bench.asked().count("POST /v1/file_uploads") == 100
    )  # contents for which there is no room are not sent
    for name in ("000.txt", "001.txt"):
        (bench.root / name).unlink()
    push(bench, rule(bench))
    push(bench, rule(bench))
    assert sorted(bench.rows()["all"]) == [f"{number:03}.txt" for number in range(2, 102)]


@pytest.mark.parametrize(
    ("did", "reason"),
    [
        ({"fill_row": {"count": 99}}, 'is left as it is: "Attachments" holds more than 100 files'),
        ({"add_file": {"name": "n" * 101, "content": "x"}}, 'is left as it is: "Attachments" holds "nnn'),
    ],
)
@pytest.mark.parametrize("what", ["replaced", "renamed", "removed"])
def test_a_row_that_a_write_would_cut_is_left_as_it_is(
    filled: Bench, did: dict[str, Json], reason: str, what: str
) -> None:
    """Everything in a property is written with each change of it, and Notion takes 100, of names it takes."""
    ((action, keys),) = did.items()
    people.act(filled.core.workspace, {action: {"row": row(filled)["id"], "property": "Attachments", **keys}})
    before = row(filled)["properties"]
    if what == "replaced":
        filled.write("a.txt", b"changed")
    elif what == "renamed":
        (filled.root / "a.txt").rename(filled.root / "z.txt")
    else:
        (filled.root / "a.txt").unlink()

    push(filled, rule(filled))

    assert writes(filled) == []
    assert row(filled)["properties"] == before
    assert [each.action for each in filled.heard.outcomes if reason in each.reason] == [FAILED]


@pytest.mark.parametrize(
    ("change", "end"), [({"name": "Files"}, ATTACHED), (None, FAILED)], ids=["renamed", "gone"]
)
def test_a_property_that_is_gone_fails_the_row_s_files_in_words(
    filled: Bench, change: Json | None, end: ActionName
) -> None:
    """One that is called otherwise is the same."""
    filled.write("new.txt", b"new")

    def interfere(request: Request) -> None:
        if request.method == "GET" and request.path.startswith("/v1/pages/"):
            filled.transport.hook = lambda _: None
            filled.caller.ok(
                "PATCH",
                f"/v1/data_sources/{filled.core.workspace.data_source_id}",
                {"properties": {"Attachments": change}},
            )

    filled.transport.hook = interfere
    assert push(filled, rule(filled)) == {"new.txt": end}
    assert ('has no files property "Attachments"' in remark(filled, "new.txt")) == (end is FAILED)


def test_a_value_that_its_property_cannot_hold_fails_the_row_s_first_files(bench: Bench) -> None:
    bench.write("a.txt", b"a")
    source = bench.core.workspace.data_source_id
    bench.caller.ok("PATCH", f"/v1/data_sources/{source}", {"properties": {"Count": {"number": {}}}})
    values: dict[str, Template] = {"Count": parse("{stem}")}
    assert push(bench, rule(bench, "all", target(bench, "all", properties=values))) == {"a.txt": FAILED}
    assert '"Count" cannot be set to "a"' in remark(bench, "a.txt")
    assert bench.rows() == {}


# Finding rows


def test_titles_are_looked_for_together_and_only_once(bench: Bench) -> None:
    for name in "abc":
        bench.write(f"{name}.txt", name.encode())
    make_row(bench, "b")
    bench.core.journal.clear()
    push(bench, rule(bench, "{stem}"))
    assert sum(each.endswith("/query") for each in bench.asked()) == 1
    assert bench.rows() == {name: [f"{name}.txt"] for name in "abc"}


def test_two_rows_of_one_title_fail_its_files_alone(bench: Bench) -> None:
    for name in "ab":
        bench.write(f"{name}.txt", name.encode())
    rows = [make_row(bench, "a"), make_row(bench, "a")]
    assert push(bench, rule(bench, "{stem}")) == {"a.txt": FAILED, "b.txt": ATTACHED}
    assert all(one.replace("-", "") in remark(bench, "a.txt") for one in rows)


def test_a_search_that_fails_fails_all_that_waited_for_it_and_is_made_again_next_time(bench: Bench) -> None:
    for name in "abc":
        bench.write(f"{name}.txt", name.encode())
    bench.faults({**LOOK, "every": 1, "do": {"status": 400}})
    assert set(push(bench, rule(bench, "{stem}")).values()) == {FAILED}
    bench.faults()
    with bench.store.transaction():
        bench.store.failures.retry([str(bench.root)])
    assert set(push(bench, rule(bench, "{stem}")).values()) == {ATTACHED}
    assert bench.rows() == {name: [f"{name}.txt"] for name in "abc"}


def test_a_network_that_is_gone_ends_the_pass_and_leaves_nothing_half_done(filled: Bench) -> None:
    filled.write("new.txt", b"new")

    def fail(request: Request) -> None:
        raise NetworkError("no route to host", sent=False)

    filled.transport.hook = fail
    with pytest.raises(Exception, match="no route to host"):
        filled.push(rule(filled))
    filled.transport.hook = lambda _: None
    assert push(filled, rule(filled)) == {"new.txt": ATTACHED}
    assert filled.rows() == {"all": ["a.txt", "b.txt", "c.txt", "new.txt"]}


def test_versions_stay_beside_the_new_one_and_go_with_their_file(bench: Bench) -> None:
    versions = rule(bench, on_change=OnChange.APPEND)
    for content in (b"one", b"two", b"three"):
        bench.write("a.txt", content)
        assert push(bench, versions) == {"a.txt": ATTACHED}
    assert bench.rows() == {"all": ["a.txt"] * 3}
    (bench.root / "a.txt").unlink()
    assert set(push(bench, versions).values()) == {REMOVED}
    assert bench.rows() == {"all": []}


# What people do to single entries, and what needs but a row


def test_an_entry_that_a_person_took_out_is_not_put_back_by_a_new_name(filled: Bench) -> None:
    kept = [
        entry
        for entry in filled.caller.ok("GET", f"/v1/pages/{row(filled)['id']}")["properties"]["Attachments"][
            "files"
        ]
        if entry["name"] != "a.txt"
    ]
    properties = {"properties": {"Attachments": {"files": kept}}}
    filled.caller.ok("PATCH", f"/v1/pages/{row(filled)['id']}", properties)
    (filled.root / "a.txt").rename(filled.root / "z.txt")
    filled.write("b.txt", b"changed")
    assert push(filled, rule(filled)) == {"z.txt": RENAMED, "b.txt": REPLACED}
    assert remark(filled, "z.txt").endswith(STAYS_DELETED)
    assert filled.rows() == {"all": ["b.txt", "c.txt"]}
    assert push(filled, rule(filled)) == {}


def test_a_row_that_was_found_once_is_known(bench: Bench) -> None:
    """Also where nothing came of it then."""
    make_row(bench)
    bench.write("a.txt", b"a")
    bench.faults({**WRITE, "every": 1, "do": {"status": 403}})
    assert push(bench, rule(bench)) == {"a.txt": FAILED}
    bench.faults()
    bench.core.journal.clear()
    assert push(bench, rule(bench)) == {"a.txt": ATTACHED}
    assert not any(each.endswith("/query") for each in bench.asked())


def test_files_of_a_row_s_page_alone_make_the_row_once(bench: Bench) -> None:
    only_body = replace(target(bench, body=True), property_name="")
    for name in ("a.txt", "b.txt"):
        bench.write(name, name.encode())
        assert push(bench, rule(bench, "all", only_body)) == {name: ATTACHED}
    assert bench.rows() == {"all": []}
    assert bench.blocks(row(bench)["id"]) == ["a.txt", "b.txt"]
    assert writes(bench) == ["POST /v1/pages"]
