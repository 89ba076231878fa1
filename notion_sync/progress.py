"""Count how far a run is. When it will be done is estimated in `time_left`; drawing is done elsewhere."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from notion_sync.time_left import LARGE, Done, Line, Pace, TimeLeft, Work, total

SILENT_FOR: Final = 10.0
"""Seconds at the beginning without an estimate, because too little is known."""

_PLANNED_EVERY: Final = 0.5
"""Seconds between two plans of when requests may go; thousands of files may end in a second."""


@dataclass(slots=True)
class Sending:
    """A content that is being sent."""

    name: str
    size: int
    sent: int = 0
    left_at: float | None = None
    """When its last byte left, in monotonic seconds."""
    work: Work = field(default_factory=Work)
    """What uploading it takes."""


@dataclass(frozen=True, slots=True)
class State:
    """How far a run is at one moment."""

    done: int
    files: int | None
    """None if not known yet."""
    sent: int
    bytes: int | None
    sending: tuple[Sending, ...]
    busy: tuple[tuple[str, str], ...]
    """Further steps under way, as pairs (step, file name)."""
    seconds_left: float | None
    waits_for_limit: bool
    limit: int | None
    speed: float | None = None
    """Bytes per second at which large contents leave; None while requests are what is waited for."""


class Progress:
    """Counts what happens. All methods may be called in any thread, except `arrived` and `settled`: event loop only.

    Args:
        monotonic: Returns monotonic seconds.
        pace: What the rate limit allows.
        work_of: Returns the work of uploading a content of a size in bytes.
        expected: Bytes per second that the line is expected to send; None if nothing is known.
        bandwidth_limit: Bytes per second that are not exceeded; None for no limit.
    """

    def __init__(
        self,
        monotonic: Callable[[], float],
        pace: Pace,
        work_of: Callable[[int], Work],
        *,
        expected: float | None = None,
        bandwidth_limit: int | None = None,
    ) -> None:
        self._monotonic = monotonic
        self._pace = pace
        self._work_of = work_of
        self._lock = threading.Lock()
        self._stretches: Sequence[Work] = ()
        self._total: Work | None = None
        self._done = Work()
        """The uploads of the files whose content is in Notion, or that have ended."""
        self._settled = 0
        self._arrived: set[str] = set()
        """Files whose content is in Notion, and that have not ended yet."""
        self._sending: dict[str, Sending] = {}
        self._kept: dict[str, int] = {}
        """Bytes of contents that are not sent any more, as the run is stopping: Notion keeps the parts it has."""
        self._busy: dict[str, str] = {}
        self._began = monotonic()
        self._line = Line(expected, bandwidth_limit, self._began)
        self._time_left = TimeLeft(pace, self._line, self._began)
        self._planned_at = float("-inf")
        self._stopping = False

    # Events

    def stopping(self) -> None:
        """Record that the run was asked to stop: how long the rest would take is of no use any more."""
        self._stopping = True

    def counted(self, *stretches: Work) -> None:
        """Set the total amount of work, in the order of the run."""
        with self._lock:
            self._stretches, self._total = stretches, total(stretches)

    def busy(self, path: str, doing: str) -> None:
        """Record that another step with a file begins."""
        with self._lock:
            self._busy[path] = doing

    def busy_ended(self, path: str) -> None:
        """Record that this step has ended."""
        with self._lock:
            self._busy.pop(path, None)

    def sending(self, key: str, size: int) -> None:
        """Record that sending a content begins."""
        with self._lock:
            self._sending[key] = Sending(key.rpartition("/")[2], size, work=self._work_of(size))

    def sent(self, key: str, size: int) -> None:
        """Record that `size` more bytes of a content were sent."""
        with self._lock:
            sending = self._sending.get(key)
            if sending is not None:
                sending.sent = min(sending.size, sending.sent + size)
                now, ends = self._monotonic(), sending.sent == sending.size
                if ends:
                    sending.left_at = now
                if sending.size >= LARGE:
                    self._line.sent(key, size, ends=ends, now=now)

    def lost(self, key: str, size: int) -> None:
        """Record that `size` bytes of a content did not arrive, and are sent again."""
        with self._lock:
            sending = self._sending.get(key)
            if sending is not None:
                sending.sent, sending.left_at = max(0, sending.sent - size), None

    def resumed(self, key: str, size: int) -> None:
        """Record that Notion has `size` bytes of a content from an earlier run."""
        with self._lock:
            sending = self._sending.get(key)
            if sending is not None:
                sending.sent = min(sending.size, sending.sent + size)

    def sending_ended(self, key: str) -> None:
        """Record that a content was sent, or could not be sent."""
        with self._lock:
            sending = self._sending.pop(key, None)
            if sending is not None and self._stopping:
                self._kept[key] = sending.sent
            self._line.leave(key, self._monotonic())

    def arrived(self, path: str, size: int) -> None:
        """Record that Notion has a file's content, even if another file's upload brought it."""
        with self._lock:
            if path not in self._arrived:
                self._arrived.add(path)
                self._count(path, size)
        self._plan_requests()

    def file_ended(self, path: str, size: int) -> None:
        """Record that a file has ended, with any outcome."""
        with self._lock:
            self._settled += 1
            if path not in self._arrived:
                self._count(path, size)
            self._arrived.discard(path)
        self._plan_requests()

    def _count(self, path: str, size: int) -> None:
        self._kept.pop(path, None)
        self._done = self._done.plus(self._work_of(size))

    # Queries

    @property
    def bandwidth(self) -> float | None:
        """The measured bytes per second; None if nothing large was sent."""
        return self._line.measured

    def state(self) -> State:
        """Return the present state."""
        now = self._monotonic()
        limit, waiting = self._pace.limit, self._pace.waiting > 0
        with self._lock:
            whole = self._total
            self._time_left.observe(now)
            sending = tuple(Sending(each.name, each.size, each.sent) for each in self._sending.values())
            busy = tuple((doing, path.rpartition("/")[2]) for path, doing in self._busy.items())
            sent = self._done.bytes + sum(self._kept.values()) + sum(each.sent for each in sending)
            files = max(whole.files, self._done.files + len(sending)) if whole else None
            size = max(whole.bytes, sent) if whole else None
            left = None
            # Where nothing comes to Notion, any time would be one until it can be reached.
            moves = not self._stopping and (waiting or self._done.files or any(each.sent for each in sending))
            if whole is not None and moves and self._pace.sent and now - self._began >= SILENT_FOR:
                left = self._time_left.seconds(self._stretches, self._all_done(whole), now)
            speed = None if waiting else self._line.speed
        return State(self._done.files, files, sent, size, sending, busy, left, waiting, limit, speed)

    def _plan_requests(self) -> None:
        """Calculate when what is left may be sent, as far as known; the result holds until the next plan."""
        now = self._monotonic()
        with self._lock:
            if self._total is not None and now - self._planned_at >= _PLANNED_EVERY:
                self._planned_at = now
                self._time_left.plan(self._stretches, self._all_done(self._total), now)

    def _all_done(self, whole: Work) -> Done:
        # What is being sent is partly done: Notion may have most parts of a large file.
        requests = sum(each.work.requests * each.sent / max(1, each.size) for each in self._sending.values())
        # A large file whose upload waits for requests has not begun to leave.
        begun = [each.work for each in self._sending.values() if each.sent or each.size < LARGE]
        small = [each.left_at for each in self._sending.values() if each.left_at and each.size < LARGE]
        return Done(
            requests=self._done.requests + requests + self._pace.unsent,
            placed=self._settled / max(1, whole.files),
            begun=self._done.in_one_piece + sum(each.in_one_piece for each in begun),
            begun_in_parts=self._done.in_parts + sum(each.in_parts for each in begun),
            under_way=sum(each.bytes for each in begun) - sum(each.sent for each in self._sending.values()),
            unplaced=max(0, whole.files - self._settled),
            left_at=max(small, default=None),
        )
