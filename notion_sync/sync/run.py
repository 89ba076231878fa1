"""One pass: walk → plan → upload → attach → record. THE screen to begin with.

`push` makes a pass from start to end; `run_pass` is the same on an event loop that is there already, for the daemon;
`import_urls` makes one over addresses in place of files; `preview` says what a pass would do.

    walk      scan.walk     which files have to be looked at: stats, compared with the record; in path order
    read      reader        their contents, once they have come to rest
    plan      decisions     what happens to each at each destination, in the order of the files ─► plan.decide
    upload    upload/       its content is in Notion, packaged as the rule wants it, each content once
    attach    page/ rows/   a block, an entry: put into the journal before it leaves, in as few requests as possible
    record    recorder      how each file ended: told, counted, written into the history
    remove    removal/      what is gone from the folders, asked last

`journey` is the way of one file through all of this, `delivery` the last part of it, at one destination.

    with ThreadPools() as threads:
        tally = push(rules, ports=Ports(store, link, clock, threads), report=report, scope=PassScope(), patience=60)
"""

import gc
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any, Protocol

from notion_sync.clock import Clock
from notion_sync.extent import Extent
from notion_sync.model import ActionName, Address, FileId, Fingerprint, SourceFile
from notion_sync.plan import Look, Wait
from notion_sync.report import Report, Tally
from notion_sync.rule_key import rule_key
from notion_sync.rules import Rule, relative_to
from notion_sync.scan.disk import Disk
from notion_sync.scan.steps import FolderTally, Item, ListFolder, Problem, Task
from notion_sync.scan.system_disk import SYSTEM_DISK
from notion_sync.scan.walk import Walk
from notion_sync.state import Store
from notion_sync.sync.import_policy import USUAL, ImportPolicy
from notion_sync.sync.ports import Account, Ports
from notion_sync.sync.removal.plan import Removals, Walked

if TYPE_CHECKING:
    from notion_sync.sync.passes import Pass

EXIT_FAILED = 1
EXIT_NOT_NOW = 75


@dataclass(frozen=True, slots=True)
class PassScope:
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


class Observer(Protocol):
    """Somebody who stays when the pass is over, and will look again."""

    def rests(self, wait: Wait, rule: Rule) -> bool:
        """Hear of a file that was written to a moment ago; True if it is known to have come to rest."""

    def followed(self, path: str) -> None:
        """Hear of a file or folder that a followed link leads to."""

    def enough(self) -> bool:
        """Whether the pass shall take in nothing more; what it has taken in comes to its end."""


class NullObserver:
    """The observer of a single pass."""

    def rests(self, wait: Wait, rule: Rule) -> bool:  # noqa: ARG002
        """Nothing is known of earlier looks."""
        return False

    def followed(self, path: str) -> None:
        """Nobody looks at it later."""

    def enough(self) -> bool:
        """Go on to the end."""
        return False


def push(
    rules: Sequence[Rule],
    *,
    ports: Ports,
    report: Report,
    scope: PassScope,
    patience: float,
    policy: ImportPolicy = USUAL,
) -> Tally:
    """Make Notion hold what the rules say. Makes an event loop if there is anything to do.

    Args:
        rules: In the order of the config.
        ports: The record, locked by us; Notion, opened only if something is to be done; time, whose `Cancelled`
            ends the pass with everything done so far recorded; threads.
        report: Hears of every outcome and the sums.
        scope: What to look at.
        patience: Seconds to wait for files that are being written to; 0 leaves them to another pass.
        policy: How long Notion may take to fetch files from the addresses that link files lead to.

    Raises:
        NotionSyncError: The pass could not go on; the report has the sums up to there.
    """
    ports.link.tell = report.note
    with _measured(ports, report) as tally, _noted(ports, rules, scope, tally) as to_end, _little_garbage():
        _let_recheck(ports)
        walk = _walk(rules, ports, scope, tally, NullObserver())
        items = to_end(walk.steps())
        # What is recorded changes first where something is to be recovered, and the walk compares with it.
        peek = _first_task(items) if _all_recorded(ports) else None
        if peek is None and _all_recorded(ports) and _nothing_gone(rules, ports, walk.walked):
            return tally
        first = () if peek is None else (peek,)
        _on_a_loop(_pass(ports, report, tally, patience, policy, rules).run(chain(first, items), walk.walked))
    return tally


