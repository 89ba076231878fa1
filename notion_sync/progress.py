"""Count how far a run is, and estimate when it will be done. Drawing is done elsewhere.

A run's duration depends on what is scarce: requests, of which Notion allows a number per minute, or bandwidth. Both are
estimated, and the longer one is the answer. The requests left are those of files that are not in Notion yet. Bandwidth
is measured with large contents only, because a small one takes as long as its request does.
"""

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

LARGE: Final = 256 * 1024
"""Bytes from which on sending takes visibly longer than the request itself."""

SILENT_FOR: Final = 10.0
"""Seconds at the beginning without an estimate, because too little is known."""

_LINE_SPAN: Final = 30.0
"""Seconds over which the bandwidth is measured."""

_PACE_SPAN: Final = 65.0
"""Seconds over which requests are counted: a window of Notion's rate limit and a little more."""

_BURST_SPAN: Final = 10.0
"""Seconds over which the rate of requests is measured while the limit does not hold them back."""

_LAST: Final = 3.0
"""Seconds until the last request is answered, which waits for those before it."""

_FEW: Final = 20
"""Number of requests left below which the past rate is ignored.

They may be parts of one large content, whose time depends on the bandwidth.
"""

_SMOOTHING: Final = 0.2
"""Weight of a new estimate in the average."""


@dataclass(frozen=True, slots=True)
class Work:
    """An amount of work: files, their bytes, and the requests that they need."""

    files: int = 0
    bytes: int = 0
    requests: float = 0.0
    """To upload the contents."""
    placing: float = 0.0
    """To attach them where they belong."""

    def plus(self, other: "Work") -> "Work":
        """Return the sum of both."""
        return Work(
            self.files + other.files, self.bytes + other.bytes, self.requests + other.requests,
            self.placing + other.placing,
        )  # fmt: skip


class Pace(Protocol):
    """What the rate limit allows."""

    @property
    def limit(self) -> int | None:
        """Requests per minute, None for no limit."""

    @property
    def waiting(self) -> int:
        """Number of requests that wait for a permit."""

    @property
    def sent(self) -> int:
        """Number of requests sent so far."""

    def seconds_for(self, requests: int) -> float:
        """Return the seconds until this many more may have been sent. Called in the thread of the event loop."""


@dataclass(slots=True)
class Sending:
    """A content that is being sent."""

    name: str
    size: int
    sent: int = 0


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


