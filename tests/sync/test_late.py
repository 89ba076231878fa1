"""Whole passes over writes that Notion performs late, not at all, or twice: in the end each thing is there once."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import pytest

from notion_sync.model import ActionName
from notion_sync.notion.errors import ForeignAnswer
from notion_sync.notion.requests import Request
from notion_sync.rules import Kind, OnDelete, PageTarget, RowTarget, Subfolders
from notion_sync.selection.patterns import Patterns
from notion_sync.sync.changes import TRASHED, of_block
from notion_sync.sync.failures import STILL_OPEN
from notion_sync.sync.lateness import LATE_AFTER, LOOKS_APART
from notion_sync.sync.run import exit_code
from notion_sync.template import parse
from tests.support.store import digest
from tests.sync.bench import Bench, Json

LATENESS = (5, 12, 30, 45, 70)


@dataclass(frozen=True)
class Making:
    """A kind of write that makes something."""

    name: str
    method: str
    path: str
    of_rows: bool = False
    row_there: bool = False
    subfolder: bool = False

    def fault(self, do: Json, when: str = "before") -> Json:
        """The next one goes wrong."""
        return {"method": self.method, "path": self.path, "nth": 1, "when": when, "do": do}


MAKES = (
    Making("append", "PATCH", "/children$"),
    Making("new row", "POST", "^/v1/pages$", of_rows=True),
    Making("entries", "PATCH", "^/v1/pages/", of_rows=True, row_there=True),
    Making("page", "POST", "^/v1/pages$", subfolder=True),
)


@pytest.fixture(params=MAKES, ids=lambda kind: kind.name)
def kind(bench: Bench, request: pytest.FixtureRequest) -> Making:
    """A kind, with a rule that leads to such a write and a file that is to be sent."""
    made = request.param
    assert isinstance(made, Making)
    rows = RowTarget(bench.core.workspace.database_id, "Attachments", parse("row"))
    bench.rule = replace(
        bench.rule,
        targets=(rows if made.of_rows else bench.page_target,),
        subfolders=Subfolders.PAGES if made.subfolder else Subfolders.FLAT,
    )
    if made.row_there:
        bench.write("first.txt", b"first")
        bench.push()
    bench.write("sub/a.txt" if made.subfolder else "a.txt", b"content")
    return made


def there(bench: Bench, kind: Making) -> Sequence[str]:
    """What there is of the file; two rows or pages of one name fail."""
    if kind.of_rows:
        assert set(bench.rows()) <= {"row"}
        return [name for names in bench.rows().values() for name in names if name != "first.txt"]
    if kind.subfolder:
        pages = [each["id"] for each in bench.page()["children"] if each["type"] == "child_page"]
        assert len(pages) < 2
        return bench.blocks(pages[0]) if pages else []
    return bench.blocks()


def push(bench: Bench, *, looks_again: bool = False) -> int:
    """A pass; what it says to the shell."""
    bench.push(looks_again=looks_again)
    return exit_code(bench.tally)


@pytest.mark.parametrize(("seconds", "stale"), [*((each, 0) for each in LATENESS), (45, 25)])
def test_what_is_performed_late_is_there_once(bench: Bench, kind: Making, seconds: int, stale: int) -> None:
    """Also where Notion's lists lag."""
    bench.faults(kind.fault({"late": seconds}), {"stale": stale})
    began = bench.clock.monotonic()
    assert push(bench) == 0
    assert seconds < bench.clock.monotonic() - began < LATE_AFTER + 15
    assert there(bench, kind) == ["a.txt"]
    assert not bench.store.has_open_writes()
    settled(bench, kind)


@pytest.mark.parametrize("do", [{"cut": True}, {"status": 500}, {"status": 504, "body": "<html>"}])
def test_what_was_not_performed_is_sent_again_when_it_cannot_come_any_more(
    bench: Bench, kind: Making, do: Json
) -> None:
    bench.faults(kind.fault(do))
    began = bench.clock.monotonic()
    assert push(bench) == 0
    assert LATE_AFTER < bench.clock.monotonic() - began < LATE_AFTER + 15
    assert [note for note in bench.heard.notes if "has not answered a write" in note] == bench.heard.notes
    assert len(bench.heard.notes) == 1
    settled(bench, kind)