async def run_pass(
    rules: Sequence[Rule],
    *,
    ports: Ports,
    report: Report,
    scope: PassScope,
    observer: Observer,
    policy: ImportPolicy,
) -> Tally:
    """The same on the event loop of somebody who stays; files that are being written to are left to another pass.

    Args:
        rules: See `push`.
        ports: See `push`.
        report: See `push`.
        scope: See `push`.
        observer: Whoever will make that other pass.
        policy: See `push`.

    Raises:
        NotionSyncError: See `push`.
    """
    with _measured(ports, report) as tally, _noted(ports, rules, scope, tally) as to_end, _little_garbage():
        _let_recheck(ports)
        walk = _walk(rules, ports, scope, tally, observer)
        items = _until(to_end(walk.steps()), observer)
        peek = await _first_task_in_threads(items, ports) if _all_recorded(ports) else None
        if peek is None and _all_recorded(ports) and _nothing_gone(rules, ports, walk.walked):
            return tally
        first = () if peek is None else (peek,)
        await _pass(ports, report, tally, 0.0, policy, rules).run(chain(first, items), walk.walked)
    return tally


def import_urls(
    addresses: Sequence[Address], rule: Rule, *, ports: Ports, report: Report, policy: ImportPolicy
) -> Tally:
    """Make Notion hold what is at some addresses, as if there were files that lead there.

    In the record an address has the place of a path. What failed before is tried again: it was asked for.

    Args:
        addresses: Where from, and what to call it.
        rule: Where to, and whether this machine may fetch what Notion cannot.
        ports: See `push`.
        report: Hears of every outcome and the sums.
        policy: How long to wait, and what to say.

    Raises:
        NotionSyncError: The pass could not go on; the report has the sums up to there.
    """
    with ports.store.transaction():
        ports.store.failures.retry([address.url for address in addresses])
    tasks = _tasks_of(addresses, rule, ports.clock)
    ports.link.tell = report.note
    with _measured(ports, report) as tally:
        _on_a_loop(_pass(ports, report, tally, 0.0, policy, (rule,)).run(iter(tasks), {}))
    return tally


def preview(
    rules: Sequence[Rule],
    *,
    store: Store,
    account: Account,
    clock: Clock,
    report: Report,
    scope: PassScope,
) -> Tally:
    """Say what `push` would do; sends no write."""
    from notion_sync.sync.preview import Preview  # noqa: PLC0415

    tally = Tally()
    with store.reading():
        if store.restores.paths():
            report.note("what was deleted in Notion will be restored first (retry --restore)")
    run = Preview(
        store=store, account=account, clock=clock, report=report, tally=tally, rules=rules, disk=SYSTEM_DISK
    )
    walk = _walk_of(rules, store, clock, scope, tally, NullObserver(), SYSTEM_DISK)
    run.run(walk.tasks(), walk.walked)
    report.end(tally)
    return tally


def exit_code(tally: Tally) -> int:
    """What a pass that came to its end says to the shell."""
    if tally.counts[ActionName.FAILED]:
        return EXIT_FAILED
    return EXIT_NOT_NOW if tally.counts[ActionName.DEFERRED] else 0


def _all_recorded(ports: Ports) -> bool:
    """Whether no write is open, and nothing is to be put back."""
    with ports.store.reading():
        return ports.store.journal.is_empty() and not ports.store.restores.paths()


def _let_recheck(ports: Ports) -> None:
    """Have files read once more that had been written to just before they were read."""
    store, now = ports.store, ports.clock.now()
    with store.reading():
        due = store.files.any_recheck_due(now)
    if due:
        with store.noting():
            store.files.let_recheck(now)


def _nothing_gone(rules: Sequence[Rule], ports: Ports, walked: Walked) -> bool:
    """Whether nothing is to be removed, where nothing else is to be done."""
    removals = Removals(ports.store, rules, ports.clock, ports.disk)
    removals.begin()
    if any(True for _ in removals.plan(walked)):
        return False
    removals.remember()
    return True


