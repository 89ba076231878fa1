"""The changes of one row: what each wants, what is recorded of it, and when the row is written.

What is recorded of new entries: `tests/sync/test_journal.py`.
"""

import asyncio
from dataclasses import replace
from itertools import count

import pytest

from notion_sync.model import ActionName, Digest, FilePath, Fingerprint, Label, Placement, SourceFile
from notion_sync.notion.payloads import FILES_LIMIT, NewFile
from notion_sync.plan.actions import ENTRY, Attach, Remove, Rename, Replace, TargetLocation, Undo
from notion_sync.rules import RowPage, RowTarget, Rule
from notion_sync.state import Store
from notion_sync.sync.batching import EARLY_AFTER, EARLY_EVERY, EXPIRES_SOON, RECONSIDERED_AFTER
from notion_sync.sync.entries import EntryEdit
from notion_sync.sync.recorder import Result
from notion_sync.sync.rows.queue import (
    COMPLETE_AFTER,
    STAYS_DELETED,
    THEIR_NAME,
    WAS_DELETED,
    RowChange,
    RowQueue,
)
from notion_sync.template import parse
from notion_sync.writes import Intent
from tests.support.store import digest, notion_id, upload

NOW = 10_000.0
ROWS = RowTarget(notion_id(7), "Files", parse("{stem}"))
RULE = Rule("r", "/d", (ROWS,))
SPOT = TargetLocation("row", "{stem}")
OLD_ID, NEW_ID = FilePath("/d", "old.txt"), FilePath("/d", "new.txt")
FOUND = SourceFile(NEW_ID, "new.txt", Fingerprint(1, 1, 1, 1), "/d/new.txt")
LABEL = Label("new.txt")
DIGEST: Digest = digest("content")
OLD = Placement(
    OLD_ID, ROWS.key, digest("old"), ENTRY, notion_id(8), None, Label("old.txt"), "row", "{stem}",
    notion_id(9), notion_id(10),
)  # fmt: skip
OLD_KEY = (notion_id(10), "old.txt")

ATTACH = Attach(FOUND, ROWS, DIGEST, ENTRY, LABEL, SPOT)
REPLACE = Replace(FOUND, ROWS, DIGEST, ENTRY, LABEL, OLD, SPOT)
RENAME = Rename(FOUND, ROWS, DIGEST, LABEL, OLD, SPOT)
REMOVE = Remove(RULE, ROWS, OLD, retired=False)
ROW_FOR_A_PAGE = Attach(FOUND, RowPage(ROWS), DIGEST, "file", LABEL, SPOT)

Change = Attach | Replace | Rename | Remove | Undo


_numbers = count(1)


def change(
    action: Change = ATTACH, *, ready: bool = True, left: float = 3600.0, ready_at: float | None = None
) -> RowChange:
    """A change of the row; `left` seconds of its upload's hour are left."""
    sends = isinstance(action, Attach | Replace) and action is not ROW_FOR_A_PAGE
    content = upload(1, expires_at=NOW + left) if ready and sends else None
    loop = asyncio.new_event_loop()
    done: asyncio.Future[Result] = loop.create_future()
    loop.close()
    return RowChange(ROWS, "row", action, "r", done, next(_numbers), content, ready_at)


# What one file wants of its row


@pytest.mark.parametrize(
    ("action", "edit", "after_loss"),
    [
        (ATTACH, EntryEdit(NewFile(notion_id(1), "new.txt")), EntryEdit(NewFile(notion_id(1), "new.txt"))),
        (
            REPLACE,
            EntryEdit(NewFile(notion_id(1), "new.txt"), OLD_KEY),
            EntryEdit(NewFile(notion_id(1), "new.txt")),
        ),
        (RENAME, EntryEdit(old=OLD_KEY, name="new.txt"), EntryEdit(name="new.txt")),
        (REMOVE, EntryEdit(old=OLD_KEY), EntryEdit()),
        (ROW_FOR_A_PAGE, EntryEdit(), EntryEdit()),
        # A record that knows neither the file's id nor its name fits no entry.
        (
            replace(REMOVE, old=replace(OLD, file_id=None, label=Label(None))),
            EntryEdit(old=("", "")),
            EntryEdit(),
        ),
    ],
)
def test_what_a_file_wants_of_its_row(action: Change, edit: EntryEdit, after_loss: EntryEdit) -> None:
    one = change(action)
    assert one.edit == edit
    one.forget_old()
    assert one.edit == after_loss


@pytest.mark.parametrize(
    ("action", "ready", "expected"),
    [
        (ATTACH, False, False),
        (ATTACH, True, True),
        (REPLACE, False, False),
        (REPLACE, True, True),
        # There is nothing to send for these.
        (RENAME, False, True),
        (REMOVE, False, True),
        (ROW_FOR_A_PAGE, False, True),
    ],
)
def test_which_changes_can_go(action: Change, ready: bool, expected: bool) -> None:
    assert change(action, ready=ready).is_ready is expected


