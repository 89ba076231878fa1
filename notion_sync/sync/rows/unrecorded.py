"""Takes over entries that are in a row already and are not in the record, in place of making them again.

As `sync.page.unrecorded` does with blocks. A row is read before it is written anyway; only where something in it may be
a file that waits, its content is asked for, and then the row is read once more.
"""

from collections.abc import Iterator, Mapping, Sequence

from notion_sync.model import FETCHED, EntryKey, Label, Placement
from notion_sync.notion.errors import Unseen
from notion_sync.notion.pages import Page, PropertyFile
from notion_sync.plan import ENTRY, Attach, Replace
from notion_sync.sync.entries import entry_key, not_left
from notion_sync.sync.identity import HostedFile, Identity, SentContent, sent
from notion_sync.sync.ports import Ports
from notion_sync.sync.rows.changes import RowChange


class UnrecordedEntries:
    """The entries of one row.

    Args:
        ports: The store, Notion, and the sizes that the process knows.
    """

    def __init__(self, ports: Ports) -> None:
        self._store = ports.store
        self._clock = ports.clock
        self._sizes = ports.listings.sizes
        self._identity = Identity(ports)
        self._compared: set[tuple[EntryKey, RowChange]] = set()
        """Of which entries it was asked for whom whether they hold its content."""

    def are_in_question(self, page: Page, column: str, changes: Sequence[RowChange]) -> bool:
        """Whether the row holds something of which it has to be asked whether it is one of the changes' contents."""
        return any(True for _ in self._questions(page, column, changes))

    async def take_over(
        self, page: Page, column: str, changes: Sequence[RowChange]
    ) -> Mapping[RowChange, Placement | Unseen]:
        """By change the entry that holds its content, now recorded; or why that cannot be told of one of its name.

        Raises:
            NotionError: An address cannot be read anew.
            Cancelled: The run was asked to stop.
        """
        found: dict[RowChange, Placement | Unseen] = {}
        taken: list[PropertyFile] = []
        for change, content, entry in list(self._questions(page, column, changes)):
            file = HostedFile(entry.file, page.id, column=column)
            assert file.file_id is not None
            if change in found or any(entry is each for each in taken):
                continue
            self._compared.add((entry_key(entry), change))
            try:
                holds = await self._identity.holds(file, content)
                self._sizes[file.file_id] = await self._identity.size(file)
            except Unseen as error:
                if entry.name == change.label.name:
                    found[change] = error
                continue
            if holds:
                taken.append(entry)
                found[change] = self._record(change, page.id, entry)
        return found

    def _questions(
        self, page: Page, column: str, changes: Sequence[RowChange]
    ) -> Iterator[tuple[RowChange, SentContent, PropertyFile]]:
        entries = [each for each in page.files(column) or () if each.url_path_file_id is not None]
        making = [change for change in changes if change.upload is not None and not change.only_row]
        if not entries or not making:
            return
        with self._store.reading():
            recorded = self._store.things.at_location(making[0].target.key, making[0].location)
        # Equal contents of one row have one file id.
        strange = not_left([each.entry_key for each in recorded], entries)
        there = {entry_key(each) for each in entries}
        for change in making if strange else ():
            assert change.upload is not None
            replaces = change.old is not None and change.old.entry_key in there
            if replaces or change.upload.variant == FETCHED:
                continue  # what it replaces makes room for it; of what Notion fetched nobody has seen the bytes
            content = sent(change.upload)
            for entry in sorted(strange, key=lambda each: each.name != change.label.name):
                file_id = entry.url_path_file_id or ""
                fits = self._sizes.get(file_id) in (None, content.size)
                if fits and (entry_key(entry), change) not in self._compared:
                    yield change, content, entry

    def _record(self, change: RowChange, page_id: str, entry: PropertyFile) -> Placement:
        action = change.action
        assert isinstance(action, Attach | Replace)
        placement = Placement(
            action.found.id, action.target.key, action.digest, ENTRY, None, None, Label(entry.name),
            action.location.name, action.location.basis, page_id, entry.url_path_file_id, action.variant, shared=True,
        )  # fmt: skip
        with self._store.transaction():
            if isinstance(action, Replace):
                # What the path had is not there, or under another name: then it may be another file's by now.
                self._store.placements.forget(action.old)
            self._store.placements.add(placement, self._clock.now())
        return placement
