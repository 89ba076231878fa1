"""Create the report of a run."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from notion_sync.cli.app import Settings
from notion_sync.cli.session import Session
from notion_sync.errors import NotionSyncError
from notion_sync.extent import Extent
from notion_sync.log import Console, Level, is_terminal
from notion_sync.report import USUAL_RATE, JsonReport, PlainLines, Report
from notion_sync.rules import Rule
from notion_sync.sync.ports import Remote

if TYPE_CHECKING:
    from notion_sync.cli.live_report import LiveReport
    from notion_sync.progress import Progress
    from notion_sync.time_left import Work

    Count = Callable[[Callable[[], bool]], Sequence[Work] | None]
    """Returns the work of the run; None once its argument returns True, because nobody needs it any more."""


@contextmanager
def reporting(
    settings: Settings,
    session: Session,
    *,
    as_json: bool,
    planned: bool = False,
    count: "Count | None" = None,
    rules: Sequence[Rule] = (),
    rate: int = USUAL_RATE,
) -> Iterator[Report]:
    """Yield the report that the user asked for: JSON Lines, or lines, with the progress below them on a terminal.

    Args:
        settings: What the user asked for.
        session: What the run works with.
        as_json: JSON Lines on stdout.
        planned: Whether the outcomes are what would happen.
        count: Counts the work; None if `status` need not show the progress.
        rules: The rules of the run; lines name them if there are several.
        rate: Requests a minute that a plan assumes.
    """
    console = settings.console()
    with _stopping(session, console):
        lines: Report
        if as_json:
            lines = JsonReport(sys.stdout, sys.stderr, planned=planned, verbose=settings.verbose)
        else:
            lines = PlainLines(
                partial(_write, console),
                planned=planned,
                verbose=settings.verbose,
                monotonic=session.clock.monotonic,
                names_rules=len(rules) > 1,
                rate=rate,
            )
        watched = not as_json and is_watched(settings)
        if count is None and not watched:
            yield lines
            return
        with _counting(session, lines, count or (lambda _: None)) as live, ExitStack() as stack:
            if watched:
                from notion_sync.cli.progress import drawn, progress_lines

                shown = progress_lines(live.progress, sys.stderr)
                stack.enter_context(drawn(shown, sys.stderr, colour=settings.colour))
            yield live


@contextmanager
def _counting(session: Session, lines: Report, count: "Count") -> "Iterator[LiveReport]":
    """Yield a report that counts the progress, and publishes it for `status`."""
    from notion_sync.cli.live_report import LiveReport
    from notion_sync.cli.published import published

    with (
        published(session.store.folder) as publish,
        closing(LiveReport(lines, partial(_progress, session), count, publish)) as live,
    ):
        try:
            yield live
        finally:
            # The measured bandwidth is kept, unless it is a limit of ours.
            if live.bandwidth is not None and session.remote.bytes_per_second is None:
                from notion_sync.cli.remembered.limits import keep_bandwidth

                with suppress(NotionSyncError):  # an error of the store was reported before
                    keep_bandwidth(session.store, live.bandwidth, session.clock)


def _progress(session: Session) -> "Progress":
    from notion_sync.cli.remembered.limits import known_bandwidth
    from notion_sync.progress import Progress
    from notion_sync.sync.estimate import uploading_work

    progress = Progress(
        session.clock.monotonic,
        RemotePace(session.remote),
        uploading_work,
        expected=known_bandwidth(session.store),
        bandwidth_limit=session.remote.bytes_per_second,
    )
    session.stop.listen(progress.stopping)
    return progress


@contextmanager
def moving(settings: Settings, session: Session, say: Callable[[], str]) -> Iterator[None]:
    """Show one line of progress below the others on a terminal, and acknowledge a request to stop at once."""
    with _stopping(session, settings.console()):
        if not is_watched(settings):
            yield
            return
        from notion_sync.cli.progress import drawn, sentence

        with drawn(sentence(say), sys.stderr, colour=settings.colour):
            yield


def is_watched(settings: Settings) -> bool:
    """Whether progress is shown to a person."""
    return is_terminal() and settings.log_format == "text" and not settings.quiet


STOPPING = "stopping: requests that are under way end first (Ctrl-C again stops now)"


@contextmanager
def _stopping(session: Session, console: Console) -> Iterator[None]:
    """Acknowledge a request to stop at once, because what is under way may take a while."""
    running = [True]
    session.stop.listen(lambda: console.write(STOPPING) if running else None)
    try:
        yield
    finally:
        running.clear()


@dataclass(frozen=True, slots=True)
class RemotePace:
    """The rate limit of a client of Notion; implements `time_left.Pace`."""

    remote: Remote

    @property
    def limit(self) -> int | None:
        """Requests a minute; None before the first request."""
        return self.remote.notion.budget.limit if self.remote.opened else None

    @property
    def waiting(self) -> int:
        """Number of requests that wait for a permit."""
        return self.remote.notion.budget.waiting if self.remote.opened else 0

    @property
    def sent(self) -> int:
        """Number of requests so far."""
        return self.remote.request_count

    @property
    def unsent(self) -> int:
        """Number of uploads that were begun and whose bytes are still to be sent."""
        return self.remote.notion.budget.unsent if self.remote.opened else 0

    @property
    def spacing(self) -> float:
        """Seconds from one request to the next while the limit does not hold them back."""
        if not self.remote.opened:
            return 0.0
        budget = self.remote.notion.budget
        return budget.answers.uploading / budget.connections.width

    @property
    def arriving(self) -> float:
        """Seconds from the last byte of a small content until a slow answer says that it has arrived."""
        return self.remote.notion.budget.answers.arriving if self.remote.opened else 0.0

    @property
    def placing(self) -> float:
        """Seconds that an append takes."""
        return self.remote.notion.budget.answers.placing if self.remote.opened else 0.0

    def seconds_for(self, requests: int) -> float:
        """Return the seconds until so many more requests may have been sent."""
        return self.remote.notion.budget.seconds_for(requests) if self.remote.opened else 0.0


def count_of(rules: Sequence[Rule], state: str, session: Session, extent: Extent) -> "Count":
    """Return a function that counts the work of a pass, with a connection of its own to the store."""

    def count(enough: Callable[[], bool]) -> "Sequence[Work] | None":
        from notion_sync.state import Store
        from notion_sync.sync.estimate import count_work

        try:
            with Store(state, read_only=True) as store:
                return count_work(rules, store, session.clock, extent, enough)
        except (NotionSyncError, OSError):
            return None  # the run reports the error itself

    return count


def _write(console: Console, text: str, bad: bool) -> None:
    console.write(text, Level.ERROR if bad else Level.INFO)
