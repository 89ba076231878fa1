"""`notion-sync watch`: the daemon, wired to the command line, the signals and the service manager."""

import os
import queue
import signal
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import partial
from types import FrameType

import click

from notion_sync.cli.app import Settings
from notion_sync.cli.push import Order, understood
from notion_sync.cli.session import Session, open_session
from notion_sync.cli.target import TargetOptions, target_options
from notion_sync.config.notify import SILENT
from notion_sync.control import ControlServer, Handler
from notion_sync.daemon.loop import Daemon
from notion_sync.daemon.orders import Orders
from notion_sync.daemon.token import TokenSource
from notion_sync.errors import Cancelled, UsageError
from notion_sync.log import Console, Level
from notion_sync.report import JsonLines, PlainLines, Report
from notion_sync.service.heartbeat import Heartbeat, Watchdog
from notion_sync.service.notify import Notifier

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@click.command()
@click.argument("paths", nargs=-1, metavar="[PATH]...", type=click.Path())
@target_options()
@click.option("--json", "as_json", is_flag=True, help="JSON Lines on stdout, one object a file.")
@click.option("--sandbox", is_flag=True, help="Into the local Notion instead of the real one.")
@click.pass_obj
def command(
    settings: Settings, paths: tuple[str, ...], target: TargetOptions, as_json: bool, sandbox: bool
) -> int:
    """Bring the rules' folders (or only what is at or below PATH) to Notion, then stay and follow changes.

    SIGHUP reads the configuration again. Exit codes: 0 stopped by SIGTERM, 130 by Ctrl-C, 75 another
    notion-sync is running, 77 token refused at the start, 78 configuration wrong.
    """
    console = settings.console()
    notifier = Notifier.of_environment(os.environ)
    heartbeat = Heartbeat()
    with ExitStack() as stack:
        order = stack.enter_context(understood(settings, paths, target, in_sandbox=sandbox))
        post = _Post()

        def reload() -> Orders:
            if order.config is None:
                raise UsageError("without a configuration there is nothing to read again")
            with understood(settings, paths, target, in_sandbox=sandbox) as fresh:
                if fresh.state != order.state:
                    raise UsageError("another state folder needs a restart")
                return _orders(fresh, post)

        daemon = Daemon(
            _orders(order, post),
            reload=reload,
            report=_report(console, settings, as_json=as_json),
            say=console.write,
            notifier=notifier,
            heartbeat=heartbeat,
        )
        stack.enter_context(post.delivered_to(daemon))
        stack.enter_context(Watchdog(notifier, heartbeat, partial(console.write, level=Level.ERROR)))
        if order.sandbox is not None and not as_json:
            console.write(f"look at it: {order.sandbox.browse_url}")
        daemon.run(partial(_answering, daemon, order.state, console))
        return Cancelled.exit_code if post.last == signal.SIGINT else 0


@contextmanager
def _answering(daemon: Daemon, state: str, console: Console) -> Iterator[None]:
    """Answer `status`, `pause`, `resume`, `retry` and `restore` until the block ends."""

    def retry(paths: Sequence[str] = ()) -> Mapping[str, object]:
        return {"files": daemon.retry(tuple(map(str, paths)))}

    def restore(paths: Sequence[str] = ()) -> None:
        daemon.restore(tuple(map(str, paths)))

    handlers: dict[str, Handler] = {
        "status": lambda: daemon.status().plain(), "pause": daemon.pause, "resume": daemon.resume,
        "retry": retry, "restore": restore,
    }  # fmt: skip
    with ExitStack() as stack:
        try:
            stack.enter_context(ControlServer(state, handlers, environ=os.environ))
        except OSError as error:
            console.write(f"no control socket, so no status and no pause: {error}", Level.WARNING)
        yield


def _orders(order: Order, post: "_Post") -> Orders:
    token = TokenSource(order.credentials.token)
    credentials = replace(order.credentials, token=token)

    @contextmanager
    def open_desk() -> Iterator[Session]:
        session = open_session(
            state=order.state, purpose="watch", credentials=credentials, rate_limit=order.rate_limit,
            bandwidth_limit=order.bandwidth_limit,
        )  # fmt: skip
        with session as desk, post.instead_of_the_sessions():
            yield desk

    return Orders(
        rules=order.rules, only=order.scope.only, open_desk=open_desk, token=token,
        base_url=credentials.base_url, rate_limit=order.rate_limit,
        notify=order.config.notify if order.config else SILENT,
    )  # fmt: skip


class _Post:
    """Brings signals to the daemon.

    A handler runs in the middle of whatever the main thread does, even of taking a lock, so it only puts the
    signal into a queue that allows for that (`queue.SimpleQueue`); a thread does the rest.
    """

    def __init__(self) -> None:
        self._queue: queue.SimpleQueue[int] = queue.SimpleQueue()
        self.last = 0
        """The signal that ended the program; 0 for none."""

    @contextmanager
    def delivered_to(self, daemon: Daemon) -> Iterator[None]:
        """Handle signals until the block ends; the second request to stop ends at once."""
        threading.Thread(target=self._deliver, args=(daemon,), name="signals", daemon=True).start()
        with self.instead_of_the_sessions():
            yield

    @contextmanager
    def instead_of_the_sessions(self) -> Iterator[None]:
        """Handle signals although a session has set its own handlers, until the block ends."""
        before = {number: signal.signal(number, self._handle) for number in _SIGNALS}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _handle(self, number: int, _frame: FrameType | None) -> None:
        if number != signal.SIGHUP:
            if self.last:
                os._exit(Cancelled.exit_code)
            self.last = number
        self._queue.put(number)

    def _deliver(self, daemon: Daemon) -> None:
        while True:
            number = self._queue.get()
            if number == signal.SIGHUP:
                daemon.reload()
            else:
                daemon.stop()


def _report(console: Console, settings: Settings, *, as_json: bool) -> Report:
    """Lines for as long as it runs; a live display would hide what was written an hour ago."""
    if as_json:
        return JsonLines(sys.stdout, sys.stderr, verbose=settings.verbose)

    def write(text: str, bad: bool) -> None:
        console.write(text, Level.ERROR if bad else Level.INFO)

    return PlainLines(write, verbose=settings.verbose)