@pytest.mark.parametrize(
    ("action", "missing", "outcome", "remark"),
    [
        (ATTACH, False, ActionName.ATTACHED, ""),
        (REPLACE, False, ActionName.REPLACED, ""),
        (REPLACE, True, ActionName.REPLACED, WAS_DELETED),
        (RENAME, False, ActionName.RENAMED, "was /d/old.txt"),
        (RENAME, True, ActionName.RENAMED, f"was /d/old.txt; {STAYS_DELETED}"),
        (REMOVE, False, ActionName.REMOVED, ""),
        (REMOVE, True, ActionName.REMOVED, WAS_DELETED),
    ],
)
def test_how_a_file_ends(action: Change, missing: bool, outcome: ActionName, remark: str) -> None:
    one = change(action)
    one.missing = missing
    assert one.result(OLD) == Result(outcome, remark, OLD)


def test_a_name_that_a_person_gave_is_recorded_as_theirs() -> None:
    """It is not called renamed, and the next name of the file does not take its place, either."""
    one = change(RENAME)
    one.their_name = "Ada's"
    assert one.result(OLD) == Result(ActionName.UNCHANGED, f"was /d/old.txt; {THEIR_NAME}", OLD)
    replaced = change(REPLACE, ready=True)
    replaced.their_name = "Ada's"
    assert replaced.intent().label == Label("Ada's", theirs=True)
    again = change(replace(RENAME, old=replace(OLD, label=Label("Ada's", theirs=True))))
    assert again.edit.theirs


@pytest.mark.parametrize("action", [ATTACH, REPLACE])
def test_what_is_written_down_before_an_entry_is_made(action: Attach | Replace) -> None:
    one = change(replace(action, variant="zip"))
    assert one.intent() == Intent("r", "new.txt", NEW_ID, DIGEST, ENTRY, notion_id(1), LABEL, "{stem}", "zip")


@pytest.mark.parametrize(
    ("action", "page_id", "expected"),
    [
        (REMOVE, None, OLD),
        (REMOVE, notion_id(2), OLD),
        # The row may be another page now; where nobody knows, it is the one it was.
        (RENAME, None, replace(OLD, id=NEW_ID, label=LABEL)),
        (RENAME, notion_id(2), replace(OLD, id=NEW_ID, label=LABEL, page_id=notion_id(2))),
        (
            replace(RENAME, location=TargetLocation("row", "{name}")),
            None,
            replace(OLD, id=NEW_ID, label=LABEL, basis="{name}"),
        ),
    ],
)
def test_what_is_recorded_without_an_upload(
    store: Store, action: Rename | Remove, page_id: str | None, expected: Placement
) -> None:
    with store.transaction():
        store.placements.save(OLD, 1.0)
        assert change(action).record_without_upload(store, page_id, NOW) == expected


NEW = replace(OLD, id=NEW_ID, label=LABEL)
OF_NEW = replace(OLD, id=NEW_ID, digest=DIGEST)
"""What the new file's path holds."""


@pytest.mark.parametrize(
    ("action", "before", "after"),
    [
        (RENAME, [OLD], [NEW]),
        # It cannot be there twice: the path has what was renamed now.
        (RENAME, [OLD, OF_NEW], [NEW]),
        (REMOVE, [OLD], []),
        (REMOVE, [OLD, OF_NEW], [OF_NEW]),
    ],
)
def test_what_is_left_of_what_was_recorded(
    store: Store, action: Rename | Remove, before: list[Placement], after: list[Placement]
) -> None:
    with store.transaction():
        for placement in before:
            store.placements.save(placement, 1.0)
        change(action).record_without_upload(store, None, NOW)
    with store.reading():
        assert store.placements.in_folder("/d", [ROWS.key]) == after
        assert store.retired.below("/d", [ROWS.key]) == []


def test_an_older_version_that_is_removed_leaves_the_newer_one(store: Store) -> None:
    newer = replace(OF_NEW, file_id=notion_id(11))
    with store.transaction():
        store.placements.save(OF_NEW, 1.0)
        store.placements.add(newer, 2.0)
        change(replace(REMOVE, old=OF_NEW, retired=True)).record_without_upload(store, None, NOW)
    with store.reading():
        assert store.placements.in_folder("/d", [ROWS.key]) == [newer]
        assert store.retired.below("/d", [ROWS.key]) == []


def test_what_undo_has_taken_out_stays_in_the_record_as_such(store: Store) -> None:
    undo = Undo(ROWS, OLD, retired=False)
    with store.transaction():
        store.placements.save(OLD, 1.0)
        assert change(undo).record_without_upload(store, None, NOW) == OLD
    with store.reading():
        assert store.placements.get(OLD_ID, ROWS.key) == replace(OLD, undone_at=NOW)


