"""Tell whether a row has room for one more entry, before its content is sent.

Reading every row once more would cost as many requests as writing it. So a row is read, once a pass, only if it was
full before, or if the record and this pass together have more entries for it than fit. Unrecorded entries may be ours
(after a lost store); in that case nothing is decided here, because contents must be compared first.
"""

from collections.abc import Sequence

from notion_sync.notion.errors import NotFound
from notion_sync.notion.pages import PropertyFile
from notion_sync.notion.payloads import FILES_LIMIT
from notion_sync.plan.actions import Attach
from notion_sync.rules import RowTarget
from notion_sync.state import Store
from notion_sync.sync.failures import LocationFailed
from notion_sync.sync.ports import Ports
from notion_sync.sync.rows.queue import RowChange


def no_room(location: str, name: str, entries: int) -> LocationFailed:
    """Return the failure of a file that does not fit into a full property."""
    return LocationFailed(
        f'the row "{location}" has no room for it: "{name}" holds {entries} files, and Notion takes no more '
        "through its API",
        hint="let row: spread the files over more rows",
    )


def remember_full(store: Store, target: RowTarget, location: str, now: float) -> None:
    """Remember that a row was full, after contents were compared. Call within a transaction or `noting`."""
    store.remembered.set(_full_key(target, location), {"full": True}, now)


class Room:
    """The free entries of one row.

    Args:
        ports: The record, and Notion.
        target: The database and the property.
        location: The row's title.
    """

    def __init__(self, ports: Ports, target: RowTarget, location: str) -> None:
        self._store = ports.store
        self._remote = ports.remote
        self._target = target
        self._location = location
        self._left: int | None = None
        """Number of free entries; None until they are counted."""
        self._unsure = False
        """Whether the row holds unrecorded entries that may be ours."""

    def may_be_full(self, waiting: int) -> bool:
        """Whether to call `take`; `waiting` is the number of new entries that this pass has for the row."""
        if self._left is not None or self._unsure:
            return not self._unsure
        with self._store.reading():
            recorded = len(self._store.things.at_location(self._target.key, self._location))
        return recorded + waiting > FILES_LIMIT or self._was_full()

    async def take(self, page_id: str | None, column: str, others: Sequence[RowChange]) -> None:
        """Reserve one entry; the first call reads the row. The caller holds the row's lock.

        Args:
            page_id: Id of the row's page; None if the row is not known.
            column: Id of the property.
            others: The other changes that wait for the row.

        Raises:
            LocationFailed: The row is full.
            NotionSyncError: The row cannot be read.
        """
        if self._left is None:
            await self._count(page_id, column, others)
        if self._left is None:
            return
        if self._left <= 0:
            raise no_room(self._location, self._target.property_name, FILES_LIMIT)
        self._left -= 1

    def give_back(self) -> None:
        """Release an entry that was reserved and is not needed."""
        if self._left is not None:
            self._left += 1

    async def _count(self, page_id: str | None, column: str, others: Sequence[RowChange]) -> None:
        entries = await self._entries(page_id, column)
        was_full = self._was_full()
        if not was_full and any(map(self._may_be_ours, entries)):
            self._unsure = True
            return
        taken = sum(each.has_room and isinstance(each.action, Attach) for each in others)
        self._left = FILES_LIMIT - len(entries) - taken
        if was_full and self._left > 0:
            with self._store.noting():
                self._store.remembered.forget(_full_key(self._target, self._location))

    async def _entries(self, page_id: str | None, column: str) -> Sequence[PropertyFile]:
        """Return the property's entries; none if the row is missing or in the trash."""
        if page_id is None:
            return ()
        try:
            page = await self._remote.notion.page(page_id)
        except NotFound:
            return ()
        return () if page.in_trash else page.files(column) or ()

    def _may_be_ours(self, entry: PropertyFile) -> bool:
        """Whether an entry is a hosted file that the record does not know."""
        file_id = entry.url_path_file_id
        if file_id is None:
            return False
        with self._store.reading():
            return not self._store.things.contents_of_file(file_id)

    def _was_full(self) -> bool:
        with self._store.reading():
            key = _full_key(self._target, self._location)
            return self._store.remembered.get(key) is not None


def _full_key(target: RowTarget, location: str) -> str:
    return f"full {target.key} {location}"
