"""One machine, one Notion and one user, drawn from a seed; processes of the program come and go between them."""

import os
import random
import shutil
import tempfile
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Self, TypeVar

from notion_sync.clock import Stop
from notion_sync.model import Outcome
from notion_sync.notion.client import Notion
from notion_sync.notion.http.download import Downloader
from notion_sync.report import BareReport, Tally
from notion_sync.rules import Rule
from notion_sync.sandbox.control.state import state
from notion_sync.sandbox.core import Core
from notion_sync.scan.disk import exists
from notion_sync.scan.steps import NullObserver
from notion_sync.state import Store
from notion_sync.state.database import FILE_NAME
from notion_sync.sync.import_policy import USUAL
from notion_sync.sync.ports import Account, Ports, Remote
from notion_sync.sync.run import PassScope, run_pass
from notion_sync.writes import Append, Write
from tests.simulation.ports import (
    CoreFiles,
    CoreTransport,
    Crash,
    Loop,
    SimulatedClock,
    SimulatedThreads,
    Time,
)
from tests.simulation.trace import Trace
from tests.support.memory_disk import MemoryDisk

T = TypeVar("T")

FOLDER = "/home/me/drop"
MEMORY = "/dev/shm" if os.path.isdir("/dev/shm") else None
"""Where a store waits for no disk."""

AT_ONCE = 30.0
"""Seconds a dead process may be dead before the next one is started."""

LATE = 60.0
"""Seconds after a connection broke at which Notion may still perform what came over it."""

REBOOTS = 0.2
"""How likely the machine is started anew when a process has died, and its clock is set meanwhile.

Forward only: files with times to come are not taken yet.
"""


@dataclass(frozen=True, eq=False)
class Late:
    """A request that has left a process before it died.

    Args:
        due: When Notion performs it.
        work: How.
    """

    due: float
    work: Callable[[], object]


class Heard(BareReport):
    """A report that keeps what it hears. Keeps the promises of `notion_sync.report.Report`."""

    def __init__(self) -> None:
        self.outcomes: list[Outcome] = []
        self.notes: list[str] = []

    def outcome(self, outcome: Outcome) -> None:
        """One file ended at one target."""
        self.outcomes.append(outcome)

    def note(self, text: str) -> None:
        """A line."""
        self.notes.append(text)

    def end(self, tally: Tally) -> None:
        """Not kept."""


