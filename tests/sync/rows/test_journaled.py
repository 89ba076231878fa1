"""What follows from the outcome of a row's write."""

import asyncio
from pathlib import Path

import pytest

from notion_sync.model import ActionName, FilePath, Fingerprint, Label, Placement, SourceFile
from notion_sync.notion.errors import Conflict, NotFound, NotionError, ServerError, ValidationFailed
from notion_sync.notion.pages import PropertyFile
from notion_sync.plan.actions import ENTRY, Attach, Remove, Rename, Replace, TargetLocation, Undo
from notion_sync.rules import RowTarget
from notion_sync.sync.batching import Activity
from notion_sync.sync.entries import entry_key, new_value
from notion_sync.sync.journal import Journal
from notion_sync.sync.recognition import Made
from notion_sync.sync.recorder import Result
from notion_sync.sync.rows.journaled import JournaledRow, ReadAgain, SendAgain
from notion_sync.sync.rows.queue import RowChange, RowQueue
from notion_sync.template import parse
from tests.support.store import digest, notion_id, page_rule, upload
from tests.sync.bench import Bench

ROWS = RowTarget(notion_id(7), "Files", parse("row"))
SOURCE, ROW, FILE = notion_id(8), notion_id(9), notion_id(6)
NAMES = ("a.txt", "b.txt")


def change(name: str, number: int) -> RowChange:
    """A file that gets an entry, whose upload is ready."""
    found = SourceFile(FilePath("/d", name), name, Fingerprint(1, 1, 1, 1), f"/d/{name}")
    location = TargetLocation("row", "row")
    action = Attach(found, ROWS, digest(name), ENTRY, Label(name), location)
    done: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
    return RowChange(ROWS, "row", action, "r", done, number, upload(number), 1.0)


def taking(kind: str, name: str) -> RowChange:
    """A file whose entry goes or changes: one of those that equal each other."""
    found = SourceFile(FilePath("/d", name), name, Fingerprint(1, 1, 1, 1), f"/d/{name}")
    location = TargetLocation("row", "row")
    old = Placement(
        found.id, ROWS.key, digest("old"), ENTRY, upload(5).id, None, Label("x"), "row", "row", ROW, FILE
    )
    action: Attach | Replace | Rename | Remove | Undo
    match kind:
        case "replaced":
            action = Replace(found, ROWS, digest("new"), ENTRY, Label("x"), old, location)
        case "renamed":
            action = Rename(found, ROWS, digest("old"), Label("y"), old, location)
        case "taken back":
            action = Undo(ROWS, old, retired=False)
        case _:
            action = Remove(page_rule(Path("/d")), ROWS, old, retired=kind == "an older one")
    done: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
    return RowChange(ROWS, "row", action, "r", done, 1, upload(1) if kind == "replaced" else None)


@pytest.mark.parametrize(
    ("changes", "entries", "taken_out"),
    [
        (["removed"], 2, [("0", False)]),
        (["an older one"], 2, [("0", True)]),
        (["taken back", "replaced"], 3, [("0", False), ("1", False)]),
        (["renamed", "removed"], 3, [("1", False)]),  # of which file a new name is remains to be seen
        (["renamed"], 2, []),
        (["removed", "replaced"], 2, []),  # none is left: what is gone can be told by its file
    ],
)
def test_the_journal_says_which_of_equal_entries_a_write_takes_out(
    bench: Bench, changes: list[str], entries: int, taken_out: list[tuple[str, bool]]
) -> None:
    async def scenario() -> list[tuple[str, bool]]:
        batch = [taking(kind, str(number)) for number, kind in enumerate(changes)]
        row = JournaledRow(
            RowQueue(ROWS, "row"),
            ports=bench.ports,
            journal=Journal(bench.ports, bench.heard),
            activity=Activity(),
        )
        base = [entry] * entries
        value = new_value(base, [each.edit for each in batch])
        write = row.row_write(ROW, SOURCE, value, batch)
        assert {each.key for each in write.taken_out} <= {(FILE, "x")}
        return [(each.id.name, each.retired) for each in write.taken_out]

    entry = PropertyFile.decode(
        {"type": "file", "name": "x", "file": {"url": f"https://h/{notion_id(1)}/{FILE}/x"}}
    )
    assert entry_key(entry) == (FILE, "x")
    assert bench.run(scenario()) == taken_out


def performed(bench: Bench, outcome: Made | NotionError) -> tuple[str, list[str], list[str]]:
    """What a write with this outcome raises, and the names of the files that are done and still waiting."""

    async def send() -> Made:
        if isinstance(outcome, NotionError):
            raise outcome
        return outcome

    async def scenario() -> tuple[str, list[str], list[str]]:
        queue = RowQueue(ROWS, "row")
        changes = [change(name, number) for number, name in enumerate(NAMES, start=1)]
        for each in changes:
            queue.add(each)
        row = JournaledRow(
            queue, ports=bench.ports, journal=Journal(bench.ports, bench.heard), activity=Activity()
        )
        write = row.row_write(ROW, SOURCE, new_value((), [each.edit for each in changes]), changes)
        raised = ""
        try:
            await row.perform(changes, write, (), send)
        except (ReadAgain, SendAgain, NotionError) as error:
            raised = type(error).__name__
        assert not bench.store.has_open_writes()
        results = [each.done.result() for each in changes if each.done.done() and not each.done.exception()]
        assert all(result.action is ActionName.ATTACHED for result in results)
        done = [result.placement.id.name for result in results if result.placement]
        recorded = [name for name in NAMES if bench.store.placements.get(FilePath("/d", name), ROWS.key)]
        assert recorded == done
        return raised, done, [each.action.label.name or "" for each in queue.ready]  # type: ignore[union-attr]

    return bench.run(scenario())


@pytest.mark.parametrize(
    ("outcome", "raised", "done", "waiting"),
    [
        (Made((notion_id(1), notion_id(2)), ROW), "", ["a.txt", "b.txt"], []),
        # Notion has answered: an entry that it does not name is there all the same.
        (Made((notion_id(1), None), ROW), "", ["a.txt", "b.txt"], []),
        (
            Made((notion_id(1), None), ROW, answered=False, lost=ServerError("")),
            "ReadAgain",
            ["a.txt"],
            ["b.txt"],
        ),
        (Made((None, None), None, answered=False, lost=ServerError("")), "ReadAgain", [], ["a.txt", "b.txt"]),
        (Conflict("later"), "ReadAgain", [], ["a.txt", "b.txt"]),
        (NotFound("no such page"), "ReadAgain", [], ["a.txt", "b.txt"]),
        (ValidationFailed("no"), "ValidationFailed", [], ["a.txt", "b.txt"]),
        # The upload that the error names is sent again, or else all of them.
        (NotFound(f"Could not find file_upload with ID: {upload(1).id}."), "SendAgain", [], ["b.txt"]),
        (NotFound("Could not find file_upload with ID: 7."), "SendAgain", [], []),
    ],
)
def test_what_an_outcome_means_for_the_changes(
    bench: Bench, outcome: Made | NotionError, raised: str, done: list[str], waiting: list[str]
) -> None:
    assert performed(bench, outcome) == (raised, done, waiting)


def test_an_error_that_nobody_foresaw_is_no_reason_to_try_again(bench: Bench) -> None:
    lost = Made((None, None), None, answered=False, lost=KeyError("x"))
    with pytest.raises(KeyError):
        performed(bench, lost)
