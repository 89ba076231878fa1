"""One pass: walk → plan → upload → attach → record. Begin reading here.

`push` makes a pass from start to end; `run_pass` does the same on a running event loop, for the daemon; `import_urls`
makes a pass over addresses in place of files; `preview` reports what a pass would do.

    walk      scan.walk     which files have to be checked: their stats compared with the record, in path order
    read      reader        the content of each, once the file is stable
    plan      decisions     what happens to each at each destination, in the order of the files ─► plan.decide
    upload    upload/       the content is in Notion, packaged as the rule says, each content once
    attach    page/ rows/   a block or an entry: written to the journal before it is sent, in few, large requests
    record    recorder      how each file ended: counted, reported, written into the history
    remove    removal/      what was deleted from the folders, checked last

`journey` takes one file through all of this; `delivery` is the last part of that, at one destination.

    with ThreadPools() as threads:
        tally = push(rules, ports=Ports(store, remote, clock, threads), report=report, scope=PassScope(), patience=60)
"""

import gc
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

from notion_sync.clock import Clock, time_ns
from notion_sync.errors import NotionSyncError
from notion_sync.extent import Extent
from notion_sync.model import ActionName, Address, FilePath, Fingerprint, SourceFile
from notion_sync.plan.folder import Look
from notion_sync.report import Report, Tally
from notion_sync.rule_key import rule_key
from notion_sync.rules import OnDelete, Rule, relative_to
from notion_sync.scan.disk import SYSTEM_DISK, Disk
from notion_sync.scan.steps import FolderTally, Item, ListFolder, NullObserver, Observer, Problem, Task
from notion_sync.scan.walk import Walk
from notion_sync.state import Store
from notion_sync.state.seen import begin_push, end_pushes, keep_look
from notion_sync.sync.beginnings import keep_beginnings
from notion_sync.sync.import_policy import USUAL, ImportPolicy
from notion_sync.sync.ports import Account, Ports
from notion_sync.system.event_loop import run_to_end

if TYPE_CHECKING:
    from notion_sync.sync.passes import Pass
    from notion_sync.sync.removal.plan import Walked

EXIT_FAILED = 1
EXIT_NOT_NOW = 75


@dataclass(frozen=True, slots=True)
class PassScope:
    """Which part of the rules' folders a pass looks at.

    Args:
        only: Absolute paths to restrict the pass to; a folder includes everything below it. Empty for no limit.
        thorough: Report every file, including those that need nothing.
        flat: Further folders to restrict the pass to, without their subfolders.
    """

    only: tuple[str, ...] = ()
    thorough: bool = False
    flat: tuple[str, ...] = ()

    @property
    def extent(self) -> Extent:
        """`only` and `flat` as a value for fast look-ups."""
        return Extent(frozenset(self.only), frozenset(self.flat))


def push(
    rules: Sequence[Rule],
    *,
    ports: Ports,
    report: Report,
    scope: PassScope,
    patience: float,
    policy: ImportPolicy = USUAL,
) -> Tally:
    """Bring Notion up to date with the rules. Creates an event loop only if there is anything to do.

    Args:
        rules: In the order of the configuration.
        ports: The record, locked by us; Notion, opened only if there is anything to do; the clock, whose `Cancelled`
            ends the pass with everything done so far recorded; the threads.
        report: Receives every outcome and the totals.
        scope: What to look at.
        patience: Seconds to wait for files that are being written to; 0 leaves them to another pass.
        policy: How long Notion may take to fetch files from the addresses in link files.

    Raises:
        NotionSyncError: The pass could not go on; the report has the totals up to that point.
    """
    ports.remote.tell = report.note
    with _begun(rules, ports, report, scope, NullObserver()) as (tally, walk, items):
        # A recovery changes the record before the walk compares with it, so there is no peek before a recovery.
        recorded = _all_recorded(ports)
        peek = _first_task(items) if recorded else None
        if recorded and peek is None and _nothing_gone(rules, ports, walk.walked):
            return tally
        first = () if peek is None else (peek,)
        begin_push(ports.store, scope.only or [rule.folder for rule in rules], ports.clock.now())
        run_to_end(_pass(ports, report, tally, patience, policy, rules).run(chain(first, items), walk.walked))
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
    """Make a pass on a running event loop; files that are being written to are left to a later pass.

    Args:
        rules: See `push`.
        ports: See `push`.
        report: See `push`.
        scope: See `push`.
        observer: The caller, which makes the later pass.
        policy: See `push`.

    Raises:
        NotionSyncError: See `push`.
    """
    with _begun(rules, ports, report, scope, observer) as (tally, walk, all_items):
        items, recorded = _until(all_items, observer), _all_recorded(ports)
        peek = await _first_task_in_threads(items, ports) if recorded else None
        if recorded and peek is None and _nothing_gone(rules, ports, walk.walked):
            return tally
        first = () if peek is None else (peek,)
        await _pass(ports, report, tally, 0.0, policy, rules).run(chain(first, items), walk.walked)
    return tally