def test_a_renamed_file_is_read_no_more_under_its_old_name(store: Store) -> None:
    stat = Fingerprint(1, 1, 1, 1)
    with store.transaction():
        store.files.remember(OLD_ID, stat, OLD.digest)
        store.placements.save(OLD, 1.0)
        change(RENAME).record_without_upload(store, None, NOW)
    with store.reading():
        assert store.files.get(OLD_ID) is None


# When the row is written


def queue(*changes: RowChange, last_change: int = 1) -> RowQueue:
    return RowQueue(ROWS, "row", list(changes), last_change)


def late() -> RowChange:
    return change(ready=False)


EXPIRES = EXPIRES_SOON - 1


@pytest.mark.parametrize(
    ("one", "final", "changes_so_far", "is_due"),
    [
        # More may come.
        (queue(change()), False, 1, False),
        (queue(change()), False, COMPLETE_AFTER, False),
        # None came for long.
        (queue(change()), False, COMPLETE_AFTER + 1, True),
        (queue(change(), late()), False, COMPLETE_AFTER + 1, False),
        (queue(change(), last_change=2), False, COMPLETE_AFTER + 1, False),
        (queue(change(RENAME)), False, COMPLETE_AFTER + 1, True),
        # None will come.
        (queue(change()), True, 1, True),
        (queue(change(), late()), True, 1, True),
        (queue(late()), True, 1, False),
        (queue(), True, 1, False),
        # A request is full.
        (queue(*[change() for _ in range(FILES_LIMIT)], late()), False, 1, True),
        (queue(*[change() for _ in range(FILES_LIMIT - 1)], late()), False, 1, False),
        # An hour runs out.
        (queue(change(left=EXPIRES), late()), False, 1, True),
        (queue(change(left=EXPIRES_SOON), late()), False, 1, False),
    ],
)
def test_when_a_row_is_written(one: RowQueue, final: bool, changes_so_far: int, is_due: bool) -> None:
    due = one.is_due(final=final, may_be_early=False, changes_so_far=changes_so_far, now=NOW)
    assert due is is_due


@pytest.mark.parametrize(
    ("ready_at", "last_written", "is_due"),
    [
        pytest.param((NOW - EARLY_AFTER, None), 0.0, True, id="one waits for long"),
        pytest.param((NOW - EARLY_AFTER + 1, None), 0.0, False, id="not for long"),
        pytest.param((NOW - EARLY_AFTER + 1, NOW - EARLY_AFTER, None), 0.0, True, id="one of them"),
        pytest.param(
            (NOW - EARLY_AFTER, None), NOW - EARLY_EVERY + 1, False, id="it was written a moment ago"
        ),
        pytest.param((NOW - EARLY_AFTER, None), NOW - EARLY_EVERY, True, id="that was a while ago"),
        pytest.param((None, None), 0.0, False, id="none is ready"),
    ],
)
def test_a_row_is_written_without_files_that_take_long(
    ready_at: tuple[float | None, ...], last_written: float, is_due: bool
) -> None:
    one = queue(*(change(ready=at is not None, ready_at=at) for at in ready_at))
    one.last_written = last_written
    assert one.is_due(final=False, may_be_early=True, changes_so_far=1, now=NOW) is is_due
    assert not one.is_due(final=False, may_be_early=False, changes_so_far=1, now=NOW)


def test_changes_stand_in_the_order_of_the_files_whenever_they_come() -> None:
    first, second, third = change(), change(), change()
    one = queue()
    for each in (third, first, second):
        one.add(each)
    assert one.batch() == [first, second, third]


def test_a_write_takes_what_is_ready_in_its_order_and_no_more_than_fits() -> None:
    changes = [late(), *[change() for _ in range(FILES_LIMIT + 1)]]
    assert queue(*changes).batch() == changes[1:-1]


@pytest.mark.parametrize(
    ("one", "seconds"),
    [
        (queue(), None),
        (queue(late()), None),
        (queue(change(RENAME)), None),
        (queue(change(left=EXPIRES_SOON + 7)), 8.0),
        (queue(change(left=EXPIRES_SOON + 7), change(left=EXPIRES_SOON + 5), late()), 6.0),
        (queue(change(left=EXPIRES)), 1.0),
        (queue(change(ready_at=NOW - 1), late()), EARLY_AFTER - 1),
        (queue(change(ready_at=NOW - EARLY_AFTER - 1)), RECONSIDERED_AFTER),
    ],
)
def test_when_time_alone_makes_a_row_due(one: RowQueue, seconds: float | None) -> None:
    assert one.next_look(NOW) == seconds
