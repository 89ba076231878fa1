"""One pass: survey → judge → execute → report, and the preview of one."""

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from notion_sync.clock import Clock
from notion_sync.executor.fetching import USUAL, Terms
from notion_sync.executor.remote import Account, Link
from notion_sync.extent import Extent
from notion_sync.model import ActionName, Address, FileId, Fingerprint, Found
from notion_sync.plan import Look, Wait
from notion_sync.report import Report, Tally
from notion_sync.rules import Rule, rule_key
from notion_sync.state import Store
from notion_sync.survey import FolderTally, Problem, Survey, Task

if TYPE_CHECKING:
    from notion_sync.executor.coordinator import Executor

EXIT_FAILED = 1
EXIT_NOT_NOW = 75


@dataclass(frozen=True, slots=True)
class Scope:
    """How much of the rules' folders a pass looks at.

    Args:
        only: Absolute paths to keep to, folders with all that is below them; none for everything.
        thorough: Report every file, also those that need nothing.
        flat: More to keep to: folders without their subfolders.
    """

    only: tuple[str, ...] = ()
    thorough: bool = False
    flat: tuple[str, ...] = ()

    @property
    def extent(self) -> Extent:
        """The same for many questions."""
        return Extent(frozenset(self.only), frozenset(self.flat))


class Attendant(Protocol):
    """Somebody who stays when the pass is over, and will look again."""

    def rests(self, wait: Wait, rule: Rule) -> bool:
        """Hear of a file that was written to a moment ago; True if it is known to have come to rest."""

    def enough(self) -> bool:
        """Whether the pass shall take in nothing more; what it has taken in comes to its end."""


class Nobody:
    """The attendant of a single pass."""

    def rests(self, wait: Wait, rule: Rule) -> bool:  # noqa: ARG002
        """Nothing is known of earlier looks."""
        return False

    def enough(self) -> bool:
        """Go on to the end."""
        return False


def push(
    rules: Sequence[Rule],
    *,
    store: Store,
    link: Link,
    clock: Clock,
    report: Report,
    scope: Scope,
    patience: float,
    attendant: Attendant | None = None,
    terms: Terms = USUAL,
) -> Tally:
    """Make Notion hold what the rules say.

    Args:
        rules: In the order of the config.
        store: The record, locked by us.
        link: To Notion; opened only if something is to be done.
        clock: Its `Cancelled` ends the pass with everything done so far recorded.
        report: Hears of every outcome and the sums.
        scope: What to look at.
        patience: Seconds to wait for files that are being written to; 0 leaves them to another pass.
        attendant: Whoever will make that other pass.
        terms: On which files are fetched from the addresses that link files lead to.

    Raises:
        NotionSyncError: The pass could not go on; the report has the sums up to there.
    """
    with _pass(store, link, clock, report, patience, terms) as (executor, tally), _little_garbage():
        attendant = attendant or Nobody()
        executor.restore(rules)
        survey = _survey(rules, store, clock, scope, tally, attendant)
        executor.run(_until(survey.tasks(), attendant), rules, survey.walked)
    return tally


def bring(
    addresses: Sequence[Address],
    rule: Rule,
    *,
    store: Store,
    link: Link,
    clock: Clock,
    report: Report,
    terms: Terms,
) -> Tally:
    """Make Notion hold what is at some addresses, as if there were files that lead there.

    In the record an address has the place of a path. What failed before is tried again: it was asked for.

    Args:
        addresses: Where from, and what to call it.
        rule: Where to, and whether this machine may fetch what Notion cannot.
        store: The record, locked by us.
        link: To Notion.
        clock: Its `Cancelled` ends the pass with everything done so far recorded.
        report: Hears of every outcome and the sums.
        terms: How long to wait, and what to say.

    Raises:
        NotionSyncError: The pass could not go on; the report has the sums up to there.
    """
    with store.transaction():
        store.failures.retry([address.url for address in addresses])
    tasks = _tasks_of(addresses, rule, clock)
    with _pass(store, link, clock, report, 0.0, terms) as (executor, tally):
        executor.run(iter(tasks))
    return tally


def _tasks_of(addresses: Sequence[Address], rule: Rule, clock: Clock) -> Sequence[Task]:
    now_ns = int(clock.now() * 1e9)
    key = rule_key(rule)
    no_folder = FolderTally("", key, b"", len(addresses))
    tasks = []
    for address in addresses:
        folder, _, name = address.url.rpartition("/")
        fingerprint = Fingerprint(0, now_ns, now_ns, 0)
        found = Found(FileId(folder, name), address.url, fingerprint, "", address)
        tasks.append(Task(Look(found, address.digest), rule, key, no_folder))
    return tasks


@contextmanager
def _pass(
    store: Store, link: Link, clock: Clock, report: Report, patience: float, terms: Terms
) -> Iterator[tuple["Executor", Tally]]:
    """An executor for one pass, with what an earlier one left open settled; its sums are reported at the end."""
    # Imported here: most passes find nothing to do, and threads and media tables are not free.
    from notion_sync.executor.coordinator import Executor  # noqa: PLC0415

    tally = Tally()
    begun = clock.monotonic()
    asked_before = _requests(link)
    executor = Executor(
        store=store, link=link, clock=clock, report=report, tally=tally, patience=patience, terms=terms
    )
    try:
        if recovered := executor.recover():
            report.note(f"an interrupted run had attached {recovered} files unseen; they are recorded now")
        yield executor, tally
    finally:
        tally.seconds = clock.monotonic() - begun
        tally.requests = _requests(link) - asked_before
        report.end(tally)


def preview(
    rules: Sequence[Rule],
    *,
    store: Store,
    account: Account,
    clock: Clock,
    report: Report,
    scope: Scope,
) -> Tally:
    """Say what `push` would do; sends no write."""
    from notion_sync.preview import Preview  # noqa: PLC0415

    tally = Tally()
    with store.reading():
        if store.restores.paths():
            report.note("what was deleted in Notion will be put back first (retry --restore)")
    run = Preview(store=store, account=account, clock=clock, report=report, tally=tally)
    survey = _survey(rules, store, clock, scope, tally, Nobody())
    run.run(survey.tasks(), rules, survey.walked)
    report.end(tally)
    return tally


def exit_code(tally: Tally) -> int:
    """What a pass that came to its end says to the shell."""
    if tally.counts[ActionName.FAILED]:
        return EXIT_FAILED
    return EXIT_NOT_NOW if tally.counts[ActionName.DEFERRED] else 0


def _requests(link: Link) -> int:
    return link.remote.request_count if link.opened else 0


def _survey(
    rules: Sequence[Rule], store: Store, clock: Clock, scope: Scope, tally: Tally, attendant: Attendant
) -> Survey:
    def unchanged(count: int) -> None:
        tally.counts[ActionName.UNCHANGED] += count

    return Survey(rules, store, clock, unchanged, scope.extent, scope.thorough, attendant.rests)


def _until(items: Iterator[Task | Problem], attendant: Attendant) -> Iterator[Task | Problem]:
    for item in items:
        if attendant.enough():
            return
        yield item


@contextmanager
def _little_garbage() -> Iterator[None]:
    """A walk over many files makes many small values and few cycles: looking for them often costs a fifth."""
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(100_000, 20, 20)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()
