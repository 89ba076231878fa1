"""The daemon: passes, timers and commands on one event loop, in the thread that owns the store.

run          runs until it is asked to stop
_follow      runs with one configuration, until there is another one
_make_pass   makes a pass over what is due
_sleep       waits until something is due, requested, or happens
_execute     executes a command, between two passes
"""

import asyncio
import logging
import os
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager, nullcontext
from functools import partial
from typing import Final

from notion_sync.clock import Clock, suspended
from notion_sync.errors import ConfigError, NotionSyncError
from notion_sync.log import Level
from notion_sync.report import Report
from notion_sync.service.heartbeat import Heartbeat
from notion_sync.service.notify import Notifier
from notion_sync.state import Store
from notion_sync.sync.removal.confirm import confirm
from notion_sync.unforeseen import in_words
from notion_sync.watch.after_pass import after_pass
from notion_sync.watch.availability import Availability
from notion_sync.watch.background import Background, log_stray, log_task_error
from notion_sync.watch.banner import banner
from notion_sync.watch.commands import Command, CommandQueue, PendingCommand
from notion_sync.watch.config import WatchConfig, area_of, folders_to_watch
from notion_sync.watch.due import NEVER, Due, within
from notion_sync.watch.events import Events
from notion_sync.watch.folders.guard import UNSEEN
from notion_sync.watch.folders.supervisor import Folders, Watchers
from notion_sync.watch.notify import Notices
from notion_sync.watch.observer import PassObserver
from notion_sync.watch.pass_report import PassReport
from notion_sync.watch.passes import PassEnd, PassResult, make_pass, read_again, warm_up
from notion_sync.watch.pending import Pending
from notion_sync.watch.recovery import Probe, Recovery, network_is_there
from notion_sync.watch.refusals import forget_refusals, is_refused, put_back
from notion_sync.watch.rescans import Rescans
from notion_sync.watch.session import Sessions
from notion_sync.watch.status import (
    DaemonState,
    RequestCounter,
    Status,
    failed_files,
    folder_statuses,
    state_of,
    waiting_files,
)
from notion_sync.watch.weekly import WeeklyReport

_log: Final = logging.getLogger("notion_sync.watch")

PASS_PATIENCE = 600.0
"""Seconds that a pass may take without any progress: Notion may make a call wait for five minutes."""

FOLDERS_PATIENCE = 300.0
"""Seconds that a round of folder checks may take: a file system may hang."""

PASS_LENGTH = 20.0
"""Seconds after which a long pass ends early if files have become due since it began."""

GATHER = 0.05
"""Seconds by which a pass is delayed, so that files that become due together share requests."""

_STATUS_PAUSE = 2.0
"""Seconds between two status lines for the service manager during a pass."""

_SOON = 30.0
"""Paths due within this many seconds count as waiting in the status; later ones (retries) do not."""

_LONGEST_SLEEP = 3600.0

_SUSPENDED = 5.0
"""Minimum seconds of suspension of the machine after which polled folders are scanned."""