def _pass(
    ports: Ports,
    report: Report,
    tally: Tally,
    patience: float,
    policy: ImportPolicy,
    rules: Sequence[Rule],
) -> "Pass":
    # Imported here: most passes find nothing to do, and the event loop and media tables are not free.
    from notion_sync.sync.passes import Pass  # noqa: PLC0415

    return Pass(ports=ports, report=report, tally=tally, patience=patience, policy=policy, rules=rules)


def _on_a_loop(work: Coroutine[Any, Any, None]) -> None:
    import asyncio  # noqa: PLC0415 - see `_pass`

    asyncio.run(work)


@contextmanager
def _measured(ports: Ports, report: Report) -> Iterator[Tally]:
    """The sums of a pass, reported at its end, whatever ends it; the record is in the store's file then."""
    tally = Tally()
    begun, asked_before = ports.clock.monotonic(), ports.link.request_count
    try:
        yield tally
    finally:
        tally.seconds = ports.clock.monotonic() - begun
        tally.requests = ports.link.request_count - asked_before
        ports.store.checkpoint()
        report.end(tally)


@contextmanager
def _noted(
    ports: Ports, rules: Sequence[Rule], scope: PassScope, tally: Tally
) -> Iterator[Callable[[Iterator[Item]], Iterator[Item]]]:
    """What `status` is to know of a pass that did not break off: which troubles are over, and whether all was well.

    What is given counts the walk's items to their end: only what was looked at can be over.
    """
    began, at_end = ports.clock.now(), False

    def to_end(items: Iterator[Item]) -> Iterator[Item]:
        nonlocal at_end
        yield from items
        at_end = True

    yield to_end
    store, extent = ports.store, scope.extent
    with store.noting():
        for trouble in store.troubles.older(began) if at_end else ():
            ours = any(relative_to(rule.folder, trouble.path) is not None for rule in rules)
            if ours and extent.wants(trouble.path):
                store.troubles.over(trouble.path, trouble.rule, trouble.target)
        store.runs.passed(tally.counts, _well_at(ports, tally))


def _well_at(ports: Ports, tally: Tally) -> float | None:
    return None if exit_code(tally) else ports.clock.now()


def _tasks_of(addresses: Sequence[Address], rule: Rule, clock: Clock) -> Sequence[Task]:
    now_ns = int(clock.now() * 1e9)
    key = rule_key(rule)
    no_folder = FolderTally("", key, b"", len(addresses))
    tasks = []
    for address in addresses:
        folder, _, name = address.url.rpartition("/")
        fingerprint = Fingerprint(0, now_ns, now_ns, 0)
        found = SourceFile(FileId(folder, name), address.url, fingerprint, "", address)
        tasks.append(Task(Look(found, address.digest), rule, key, no_folder))
    return tasks


def _walk(rules: Sequence[Rule], ports: Ports, scope: PassScope, tally: Tally, observer: Observer) -> Walk:
    return _walk_of(rules, ports.store, ports.clock, scope, tally, observer, ports.disk)


def _walk_of(
    rules: Sequence[Rule],
    store: Store,
    clock: Clock,
    scope: PassScope,
    tally: Tally,
    observer: Observer,
    disk: Disk,
) -> Walk:
    def unchanged(count: int) -> None:
        tally.counts[ActionName.UNCHANGED] += count

    return Walk(
        rules, store, clock, unchanged, scope.extent, scope.thorough, observer.rests, observer.followed, disk
    )


def _first_task(items: Iterator[Item]) -> Task | Problem | None:
    """The first thing to do; until then folders are listed here, for a change of thread costs more than that."""
    for item in items:
        if not isinstance(item, ListFolder):
            return item
        item.run()
    return None


async def _first_task_in_threads(items: Iterator[Item], ports: Ports) -> Task | Problem | None:
    """The same while others use the event loop: a folder on a slow disk must not keep it."""
    for item in items:
        if not isinstance(item, ListFolder):
            return item
        await ports.threads.scan(item.run)
        ports.clock.check()
    return None


def _until(items: Iterator[Item], observer: Observer) -> Iterator[Item]:
    for item in items:
        if observer.enough():
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
