"""Whether a row has room for one more entry, known before its content is sent.

To read each row once more would cost as many requests as to write it. So one is read, once a pass, only where it was
found full before, or where the record and this pass have more entries for it than there is room for. What it holds and
is not recorded may be ours all the same (after a lost store): then nothing is said of it before contents were compared.
"""

from collections.abc import Sequence

from notion_sync.notion.errors import NotFound
from notion_sync.notion.pages import PropertyFile
from notion_sync.notion.payloads import FILES_LIMIT
from notion_sync.plan import Attach
from notion_sync.rules import RowTarget
from notion_sync.state import Store
from notion_sync.sync.failures import LocationFailed
from notion_sync.sync.ports import Ports
from notion_sync.sync.rows.changes import RowChange

_ALWAYS = float("-inf")


def no_room(location: str, name: str, entries: int) -> LocationFailed:
    """The failure of a file that does not fit into a property any more."""
    return LocationFailed(
        f'the row "{location}" has no room for it: "{name}" holds {entries} files, and Notion takes no more '
        "through its API",
        hint="let row: spread the files over more rows",
    )


def remember_full(store: Store, target: RowTarget, location: str, now: float) -> None:
    """A row was full when files had been compared with what it holds; in a transaction, or as a note."""
    store.remembered.set(_full_key(target, location), {"full": True}, now)


class Room:
    """The places that are left in one row.

    Args:
        ports: The record, and Notion.
        target: The database and the property.
        location: The row's title.
    """

    def __init__(self, ports: Ports, target: RowTarget, location: str) -> None:
        self._store = ports.store
        self._link = ports.link
        self._target = target
        self._location = location
        self._left: int | None = None
        """Places that nobody has taken; None as long as nobody has counted."""
        self._unsure = False
        """Whether it holds what may be ours."""

    def may_be_full(self, waiting: int) -> bool:
        """Whether it is worth a request to count; `waiting` are the new entries that this pass has for it."""
        if self._left is not None or self._unsure:
            return not self._unsure
        with self._store.reading():
            recorded = len(self._store.things.at_location(self._target.key, self._location))
        return recorded + waiting > FILES_LIMIT or self._was_full()

    async def take(self, page_id: str | None, column: str, others: Sequence[RowChange]) -> None:
        """Take a place. Nobody writes to the row meanwhile.

        Args:
            page_id: The row; None where it is to be made.
            column: The id of the property.
            others: The other changes that wait for the row.

        Raises:
            LocationFailed: There is none.
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
        """A place was taken for nothing."""
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
        """What the property holds."""
        if page_id is None:
            return ()
        try:
            page = await self._link.notion.page(page_id)
        except NotFound:
            return ()
        return () if page.in_trash else page.files(column) or ()

    def _may_be_ours(self, entry: PropertyFile) -> bool:
        """Whether an entry is a file of which the record knows nothing."""
        file_id = entry.url_path_file_id
        if file_id is None:
            return False
        with self._store.reading():
            return not self._store.things.contents_of_file(file_id)

    def _was_full(self) -> bool:
        with self._store.reading():
            key = _full_key(self._target, self._location)
            return self._store.remembered.get(key, _ALWAYS) is not None


def _full_key(target: RowTarget, location: str) -> str:
    return f"full {target.key} {location}"
