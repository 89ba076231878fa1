"""`notion-sync watch`: the daemon, wired to the command line, the signals and the service manager."""

import asyncio
import ctypes
import datetime as dt
import os
import resource
import signal
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import (
    AbstractContextManager,
    AsyncExitStack,
    asynccontextmanager,
    contextmanager,
    nullcontext,
    suppress,
)
from dataclasses import replace
from functools import partial
from random import random

import click

from notion_sync.cli.app import Settings
from notion_sync.cli.places import PATH
from notion_sync.cli.push import Invocation, understood
from notion_sync.cli.reports import is_watched
from notion_sync.cli.session import Session, open_session
from notion_sync.cli.target import TargetOptions, target_options
from notion_sync.clock import Clock, Stop, SystemClock
from notion_sync.config.notify import SILENT
from notion_sync.control.server import ControlServer, Handler
from notion_sync.errors import Cancelled, UsageError
from notion_sync.log import Console, Level
from notion_sync.log.tracing import reopen
from notion_sync.report import JsonReport, PlainLines, Report
from notion_sync.service.heartbeat import Heartbeat, Watchdog
from notion_sync.service.notify import Notifier
from notion_sync.sync.listings import WHILE_WATCHING
from notion_sync.system.event_loop import run_to_end
from notion_sync.watch.commands import Command, paths_of
from notion_sync.watch.config import WatchConfig
from notion_sync.watch.loop import Daemon
from notion_sync.watch.own_files import OwnFiles
from notion_sync.watch.roots import Roots, TrustedDisk
from notion_sync.watch.signals import handled_signals
from notion_sync.watch.token import TokenSource

_M_ARENA_MAX = -8  # <malloc.h>
_PR_SET_DUMPABLE = 4  # <linux/prctl.h>


@click.command()
@click.argument("paths", nargs=-1, metavar="[PATH]...", type=PATH)
@target_options()
@click.option("--json", "as_json", is_flag=True, help="JSON Lines on stdout, one object a file.")
@click.option("--sandbox", is_flag=True, help="Into the local Notion instead of the real one.")
@click.pass_obj
def command(
    settings: Settings, paths: tuple[str, ...], target: TargetOptions, as_json: bool, sandbox: bool
) -> int:
    """Bring the rules' folders (or only what is at or below PATH) to Notion, then stay and follow changes.

    SIGHUP reads the configuration again and opens the log file anew. Exit codes: 0 stopped by SIGTERM, 130
    by Ctrl-C, 75 another notion-sync is running, 77 token refused at the start, 78 configuration wrong.
    """
    _share_one_heap()
    _leave_no_dump()
    console = settings.console()
    watched = not as_json and is_watched(settings)
    say = partial(_timed, console) if watched else console.write
    notifier = Notifier.of_environment(os.environ)
    heartbeat = Heartbeat()
    clock = SystemClock()
    with understood(settings, paths, target, in_sandbox=sandbox) as invocation:

        def reload() -> WatchConfig:
            if invocation.config is None:
                raise UsageError("without a configuration there is nothing to read again")
            with understood(settings, paths, target, in_sandbox=sandbox) as fresh:
                if fresh.state != invocation.state:
                    raise UsageError("another state folder needs a restart")
                _warn(fresh, console)
                return _watch_config(fresh, clock, own_files, roots)

        config = invocation.config.path if invocation.config else None
        _warn(invocation, console)
        roots = Roots()
        own_files = OwnFiles(invocation.state, config, console.write)
        daemon = Daemon(
            _watch_config(invocation, clock, own_files, roots), reload=reload, say=say, manager=notifier,
            report=_report(say, settings, clock, as_json=as_json, several=len(invocation.rules) > 1),
            heartbeat=heartbeat, clock=clock, environ=os.environ, random=random,
        )  # fmt: skip
        if invocation.sandbox is not None and not as_json:
            console.write(f"look at it: {invocation.sandbox.browse_url}")
        watchdog = Watchdog(notifier, heartbeat, partial(console.write, level=Level.ERROR))
        with _status_line(notifier) if watched else nullcontext(), watchdog:
            return run_to_end(_run(daemon, invocation.state, console, own_files, roots))


@contextmanager
def _status_line(notifier: Notifier) -> Iterator[None]:
    """Show the daemon's status on a terminal, below the lines that it writes."""
    from notion_sync.cli.progress import drawn, sentence

    with drawn(sentence(lambda: notifier.told), sys.stderr, colour=False):
        yield


def _warn(invocation: Invocation, console: Console) -> None:
    """Say which parts of the configuration have no effect."""
    for warning in invocation.config.warnings if invocation.config else ():
        console.write(f"warning: {warning}", Level.WARNING)


