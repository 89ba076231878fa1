"""The daemon: rounds, messages and passes, one after the other, in the thread that owns the store."""

import threading
import time
import traceback
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from random import random

from notion_sync.daemon.agenda import Agenda, Due, within
from notion_sync.daemon.clerk import Clerk
from notion_sync.daemon.desk import Office
from notion_sync.daemon.gate import Gate
from notion_sync.daemon.greeting import greeting
from notion_sync.daemon.hints import Hints
from notion_sync.daemon.inbox import Ask, Inbox, Message
from notion_sync.daemon.manager import Notifier
from notion_sync.daemon.notices import Notices
from notion_sync.daemon.orders import Orders, area_of, areas_of, folders_to_watch, single_files
from notion_sync.daemon.parking import is_parked, put_back, unpark
from notion_sync.daemon.rounds import Rounds
from notion_sync.daemon.setbacks import Setbacks
from notion_sync.daemon.status import Mood, Status
from notion_sync.daemon.turn import End, Turn, take_turn, warm_up
from notion_sync.daemon.verdict import Verdict
from notion_sync.daemon.view import View
from notion_sync.errors import ConfigError, NotionSyncError
from notion_sync.log import Level
from notion_sync.report import Report
from notion_sync.service.heartbeat import Heartbeat
from notion_sync.settle import Restless
from notion_sync.state import Store
from notion_sync.watcher.guard import Mode
from notion_sync.watcher.supervisor import Watcher

PASS_PATIENCE = 600.0
"""Seconds a pass may go without anything getting on: Notion may make a call wait for five minutes."""

WATCHER_PATIENCE = 300.0
"""Seconds a round of the watcher may take: a file system may hang."""

TURN_LENGTH = 20.0
"""Seconds after which a long pass makes room for files that have come since it began."""

GATHER = 0.1
"""Seconds to wait for company when a file is due: files that came together then share a request."""

_LONGEST_SLEEP = 3600.0

_SLEPT = 5.0
"""Seconds the machine must have slept to be worth a thought."""


