"""What a write without an answer has made, where somebody else has made something like it meanwhile."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest

from notion_sync.model import ActionName, Label, Placement
from notion_sync.notion.requests import Request
from notion_sync.rules import Kind as As
from notion_sync.rules import RowTarget, Unsupported
from notion_sync.sandbox.control.people import act
from notion_sync.sandbox.control.state import state
from notion_sync.sandbox.store import tokens
from notion_sync.sync.recognition import Recognition
from notion_sync.template import parse
from notion_sync.writes import Append, Intent, PageCreation
from tests.sandbox.caller import Caller
from tests.support.store import digest
from tests.sync.bench import Bench, Json

OURS = b"what we have sent"
OF_ITS_SIZE = b"what others sent."
LOST: Json = {"cut": True}


def person(bench: Bench) -> Caller:
    """Another connection."""
    with bench.core.workspace.db:
        tokens.put(bench.core.workspace.db, "ntn_ada", bot_id=bench.core.workspace.fresh.id(), name="Ada")
    return Caller(bench.core, "ntn_ada")


def uploaded(caller: Caller, name: str, data: bytes) -> str:
    created = caller.ok("POST", "/v1/file_uploads", {"filename": name})
    return str(caller.send(created["id"], data, created["content_type"])["id"])


@dataclass(frozen=True)
class Kind:
    """A kind of write: what is lost, and how somebody makes something like it."""

    name: str
    method: str
    path: str
    block: str = ""
    """What block a file of that name becomes; empty for an entry."""
    row_there: bool = False


KINDS = [
    Kind("a.txt", "PATCH", "/children$", "file"),
    Kind("a.png", "PATCH", "/children$", "image"),
    Kind("a.pdf", "PATCH", "/children$", "pdf"),
    Kind("a.txt", "PATCH", "^/v1/pages/", row_there=True),
    Kind("a.txt", "POST", "^/v1/pages$"),
]


@pytest.fixture(params=KINDS, ids=["file", "image", "pdf", "entry", "new row"])
def kind(request: pytest.FixtureRequest, bench: Bench) -> Kind:
    made = request.param
    assert isinstance(made, Kind)
    if not made.block:
        target = RowTarget(bench.core.workspace.database_id, "Attachments", parse("row"))
        bench.rule = replace(bench.rule, targets=(target,))
    if made.row_there:
        bench.write("first.txt", b"first")
        bench.push()
    bench.write(made.name, OURS)
    return made


def make(bench: Bench, kind: Kind, caller: Caller, data: bytes, name: str = "") -> None:
    """Something of the same name, by another machine with our token, or by a person."""
    shown = name or kind.name
    file = {"type": "file_upload", "file_upload": {"id": uploaded(caller, shown, data)}}
    if kind.block:
        block = {
            "type": kind.block,
            kind.block: {**file, **({"name": shown} if kind.block == "file" else {})},
        }
        page = bench.core.workspace.page_id
        caller.ok("PATCH", f"/v1/blocks/{page}/children", {"children": [block]})
        return
    source = bench.core.workspace.data_source_id
    row = next((each for each in caller.ok("POST", f"/v1/data_sources/{source}/query", {})["results"]), None)
    entry = {**file, "name": shown}
    if row is None:
        properties = {"Name": {"title": [{"text": {"content": "row"}}]}, "Attachments": {"files": [entry]}}
        caller.ok("POST", "/v1/pages", {"parent": {"data_source_id": source}, "properties": properties})
    else:
        entries = [*row["properties"]["Attachments"]["files"], entry]
        caller.ok("PATCH", f"/v1/pages/{row['id']}", {"properties": {"Attachments": {"files": entries}}})


def lose(bench: Bench, kind: Kind, when: str, meanwhile: Callable[[], object]) -> None:
    """The next write of the kind gets no answer; something happens at the same time."""
    lost = {"method": kind.method, "path": kind.path, "nth": 1, "when": when, "do": LOST}

    def at(request: Request) -> None:
        if when == "after" and request.method in ("GET", "POST") and request.path != "/v1/pages":
            bench.transport.hook = nothing
            meanwhile()

    def begin(request: Request) -> None:
        written = request.path.endswith("/children") if kind.block else request.path.startswith("/v1/pages")
        if request.method == kind.method and written:
            bench.transport.hook = at
            if when == "before":
                meanwhile()
            bench.faults(lost)

    bench.transport.hook = begin


def nothing(_: Request) -> None:
    pass


def contents(bench: Bench) -> list[str]:
    """The sha256 of everything on the page or in the rows, but for what was there first."""
    found = [
        each["sha256"]
        for page in state(bench.core.workspace)["pages"]
        for each in (*page["children"], *page["properties"].get("Attachments", ()))
        if each.get("sha256")
    ]
    return sorted(set(found) - {digest(b"first")}) if len(set(found)) == len(found) else sorted(found)


def recorded(bench: Bench, kind: Kind) -> Placement:
    ((placement, _),) = bench.store.placements.at_or_below(f"{bench.root}/{kind.name}")
    return placement


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("by_person", [False, True], ids=["another machine", "a person"])
def test_other_bytes_of_the_same_name_and_size_are_not_ours(
    bench: Bench, kind: Kind, when: str, by_person: bool
) -> None:
    caller = person(bench) if by_person else bench.caller
    lose(bench, kind, when, lambda: make(bench, kind, caller, OF_ITS_SIZE))
    heard = bench.push()
    assert [str(each.action) for each in heard.outcomes if each.path == kind.name] == ["attached"]
    assert contents(bench) == sorted([digest(OURS), digest(OF_ITS_SIZE)])
    placement = recorded(bench, kind)
    assert (placement.digest, placement.shared) == (digest(OURS), False)
    # Whatever becomes of our file, the other's stays.
    bench.write(kind.name, b"changed")
    bench.push()
    assert contents(bench) == sorted([digest(b"changed"), digest(OF_ITS_SIZE)])


@pytest.mark.parametrize("by_person", [False, True], ids=["another machine", "a person"])
def test_the_same_bytes_of_somebody_else_are_shared_or_not_ours(
    bench: Bench, kind: Kind, by_person: bool
) -> None:
    """A block says who made it, an entry does not; which of two uploads it is of tells the upload that is nowhere."""
    caller = person(bench) if by_person else bench.caller
    lose(bench, kind, "before", lambda: make(bench, kind, caller, OURS))
    bench.push()
    ours_too = bool(kind.block) and by_person
    assert [each for each in contents(bench) if each == digest(OURS)] == [digest(OURS)] * (1 + ours_too)
    assert recorded(bench, kind).shared is not ours_too


def test_what_people_have_called_otherwise_is_ours_all_the_same(bench: Bench, kind: Kind) -> None:
    def rename() -> None:
        if kind.block == "file":
            (block,) = [each for each in bench.page()["children"] if each["sha256"]]
            change = {"name": "renamed.txt", "caption": [{"text": {"content": "a person's"}}]}
            bench.caller.ok("PATCH", f"/v1/blocks/{block['id']}", {"file": change})
        elif not kind.block:
            source = bench.core.workspace.data_source_id
            (row,) = bench.caller.ok("POST", f"/v1/data_sources/{source}/query", {})["results"]
            entries = row["properties"]["Attachments"]["files"]
            entries[-1]["name"] = "renamed.txt"
            bench.caller.ok(
                "PATCH", f"/v1/pages/{row['id']}", {"properties": {"Attachments": {"files": entries}}}
            )

    lose(bench, kind, "after", rename)
    bench.push()
    assert contents(bench) == [digest(OURS)]
    assert recorded(bench, kind).file_id is not None
    assert not recorded(bench, kind).shared


@pytest.mark.parametrize("trouble", [403, 500])
def test_while_it_cannot_be_compared_nothing_follows(bench: Bench, kind: Kind, trouble: int) -> None:
    lose(bench, kind, "after", lambda: None)
    bench.files.trouble = trouble
    for _ in range(2):
        heard = bench.push()
        (outcome,) = [each for each in heard.outcomes if each.path == kind.name]
        assert outcome.action == ActionName.DEFERRED
        assert contents(bench) == [digest(OURS)]
    assert len(bench.store.journal.open()) == 1
    bench.files.trouble = None
    bench.push()
    assert not bench.store.has_open_writes()
    assert contents(bench) == [digest(OURS)]
    assert recorded(bench, kind).digest == digest(OURS)


def test_without_trouble_nothing_is_fetched(bench: Bench, kind: Kind) -> None:
    bench.push()
    assert bench.files.asked == []
    assert not [each for each in bench.asked() if each.startswith("GET /v1/file_uploads")]


def test_two_equal_files_in_one_append_are_two_blocks(bench: Bench) -> None:
    """They are one upload, and one file: the names tell which is whose, and it is fetched once."""
    for name in ("a.txt", "b.txt"):
        bench.write(name, OURS)
    lose(bench, KINDS[0], "after", lambda: None)
    bench.push()
    assert bench.blocks() == ["a.txt", "b.txt"]
    assert len(bench.files.asked) == 2
    placements = [each for each, _ in bench.store.placements.at_or_below(str(bench.root))]
    assert len({each.block_id for each in placements}) == len(placements) == 2
    assert len({each.file_id for each in placements}) == 1


NFC, NFD = "Übung.txt", "U\u0308bung.txt"
LONG = "a long name " * 20 + ".txt"


@pytest.mark.parametrize(("name", "theirs"), [(NFC, NFD), (NFD, NFC), (NFD, NFD), (LONG, LONG[:50] + ".txt")])
@pytest.mark.parametrize("kind", [KINDS[0]], ids=["file"], indirect=True)
def test_however_a_name_is_written(bench: Bench, kind: Kind, name: str, theirs: str) -> None:
    bench.write(name, OURS + b"!")
    lose(bench, kind, "after", lambda: make(bench, kind, bench.caller, OF_ITS_SIZE + b"!", theirs))
    bench.push()
    assert contents(bench) == sorted(map(digest, [OURS, OURS + b"!", OF_ITS_SIZE + b"!"]))
    assert not bench.store.retired.below(str(bench.root), [bench.page_target.key])


@pytest.mark.parametrize("variant", [Unsupported.ZIP, Unsupported.TXT])
@pytest.mark.parametrize("when", ["before", "after"])
def test_what_was_packaged_is_known_by_what_is_in_it(bench: Bench, variant: Unsupported, when: str) -> None:
    bench.rule = replace(bench.rule, unsupported=variant)
    bench.write("a.xyzzy", OURS)
    lose(bench, KINDS[0], when, lambda: make(bench, KINDS[0], bench.caller, b"x", f"a.xyzzy.{variant}"))
    bench.push()
    assert sorted(bench.blocks()) == [f"a.xyzzy.{variant}"] * 2
    ((placement, _),) = bench.store.placements.at_or_below(str(bench.root))
    assert (placement.digest, placement.variant, placement.shared) == (digest(OURS), str(variant), False)


def test_a_page_s_cover_has_no_look_and_no_double(bench: Bench) -> None:
    """It is one value: made again it is the same."""
    bench.rule = replace(bench.rule, targets=(replace(bench.page_target, kind=As.COVER),))
    bench.write("a.png", OURS)
    bench.faults({"method": "PATCH", "path": "^/v1/pages/", "nth": 1, "when": "after", "do": LOST})
    bench.push()
    ((placement, _),) = bench.store.placements.at_or_below(str(bench.root))
    cover = bench.run(bench.notion.page(bench.core.workspace.page_id)).cover
    assert cover is not None
    assert placement.file_id == cover.url_path_file_id is not None


@pytest.mark.parametrize(
    ("title", "in_record", "by_person", "ours"),
    [
        ("a", False, False, True),
        ("a", False, True, False),
        ("b", False, False, False),
        ("a", True, False, False),
    ],
    ids=["made by us", "made by somebody", "there before under another title", "another folder's"],
)
def test_which_page_is_the_one_that_was_made(
    bench: Bench, title: str, in_record: bool, by_person: bool, ours: bool
) -> None:
    """Nothing came of our creation; a page of its title is there nevertheless."""
    root = bench.core.workspace.page_id
    caller = person(bench) if by_person else bench.caller
    properties = {"title": {"title": [{"text": {"content": title}}]}}
    page = caller.ok("POST", "/v1/pages", {"parent": {"page_id": root}, "properties": properties})["id"]
    before = (page,) if title != "a" else ()
    bench.caller.ok(
        "PATCH", f"/v1/pages/{page}", {"properties": {"title": {"title": [{"text": {"content": "a"}}]}}}
    )
    if in_record:
        with bench.store.transaction():
            bench.store.pages.save(root, "elsewhere/a", page)
    found = bench.run(Recognition(bench.ports).page(PageCreation(root, "a", root, "a", before)))
    assert found == (page if ours else None)


@pytest.mark.parametrize("last", [False, True])
def test_of_equal_contents_the_name_says_which_open_append_has_made_a_block(bench: Bench, last: bool) -> None:
    """The answer to the other one may be on its way. In the last look there is nothing else that it could be."""
    upload = bench.uploaded("x.txt", OURS)
    appends = []
    for name in ("a.txt", "b.txt"):
        intent = Intent("r", name, bench.file_path(name), digest(OURS), "file", upload.id, Label(name))
        appends.append(Append(bench.page_target.key, "", bench.page_target.page_id, "end", None, (intent,)))
    with bench.store.transaction():
        for append in appends:
            bench.store.journal.begin(append, bench.clock.now())
    file = {"type": "file_upload", "file_upload": {"id": upload.id}, "name": "b.txt"}
    made = bench.caller.append({"type": "file", "file": file})["results"][0]["id"]
    look = Recognition(bench.ports).look
    assert bench.run(look(appends[0], last=last)).ids == (made if last else None,)
    assert bench.run(look(appends[1], last=last)).ids == (made,)


def _to_the_top(bench: Bench, block: str) -> None:
    act(bench.core.workspace, {"move_block": {"block": block, "after": None}})


def _into_a_toggle(bench: Bench, block: str) -> None:
    toggle = {"type": "toggle", "toggle": {"rich_text": []}}
    page = bench.core.workspace.page_id
    (made,) = bench.caller.ok("PATCH", f"/v1/blocks/{page}/children", {"children": [toggle]})["results"]
    act(bench.core.workspace, {"move_block": {"block": block, "to": made["id"]}})


def _below_what_was_last(bench: Bench, block: str) -> None:
    (first,) = [each["id"] for each in bench.page()["children"] if each["name"] == "0.txt"]
    act(bench.core.workspace, {"move_block": {"block": first, "after": block}})


@pytest.mark.parametrize("move", [_to_the_top, _into_a_toggle, _below_what_was_last])
def test_a_block_that_a_person_has_moved_is_recognised(
    bench: Bench, move: Callable[[Bench, str], None]
) -> None:
    """Before the next run looks for what the lost append has made."""
    bench.write("0.txt", b"first")
    bench.push()
    bench.write("a.txt", OURS)
    lost = {"method": "PATCH", "path": "/children$", "nth": 1, "when": "after", "do": LOST}
    bench.faults(lost, {"stale": 20})
    bench.push(looks_again=True)
    bench.faults()
    bench.time.advance(30)
    (block,) = [each["id"] for each in bench.page()["children"] if each["name"] == "a.txt"]
    move(bench, block)
    bench.push()
    assert "attached" not in [each.action for each in bench.heard.outcomes]
    assert not bench.store.has_open_writes()
    assert [
        each.block_id for each in bench.store.placements.of_content(digest(OURS), bench.page_target.key)
    ] == [block]
