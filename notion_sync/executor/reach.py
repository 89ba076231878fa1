"""Asks, once a pass and before the first byte for it is sent, whether a place can take files.

A page must be there, shared and not in the trash; so must the page of a subfolder that is known; a database
must have the columns that the rule names.
"""

from collections.abc import Callable
from concurrent.futures import Future
from functools import partial

from notion_sync.clock import Clock
from notion_sync.executor.remote import Link
from notion_sync.executor.tables import Table, open_table
from notion_sync.executor.trouble import Scope, Trouble, trouble_of
from notion_sync.executor.workers import Workers
from notion_sync.rules import Destination, PageTarget, RowPage, RowTarget
from notion_sync.state import Store

SOURCES_KEPT = 7 * 86_400.0
"""Seconds for which it is believed which data source a database has."""

Go = Callable[[], None]
Fail = Callable[[Trouble], None]


class Reach:
    """What can be reached in one pass.

    Args:
        store: Knows the pages of subfolders, and which data source a database has.
        link: To Notion.
        workers: Do the requests.
        clock: The time of day.
    """

    def __init__(self, *, store: Store, link: Link, workers: Workers, clock: Clock) -> None:
        self._store = store
        self._link = link
        self._workers = workers
        self._clock = clock
        self._answers: dict[tuple[str, str], Trouble | None] = {}
        self._asking: dict[tuple[str, str], list[tuple[Go, Fail]]] = {}
        self.tables: dict[str, Table] = {}
        """By the key of a row target, what was found out about its database."""

    def ask(self, target: Destination, place: str, go: Go, fail: Fail) -> None:
        """Go on with `go` if files can be put there, else with `fail`; perhaps at once."""
        if isinstance(target, RowPage):
            target = target.rows
        if isinstance(target, RowTarget):
            self._ask((target.key, ""), partial(self._table, target), go, fail)
            return
        inner = partial(self._ask_subpage, target, place, go, fail) if place else go
        page = target.page_id
        self._ask((page, ""), lambda: partial(self._link.remote.check_page, page), inner, fail)

    def spoil(self, target: Destination, place: str, trouble: Trouble) -> None:
        """It turned out that nothing can be put there; what one row's page refuses, others may take."""
        if isinstance(target, PageTarget):
            self._answers[target.page_id, place] = trouble
        elif isinstance(target, RowTarget):
            self._answers[target.key, ""] = trouble

    def _ask_subpage(self, target: PageTarget, place: str, go: Go, fail: Fail) -> None:
        with self._store.reading():
            page = self._store.pages.get(target.page_id, place)
        if page is None:
            go()  # it will be made
        else:
            self._ask((target.page_id, place), lambda: partial(self._link.remote.check_page, page), go, fail)

    def _table(self, target: RowTarget) -> Callable[[], None]:
        source = known_source(self._store, target, self._clock.now())

        def open_it() -> None:
            self.tables[target.key] = open_table(self._link.remote.notion, target, source)

        return open_it

    def _ask(self, key: tuple[str, str], task: Callable[[], Callable[[], None]], go: Go, fail: Fail) -> None:
        if key in self._answers:
            trouble = self._answers[key]
            go() if trouble is None else fail(trouble)
        elif key in self._asking:
            self._asking[key].append((go, fail))
        else:
            self._asking[key] = [(go, fail)]
            self._workers.request(task(), partial(self._answered, key))

    def _answered(self, key: tuple[str, str], future: Future[None]) -> None:
        error = future.exception()
        trouble = trouble_of(error) if error is not None else None
        if trouble is None or trouble.scope is not Scope.FILE:
            self._answers[key] = trouble
        if (table := self.tables.get(key[0])) is not None and trouble is None:
            with self._store.transaction():
                self._store.remembered.set(f"source {key[0]}", {"source": table.source.id}, self._clock.now())
        for go, fail in self._asking.pop(key):
            go() if trouble is None else fail(trouble)


def known_source(store: Store, target: RowTarget, now: float) -> str | None:
    """The data source that a database had when it was last asked; None if that is too long ago."""
    with store.reading():
        known = store.remembered.get(_key(target), now - SOURCES_KEPT)
    return str(known["source"]) if known else None


def _key(target: RowTarget) -> str:
    return f"source {target.key}"
