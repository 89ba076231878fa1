"""Asks, once a pass and before the first byte for it is sent, whether a place can take files.

A page must be there, shared and not in the trash; so must the page of a subfolder that is known; a database
must have the columns that the rule names.
"""

from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any

from notion_sync.notion.errors import NotFound, ValidationFailed
from notion_sync.notion.ids import page_url
from notion_sync.rules import Destination, PageTarget, RowPage, RowTarget
from notion_sync.state import Store
from notion_sync.sync.database import Table, open_table
from notion_sync.sync.failures import Scope, Unusable, classify
from notion_sync.sync.id_hints import instead_of_page
from notion_sync.sync.ports import Ports
from notion_sync.sync.tasks import Shared

if TYPE_CHECKING:
    from notion_sync.notion.client import Notion

SOURCES_KEPT = 7 * 86_400.0
"""Seconds for which it is believed which data source a database has."""

_Key = tuple[str, str]


class TargetChecks:
    """What can be reached in one pass.

    Args:
        ports: The store knows the pages of subfolders, and which data source a database has.
    """

    def __init__(self, ports: Ports) -> None:
        self._store = ports.store
        self._link = ports.link
        self._clock = ports.clock
        self._checks: dict[_Key, Shared[None]] = {}
        self.tables: dict[str, Table] = {}
        """The databases of the targets that were checked, by the targets' keys."""

    async def check(self, target: Destination, location: str) -> None:
        """Return if files can be put there.

        Raises:
            NotionSyncError: Why they cannot.
        """
        if isinstance(target, RowPage):
            target = target.rows
        if isinstance(target, RowTarget):
            await self._once((target.key, ""), self._check_table(target))
            return
        await self._once((target.page_id, ""), check_page(self._link.notion, target.page_id))
        if location:
            with self._store.reading():
                page = self._store.pages.get(target.page_id, location)
            if page is not None:  # otherwise it will be made
                await self._once((target.page_id, location), check_page(self._link.notion, page))

    def mark_failed(self, target: Destination, location: str, error: BaseException) -> None:
        """It turned out that nothing can be put there; what one row's page refuses, others may take."""
        if isinstance(target, RowPage):
            return
        key = (target.page_id, location) if isinstance(target, PageTarget) else (target.key, "")
        self._checks[key] = Shared(self._clock)
        self._checks[key].fail(error)

    async def _once(self, key: _Key, work: Coroutine[Any, Any, None]) -> None:
        known = self._checks.get(key)
        if known is not None:
            work.close()
            await known.result()
            return
        check = self._checks[key] = Shared[None](self._clock)
        try:
            await check.run(work)
        except BaseException as error:
            # What fails for the moment alone is asked again for the next file.
            if classify(error).scope is Scope.FILE and self._checks.get(key) is check:
                del self._checks[key]
            raise

    async def _check_table(self, target: RowTarget) -> None:
        source = known_source(self._store, target, self._clock.now())
        table = await open_table(self._link.notion, target, source)
        self.tables[target.key] = table
        with self._store.transaction():
            self._store.remembered.set(_key(target), {"source": table.source.id}, self._clock.now())


async def check_page(notion: "Notion", page_id: str) -> None:
    """Hold a page against what is needed of it.

    Raises:
        NotFound: It is not there, or not shared with us.
        Unusable: It is in the trash, or it is a database.
    """
    try:
        page = await notion.page(page_id)
    except (NotFound, ValidationFailed) as error:
        raise await instead_of_page(notion, page_id, error) from None
    if page.in_trash:
        raise Unusable(
            f'the page "{page.title}" ({page_url(page_id)}) is in Notion\'s trash',
            hint="restore it there, or name another page in the rule",
        )


def known_source(store: Store, target: RowTarget, now: float) -> str | None:
    """The data source that a database had when it was last asked; None if that is too long ago."""
    with store.reading():
        known = store.remembered.get(_key(target), now - SOURCES_KEPT)
    return str(known["source"]) if known else None


def _key(target: RowTarget) -> str:
    return f"source {target.key}"
