"""What an earlier run left open: what becomes of its changes, and who waits. Of its writes: `test_journal`."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import pytest

from notion_sync.model import Label, Placement, Upload
from notion_sync.notion.payloads import BlockChange
from notion_sync.plan.actions import ENTRY
from notion_sync.sync.changes import RESTORED, TRASHED, of_block
from notion_sync.sync.entries import entry_key
from notion_sync.sync.journal import Journal, Unresolved
from notion_sync.sync.lateness import LATE_AFTER
from notion_sync.writes import AttemptEnd, Change, Intent, JournalEntry, PageCreation, RowWrite, TakenOut
from tests.support.store import notion_id
from tests.sync.bench import Bench

NAMED: dict[str, BlockChange | str] = {
    "rename": BlockChange("file", name="b.txt"),
    "trash": TRASHED,
    "restore": RESTORED,
}


def left_open(bench: Bench, change: Change, ago: float) -> None:
    """A change whose last attempt ended so many seconds ago."""
    with bench.store.transaction():
        begun = bench.store.journal.begin_change(change, bench.clock.now())
        end = AttemptEnd(bench.clock.boot_id(), bench.clock.since_boot() - ago)
        bench.store.journal.attempt_ended(begun, end)


def looked(bench: Bench) -> Unresolved:
    """What is unresolved after one look."""

    async def scenario() -> Unresolved:
        journal = Journal(bench.ports, bench.heard)
        assert await bench.recovery(journal).look() == 0
        return journal.unresolved

    return bench.run(scenario())


def block_of(bench: Bench) -> str:
    """The block of a file that a pass has sent."""
    bench.write("a.txt")
    bench.push()
    return next(str(each["id"]) for each in bench.page()["children"] if each["sha256"])


@pytest.mark.parametrize(
    ("ago", "made", "kept"),
    [
        (10, True, [True]),  # another attempt may be performed late
        (10, False, [False]),
        (LATE_AFTER + 1, True, []),
        (LATE_AFTER + 1, False, []),
    ],
)
def test_a_change_is_kept_as_long_as_it_may_be_performed(
    bench: Bench, ago: float, made: bool, kept: list[bool]
) -> None:
    block = block_of(bench)
    left_open(bench, of_block(block, BlockChange("file", name="a.txt" if made else "b.txt"), "b.txt"), ago)
    if made:
        bench.caller.ok("PATCH", f"/v1/blocks/{block}", {"file": {"name": "b.txt"}})
    looked(bench)
    assert [each.answered for each in bench.store.journal.changes()] == kept


@pytest.mark.parametrize(
    ("change", "ago", "trashed", "changed"),
    [
        ("rename", 10, False, True),
        ("trash", 10, True, False),
        ("restore", 10, False, False),  # nothing depends on it
        ("rename", LATE_AFTER + 1, False, False),
        ("trash", LATE_AFTER + 1, False, False),
    ],
)
def test_what_may_still_be_changed_is_not_relied_on(
    bench: Bench, change: str, ago: float, trashed: bool, changed: bool
) -> None:
    block = block_of(bench)
    left_open(bench, of_block(block, NAMED[change], "b.txt"), ago)
    unresolved = looked(bench)
    assert unresolved.may_be_trashed == ({block} if trashed else set())
    assert unresolved.may_be_changed == ({block} if changed else set())


@pytest.mark.parametrize(
    ("shown", "file", "recorded"),
    [
        ("b.txt", "c.xyz", "c.xyz"),  # as a packaged file, whose name is that of no path
        ("b.txt", None, "a.txt"),
        ("b.txt", "d.txt", "a.txt"),  # that path has another block
        ("Ada's", "c.xyz", "a.txt"),  # a person renamed it since
    ],
)
def test_a_renamed_block_is_of_the_file_that_the_journal_names(
    bench: Bench, shown: str, file: str | None, recorded: str
) -> None:
    block = block_of(bench)
    store = bench.store
    (placed,) = store.placements.in_folder(str(bench.root), [bench.core.workspace.page_id])
    with store.transaction():
        other = replace(placed, id=bench.file_path("d.txt"), block_id=notion_id(404))
        store.placements.save(other, 1.0)
    change = of_block(
        block, BlockChange("file", name="b.txt"), "b.txt", bench.file_path(file) if file else None
    )
    left_open(bench, change, 10)
    bench.caller.ok("PATCH", f"/v1/blocks/{block}", {"file": {"name": shown}})

    looked(bench)

    (now,) = [each for each, _ in store.things.placements_of(block)]
    assert now.id == bench.file_path(recorded)
    assert store.placements.get(other.id, other.target) == other


def test_a_change_of_what_is_not_recorded_is_over(bench: Bench) -> None:
    left_open(bench, of_block(bench.core.workspace.page_id, TRASHED), 10)
    unresolved = looked(bench)
    assert [each.answered for each in bench.store.journal.changes()] == [True]
    assert unresolved.may_be_trashed == set()


def test_whoever_needs_a_write_to_be_resolved_waits_for_that(bench: Bench) -> None:
    write = PageCreation("root", "sub", "root", "sub", ())

    async def scenario() -> list[bool]:
        unresolved = Unresolved(bench.store)
        entry = JournalEntry(1, write, None)
        unresolved.begin(entry)
        waiting = [asyncio.create_task(unresolved.defers_page("root", each)) for each in ("sub", "other")]
        await asyncio.sleep(1)
        assert [each.done() for each in waiting] == [False, True]
        unresolved.add(write)
        unresolved.end(entry)
        return [await each for each in waiting]

    assert bench.run(scenario()) == [True, False]


def test_a_write_that_cannot_be_looked_for_is_left_to_another_pass(bench: Bench) -> None:
    """Nothing that it may have made is made meanwhile."""
    write = PageCreation(bench.core.workspace.page_id, "sub", notion_id(404), "sub", ())
    with bench.store.transaction():
        bench.store.journal.begin(write, bench.clock.now())

    assert [each.write for each in looked(bench).writes] == [write]
    assert bench.store.has_open_writes()


def placed_in_row(bench: Bench, name: str, upload: Upload, file_id: str, row: str) -> Placement:
    """A file with an entry "x" in the row "r"."""
    target = f"{bench.core.workspace.database_id}/Attachments"
    return Placement(
        bench.file_path(name),
        target,
        upload.digest,
        ENTRY,
        upload.id,
        None,
        Label("x"),
        "r",
        "",
        row,
        file_id,
    )


@pytest.mark.parametrize(
    ("taken_out", "undoes", "replaces", "in_use", "retired", "undone"),
    [
        ([("b", False)], False, False, ["a"], ["b"], []),
        ([("b", True)], False, False, ["a", "b"], [], []),
        ([("a", False), ("b", True)], False, False, ["b"], [], []),
        ([("b", False)], True, False, ["a", "b"], ["b"], ["b"]),
        ([("b", False)], False, True, ["a", "b new"], ["b"], []),
    ],
    ids=["removed", "of an older one", "both", "taken back", "replaced"],
)
def test_which_of_equal_entries_a_dead_process_took_out_is_in_the_journal(
    bench: Bench,
    taken_out: Sequence[tuple[str, bool]],
    undoes: bool,
    replaces: bool,
    in_use: list[str],
    retired: list[str],
    undone: list[str],
) -> None:
    """The row had three entries of one content and one name; whose file is there does not decide it."""
    old, new = bench.uploaded("x.txt", b"old"), bench.uploaded("x.txt", b"new")
    shown = [{"name": "x", "file_upload": {"id": each.id}} for each in [old, *[new] * replaces]]
    row = bench.caller.ok("POST", "/v1/pages", {
        "parent": {"data_source_id": bench.core.workspace.data_source_id},
        "properties": {"Name": {"title": [{"text": {"content": "r"}}]}, "Attachments": {"files": shown}},
    })["id"]  # fmt: skip
    there = bench.run(bench.notion.page(row)).files("Attachments") or ()
    key, target = entry_key(there[0]), f"{bench.core.workspace.database_id}/Attachments"
    a, b = (placed_in_row(bench, name, old, key[0], row) for name in "ab")
    intent = Intent("r", "b", b.id, new.digest, ENTRY, new.id, Label("x"))
    write = RowWrite(
        target, bench.core.workspace.data_source_id, "r", row, (key,) * 3, (key,), (intent,) * replaces,
        (0,) * replaces, undoes, tuple(TakenOut(bench.file_path(name), key, was) for name, was in taken_out),
    )  # fmt: skip
    store = bench.store
    with store.transaction():
        for each in (a, b):
            store.placements.save(each, 1.0)
        store.retired.add(b, 1.0)
        store.journal.begin(write, bench.clock.now())

    bench.run(bench.recovery().look())

    assert not store.has_open_writes()
    now = store.placements.in_folder(str(bench.root), [target])
    assert [each.id.name + " new" * (each.digest == new.digest) for each in now] == in_use
    assert [each.id.name for each in store.retired.below(str(bench.root), [target])] == retired
    assert [each.id.name for each in now if each.undone_at is not None] == undone


@pytest.mark.parametrize(("waits", "notes"), [((4.0, 5.0), 0), ((6.0,), 1), ((4.0, 6.0, 70.0), 1)])
def test_a_long_wait_is_told_once(bench: Bench, waits: tuple[float, ...], notes: int) -> None:
    async def scenario() -> None:
        journal = Journal(bench.ports, bench.heard)
        for seconds in waits:
            await journal.wait(seconds)

    bench.run(scenario())
    assert len(bench.heard.notes) == notes
