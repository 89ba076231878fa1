"""Which report a run gets."""

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
from notion_sync.sync.ports import Link

if TYPE_CHECKING:
    from notion_sync.cli.live_report import LiveReport
    from notion_sync.time_left import Work

    Count = Callable[[Callable[[], bool]], Sequence[Work] | None]
    """How much there is to do, unless what is given says that nobody wants to know any more."""


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
    """The report that the user asked for: JSON Lines, or plain lines, on a terminal with its progress below them.

    Args:
        settings: What the user asked for.
        session: What the run works with.
        as_json: JSON Lines on stdout.
        planned: Whether the outcomes are what would happen.
        count: How much there is to do; None where `status` need not tell how far the run is.
        rules: Those that take part: where there are several, lines name them.
        rate: Requests a minute with which a plan reckons.
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
        watched = not as_json and _is_watched(settings)
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
    """A report that knows how far the run is, and tells `status`."""
    from notion_sync.cli.live_report import LiveReport
    from notion_sync.cli.published import published
    from notion_sync.cli.remembered.limits import keep_bandwidth, known_bandwidth
    from notion_sync.progress import Progress

    progress = Progress(
        session.clock.monotonic,
        LinkPace(session.link),
        _sending_requests,
        expected=known_bandwidth(session.store),
        bandwidth_limit=session.link.bytes_per_second,
    )
    with (
        published(session.store.folder) as publish,
        closing(LiveReport(lines, progress, count, publish)) as live,
    ):
        try:
            yield live
        finally:
            # What was measured of the line is kept, if that was the line and not a limit of ours.
            if progress.bandwidth is not None and session.link.bytes_per_second is None:
                with suppress(NotionSyncError):  # what is wrong with the store is told already
                    keep_bandwidth(session.store, progress.bandwidth, session.clock)


@contextmanager
def moving(settings: Settings, session: Session, say: Callable[[], str]) -> Iterator[None]:
    """On a terminal, one sentence below the lines that moves on; a request to stop is answered at once."""
    with _stopping(session, settings.console()):
        if not _is_watched(settings):
            yield
            return
        from notion_sync.cli.progress import drawn, sentence

        with drawn(sentence(say), sys.stderr, colour=settings.colour):
            yield


def _is_watched(settings: Settings) -> bool:
    """Whether a person sees what moves."""
    return is_terminal() and settings.log_format == "text" and not settings.quiet


STOPPING = "stopping: requests that are under way end first (Ctrl-C again stops now)"


@contextmanager
def _stopping(session: Session, console: Console) -> Iterator[None]:
    """Answer a request to stop at once, for what is under way may take a while."""
    running = [True]
    session.stop.listen(lambda: console.write(STOPPING) if running else None)
    try:
        yield
    finally:
        running.clear()


@dataclass(frozen=True, slots=True)
class LinkPace:
    """What the rate limit of a link allows; see `notion_sync.time_left.Pace`."""

    link: Link

    @property
    def limit(self) -> int | None:
        """Requests a minute, None where nothing was asked yet."""
        return self.link.notion.budget.limit if self.link.opened else None

    @property
    def waiting(self) -> int:
        """Requests that wait for their turn."""
        return self.link.notion.budget.waiting if self.link.opened else 0

    @property
    def sent(self) -> int:
        """Requests so far."""
        return self.link.request_count

    @property
    def answer_seconds(self) -> float:
        """Of one request."""
        return self.link.notion.budget.answer_seconds if self.link.opened else 0.0

    def seconds_for(self, requests: int) -> float:
        """How long it takes until so many more may have gone."""
        return self.link.notion.budget.seconds_for(requests) if self.link.opened else 0.0


def count_of(rules: Sequence[Rule], state: str, session: Session, extent: Extent) -> "Count":
    """How much a pass over the rules' folders has to do, counted with a look of its own at the store."""

    def count(enough: Callable[[], bool]) -> "Sequence[Work] | None":
        from notion_sync.state import Store
        from notion_sync.sync.estimate import count_work

        try:
            with Store(state, read_only=True) as store:
                return count_work(rules, store, session.clock, extent, enough)
        except (NotionSyncError, OSError):
            return None  # the run says itself what is wrong

    return count


def _write(console: Console, text: str, bad: bool) -> None:
    console.write(text, Level.ERROR if bad else Level.INFO)


def _sending_requests(size: int) -> int:
    # Imported here: a pass that finds nothing to do sends nothing.
    from notion_sync.sync.estimate import sending_requests

    return sending_requests(size)
