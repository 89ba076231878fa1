"""Check, once a pass and before the first byte is sent, whether a target can take files.

A page must exist, be shared with the connection and not be in the trash; so must a subfolder's page that is already
known. A database must have the columns that the rule names.
"""

from collections.abc import Coroutine, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from notion_sync.notion.errors import NotFound, ValidationFailed
from notion_sync.notion.ids import page_url
from notion_sync.notion.pages import DataSource, Page
from notion_sync.report import Report
from notion_sync.rules import (
    PAGE_IMAGES,
    Destination,
    Kind,
    PageTarget,
    RowPage,
    RowTarget,
    Rule,
    destinations_of,
)
from notion_sync.state import Store
from notion_sync.state.seen import keep_title
from notion_sync.sync.database import Table, open_table
from notion_sync.sync.failures import Scope, Unusable, classify
from notion_sync.sync.id_hints import instead_of_page
from notion_sync.sync.ports import Ports
from notion_sync.sync.tasks import Promise

if TYPE_CHECKING:
    from notion_sync.notion.client import Notion

SOURCES_KEPT = 7 * 86_400.0
"""Seconds for which the recorded data source of a database is used without asking again."""

TOLD_EVERY = 86_400.0
"""Seconds between two notes that the same property was renamed."""

_Key = tuple[str, str]


class TargetChecks:
    """The targets of one pass, each checked once.

    Args:
        ports: The store knows the pages of subfolders, and the data source of each database.
        rules: All rules; records that match no target of theirs may belong to a renamed target.
        report: Receives notes on properties whose names differ from the rules.
    """

    def __init__(self, ports: Ports, rules: Sequence[Rule] = (), report: Report | None = None) -> None:
        self._rules = rules
        self._report = report
        self._store = ports.store
        self._remote = ports.remote
        self._clock = ports.clock
        self._checks: dict[_Key, Promise[object]] = {}
        self.tables: dict[str, Table] = {}
        """The checked databases by target key."""

    async def recognise(self) -> None:
        """Match records under an old property name to the rules' databases, before any file is decided.

        A property may have been renamed in Notion, or a rule may now give its id. The records are moved to the name
        that the rule uses. A database that cannot be read takes no files in this pass.

        Raises:
            NotionSyncError: The pass cannot go on.
        """
        with self._store.reading():
            recorded = {_property(key) for key in self._store.targets.recorded() if "/" in key}
        if recorded <= set(map(_property, self._keys())):
            return
        for target in {each for rule in self._rules for each in rule.targets if isinstance(each, RowTarget)}:
            if recorded.isdisjoint(_property(each.key) for each in destinations_of(target)):
                try:
                    await self.check(target, "")
                except Exception as error:
                    if classify(error).scope is Scope.RUN:
                        raise
                    self.mark_failed(target, "", error)

    def _keys(self) -> set[str]:
        """The keys of the destinations in use."""
        return {each.key for rule in self._rules for each in rule.destinations}

    async def check(self, target: Destination, location: str) -> None:
        """Return if files can be put at `location` of `target`.

        Raises:
            NotionSyncError: They cannot; the message says why.
        """
        if isinstance(target, RowPage):
            target = target.rows
        if isinstance(target, RowTarget):
            await self._once((target.key, ""), self._check_table(target))
            return
        await self._once((target.page_id, ""), self._check_page(target))
        if location:
            with self._store.reading():
                page = self._store.pages.get(target.page_id, location)
            if page is not None:  # a page that is not recorded is created later
                await self._once((target.page_id, location), check_page(self._remote.notion, page))

    async def check_again(self, target: RowTarget) -> None:
        """Check a database that somebody may have changed since it was checked; raises as `check`."""
        self._checks.pop((target.key, ""), None)
        await self.check(target, "")

    def mark_failed(self, target: Destination, location: str, error: BaseException) -> None:
        """Let later checks of this target fail. A row's page is exempt: other rows' pages may still take files."""
        if isinstance(target, RowPage):
            return
        key = (target.page_id, location) if isinstance(target, PageTarget) else (target.key, "")
        self._checks[key] = Promise(self._clock)
        self._checks[key].fail(error)

    async def _once(self, key: _Key, work: Coroutine[Any, Any, object]) -> None:
        known = self._checks.get(key)
        if known is not None:
            work.close()
            await known.result()
            return
        check = self._checks[key] = Promise[object](self._clock)
        try:
            await check.run(work)
        except BaseException as error:
            # A temporary failure is not kept: the next file asks again.
            if classify(error).scope is Scope.FILE and self._checks.get(key) is check:
                del self._checks[key]
            raise

    async def _check_page(self, target: PageTarget) -> None:
        page = await check_page(self._remote.notion, target.page_id)
        keep_title(self._store, target, page.title, self._clock.now())

    async def _check_table(self, target: RowTarget) -> None:
        source = known_source(self._store, target, self._clock.now())
        table = await open_table(self._remote.notion, target, source, self._store)
        self.tables[target.key] = table
        keep_title(self._store, target, table.source.title, self._clock.now())
        with self._store.transaction():
            self._store.remembered.set(_key(target), {"source": table.source.id}, self._clock.now())
            in_use = self._keys() | {target.key}
            for old, new in _earlier_keys(target, table.source, self._store.properties.ids(table.source.id)):
                if old not in in_use:
                    self._store.targets.rename(old, new)
        self._tell(target, "; ".join(table.renamed))

    def _tell(self, target: RowTarget, text: str) -> None:
        """Report renamed properties, at most once a day: the daemon makes many passes."""
        key, now = f"renamed {target.key}", self._clock.now()
        with self._store.reading():
            told = self._store.remembered.get(key, now - TOLD_EVERY) or {}
        if text and self._report is not None and told.get("text") != text:
            self._report.note(text)
            with self._store.transaction():
                self._store.remembered.set(key, {"text": text}, now)


async def check_page(notion: "Notion", page_id: str) -> Page:
    """Fetch a page, check that it can take files, and return it.

    Raises:
        NotFound: The page does not exist, or is not shared with the connection.
        Unusable: The page is in the trash, or the id is a database's.
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
    return page


def known_source(store: Store, target: RowTarget, now: float) -> str | None:
    """Return the recorded data source of a database; None if it was last asked for too long ago."""
    with store.reading():
        known = store.remembered.get(_key(target), now - SOURCES_KEPT)
    return str(known["source"]) if known else None


def _earlier_keys(target: RowTarget, source: DataSource, ids: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield pairs of an earlier key, which a target's destination may have had, and its key today."""
    databases = dict.fromkeys((target.database_id, source.id, source.database_id))
    property_id = ids.get(target.property_name)
    names = [name for name, id_ in ids.items() if id_ == property_id] if target.property_name else [""]
    for database in filter(None, databases):
        for name in names:
            old = replace(target, database_id=database, property_name=name)
            yield old.key, target.key
            for kind in (Kind.AUTO, *PAGE_IMAGES):
                yield RowPage(old, kind).key, RowPage(target, kind).key


def _property(key: str) -> str:
    """Return the part of a destination's key that names the property; a row's page shares it with the row."""
    ends = ("#body", *(f"#{kind}" for kind in PAGE_IMAGES))
    return next((key.removesuffix(end) for end in ends if key.endswith(end)), key)


def _key(target: RowTarget) -> str:
    return f"source {target.key}"