class Daemon:
    """Watches and pushes from `run` until `STOP`. Everything belongs to the event loop's thread.

    Args:
        config: The configuration.
        reload: Returns a new configuration; raises `ConfigError` if it is invalid.
        report: Shows outcomes to the user.
        say: Writes a line for people; called from any thread.
        manager: The service manager.
        heartbeat: Receives signs of progress.
        clock: Time of day, and a clock that never jumps.
        environ: Environment for the commands of notices.
        random: Returns numbers from 0 up to 1, so that the rescans of many machines do not coincide.
        watchers: Creates what watches the folders; takes the arguments of `Folders`.
        probe: Whether the host of an address can be reached.
    """

    def __init__(
        self,
        config: WatchConfig,
        *,
        reload: Callable[[], WatchConfig],
        report: Report,
        say: Callable[[str, Level], None],
        manager: Notifier,
        heartbeat: Heartbeat,
        clock: Clock,
        environ: Mapping[str, str],
        random: Callable[[], float],
        watchers: Callable[..., Watchers] = Folders,
        probe: Probe = network_is_there,
    ) -> None:
        self._config, self._reload = config, reload
        self._say = say
        self._manager = manager
        self._clock, self._random = clock, random
        self._watchers, self._probe = watchers, probe
        self._wake_up = asyncio.Event()
        self._sessions = Sessions()
        self._commands = CommandQueue(self._wake_up, self._sessions.interrupt)
        self._background = Background()
        self._pending = Pending(lambda path: area_of(path, self._config.areas))
        self._uploads = heartbeat.worker("uploads", PASS_PATIENCE)
        self._checks = heartbeat.worker("watcher", FOLDERS_PATIENCE)
        self._checks.idle()
        self._observer = self._make_observer()
        self._report = PassReport(report, observer=self._observer, beat=self._uploads.beat)
        self._notices = Notices(config.notify, say=say, background=self._background, environ=environ)
        self._weekly = WeeklyReport(self._notices, clock)
        self._availability = Availability(say=say, notices=self._notices, time_of_day=clock.now)
        self._recovery = self._make_recovery()
        self._folders: Watchers | None = None
        self._requests = RequestCounter()
        self._started_at = clock.now()
        self._state = DaemonState.STARTING
        self._stopping = False
        self._suspended = suspended()

    def _make_observer(self) -> PassObserver:
        return PassObserver(
            pending=self._pending, refused=self._is_refused, monotonic=self._clock.monotonic, beat=self._uploads.beat,
        )  # fmt: skip

    def _make_recovery(self) -> Recovery:
        return Recovery(
            self._availability, self._background, retry_now=partial(self.request, Command.RETRY_NOW),
            # Safe to close: no pass runs while the token is refused.
            token_found=self._sessions.close, wake_up=self._wake_up.set, monotonic=self._clock.monotonic,
            probe=self._probe,
        )  # fmt: skip

    # Interface for the control socket, signals and own tasks

    def request(self, command: Command, paths: tuple[str, ...] = ()) -> None:
        """Queue a command: it is executed at once, or after the current pass."""
        self._commands.put(command, paths)

    def failed_count(self, paths: tuple[str, ...] = ()) -> int:
        """Count the failed files; all, or those at or below some paths."""
        return sum(not paths or within(path, paths) for path, _ in self._pending.failures())

    # The loop

    async def run(self, beside: Callable[[], AbstractAsyncContextManager[object]] = nullcontext) -> None:
        """Run until asked to stop.

        Args:
            beside: Returns a context manager to keep open meanwhile, which needs the store's lock (the control socket).

        Raises:
            NotionSyncError: It cannot start: for example, the store is locked or the token is refused.
        """
        asyncio.get_running_loop().set_exception_handler(log_stray)
        with self._sessions:
            try:
                self._sessions.open(self._config.open_session)
                async with beside():
                    while not self._stopping:
                        await self._follow(self._config)
                    self._state = DaemonState.STOPPING
                    self._manager.stopping("stopping")
            finally:
                await self._background.close()

    async def _follow(self, config: WatchConfig) -> None:
        """Run with one configuration until there is another one."""
        now = self._clock.monotonic()
        rescans = Rescans(config.areas, self._random, now)
        for area in config.areas:
            self._pending.due.look_through(area.folder, now)
        events = Events(
            config.rules, config.only, linked=self._observer.linked, pending=self._pending,
            wake=self._wake_up.set, monotonic=self._clock.monotonic,
        )  # fmt: skip
        self._checks.beat()
        async with self._watchers(
            folders_to_watch(config.rules, config.areas),
            sink=events, say=self._say, beat=self._checks.beat, changed=self._show_status,
            monotonic=self._clock.monotonic, roots=self._config.roots,
        ) as folders:  # fmt: skip
            self._folders = folders
            self._state = DaemonState.IDLE
            self._manager.ready(self.status().sentence())
            for line in banner(config.rules, config.only, folders.states):
                self._say(line, Level.INFO)
            while self._execute_all() and self._config is config:
                now = self._clock.monotonic()
                self._tick(rescans, folders, now)
                # A missing or held folder is reported as changed when it is back.
                unseen = [state.folder for state in folders.states if state.mode in UNSEEN]
                if self._availability.may_run(now) and (due := self._pending.due.take(now).outside(unseen)):
                    await self._make_pass(due, rescans, events)
                else:
                    if events.any_file:
                        warm_up()
                    await self._sleep(rescans)
        self._checks.idle()

    def _tick(self, rescans: Rescans, folders: Watchers, now: float) -> None:
        """Do what is due between passes."""
        polled = [path for state in folders.states for path in state.polled]
        for folder in rescans.due((*polled, *self._config.single_files), now):
            self._pending.due.look_through(folder, now)
        self._recovery.tick(self._config, now)
        if self._sessions.current is not None:
            self._weekly.tick(self._sessions.current.ports.store, self._config.rate_limit)

    async def _make_pass(self, due: Due, rescans: Rescans, events: Events) -> None:
        config = self._config
        self._observer.begin(config.rules, self._is_enough)
        self._report.begin()
        self._state = DaemonState.WORKING
        self._uploads.beat()
        progress = self._background.start(self._show_progress, "status")
        try:
            session = self._sessions.open(config.open_session)
            read_again(session.ports.store, events.take_closed())
            result = await make_pass(session, config.rules, due, self._observer, self._report)
        except NotionSyncError as error:
            result = PassResult(PassEnd.UNAVAILABLE, error, self._observer.began)
        except Exception as error:  # a bug must not end the daemon
            log_task_error("pass", error)
            result = PassResult(PassEnd.UNAVAILABLE, in_words(error), self._observer.began)
        finally:
            progress.cancel()
            self._state = DaemonState.IDLE
        after_pass(
            result, due, config=config, pending=self._pending, rescans=rescans,
            availability=self._availability, notices=self._notices, now=self._clock.monotonic(),
        )  # fmt: skip

    async def _sleep(self, rescans: Rescans) -> None:
        """Wait until something is due or happens."""
        now = self._clock.monotonic()
        may_run = self._availability.may_run(now)
        due = self._pending.due.next() + GATHER if may_run else self._availability.next_attempt
        self._show_status()
        self._uploads.idle()
        timer = asyncio.get_running_loop().call_later(
            min(max(0.0, min(due, rescans.next()) - now), _LONGEST_SLEEP), self._wake_up.set
        )
        await self._wake_up.wait()
        timer.cancel()
        self._wake_up.clear()
        self._uploads.beat()
        if suspended() - self._suspended > _SUSPENDED:
            self._suspended = suspended()
            now = self._clock.monotonic()
            rescans.poll_now(now)
            self._availability.retry_now(now)

    def _is_enough(self) -> bool:
        """Whether the current pass must end early."""
        if self._commands:
            return True
        now = self._clock.monotonic()
        return now - self._observer.began > PASS_LENGTH and self._pending.due.next() <= now

    # Beside the passes

    async def _show_progress(self) -> None:
        while True:
            self._show_status()
            await asyncio.sleep(_STATUS_PAUSE)

    def _show_status(self) -> None:
        self._manager.status(self.status().sentence())

    # Commands

    def _execute_all(self) -> bool:
        """Execute the queued commands; return False after a `STOP`."""
        while (request := self._commands.take()) is not None:
            _log.info("command: %s", request.command.value, extra={"fields": {"paths": request.paths[:20]}})
            try:
                self._execute(request)
            except Exception as error:  # a failed command must not end the daemon
                log_task_error(request.command.value, error)
                self._say(f"cannot {request.command.value}: {in_words(error)}", Level.ERROR)
        return not self._stopping

    def _execute(self, request: PendingCommand) -> None:
        now = self._clock.monotonic()
        match request.command:
            case Command.STOP:
                self._stopping = True
            case Command.PAUSE:
                self._availability.pause()
            case Command.RESUME:
                self._availability.resume(now)
            case Command.CONFIRM:
                rules, paths, at = self._config.rules, request.paths, self._clock.now()
                # Everything is scanned, because removals are planned for whole folders only.
                self._look_again((), now, lambda store, _: confirm(store, rules, paths, now=at))
            case Command.RETRY:
                self._look_again(request.paths, now, forget_refusals)
            case Command.RESTORE:
                self._look_again(request.paths, now, put_back)
            case Command.RELOAD:
                self._take_config(now)
            case Command.RETRY_NOW:
                self._availability.retry_now(now)

    def _look_again(
        self, paths: tuple[str, ...], now: float, prepare: Callable[[Store, tuple[str, ...]], object]
    ) -> None:
        self._availability.retry_now(now)
        try:
            # Closed because a new client forgets Notion's requests to wait, unless the store has recorded them. Closed
            # first because it records what it knows of the rate limit as it closes.
            self._sessions.close()
            prepare(self._sessions.open(self._config.open_session).ports.store, paths)
        except NotionSyncError as error:
            self._say(f"cannot try again: {error}", Level.ERROR)
        for path in paths or [area.folder for area in self._config.areas]:
            self._pending.due.look_through(path, now)

    def _take_config(self, now: float) -> None:
        self._manager.reloading()
        try:
            self._config = self._reload()
        except Exception as error:  # the service manager must always be told that the reload has ended
            for line in _why_not_reloaded(error):
                self._say(line, Level.ERROR)
            self._manager.reloaded(self.status().sentence())
            return
        self._notices.notify = self._config.notify
        self._pending.forget_retries()
        self._availability.configured_anew(now)
        self._sessions.close()
        self._say("the configuration was reloaded", Level.INFO)

    def _is_refused(self, path: str, target: str | None) -> bool:
        session = self._sessions.current
        return session is not None and is_refused(session.ports.store, path, target)

    # Status

    def status(self) -> Status:
        """Return a snapshot of the daemon."""
        now = self._clock.monotonic()
        session = self._sessions.current
        next_attempt = self._availability.next_attempt
        return Status(
            state=state_of(self._availability, self._state),
            pid=os.getpid(),
            started_at=self._started_at,
            folders=folder_statuses(self._folders.states if self._folders is not None else ()),
            queued=self._pending.due.waiting(now + _SOON),
            in_flight=self._report.in_flight,
            in_flight_bytes=self._report.in_flight_bytes,
            deferred=waiting_files(self._pending, now),
            failed=failed_files(self._pending, now),
            failed_count=len(self._pending.failures()),
            budget=self._requests.use(
                session.ports.remote.request_count if session else 0, self._config.rate_limit, now
            ),
            uploaded=self._report.uploaded,
            uploaded_bytes=self._report.uploaded_bytes,
            last_success_at=self._availability.last_contact_at,
            trouble=self._availability.trouble,
            trouble_since=self._time_of_day(self._availability.since, now),
            next_attempt_at=self._time_of_day(None if next_attempt == NEVER else next_attempt, now),
        )

    def _time_of_day(self, moment: float | None, now: float) -> float | None:
        return None if moment is None else self._clock.now() + moment - now


def _why_not_reloaded(error: Exception) -> tuple[str, ...]:
    if isinstance(error, ConfigError):
        what = "the configuration was not reloaded, the one before stays in force:"
        return what, "\n".join(error.problems)
    if not isinstance(error, NotionSyncError):
        log_task_error("reload", error)
    return (f"not reloaded, the configuration before stays in force: {in_words(error)}",)