def import_urls(
    addresses: Sequence[Address], rule: Rule, *, ports: Ports, report: Report, policy: ImportPolicy
) -> Tally:
    """Import what is at some addresses, as if there were link files for them.

    In the record an address takes the place of a path. A failure of an earlier import does not stop another attempt,
    because the user has asked for it.

    Args:
        addresses: Where to fetch from, and the name of each file.
        rule: The targets, and whether this machine may fetch what Notion cannot.
        ports: See `push`.
        report: Receives every outcome and the totals.
        policy: How long to wait, and texts for the user.

    Raises:
        NotionSyncError: The pass could not go on; the report has the totals up to that point.
    """
    with ports.store.transaction():
        ports.store.failures.retry([address.url for address in addresses])
    tasks = _tasks_of(addresses, rule, ports.clock)
    ports.remote.tell = report.note
    with _measured(ports, report) as tally:
        run_to_end(_pass(ports, report, tally, 0.0, policy, (rule,)).run(iter(tasks), {}))
    return tally


def preview(
    rules: Sequence[Rule],
    *,
    store: Store,
    account: Account,
    clock: Clock,
    report: Report,
    scope: PassScope,
    rate: int | None = None,
) -> Tally:
    """Report what `push` would do; sends no write.

    `rate` is the number of requests a minute that Notion takes; None for its usual limit.
    """
    from notion_sync.notion.rate.limit import PUBLISHED  # noqa: PLC0415
    from notion_sync.sync.preview import Preview  # noqa: PLC0415

    tally = Tally()
    with store.reading():
        if store.restores.paths():
            report.note("what was deleted in Notion will be restored first (retry --restore)")
    run = Preview(
        store=store, account=account, clock=clock, report=report, tally=tally, rules=rules, disk=SYSTEM_DISK,
        rate=rate or PUBLISHED[0],
    )  # fmt: skip
    walk = _walk(rules, store, clock, SYSTEM_DISK, scope, tally, NullObserver())
    run.run(walk.tasks(), walk.walked)
    report.end(tally)
    return tally


def exit_code(tally: Tally) -> int:
    """Return the exit code of a pass that ran to its end."""
    if tally.counts[ActionName.FAILED]:
        return EXIT_FAILED
    return EXIT_NOT_NOW if tally.counts[ActionName.DEFERRED] else 0


def _all_recorded(ports: Ports) -> bool:
    """Whether no write is open and no restore is requested."""
    with ports.store.reading():
        return not ports.store.has_open_writes() and not ports.store.restores.paths()


def _let_recheck(ports: Ports) -> None:
    """Mark files for a second read that were modified just before their first one."""
    store, now = ports.store, ports.clock.now()
    with store.reading():
        due = store.files.any_recheck_due(now)
    if due:
        with store.noting():
            store.files.let_recheck(now)


def _nothing_gone(rules: Sequence[Rule], ports: Ports, walked: "Walked") -> bool:
    """Whether nothing is to be removed either; if so, the pass is recorded as complete."""
    if all(rule.on_delete is OnDelete.KEEP for rule in rules):
        return True
    from notion_sync.sync.removal.plan import Removals  # noqa: PLC0415 - see `_pass`

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
    # Imported here because most passes find nothing to do, and the event loop and media tables cost start-up time.
    from notion_sync.sync.passes import Pass  # noqa: PLC0415

    return Pass(ports=ports, report=report, tally=tally, patience=patience, policy=policy, rules=rules)


@contextmanager
def _begun(
    rules: Sequence[Rule], ports: Ports, report: Report, scope: PassScope, observer: Observer
) -> Iterator[tuple[Tally, Walk, Iterator[Item]]]:
    """Begin a pass: yield its totals, which are reported at its end, its walk, and the items of the walk."""
    keep_beginnings(rules, ports.store)
    with (
        _measured(ports, report) as tally,
        _kept_for_status(ports, rules, scope, tally) as to_end,
        _little_garbage(),
    ):
        _let_recheck(ports)
        walk = _walk(rules, ports.store, ports.clock, ports.disk, scope, tally, observer)
        yield tally, walk, to_end(walk)


