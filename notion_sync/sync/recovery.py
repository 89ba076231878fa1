"""Find out what an earlier run left open, before anything depends on it: its writes and its changes.

    look             each write is looked for once, each change is read back; what is known is recorded
    wait_for_late    writes that may still be performed are waited for, beside the files that do not depend on them

What stays unresolved is not touched in this pass (`Unresolved`). The record must know what Notion shows, or our own
change would be taken for a person's.
"""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace

from notion_sync.model import FilePath, Label, Placement, Upload
from notion_sync.notion.errors import NotionError
from notion_sync.notion.pages import Page
from notion_sync.notion.values import Block
from notion_sync.rules import Kind
from notion_sync.state import Store
from notion_sync.sync.changes import INTO_TRASH, RESTORED, TRASHED, UNDONE, Changes
from notion_sync.sync.entries import changed_keys
from notion_sync.sync.failures import Scope, StillOpen, classify, is_gone
from notion_sync.sync.identity import HostedFile, Identity, content_sent
from notion_sync.sync.journal import Journal, changed_placements
from notion_sync.sync.ports import Ports
from notion_sync.sync.recognition import Made
from notion_sync.sync.shown import label_shown
from notion_sync.sync.tasks import side_by_side
from notion_sync.writes import Change, JournalEntry, RowWrite


class JournalRecovery:
    """Resolves what an earlier run left open.

    Args:
        ports: The store holds the journal; Notion is read.
        journal: Looks for writes, and keeps those that stay unresolved.
        changes: Know for how long a change may still be performed.
    """

    def __init__(self, ports: Ports, journal: Journal, changes: Changes) -> None:
        self._store = ports.store
        self._remote = ports.remote
        self._clock = ports.clock
        self._identity = Identity(ports)
        self._journal = journal
        self._changes = changes
        self._late: list[JournalEntry] = []
        """Writes that may still be performed."""

    async def look(self) -> int:
        """Look once for every open write, and read back every change; return the number of files found in Notion.

        A write stays open if its result cannot be looked for now, for example because a page is no longer shared;
        nothing that it was to make is sent meanwhile. A write that may still be performed is left to `wait_for_late`,
        or to the next pass if the process outlives this one.

        Raises:
            NotionSyncError: Notion cannot be read at all: no network, or no valid token.
        """
        await self._read_back_changes()
        return await self._look_for_writes()

    async def wait_for_late(self) -> int:
        """Wait, concurrently, for the writes that `look` left open; return the number of files found."""
        return sum(await side_by_side(*map(self._wait_for, self._late)))

    # Writes

    async def _look_for_writes(self) -> int:
        with self._store.reading():
            left_open = self._store.journal.open()
        found = 0
        for entry in left_open:
            try:
                seen, made = await self._journal.look_once(entry)
            except NotionError as error:
                if classify(error).scope is Scope.RUN:
                    raise
                self._journal.unresolved.add(entry.write)
                continue
            if not made.open:
                found += self._record(seen, made)
            elif self._journal.looks_again:
                self._journal.unresolved.add(entry.write)
            else:
                self._journal.unresolved.begin(seen)
                self._late.append(seen)
        return found

    async def _wait_for(self, entry: JournalEntry) -> int:
        try:
            return self._record(entry, await self._journal.known_outcome(entry, Made((None,), open=True)))
        except StillOpen:
            return 0
        finally:
            self._journal.unresolved.end(entry)

    def _record(self, entry: JournalEntry, made: Made) -> int:
        """Record what a write made, removed and renamed; return the number of files found."""
        write, now = entry.write, self._clock.now()
        with self._store.transaction():
            placements = self._journal.record(entry, made)
            if isinstance(write, RowWrite) and (made.complete or any(made.ids)):
                made_ids = {each.id for each in placements}
                _record_gone(self._store, write, made_ids, now)
                _record_taken_out(self._store, write, made_ids, now)
                _record_renamed(self._store, write, now)
        return len(placements)

    # Changes

    async def _read_back_changes(self) -> None:
        """Read back the changes that were left without an answer, and record what Notion shows."""
        with self._store.reading():
            begun = self._store.journal.changes()
        for each in begun:
            left = self._changes.seconds_left(each)
            if each.answered:
                continue
            try:
                made = await self._read_back(each.change)
            except NotionError as error:
                if classify(error).scope is Scope.RUN:
                    raise
                continue
            with self._store.transaction():
                if not left:
                    self._store.journal.end(each)
                elif made:
                    self._store.journal.answered(each)
            if left and not made and each.change.value != RESTORED:
                self._defer(each.change)

    async def _read_back(self, change: Change) -> bool:
        """Record what Notion shows of a changed thing, and return whether the change was made."""
        with self._store.reading():
            recorded = self._store.things.placements_of(change.thing)
        if not recorded:
            return True  # nothing depends on it
        if change.part != "block":
            page = await self._remote.notion.page(change.thing)
            return await self._image_shown(change, page, [each for each, _ in recorded])
        try:
            block: Block | None = await self._remote.notion.block(change.thing)
        except NotionError as error:
            if not is_gone(error):
                raise
            block = None
        if block is None or block.in_trash:
            with self._store.transaction():
                for placement, retired in recorded:
                    if change.value == TRASHED:
                        self._store.placements.drop(placement, retired=retired)
                    elif change.value == UNDONE:
                        self._store.undone.add(placement, self._clock.now(), retired=retired)
            return True
        standing = [each for each, retired in recorded if not retired]
        return change.value not in INTO_TRASH and await self._block_shown(change, block, standing)

    async def _block_shown(self, change: Change, block: Block, recorded: Sequence[Placement]) -> bool:
        if block.file is None:
            return False
        shown = HostedFile(block.file, block.parent_id or "", block.id)
        upload = await self._upload_in(shown, change)
        labels = [label_shown(block, each.label, change.name, change.caption) for each in recorded]
        held = change.upload_id is None or upload is not None
        made = held and all(_is_of(change, each) for each in labels)
        with self._store.transaction():
            for each, label in zip(recorded, labels, strict=True):
                now = replace(_with_upload(each, upload, shown) if upload is not None else each, label=label)
                file = change.file if made and change.file is not None else each.id
                _record_as_of(self._store, each, replace(now, id=file), self._clock.now())
                self._store.uploads.attached([now.upload_id])
        return made

    async def _image_shown(self, change: Change, page: Page, recorded: Sequence[Placement]) -> bool:
        file = page.icon if change.part == Kind.ICON else page.cover
        if file is None:
            return False
        shown = HostedFile(file, page.id, kind=change.part)
        upload = await self._upload_in(shown, change)
        if upload is None:
            return False
        for each in recorded:
            if each.kind == change.part:
                self._store.placed(_with_upload(each, upload, shown), self._clock.now())
        return True

    async def _upload_in(self, file: HostedFile, change: Change) -> Upload | None:
        """Return the upload of a change if a file in Notion holds its content, else None."""
        with self._store.reading():
            upload = self._store.uploads.get(change.upload_id) if change.upload_id else None
        return (
            upload if upload is not None and await self._identity.holds(file, content_sent(upload)) else None
        )

    def _defer(self, change: Change) -> None:
        """Keep this pass from relying on a thing that may still be trashed or changed; its files are checked again."""
        unresolved = self._journal.unresolved
        things = unresolved.may_be_trashed if change.value in INTO_TRASH else unresolved.may_be_changed
        things.add(change.thing)
        with self._store.transaction():
            for placement, _ in self._store.things.placements_of(change.thing):
                self._store.files.forget(placement.id)
                self._store.files.mark_dirty(placement.id.folder)