def _share_one_heap() -> None:
    """Stop glibc from giving each thread a heap of its own (mallopt(3)).

    Such heaps hardly ever shrink, and keep 3 MiB for weeks after the first upload. Threads that want memory at the
    same time are rare here: almost all of it is Python's, which hands it out to one at a time.
    """
    with suppress(AttributeError):  # another C library
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 1)


def _leave_no_dump() -> None:
    """Keep the token out of core files and debuggers, for example when a watchdog aborts the daemon.

    No limit of its size alone: where a program takes the dumps, the kernel passes over that (core(5), prctl(2)).
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
    with suppress(AttributeError):  # another C library
        ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)


async def _run(daemon: Daemon, state: str, console: Console, own_files: OwnFiles, roots: Roots) -> int:
    """Run until a signal ends it; return the exit code.

    Raises:
        StoreError: The store is not where it was.
    """

    def reload() -> None:
        reopen()
        daemon.request(Command.RELOAD)

    with handled_signals(stop=partial(daemon.request, Command.STOP), reload=reload) as signals:
        await daemon.run(partial(_answering, daemon, state, console, own_files, roots))
    if own_files.error is not None:
        raise own_files.error
    return Cancelled.exit_code if signals.stopped_by == signal.SIGINT else 0


@asynccontextmanager
async def _answering(
    daemon: Daemon, state: str, console: Console, own_files: OwnFiles, roots: Roots
) -> AsyncIterator[None]:
    """Answer `status`, `pause`, `resume`, `retry` and `restore`, and look after the daemon's own files meanwhile."""

    def retry(paths: Sequence[str] = ()) -> Mapping[str, object]:
        below = paths_of(paths)
        daemon.request(Command.RETRY, below)
        return {"files": daemon.failed_count(below)}

    def resume(paths: Sequence[str] = ()) -> Mapping[str, object]:
        wanted = paths_of(paths)
        if wanted and not roots.concerned(wanted):
            return {"concerned": False}
        held = roots.confirm(wanted)
        daemon.request(Command.CONFIRM if wanted else Command.RESUME, wanted)
        return {"folders": held}

    handlers: dict[str, Handler] = {
        "status": lambda: daemon.status().plain(),
        "pause": lambda: daemon.request(Command.PAUSE),
        "resume": resume,
        "retry": retry,
        "restore": lambda paths=(): daemon.request(Command.RESTORE, paths_of(paths)),
    }
    async with AsyncExitStack() as stack:
        socket = ""
        try:
            server = await stack.enter_async_context(ControlServer(state, handlers, environ=os.environ))
            socket = server.path
        except OSError as error:
            console.write(f"no control socket, so no status and no pause: {error}", Level.WARNING)
        look = asyncio.create_task(own_files.look(socket, partial(daemon.request, Command.STOP)))
        stack.callback(look.cancel)
        yield


def _watch_config(invocation: Invocation, clock: Clock, own_files: OwnFiles, roots: Roots) -> WatchConfig:
    own_files.config_read()
    roots.keep_to(rule.folder for rule in invocation.rules)
    token = TokenSource(invocation.credentials.token, clock.monotonic)
    credentials = replace(invocation.credentials, token=token)

    def opened() -> AbstractContextManager[Session]:
        own_files.check()  # if the store was moved away, another one would be created in its place
        return open_session(
            state=invocation.state, purpose="watch", credentials=credentials, rate_limit=invocation.rate_limit,
            bandwidth_limit=invocation.bandwidth_limit, private_hosts=invocation.private_hosts,
            disk=TrustedDisk(roots), listing_age=WHILE_WATCHING, stop=Stop(),
        )  # fmt: skip

    return WatchConfig(
        rules=invocation.rules, only=invocation.scope.only, open_session=opened, token=token,
        base_url=credentials.base_url, rate_limit=invocation.rate_limit,
        notify=invocation.config.notify if invocation.config else SILENT, roots=roots,
    )  # fmt: skip


def _timed(console: Console, text: str, level: Level = Level.INFO) -> None:
    """Write a line with its time of day, for somebody who comes back to the terminal after hours."""
    console.write(f"{dt.datetime.now():%H:%M:%S}  {text}", level)  # noqa: DTZ005 - the reader's own time


def _report(
    say: Callable[[str, Level], None], settings: Settings, clock: Clock, *, as_json: bool, several: bool
) -> Report:
    """Return a report that writes lines: a live display would hide what was written an hour ago."""
    if as_json:
        return JsonReport(sys.stdout, sys.stderr, verbose=settings.verbose)

    def write(text: str, bad: bool) -> None:
        say(text, Level.ERROR if bad else Level.INFO)

    return PlainLines(write, verbose=settings.verbose, names_rules=several, monotonic=clock.monotonic)
