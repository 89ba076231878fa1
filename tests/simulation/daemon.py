"""A life of the daemon: files change while it runs, it hears of that late or not at all, and it is asked for things.

It is the product's own loop, with its timers, on the loop of the simulation. Once nothing happens any more, it has
brought everything by itself. Where it hears of everything, it looks through no folder again but when it starts; else it
does so after some minutes (`rescan:`).
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from types import TracebackType
from typing import Self

from notion_sync.clock import Stop
from notion_sync.service.heartbeat import Heartbeat
from notion_sync.service.notify import Notifier
from notion_sync.sync.listings import WHILE_WATCHING, Listings
from notion_sync.sync.ports import Ports
from notion_sync.watch.commands import Command
from notion_sync.watch.config import WatchConfig
from notion_sync.watch.folders.guard import FolderState, Mode
from notion_sync.watch.folders.source import Sink
from notion_sync.watch.loop import Daemon
from notion_sync.watch.token import TokenSource
from tests.property.model import Config, Model, Piece
from tests.simulation.checks import check_record
from tests.simulation.configs import DESTINATIONS, rule_of
from tests.simulation.contents import digest
from tests.simulation.eventful import EventfulLife, lived
from tests.simulation.events import Events
from tests.simulation.machine import Folder
from tests.simulation.people import People, Thing
from tests.simulation.ports import SimulatedClock, SimulatedThreads
from tests.simulation.seen import Eyes
from tests.simulation.trouble import draw_trouble
from tests.simulation.world import FOLDER, Heard

RESCAN = 300.0
"""Seconds after which a folder is looked through whatever was heard of it."""

HEARD = ("at once", "at once", "at once", "late", "by its folder")
"""How the daemon hears of a change."""

_REST = 2400.0
"""Seconds in which nothing happens at the end: for some rescans, and for what is tried again after minutes."""

_log = logging.getLogger("notion_sync.watch")


@dataclass(frozen=True)
class Session:
    """Keeps the promises of `notion_sync.watch.session.Session`."""

    ports: Ports
    stop: Stop


class Watchers:
    """Keeps the promises of `notion_sync.watch.folders.supervisor.Folders`: every folder is watched.

    What is heard comes from the life: it calls `sink`.
    """

    def __init__(self, folders: Mapping[str, object], *, sink: Sink, **_: object) -> None:
        self.states = tuple(FolderState(folder, Mode.EVENTS) for folder in folders)
        self.sink = sink

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing is open."""


class _Listener(logging.Handler):
    """Counts passes, and keeps what nobody foresaw."""

    def __init__(self) -> None:
        super().__init__()
        self.passes = 0
        self.wrong: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.passes += record.getMessage().startswith("pass: begins")
        if record.levelno >= logging.ERROR:
            self.wrong.append(f"{record.getMessage()}: {record.exc_info and record.exc_info[1]!r}")