class Daemon:
    """Watches and pushes from `run` until it is asked to stop; the other methods may be called from any thread.

    Args:
        orders: What to do.
        reload: Makes new orders; raises `ConfigError` if they are no good.
        report: What the user sees of each file.
        say: Takes a line for people.
        notifier: The service manager.
        heartbeat: Hears of progress.
    """

    def __init__(
        self,
        orders: Orders,
        *,
        reload: Callable[[], Orders],
        report: Report,
        say: Callable[[str, Level], None],
        notifier: Notifier,
        heartbeat: Heartbeat,
    ) -> None:
        self._orders = orders
        self._reload = reload
        self._say = say
        self._notifier = notifier
        self._monotonic = time.monotonic
        self._bell = threading.Event()
        self._office = Office()
        self._inbox = Inbox(self._bell, self._office.interrupt)
        self._agenda = Agenda(self._area_of)
        self._restless = Restless()
        self._setbacks = Setbacks()
        self._pulse = heartbeat.worker("uploads", PASS_PATIENCE)
        self._watch_pulse = heartbeat.worker("watcher", WATCHER_PATIENCE)
        self._watch_pulse.rest()
        self._clerk = Clerk(
            report, agenda=self._agenda, restless=self._restless, setbacks=self._setbacks,
            parked=self._is_parked, monotonic=self._monotonic, beat=self._pulse.beat,
        )  # fmt: skip
        self._notices = Notices(orders.notify, say)
        self._gate = Gate(say=say, notices=self._notices, back=lambda: self._inbox.put(Message(Ask.BACK)))
        self._stopping = False
        self._bug = ""
        """The internal error that was shown last; every attempt would show it again."""
        self._view = View(
            self._clerk, self._agenda, self._restless, self._setbacks, self._gate, self._office,
            self._monotonic,
        )  # fmt: skip
        self._verdict = Verdict(
            agenda=self._agenda, clerk=self._clerk, restless=self._restless, setbacks=self._setbacks,
            gate=self._gate, notices=self._notices, view=self._view, monotonic=self._monotonic,
        )  # fmt: skip
        self._awake = _slept()

    # From any thread

    def stop(self) -> None:
        """End within a part; everything under way is resumed by the next start."""
        self._inbox.put(Message(Ask.STOP))

    def pause(self) -> None:
        """Hold all uploads, go on watching."""
        self._inbox.put(Message(Ask.PAUSE))

    def resume(self) -> None:
        """Go on."""
        self._inbox.put(Message(Ask.RESUME))

    def retry(self, paths: tuple[str, ...] = ()) -> int:
        """Try failed and parked files again, all or those at or below some paths; how many that are."""
        self._inbox.put(Message(Ask.RETRY, paths))
        return sum(not paths or within(setback.path, paths) for setback in self._setbacks.all())

    def restore(self, paths: tuple[str, ...] = ()) -> None:
        """Put back what was deleted in Notion, all or what is at or below some paths."""
        self._inbox.put(Message(Ask.RESTORE, paths))

    def reload(self) -> None:
        """Read the configuration again."""
        self._inbox.put(Message(Ask.RELOAD))

    def status(self) -> Status:
        """Everything at this moment."""
        return self._view.status(self._orders.rate_limit)

    # The thread that owns the store

    def run(self, beside: Callable[[], AbstractContextManager[object]] = nullcontext) -> None:
        """Work until `stop`.

        Args:
            beside: What to have open meanwhile that needs the store's lock (the control socket).

        Raises:
            NotionSyncError: It cannot begin: the store is locked, the token is refused, say.
        """
        try:
            self._office.open(self._orders.open_desk)
            with beside():
                while not self._stopping:
                    self._follow(self._orders)
                self._view.mood = Mood.STOPPING
                self._notifier.stopping("stopping")
        finally:
            self._gate.close()
            self._office.close()

    def _follow(self, orders: Orders) -> None:
        """Work by some orders until there are others."""
        now = self._monotonic()
        areas = areas_of(orders.rules, orders.only)
        rounds = Rounds(areas, random, now)
        for area in areas:
            self._agenda.look_through(area.folder, now)
        hints = Hints(orders.rules, orders.only, agenda=self._agenda, bell=self._bell)
        self._watch_pulse.beat()
        watcher = Watcher(
            folders_to_watch(orders.rules, areas), sink=hints, say=self._say, beat=self._watched
        )
        with watcher:
            self._view.watcher = watcher
            self._view.mood = Mood.IDLE
            self._notifier.ready(self.status().sentence())
            for line in greeting(orders.rules, orders.only, watcher.states):
                self._say(line, Level.INFO)
            while self._read_messages() and self._orders is orders:
                self._go_round(rounds, watcher)
                now = self._monotonic()
                # The watcher tells when a folder that is missing is back.
                missing = [state.folder for state in watcher.states if state.mode is Mode.MISSING]
                if self._gate.open(now) and (due := self._agenda.take(now).outside(missing)):
                    self._turn(due, rounds)
                else:
                    self._sleep(rounds, hints)
        self._watch_pulse.rest()

    def _go_round(self, rounds: Rounds, watcher: Watcher) -> None:
        now = self._monotonic()
        polled = [path for state in watcher.states for path in state.polled]
        polled += single_files(self._orders.rules, areas_of(self._orders.rules, self._orders.only))
        for folder in rounds.due(polled, now):
            self._agenda.look_through(folder, now)
        if self._gate.look_for_token(self._orders.token, now):
            self._office.close()

    def _turn(self, due: Due, rounds: Rounds) -> None:
        self._clerk.begin(self._orders.rules, self._enough)
        self._view.mood = Mood.WORKING
        self._pulse.beat()
        try:
            desk = self._office.open(self._orders.open_desk)
            self._notifier.status(self.status().sentence())
            turn = take_turn(desk, self._orders.rules, due, self._clerk)
        except NotionSyncError as error:
            turn = Turn(End.SHUT, error, 0.0, 0, contacted=False)
        except Exception as error:  # a bug must not end months of watching
            if repr(error) != self._bug:
                self._say(traceback.format_exc().rstrip(), Level.ERROR)
            self._bug = repr(error)
            turn = Turn(End.SHUT, NotionSyncError(f"internal error: {error!r}"), 0.0, 0, contacted=False)
        finally:
            self._view.mood = Mood.IDLE
        self._verdict.follow(turn, due, rounds, self._orders)

    def _sleep(self, rounds: Rounds, hints: Hints) -> None:
        if hints.any_file:
            warm_up()
        now = self._monotonic()
        due = self._agenda.next() + GATHER if self._gate.open(now) else self._gate.next()
        self._notifier.status(self.status().sentence())
        self._pulse.rest()
        self._bell.wait(min(max(0.0, min(due, rounds.next()) - now), _LONGEST_SLEEP))
        self._bell.clear()
        self._pulse.beat()
        if _slept() - self._awake > _SLEPT:
            self._awake = _slept()
            rounds.hurry(self._monotonic())
            self._gate.hurry(self._monotonic())

    def _enough(self) -> bool:
        """Whether a pass shall make room."""
        if not self._inbox.empty:
            return True
        now = self._monotonic()
        return now - self._clerk.began > TURN_LENGTH and self._agenda.next() <= now

    # Messages

    def _read_messages(self) -> bool:
        """Do what is asked; False if the end is."""
        while (message := self._inbox.take()) is not None:
            now = self._monotonic()
            match message.ask:
                case Ask.STOP:
                    self._stopping = True
                case Ask.PAUSE:
                    self._gate.paused = True
                case Ask.RESUME:
                    self._gate.paused = False
                    self._gate.hurry(now)
                case Ask.RETRY:
                    self._look_again(message.paths, now, unpark)
                case Ask.RESTORE:
                    self._look_again(message.paths, now, put_back)
                case Ask.RELOAD:
                    self._take_orders()
                case Ask.BACK:
                    self._gate.hurry(now)
        return not self._stopping

    def _look_again(
        self, paths: tuple[str, ...], now: float, prepare: Callable[[Store, tuple[str, ...]], object]
    ) -> None:
        self._gate.hurry(now)
        try:
            prepare(self._office.open(self._orders.open_desk).store, paths)
        except NotionSyncError as error:
            self._say(f"cannot try again: {error}", Level.ERROR)
        areas = areas_of(self._orders.rules, self._orders.only)
        for path in paths or [area.folder for area in areas]:
            self._agenda.look_through(path, now)

    def _take_orders(self) -> None:
        self._notifier.reloading()
        try:
            self._orders = self._reload()
        except ConfigError as error:
            self._say("the configuration was not reloaded, the one before stays in force:", Level.ERROR)
            self._say("\n".join(error.problems), Level.ERROR)
            self._notifier.reloaded(self.status().sentence())
            return
        except NotionSyncError as error:
            self._say(f"not reloaded, the configuration before stays in force: {error}", Level.ERROR)
            self._notifier.reloaded(self.status().sentence())
            return
        self._notices.notify = self._orders.notify
        self._setbacks.clear()
        self._clerk.deferrals.clear()
        self._gate.refused = ""
        self._gate.hurry(self._monotonic())
        self._office.close()
        self._say("the configuration was reloaded", Level.INFO)

    def _watched(self) -> None:
        """A round of the watcher is over; from its thread, also while a pass lasts."""
        self._watch_pulse.beat()
        if self._view.watcher is not None:
            self._notifier.status(self.status().sentence())

    def _is_parked(self, path: str, target: str | None) -> bool:
        desk = self._office.desk
        return desk is not None and is_parked(desk.store, path, target)

    def _area_of(self, path: str) -> str:
        return area_of(path, areas_of(self._orders.rules, self._orders.only))


def _slept() -> float:
    """Seconds this machine has slept since it was started."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) - time.clock_gettime(time.CLOCK_MONOTONIC)