@dataclass
class World:
    """Everything that is there before a process begins and after it has ended. Use it in a `with`.

    Args:
        seed: What everything follows from.
        traced: Whether what happens is written to stdout.
    """

    seed: int
    traced: bool = False
    dice: random.Random = field(init=False)
    rules: Sequence[Rule] = field(default=(), init=False)
    heard: list[Heard] = field(default_factory=list, init=False)
    """What each process reported."""
    meanwhile: list[tuple[float, Callable[[], object]]] = field(default_factory=list, init=False)
    """What the user does while the next process runs, and how many seconds after its start."""
    long_reads: float = field(default=0.0, init=False)
    """How likely it is that a file takes long to be read."""
    stop: Stop | None = field(default=None, init=False)
    """Ends what a process does, once it is set."""
    steps: int = field(default=0, init=False)
    """Of the latest process."""
    left_open: tuple[Write, ...] = field(default=(), init=False)
    """The writes whose outcome was not known when the latest process ended."""
    left_changes: tuple[str, ...] = field(default=(), init=False)
    """The paths of files whose things in Notion a change without an answer was about."""

    def __post_init__(self) -> None:
        self.dice = random.Random(self.seed)
        self.core = Core.in_memory(seed=self.seed)
        self.time = Time(self.core.workspace.clock.now())
        self.disk = MemoryDisk(self._tick)
        self.disk.make({FOLDER: None})
        self.trace = Trace(lambda: self.time.elapsed) if self.traced else None
        self.state = ""
        self._late: list[Late] = []
        """What Notion has heard of dead processes and performs yet, over any number of later ones."""
        self._account: Account | None = None
        self._told: tuple[tuple[int, float], dict[str, Any]] | None = None

    def __enter__(self) -> Self:
        self.state = tempfile.mkdtemp(prefix="nst-", dir=MEMORY)
        with open(os.path.join(self.state, FILE_NAME), "wb") as file:
            file.write(_fresh_store())
        return self

    def __exit__(self, *_: object) -> None:
        shutil.rmtree(self.state)
        self.core.workspace.db.close()

    def _tick(self) -> int:
        """The time of one change on the disk: no two are at once."""
        self.time.advance(0.01)
        return self.time.now_ns()

    # The user

    def write(self, files: Mapping[str, bytes]) -> None:
        """Put files into the folder, and wait until they rest."""
        self.disk.make({f"{FOLDER}/{path}": content for path, content in files.items()})
        self.wait(60)

    def put(self, path: str, content: bytes) -> None:
        """One file, written anew or written to."""
        full = f"{FOLDER}/{path}"
        self.tell("on disk", f"{path} holds {content[:40]!r}")
        if exists(full, disk=self.disk):
            self.disk.write(full, content)
        else:
            self.disk.make({full: content})

    def wait(self, seconds: float) -> None:
        """Let time pass while no process runs, and Notion perform what is late."""
        end = self.time.elapsed + seconds
        for late in sorted(self._late, key=lambda late: late.due):
            if late.due <= end:
                self.time.advance(late.due - self.time.elapsed)
                self._perform(late)
        self.time.advance(end - self.time.elapsed)
        for _ in self.core.advance_to(self.time.moment):
            pass  # nobody waits for an answer

    # The program

    def run(self, crash_at: int | None = None) -> Tally | None:
        """One process: a pass from its start to its end, or to its crash, and then None.

        Raises:
            NotionSyncError: The pass could not go on.
        """
        threads, store = SimulatedThreads(self.dice, long_reads=self.long_reads), self.open_store()

        def ended() -> None:
            self.left_open = tuple(each.write for each in store.journal.open())
            self.left_changes = tuple(_changing(store))
            store.close()

        tally = self.process(self._pass(store, threads), threads, ended, crash_at)
        if tally is not None:
            self.tell("process", f"ends: { {str(k): n for k, n in tally.counts.items() if n} }")
        return tally

    def open_store(self) -> Store:
        """The record, as a process opens it."""
        store = Store(self.state)
        if self.trace is not None:
            store._database.set_trace_callback(self.trace.record)
        return store

    def process(
        self,
        main: Coroutine[Any, Any, T],
        threads: SimulatedThreads,
        ended: Callable[[], object],
        crash_at: int | None = None,
    ) -> T | None:
        """One process, from its start to its end, or to its crash, and then None.

        Args:
            main: What it does.
            threads: Those that it has.
            ended: Called at its end, before anything that it has left undone goes.
            crash_at: At which step it dies.
        """
        self.tell("process", f"starts; it dies at step {crash_at}" if crash_at else "starts")
        with Loop(self.time, crash_at) as loop:
            for late in self._late:
                loop.call_at(late.due, self._perform, late)
            for seconds, change in self.meanwhile:
                loop.call_later(seconds, change)
            self.meanwhile = []
            try:
                result = loop.run_until_complete(main)
                assert loop.errors == []
            except Crash:
                self._die(threads)
                return None
            finally:
                self.steps = loop.steps
                ended()
        return result

    def tell(self, kind: str, text: str) -> None:
        """A line of the trace, where there is one."""
        if self.trace is not None:
            self.trace.tell(kind, text)

    async def _pass(self, store: Store, threads: SimulatedThreads) -> Tally:
        """What a process does."""
        self.heard.append(Heard())
        return await run_pass(
            self.rules, ports=self.ports(store, threads), report=self.heard[-1], scope=PassScope(),
            observer=NullObserver(), policy=USUAL,
        )  # fmt: skip

    def ports(self, store: Store, threads: SimulatedThreads) -> Ports:
        """What one process has of the world."""
        clock = SimulatedClock(self.time, self.stop)
        transport = CoreTransport(self.core, self.time, self.trace)
        files = CoreFiles(transport)
        notion = Notion(
            transport, clock=clock, threads=threads, random=self.dice.random,
            open_files=lambda: Downloader(clock, transport=files),
        )  # fmt: skip
        return Ports(store, Remote(lambda: notion, self._ask_account), clock, threads, self.disk)

    async def _ask_account(self, notion: Notion) -> Account:
        """Who we are: asked once, and remembered over processes, as the command line does."""
        if self._account is None:
            self._account = await account(notion)
        return self._account

    def _die(self, threads: SimulatedThreads) -> None:
        """What is under way when the process dies has left it, or has not; Notion performs what has left, by and by."""
        self.tell("process", f"died with {len(threads.under_way)} pieces of work under way")
        for work in threads.under_way:
            if self.dice.random() < 0.5:
                self._late.append(Late(self.time.elapsed + self.dice.random() * LATE, work))
        self.time.advance(self.dice.random() * AT_ONCE)
        if self.dice.random() < REBOOTS:
            self.time.boots += 1
            self.time.wall_ahead = self.dice.choice([0.0, 1800.0, 7200.0])

    def _perform(self, late: Late) -> None:
        self._late.remove(late)
        self.tell("late", "what a dead process had sent is performed")
        with suppress(Exception):  # nobody hears of it
            late.work()

    # Notion

    @property
    def upload_waits(self) -> bool:
        """Whether an upload was made within the last hour, and is attached to nothing."""
        waits = "SELECT count(*) FROM uploads WHERE NOT attached AND created > ?"
        (count,) = self.core.workspace.db.execute(waits, (self.time.moment - 3600,)).fetchone()
        return bool(count)

    @contextmanager
    def by_hand(self) -> Iterator[None]:
        """Requests of people: no trouble meets them."""
        faults = self.core.faults
        drawn = faults.rules, faults.invisible, faults.stale
        faults.load([])
        try:
            yield
        finally:
            faults.rules, faults.invisible, faults.stale = drawn

    @property
    def awaits_dead(self) -> bool:
        """Whether Notion has yet to perform what a dead process sent; that, or the same once more, may be refused."""
        return bool(self._late)

    @property
    def is_settled(self) -> bool:
        """Whether all that processes have sent is performed, and known to be."""
        return not (self.awaits_dead or self.left_open or self.left_changes)

    def is_free(self, row: str) -> bool:
        """Whether a row may be written by others: no write can come that was made from what it held before."""
        if not self.is_settled:
            return False
        asked = [each for each in self.core.journal.entries() if each["path"] == f"/v1/pages/{row}"]
        return not asked or asked[-1]["method"] != "GET"

    def notion(self) -> dict[str, Any]:
        """The whole workspace; not to be changed, for it is told again as long as nothing has happened."""
        now = (self.core.workspace.db.total_changes, self.time.elapsed)
        if self._told is None or self._told[0] != now:
            self._told = (now, state(self.core.workspace))
        return self._told[1]

    @property
    def open_writes(self) -> int:
        """Whose outcome the program does not know."""
        return len(self.left_open)

    def open_appends(self) -> set[str]:
        """The targets of appends whose outcome the program does not know."""
        return {write.target for write in self.left_open if isinstance(write, Append)}

    @property
    def requests(self) -> int:
        """Heard by Notion so far."""
        return len(self.core.journal.entries())


def _changing(store: Store) -> Iterator[str]:
    for each in store.journal.changes():
        for placement, _ in store.things.placements_of(each.change.thing):
            yield placement.id.path.removeprefix(f"{FOLDER}/")


@cache
def _fresh_store() -> bytes:
    """The file of a store that nothing was put into: to make its tables takes longer than to copy them."""
    with tempfile.TemporaryDirectory(prefix="nst-", dir=MEMORY) as folder:
        Store(folder).close()
        with open(os.path.join(folder, FILE_NAME), "rb") as file:
            return file.read()


async def account(notion: Notion) -> Account:
    """Who we are."""
    bot = await notion.me()
    return Account(bot.id, bot.max_upload_bytes)