@dataclass
class Life(EventfulLife):
    """One of them."""

    model: Model = field(default_factory=Model)

    def __post_init__(self) -> None:
        dice = self.events.dice("rule")
        self.config = Config(
            destinations=tuple(dice.choice([each for each in DESTINATIONS if "other" not in each]).split()),
            pages=dice.random() < 0.5, row=dice.choice(["{stem}", "all", "{ext}"]),
            on_change="replace", on_delete="remove", max_delete=1.0,
        )  # fmt: skip
        self.hears_all = dice.random() < 0.5
        rule = rule_of(self.config, "r", self.world.core.workspace, "")
        self.rule = replace(rule, rescan=0.0 if self.hears_all else RESCAN, settle=2.0)
        self.world.rules = [self.rule]
        self.folder = Folder(self.world, self.model.files)
        self.people = People(self.world, self.model, list[Thing])
        self.eyes = Eyes(self.world, None, self.people)
        self._watchers: Watchers | None = None
        self._daemon: Daemon | None = None
        self._later: Callable[[float, Callable[[], object]], object] = lambda _seconds, _do: None

    def live(self) -> None:
        for number in range(3):
            if number == 0 or self.events.happens(f"{number}", 0.5):
                self._run(f"{number}")
        self.world.core.faults.load([])
        self.world.wait(100)
        self._run("end", last=True)
        self.world.core.faults.load([])
        self.world.wait(60)
        self._check()

    # One daemon, from its start to its end

    def _run(self, at: str, *, last: bool = False) -> None:
        happens, world = self.events.happens, self.world
        for number in range(6):
            if dice := happens(f"{at}.file.{number}", 0.5):
                world.meanwhile.append((dice.random() * 200, partial(self._change, f"{at}.file.{number}")))
        for command in (Command.RETRY, Command.RETRY_NOW, Command.RELOAD):
            if dice := happens(f"{at}.{command.value}", 0.2):
                world.meanwhile.append((dice.random() * 200, partial(self._ask, command)))
        if dice := happens(f"{at}.pause", 0.3):
            begin = dice.random() * 100
            world.meanwhile.append((begin, partial(self._ask, Command.PAUSE)))
            world.meanwhile.append((begin + dice.random() * 100, partial(self._ask, Command.RESUME)))
        drawn = [happens(f"{at}.request.{number}", 0.4) for number in range(3)]
        troubles = [draw_trouble(dice) for dice in drawn if dice]
        for kind, _ in troubles:
            self.events.count(f"{kind}, for a daemon")
        world.core.faults.load([fault for _, fault in troubles])
        crash_at, seconds = None, _REST
        if not last:
            seconds = self.events.dice(f"{at}.seconds").choice([10.0, 60.0, 250.0, 700.0])
            dice = happens(f"{at}.crash", 0.4)
            crash_at = dice.randint(2, dice.choice([60, 400, 1500])) if dice else None
        elif self.hears_all:
            # Removals are planned for whole folders only.
            world.meanwhile.append((seconds - 900, self._see_all_there))
            world.meanwhile.append((seconds - 899, partial(self._ask, Command.RETRY)))
        world.meanwhile.append((seconds, partial(self._ask, Command.STOP)))
        self._watch(crash_at)

    def _change(self, at: str) -> None:
        """A file changes; the daemon hears of it now, late, by its folder only, or never."""
        dice, before = self.events.dice(f"{at} change"), dict(self.model.files)
        self.events.count(f"{self.folder.change(dice)}, while a daemon runs")
        paths = {path for path, _ in before.items() ^ self.model.files.items()}
        for path in sorted(paths):
            how = dice.choice([*HEARD, "never"] if not self.hears_all else HEARD)
            self.events.count(f"event {how}")
            hint = partial(self._hear, f"{FOLDER}/{path}", by_folder=how == "by its folder")
            if how != "never":
                self._later(dice.random() * (30.0 if how == "late" else 0.1), hint)

    def _hear(self, path: str, *, by_folder: bool) -> None:
        if self._watchers is None:
            return
        sink = self._watchers.sink
        if by_folder:
            sink.tree(path.rpartition("/")[0])
        else:
            sink.file(path)
            sink.closed(path)

    def _ask(self, command: Command) -> None:
        if self._daemon is not None:
            self.world.tell("asked for", command.value)
            self.events.count(f"daemon asked to {command.value}")
            self._daemon.request(command)

    def _watch(self, crash_at: int | None) -> None:
        world = self.world
        threads, stores, listener = SimulatedThreads(world.dice), ExitStack(), _Listener()
        config = WatchConfig(
            (self.rule,),
            (),
            partial(self._session, threads, stores),
            TokenSource(lambda: "token", self._now),
            "",
        )
        world.heard.append(Heard())

        async def main() -> bool:
            self._daemon = Daemon(
                config, reload=lambda: replace(config), report=world.heard[-1],
                say=lambda text, _: world.tell("said", text), manager=Notifier(),
                heartbeat=Heartbeat(monotonic=self._now), clock=SimulatedClock(world.time), environ={},
                random=world.dice.random, watchers=self._watched, probe=_is_there,
            )  # fmt: skip
            self._later = asyncio.get_running_loop().call_later
            await self._daemon.run()
            return True

        def ended() -> None:
            _log.removeHandler(listener)  # what a dead process has left undone says nothing
            stores.close()

        _log.addHandler(listener)
        level = _log.level
        _log.setLevel(logging.INFO)
        try:
            if world.process(main(), threads, ended, crash_at) is None:
                self.events.count("crash of a daemon")
        finally:
            _log.setLevel(level)
            self._daemon = self._watchers = None
        self.passes += listener.passes
        assert not listener.wrong, listener.wrong

    def _watched(self, folders: Mapping[str, object], *, sink: Sink, **more: object) -> Watchers:
        self._watchers = Watchers(folders, sink=sink, **more)
        return self._watchers

    @contextmanager
    def _session(self, threads: SimulatedThreads, stores: ExitStack) -> Iterator[Session]:
        store, stop = self.world.open_store(), Stop()
        stores.callback(store.close)
        self.world.stop = stop
        try:
            ports = replace(self.world.ports(store, threads), listings=Listings(WHILE_WATCHING))
            yield Session(ports, stop)
        finally:
            self.world.stop = None
            store.close()

    def _now(self) -> float:
        return self.world.time.elapsed

    # Its end

    def _see_all_there(self) -> None:
        """All files are there, by what was heard of them."""
        missing = self._wanted() - self._shown()
        assert not missing, f"missing: {missing}"

    def _shown(self) -> Counter[Piece]:
        return Counter(thing.piece for thing in self.eyes.things())

    def _wanted(self) -> Counter[Piece]:
        model = Model(self.model.files)
        model.push((self.config,), lambda _: not model.files)
        pieces = model.pieces().items()
        return Counter({(*piece[:3], digest(piece[3])): count for piece, count in pieces})

    def _check(self) -> None:
        shown, wanted = self._shown(), self._wanted()
        assert shown == wanted, f"too much: {shown - wanted}, missing: {wanted - shown}"
        self.model.push((self.config,), lambda _: not self.model.files)
        check_record(self.world, self.model, self.people)
        asked = self.world.requests
        self.world.run()
        self.passes += 1
        assert self.world.open_writes == 0
        assert self.world.requests == asked, "a pass over what is done asks for something"


async def _is_there(_: str) -> bool:
    return True


def live_daemon(events: Events, seed: int, *, traced: bool = False) -> Life:
    """Live the life of a seed with these events."""
    return lived(Life, events, seed, traced=traced)