def test_what_was_performed_at_once_is_not_waited_for(bench: Bench, kind: Making) -> None:
    bench.faults(kind.fault({"cut": True}, when="after"))
    began = bench.clock.monotonic()
    assert push(bench) == 0
    assert bench.clock.monotonic() - began < 15
    assert bench.heard.notes == []
    settled(bench, kind)


@pytest.mark.parametrize("seconds", [None, *LATENESS])
def test_who_stays_leaves_it_to_later_passes(bench: Bench, kind: Making, seconds: int | None) -> None:
    """None of them stands still, and nothing is sent again before it is known."""
    bench.faults(kind.fault({"cut": True} if seconds is None else {"late": seconds}))
    passes = 0
    began = bench.clock.monotonic()
    while push(bench, looks_again=True) == 75:
        assert {each.reason for each in bench.heard.outcomes if each.action is ActionName.DEFERRED} == {
            STILL_OPEN
        }
        assert bench.heard.notes == []
        assert there(bench, kind) == []
        passes += 1
        bench.time.advance(8)
    assert passes > 0
    assert bench.clock.monotonic() - began < (seconds or LATE_AFTER) + LOOKS_APART
    settled(bench, kind)


@pytest.mark.parametrize("boots", [1, 2])
@pytest.mark.parametrize("seconds", [12, 70])
def test_the_run_is_stopped_while_it_waits_and_the_next_one_goes_on(
    bench: Bench, kind: Making, seconds: int, boots: int
) -> None:
    """Also after a reboot, which says nothing of how long ago the attempt was."""
    bench.faults(kind.fault({"late": seconds}))

    def stop() -> None:
        if any(each.ended and each.ended.looked_at for each in bench.store.journal.open()):
            bench.clock.halt()

    bench.push(meanwhile=stop)
    assert exit_code(bench.tally) == 75
    bench.time.boots = boots
    assert push(bench) == 0
    settled(bench, kind)


def settled(bench: Bench, kind: Making) -> None:
    """Whatever time passes: it is there once, and nothing is left to do."""
    bench.time.advance(200)
    for _ in bench.core.advance_to(bench.time.moment):
        pass
    bench.faults()
    before = len(bench.asked())
    assert push(bench) == 0
    assert len(bench.asked()) == before
    assert there(bench, kind) == ["a.txt"]


# What goes first


def test_everything_else_goes_first_and_all_are_waited_for_together(bench: Bench) -> None:
    """A lost append keeps neither the later files of its page, nor another page, nor a row."""
    other = PageTarget(bench.other_page())
    rows = RowTarget(bench.core.workspace.database_id, "Attachments", parse("{stem}"))
    bench.rule = replace(bench.rule, targets=(bench.page_target, other, rows))
    names = [f"{number:03}.txt" for number in range(130)]
    for name in names:
        bench.write(name, name.encode())
    page, elsewhere = (f"/{each.page_id}/children$" for each in (bench.page_target, other))
    cut = {"when": "before", "do": {"cut": True}}
    bench.faults(
        {"method": "PATCH", "path": page, "nth": 1, **cut},
        {"method": "PATCH", "path": elsewhere, "nth": 2, **cut},
        {"method": "POST", "path": "^/v1/pages$", "nth": 3, **cut},
    )
    began, meanwhile = bench.clock.monotonic(), list[tuple[int, int, int]]()

    def look() -> None:
        if bench.clock.monotonic() - began < LATE_AFTER - 5:
            meanwhile.append((len(bench.blocks()), len(bench.blocks(other.page_id)), len(bench.rows())))

    bench.push(meanwhile=look)
    on_page, on_other, in_rows = meanwhile[-1]
    # All but what the lost request was to make.
    assert 30 <= on_page < 130
    assert 30 <= on_other < 130
    assert in_rows == 129
    assert bench.clock.monotonic() - began < LATE_AFTER + 50
    assert bench.blocks() == bench.blocks(other.page_id) == names
    assert len(bench.rows()) == 130
    assert len(bench.heard.notes) == 1