def _record_gone(store: Store, write: RowWrite, made: AbstractSet[FilePath], now: float) -> None:
    """Record the entries that a write took out; `made` are already recorded. Inside a transaction."""
    changed = changed_keys(write.before, write.remaining)
    for each in changed_placements(store, write):
        if changed[each.entry_key] is not None:
            continue
        if store.placements.get(each.id, each.target) != each:
            store.retired.forget(each)
        elif each.id not in made and write.undoes:
            store.undone.add(each, now)
        elif each.id not in made:
            store.placements.forget(each)
            store.files.forget(each.id)


def _record_taken_out(store: Store, write: RowWrite, made: AbstractSet[FilePath], now: float) -> None:
    """Record the entries that a write took out while equal ones stay. Inside a transaction.

    Where a new entry is recorded, it has the place of what it replaces already.
    """
    there = store.things.at_location(write.target, write.location)
    for each in write.taken_out:
        old = next((old for old in there if (old.id, old.entry_key) == (each.id, each.key)), None)
        if old is None or (each.id in made and not each.retired):
            continue
        if write.undoes:
            store.undone.add(old, now, retired=each.retired)
        else:
            store.placements.drop(old, retired=each.retired)


def _record_renamed(store: Store, write: RowWrite, now: float) -> None:
    """Record the entries that a write renamed, for the files that they stand for since. Inside a transaction."""
    there = store.things.at_location(write.target, write.location)
    for each in write.renamed:
        old = next((old for old in there if (old.id, old.entry_key) == (each.id, each.key)), None)
        if old is not None:
            _record_as_of(store, old, replace(old, id=each.file, label=each.label), now)


def _record_as_of(store: Store, old: Placement, new: Placement, now: float) -> None:
    """Record what a placement is now; it stays at its path if the new one has another thing."""
    if new.id != old.id and store.placements.get(new.id, new.target) is None:
        store.placements.move(old, new, now)
    elif store.placements.get(old.id, old.target) == old:
        store.placements.save(replace(new, id=old.id), now)


def _with_upload(placement: Placement, upload: Upload, shown: HostedFile) -> Placement:
    return replace(
        placement, digest=upload.digest, upload_id=upload.id, variant=upload.variant, file_id=shown.file_id,
        run=None, undone_at=None,
    )  # fmt: skip


def _is_of(change: Change, label: Label) -> bool:
    """Whether a label has the name and caption that a change sends, if any."""
    return change.name in (None, label.name) and change.caption in (None, label.caption)