@contextmanager
def _measured(ports: Ports, report: Report) -> Iterator[Tally]:
    """Yield the totals of a pass and report them at its end, however it ends, after a checkpoint of the store."""
    tally = Tally()
    begun, asked_before = ports.clock.monotonic(), ports.remote.request_count
    try:
        yield tally
    except BaseException:
        tally.cut_short = True
        raise
    finally:
        tally.seconds = ports.clock.monotonic() - begun
        tally.requests = ports.remote.request_count - asked_before
        _note_usage(ports, tally)
        ports.store.checkpoint()
        report.end(tally)


def _note_usage(ports: Ports, tally: Tally) -> None:
    if tally.requests:
        now = ports.clock.now()
        with suppress(NotionSyncError), ports.store.noting():  # what is wrong with the store is told already
            ports.store.usage.add(now - tally.seconds, now, tally.requests, tally.bytes_uploaded)


@contextmanager
def _kept_for_status(
    ports: Ports, rules: Sequence[Rule], scope: PassScope, tally: Tally
) -> Iterator[Callable[[Walk], Iterator[Item]]]:
    """Record for `status`, if the pass was not aborted, which troubles are over and whether everything succeeded.

    Yields a function that gives a walk's items, and notices that they were exhausted: a trouble can only be over if
    its file was looked at.
    """
    began, at_end = ports.clock.now(), False
    looked_through: list[Rule] = []

    def to_end(walk: Walk) -> Iterator[Item]:
        nonlocal at_end, looked_through
        looked_through = walk.looked_through
        yield from walk.items()
        at_end = True

    def ours(path: str) -> bool:
        return any(relative_to(rule.folder, path) is not None for rule in rules)

    yield to_end
    store, extent = ports.store, scope.extent
    with store.noting():
        for trouble in store.troubles.older(began) if at_end else ():
            if ours(trouble.path) and extent.wants(trouble.path):
                store.troubles.over(trouble.path, trouble.rule, trouble.target)
        if at_end:
            end_pushes(store, lambda path: ours(path) and extent.holds(path), began)
        for rule in looked_through:
            keep_look(store, rule, began)
        store.runs.passed(tally.counts, None if exit_code(tally) else ports.clock.now())


def _tasks_of(addresses: Sequence[Address], rule: Rule, clock: Clock) -> Sequence[Task]:
    now_ns = time_ns(clock)
    key = rule_key(rule)
    no_folder = FolderTally("", key, b"")
    no_folder.expect(len(addresses))
    tasks = []
    for address in addresses:
        folder, _, name = address.url.rpartition("/")
        fingerprint = Fingerprint(0, now_ns, now_ns, 0)
        found = SourceFile(FilePath(folder, name), address.url, fingerprint, "", address)
        tasks.append(Task(Look(found, address.digest), rule, key, no_folder))
    return tasks


def _walk(
    rules: Sequence[Rule],
    store: Store,
    clock: Clock,
    disk: Disk,
    scope: PassScope,
    tally: Tally,
    observer: Observer,
) -> Walk:
    def unchanged(count: int) -> None:
        tally.counts[ActionName.UNCHANGED] += count

    return Walk(
        rules,
        store,
        clock,
        unchanged,
        extent=scope.extent,
        thorough=scope.thorough,
        observer=observer,
        disk=disk,
    )


def _first_task(items: Iterator[Item]) -> Task | Problem | None:
    """Return the first thing to do. Until then folders are listed in this thread, as a thread switch costs more."""
    for item in items:
        if not isinstance(item, ListFolder):
            return item
        item.run()
    return None


async def _first_task_in_threads(items: Iterator[Item], ports: Ports) -> Task | Problem | None:
    """Return the first thing to do, listing in worker threads: a slow disk must not block the event loop."""
    for item in items:
        if not isinstance(item, ListFolder):
            return item
        await ports.threads.scan(item.run)
        ports.clock.check()
    return None


def _until(items: Iterator[Item], observer: Observer) -> Iterator[Item]:
    for item in items:
        if observer.ends_walk():
            return
        yield item


@contextmanager
def _little_garbage() -> Iterator[None]:
    """Tune the garbage collector: a walk makes many small values and few cycles, and collecting often costs 20 %."""
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(100_000, 20, 20)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()