def test_files_that_are_waited_for_take_no_places(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("notion_sync.sync.batching.MAX_OPEN_FILES", 20)
    other = PageTarget(bench.other_page())
    first = replace(bench.rule, name="first", match=Patterns(("a*",)))
    second = replace(bench.rule, targets=(other,))
    for number in range(20):
        bench.write(f"a{number:02}.txt", b"a%d" % number)
        bench.write(f"b{number:02}.txt", b"b%d" % number)
    bench.faults({"method": "PATCH", "path": "/children$", "nth": 1, "do": {"cut": True}})
    began, meanwhile = bench.clock.monotonic(), list[int]()

    def look() -> None:
        if bench.clock.monotonic() - began < LATE_AFTER - 5:
            meanwhile.append(len(bench.blocks(other.page_id)))

    bench.push(first, second, meanwhile=look)
    assert meanwhile[-1] == 20
    assert len(bench.blocks()) == len(bench.blocks(other.page_id)) == 20


# Changes of what is there


@dataclass(frozen=True)
class Changing:
    """What is changed twice: the first change is lost, and comes late or not at all."""

    name: str
    method: str
    path: str
    first: Callable[[Bench], object]
    second: Callable[[Bench], object]
    shown: Callable[[Bench], object]
    wanted: object


def write(name: str, content: bytes, age: float) -> Callable[[Bench], object]:
    return lambda bench: bench.write(name, content, age=age)


def rename(old: str, new: str) -> Callable[[Bench], object]:
    return lambda bench: (bench.root / old).rename(bench.root / new)


def back(bench: Bench) -> None:
    """The file is there again, and what was removed of it is to be put back."""
    bench.write("a.txt", b"0", age=70)


def blocks(bench: Bench) -> object:
    return list(zip(bench.blocks(), bench.contents(), strict=True))


CHANGES = (
    Changing(
        "content", "PATCH", "^/v1/blocks/[^/]+$", write("a.txt", b"1", 90), write("a.txt", b"2", 80), blocks,
        [("a.txt", digest(b"2"))],
    ),
    Changing(
        "name", "PATCH", "^/v1/blocks/[^/]+$", rename("a.txt", "b.txt"), rename("b.txt", "c.txt"), blocks,
        [("c.txt", digest(b"0"))],
    ),
    Changing(
        "name, then content", "PATCH", "^/v1/blocks/[^/]+$", rename("a.txt", "b.txt"), write("b.txt", b"2", 80), blocks,
        [("b.txt", digest(b"2"))],
    ),
    Changing(
        "content and back", "PATCH", "^/v1/blocks/[^/]+$", write("a.txt", b"1", 90), write("a.txt", b"0", 80), blocks,
        [("a.txt", digest(b"0"))],
    ),
    Changing(
        "trash", "DELETE", "^/v1/blocks/[^/]+$", lambda bench: (bench.root / "a.txt").unlink(), back, blocks,
        [("a.txt", digest(b"0"))],
    ),
    Changing(
        "icon", "PATCH", "^/v1/pages/", write("a.png", b"1", 90), write("a.png", b"2", 80),
        lambda bench: bench.page()["icon"]["sha256"], digest(b"2"),
    ),
    Changing(
        "cover", "PATCH", "^/v1/pages/", write("a.png", b"1", 90), write("a.png", b"2", 80),
        lambda bench: bench.page()["cover"]["sha256"], digest(b"2"),
    ),
)  # fmt: skip

GONE_THEN = Changing(
    "content, then gone", "PATCH", "^/v1/blocks/[^/]+$",
    write("a.txt", b"1", 90), lambda bench: (bench.root / "a.txt").unlink(), blocks, [],
)  # fmt: skip


@pytest.mark.parametrize(
    ("seconds", "looks_again"), [(5, False), (12, False), (45, False), (70, False), (45, True)]
)
@pytest.mark.parametrize("changing", CHANGES, ids=lambda changing: changing.name)
def test_a_late_change_does_not_undo_a_later_one(
    bench: Bench, changing: Changing, seconds: int, looks_again: bool
) -> None:
    """It is repeated at once, and the other one waits until it cannot come any more."""
    begin(bench, changing)
    bench.faults({"method": changing.method, "path": changing.path, "nth": 1, "do": {"late": seconds}})
    changing.first(bench)
    assert push(bench, looks_again=looks_again) == 0
    began = bench.clock.monotonic()
    assert began < 60
    changing.second(bench)
    while push(bench, looks_again=looks_again) == 75:
        assert looks_again
        bench.time.advance(10)
    bench.time.advance(200)
    for _ in bench.core.advance_to(bench.time.moment):
        pass
    bench.faults()
    assert push(bench) == 0
    assert shown(bench, changing) == changing.wanted


def begin(bench: Bench, changing: Changing) -> None:
    """What is there before the first change."""
    bench.rule = replace(bench.rule, on_delete=OnDelete.REMOVE, max_delete=1.0)
    if changing.name in ("icon", "cover"):
        bench.rule = replace(bench.rule, targets=(replace(bench.page_target, kind=Kind(changing.name)),))
        bench.write("a.png", b"0")
    else:
        bench.write("a.txt", b"0")
        bench.write("z.txt", b"other")
    bench.push()


def shown(bench: Bench, changing: Changing) -> object:
    """What there is of the file that was changed."""
    there = changing.shown(bench)
    return [each for each in there if each[0] != "z.txt"] if isinstance(there, list) else there


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(
    "changing",
    # A removal is not repeated once its file is back, and a file that was renamed unseen is new with its next content.
    [each for each in CHANGES if each.name not in ("trash", "name, then content")],
    ids=lambda changing: changing.name,
)
def test_what_a_change_without_an_answer_has_made_is_recorded(
    bench: Bench, changing: Changing, when: str
) -> None:
    """So that the next run does not take our own content or name for a person's, and changes it in its place."""
    begin(bench, changing)
    ids = [each["id"] for each in bench.page()["children"]]
    bench.faults({"method": changing.method, "path": changing.path, "when": when, "do": {"cut": True}})
    changing.first(bench)
    with pytest.raises(Exception, match="cut"):
        bench.push()
    bench.faults()
    changing.second(bench)
    while (
        push(bench) == 75
    ):  # what is as it was before the change waits until that cannot be performed any more
        bench.time.advance(20)
    assert shown(bench, changing) == changing.wanted
    assert [each["id"] for each in bench.page()["children"]] == ids


@pytest.mark.parametrize(
    "changing",
    # A removal without an answer keeps the file's other deliveries from this pass.
    [*(each for each in CHANGES if each.name not in ("trash", "name, then content")), GONE_THEN],
    ids=lambda changing: changing.name,
)
def test_what_a_dead_run_has_sent_may_be_performed_while_the_next_one_waits(
    bench: Bench, changing: Changing
) -> None:
    """It is ours then, though the record does not know of it: no person has put it there."""
    begin(bench, changing)
    ids = [each["id"] for each in bench.page()["children"]]
    sent = list[Request]()

    def keep(request: Request) -> None:
        if request.method == changing.method and re.match(changing.path, request.path):
            sent.append(request)

    bench.transport.hook = keep
    bench.faults({"method": changing.method, "path": changing.path, "when": "before", "do": {"cut": True}})
    changing.first(bench)
    with pytest.raises(Exception, match="cut"):
        bench.push()
    bench.transport.hook = lambda _: None
    bench.faults()
    changing.second(bench)
    began = bench.clock.monotonic()

    def perform_late() -> None:
        if sent and bench.clock.monotonic() - began > 30:
            late = sent.pop()
            sent.clear()
            bench.caller.ok(late.method, late.path, late.json)

    while True:
        bench.push(meanwhile=perform_late)
        if exit_code(bench.tally) != 75:
            break
        bench.time.advance(20)
    assert not sent
    assert shown(bench, changing) == changing.wanted
    assert [each["id"] for each in bench.page()["children"]] == ids


@pytest.mark.parametrize("looks_again", [False, True])
@pytest.mark.parametrize("seconds", [12, 70])
def test_a_late_restoring_does_not_undo_a_later_removal(
    bench: Bench, seconds: int, looks_again: bool
) -> None:
    """And the other way round: what is put back stays, where its removal was performed late."""
    bench.rule = replace(bench.rule, on_delete=OnDelete.REMOVE, max_delete=1.0)
    bench.write("a.txt", b"a")
    bench.write("z.txt", b"z")
    bench.push()
    (block,) = [each["id"] for each in bench.page()["children"] if each["name"] == "a.txt"]
    bench.caller.ok("DELETE", f"/v1/blocks/{block}")
    with bench.store.transaction():
        bench.store.restores.add([str(bench.root / "a.txt")])
    bench.faults({"method": "PATCH", "path": "^/v1/blocks/[^/]+$", "nth": 1, "do": {"late": seconds}})
    assert push(bench, looks_again=looks_again) == 0
    assert bench.blocks() == ["a.txt", "z.txt"]
    (bench.root / "a.txt").unlink()
    passes = 1
    while push(bench, looks_again=looks_again) == 75:
        assert looks_again
        assert bench.blocks() == ["a.txt", "z.txt"]
        passes += 1
        bench.time.advance(10)
    assert (passes > 3) is looks_again
    bench.time.advance(200)
    for _ in bench.core.advance_to(bench.time.moment):
        pass
    assert bench.blocks() == ["z.txt"]


def test_what_our_own_removal_has_taken_away_unseen_comes_back_with_its_file(bench: Bench) -> None:
    """A run died in the middle of a removal, which was performed; the file is back."""
    bench.rule = replace(bench.rule, on_delete=OnDelete.REMOVE, max_delete=1.0)
    bench.write("a.txt", b"a")
    bench.push()
    (block,) = [each["id"] for each in bench.page()["children"] if each["name"] == "a.txt"]
    with bench.store.transaction():
        begun = bench.store.journal.begin_change(of_block(block, TRASHED), bench.clock.now())
    bench.caller.ok("DELETE", f"/v1/blocks/{block}")
    assert push(bench) == 0
    assert bench.blocks() == ["a.txt"]
    bench.time.advance(200)
    assert push(bench) == 0
    assert bench.blocks() == ["a.txt"]
    assert bench.store.journal.changes(begun.change.thing) == []


def test_a_file_that_is_back_waits_until_its_removal_cannot_be_performed_any_more(bench: Bench) -> None:
    bench.rule = replace(bench.rule, on_delete=OnDelete.REMOVE, max_delete=1.0)
    bench.write("a.txt", b"a")
    bench.push()
    (block,) = [each["id"] for each in bench.page()["children"] if each["name"] == "a.txt"]
    with bench.store.transaction():
        bench.store.journal.begin_change(of_block(block, TRASHED), bench.clock.now())
    assert push(bench, looks_again=True) == 75
    bench.caller.ok("DELETE", f"/v1/blocks/{block}")
    assert push(bench, looks_again=True) == 0
    assert bench.blocks() == ["a.txt"]


def test_the_same_change_need_not_wait(bench: Bench) -> None:
    """A run that died in the middle of one: the next one makes it at once."""
    bench.write("a.txt", b"0")
    bench.push()
    bench.write("a.txt", b"1", age=90)
    patch = {"method": "PATCH", "path": "^/v1/blocks/[^/]+$"}
    bench.faults({**patch, "when": "before", "do": {"cut": True}})
    with pytest.raises(Exception, match="cut"):
        bench.push()
    bench.faults()
    began = bench.clock.monotonic()
    assert push(bench) == 0
    assert bench.clock.monotonic() - began < 10
    assert bench.contents() == [digest(b"1")]


AS_IT_WAS = {
    "content": write("a.txt", b"0", 80),
    "name": rename("b.txt", "a.txt"),
    "icon": write("a.png", b"0", 80),
    "cover": write("a.png", b"0", 80),
}


@pytest.mark.parametrize("looks_again", [False, True])
@pytest.mark.parametrize("seconds", [5, 40, 70])
@pytest.mark.parametrize(
    "changing", [each for each in CHANGES if each.name in AS_IT_WAS], ids=lambda changing: changing.name
)
def test_a_file_that_is_as_it_was_waits_until_a_lost_change_cannot_be_performed_any_more(
    bench: Bench, changing: Changing, seconds: int, looks_again: bool
) -> None:
    """The run that asked for the change ended without an answer, and nothing is to be done about the file now."""
    image = changing.name in ("icon", "cover")
    if image:
        bench.rule = replace(bench.rule, targets=(replace(bench.page_target, kind=Kind(changing.name)),))
    bench.write("a.png" if image else "a.txt", b"0")
    bench.push()
    shown = changing.shown(bench)
    asked = {"method": changing.method, "path": changing.path}
    changing.first(bench)
    bench.faults(
        {**asked, "nth": 1, "do": {"late": seconds}},
        {**asked, "every": 1, "when": "before", "do": {"status": 404, "body": "<html>"}},
    )
    with pytest.raises(ForeignAnswer):
        bench.push()
    bench.faults()
    AS_IT_WAS[changing.name](bench)
    while push(bench, looks_again=looks_again) == 75:
        bench.time.advance(10)
    bench.time.advance(200)
    for _ in bench.core.advance_to(bench.time.moment):
        pass
    assert changing.shown(bench) == shown
    asked_before = len(bench.asked())
    assert push(bench) == 0
    assert len(bench.asked()) == asked_before


@dataclass(frozen=True)
class Entry:
    """Something that is done to a file of a row, and what is done to it before that is known; and its entry then."""

    name: str
    first: Callable[[Bench], object]
    second: Callable[[Bench], object]
    wanted: str


ENTRIES = (
    Entry("removed, and back", lambda bench: (bench.root / "a.txt").unlink(), write("a.txt", b"0", 70), "a.txt"),
    Entry("removed, and another", lambda bench: (bench.root / "a.txt").unlink(), write("a.txt", b"1", 70), "a.txt"),
    Entry("renamed, and back", rename("a.txt", "b.txt"), rename("b.txt", "a.txt"), "a.txt"),
    Entry("renamed twice", rename("a.txt", "b.txt"), rename("b.txt", "c.txt"), "c.txt"),
)  # fmt: skip


@pytest.mark.parametrize("looks_again", [False, True])
@pytest.mark.parametrize("do", [{"late": 20}, {"late": 70}, {"cut": True}], ids=str)
@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_what_a_lost_write_took_out_of_a_row_or_renamed_there_is_recorded(
    bench: Bench, entry: Entry, do: Json, looks_again: bool
) -> None:
    rows = RowTarget(bench.core.workspace.database_id, "Attachments", parse("row"))
    bench.rule = replace(bench.rule, targets=(rows,), on_delete=OnDelete.REMOVE, max_delete=1.0)
    bench.write("a.txt", b"0")
    bench.write("z.txt", b"other")
    bench.push()
    entry.first(bench)
    bench.faults({"method": "PATCH", "path": "^/v1/pages/", "nth": 1, "when": "after", "do": do})
    push(bench, looks_again=True)
    entry.second(bench)
    while push(bench, looks_again=looks_again) == 75:
        bench.time.advance(10)
    bench.time.advance(200)
    for _ in bench.core.advance_to(bench.time.moment):
        pass
    assert sorted(bench.rows()["row"]) == [entry.wanted, "z.txt"]
    assert push(bench) == 0
    assert sorted(bench.rows()["row"]) == [entry.wanted, "z.txt"]