class Progress:
    """Counts what happens. All methods may be called in any thread, except `arrived` and `settled`: event loop only.

    Args:
        monotonic: Returns monotonic seconds.
        pace: What the rate limit allows.
        cost: Returns the number of requests to send a content of a size in bytes.
    """

    def __init__(self, monotonic: Callable[[], float], pace: Pace, cost: Callable[[int], int]) -> None:
        self._monotonic = monotonic
        self._pace = pace
        self._cost = cost
        self._lock = threading.Lock()
        self._total: Work | None = None
        self._done = self._done_bytes = self._done_requests = self._settled = 0
        self._arrived: set[str] = set()
        """Files whose content is in Notion, and that have not ended yet."""
        self._sending: dict[str, Sending] = {}
        self._busy: dict[str, str] = {}
        self._line = _Line()
        self._began = monotonic()
        self._requests: deque[tuple[float, int]] = deque([(self._began, 0)])
        self._burst = 0.0
        """The highest rate so far, in requests per second."""
        self._opens_at = self._requests_end_at = self._began
        """When the rate limit allows the next request, and the last one."""
        self._end_at: float | None = None

    # Events

    def counted(self, total: Work) -> None:
        """Set the total amount of work."""
        with self._lock:
            self._total = total

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
            self._sending[key] = Sending(key.rpartition("/")[2], size)
            self._line.begin(size, self._monotonic())

    def sent(self, key: str, size: int) -> None:
        """Record that `size` more bytes of a content were sent."""
        with self._lock:
            sending = self._sending.get(key)
            if sending is not None:
                sending.sent = min(sending.size, sending.sent + size)
                if sending.size >= LARGE:
                    self._line.sent(size, self._monotonic())

    def sending_ended(self, key: str) -> None:
        """Record that a content was sent, or could not be sent."""
        with self._lock:
            sending = self._sending.pop(key, None)
            if sending is not None:
                self._line.end(sending.size, self._monotonic())

    def arrived(self, path: str, size: int) -> None:
        """Record that Notion has a file's content, whoever uploaded it."""
        with self._lock:
            if path not in self._arrived:
                self._arrived.add(path)
                self._count(size)
        self._plan_requests()

    def file_ended(self, path: str, size: int) -> None:
        """Record that a file has ended, with any outcome."""
        with self._lock:
            self._settled += 1
            if path not in self._arrived:
                self._count(size)
            self._arrived.discard(path)
        self._plan_requests()

    def _count(self, size: int) -> None:
        self._done += 1
        self._done_bytes += size
        self._done_requests += self._cost(size)

    # Queries

    def state(self) -> State:
        """Return the present state."""
        now = self._monotonic()
        limit, waiting = self._pace.limit, self._pace.waiting > 0
        with self._lock:
            total = self._total
            self._observe(now)
            sending = tuple(Sending(each.name, each.size, each.sent) for each in self._sending.values())
            busy = tuple((doing, path.rpartition("/")[2]) for path, doing in self._busy.items())
            sent = self._done_bytes + sum(each.sent for each in sending)
            files = max(total.files, self._done + len(sending)) if total else None
            size = max(total.bytes, sent) if total else None
            left = None
            if total is not None and self._pace.sent and now - self._began >= SILENT_FOR:
                left = self._seconds_left(total, sent, now)
        return State(self._done, files, sent, size, sending, busy, left, waiting, limit)

    def _plan_requests(self) -> None:
        """Calculate when the last request may be sent, as far as known; the result holds until the next event."""
        now = self._monotonic()
        with self._lock:
            if self._total is None:
                return
            left = self._requests_left(self._total)
        opens_at, end_at = now + self._pace.seconds_for(1), now + self._pace.seconds_for(round(left))
        with self._lock:
            self._opens_at, self._requests_end_at = opens_at, end_at

    def _requests_left(self, total: Work) -> float:
        # What is being sent is partly done: Notion may have most parts of a large file.
        under_way = sum(
            self._cost(each.size) * each.sent / max(1, each.size) for each in self._sending.values()
        )
        content = max(0.0, total.requests - self._done_requests - under_way)
        return content + total.placing * max(0.0, 1 - self._settled / max(1, total.files))

    def _seconds_left(self, total: Work, sent: int, now: float) -> float:
        by_line = self._line.seconds_for(max(0, total.bytes - sent), now)
        by_requests = self._seconds_by_requests(self._requests_left(total), now)
        estimate = now + max(by_requests, by_line)
        self._end_at = (
            estimate if self._end_at is None else self._end_at + _SMOOTHING * (estimate - self._end_at)
        )
        return max(0.0, self._end_at - now)

    def _observe(self, now: float) -> None:
        """Record the number of requests sent by now, and their highest rate."""
        count = self._pace.sent
        if now - self._requests[-1][0] >= 1.0:
            self._requests.append((now, count))
        while len(self._requests) > 2 and self._requests[1][0] <= now - _PACE_SPAN:
            self._requests.popleft()
        lately = next(
            each for each in self._requests if each[0] >= now - _BURST_SPAN or each is self._requests[-1]
        )
        if now - lately[0] >= _BURST_SPAN / 2:
            self._burst = max(self._burst, (count - lately[1]) / (now - lately[0]))

    def _seconds_by_requests(self, requests: float, now: float) -> float:
        """Return the seconds that the limit requires, but at least those at the past rate.

        Low bandwidth holds requests back, too.
        """
        count = self._pace.sent
        since, before = self._requests[0]
        allowed = max(0.0, self._requests_end_at - now)
        in_a_burst = max(0.0, self._opens_at - now) + (requests / self._burst if self._burst else 0.0) + _LAST
        known = now - since >= _PACE_SPAN and count > before
        few = requests < _FEW
        at_this_pace = 0.0 if few or not known else requests * (now - since) / (count - before)
        return max(allowed, in_a_burst, at_this_pace)


class _Line:
    """Measures the bandwidth with large contents."""

    def __init__(self) -> None:
        self._large = 0
        self._sent: deque[tuple[float, int]] = deque()
        self._total = 0
        self._rate: float | None = None

    def begin(self, size: int, now: float) -> None:
        if size >= LARGE:
            if not self._large:
                self._sent.clear()
                self._total = 0
                self._sent.append((now, 0))
            self._large += 1

    def sent(self, size: int, now: float) -> None:
        self._sent.append((now, size))
        self._total += size
        self._measure(now)

    def end(self, size: int, now: float) -> None:
        if size >= LARGE:
            self._measure(now)
            self._large -= 1

    def seconds_for(self, size: int, now: float) -> float:
        """Return the seconds that `size` bytes take; 0 if nothing is known."""
        if self._large:
            self._measure(now)
        return size / self._rate if self._rate else 0.0

    def _measure(self, now: float) -> None:
        while len(self._sent) > 1 and self._sent[0][0] < now - _LINE_SPAN:
            self._total -= self._sent.popleft()[1]
        span = now - self._sent[0][0] if self._sent else 0.0
        if span >= 1.0 and self._total:
            self._rate = self._total / span
