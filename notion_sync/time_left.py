"""Estimate when a run will be done, from what is scarce: requests per minute, and bandwidth.

Contents leave in the order of the files. So the last byte leaves when the line has sent all contents, each of which
waits for the requests of the files before it. A large file at the end begins when the requests are nearly spent, and
both times add up; at the beginning, requests and bytes go side by side, and the longer time counts.

What is to come is known in stretches of the run (`sync.estimate`). The bandwidth is measured with large contents only,
because a small one takes as long as its request does; until then it is what is expected of the line.
"""

from bisect import bisect_left
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Final, Protocol

EXPECTED_BANDWIDTH: Final = 5 * 2**20
"""Bytes per second that are expected of a line of which nothing is known."""

LARGE: Final = 1024 * 1024
"""Bytes from which on a content takes visibly longer than its request, and leaves in several chunks."""

MAX_STRETCHES: Final = 64
"""Maximum number of stretches of a run."""

_LINE_SPAN: Final = 30.0
"""Seconds of sending over which the bandwidth is measured."""

_PACE_SPAN: Final = 65.0
"""Seconds over which requests are counted: a window of Notion's rate limit and a little more."""

_BURST_SPAN: Final = 20.0
"""Seconds over which the rate of requests is measured while the limit does not hold them back: as long as a file takes
from its first request to its last, because the first ones of many files go faster than whole files do."""

_NOTED_EVERY: Final = 1.0
"""Seconds between two counts of the requests that are kept."""

_BOUND: Final = 0.85
"""Share of the limit above which nothing but the limit holds requests back."""

_APPENDED_TOGETHER: Final = 100
"""Blocks in one request (`notion.payloads.CHILDREN_LIMIT`); the requests of a page go one after the other."""

_MEASURED: Final = 3.0
"""Seconds of sending from which on a measurement is believed."""

_SILENCE: Final = 5.0
"""Seconds for which the line counts as used after a chunk; later, what is waited for is Notion."""

_BUFFERED: Final = 2 * 2**20
_BUFFERED_WITHIN: Final = 2.0
"""So many bytes leave within so many seconds when the line was free: they fill buffers, and tell nothing."""

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


def total(stretches: Iterable[Work]) -> Work:
    """Return the sum of all."""
    whole = Work()
    for each in stretches:
        whole = whole.plus(each)
    return whole


class Stretches:
    """Collects the work of a run in its order, in `MAX_STRETCHES` stretches of about as many requests each."""

    def __init__(self) -> None:
        self._work: list[Work] = []
        self._least = 1.0
        """Requests from which on a stretch is full."""

    def add(self, work: Work) -> None:
        """Add the work of the next file."""
        last = self._work[-1] if self._work else None
        if last is not None and last.requests < self._least:
            self._work[-1] = last.plus(work)
            return
        if len(self._work) == MAX_STRETCHES:
            self._work = [total(self._work[at : at + 2]) for at in range(0, MAX_STRETCHES, 2)]
            self._least *= 2
        self._work.append(work)

    def all(self) -> tuple[Work, ...]:
        """Return the stretches."""
        return tuple(self._work)


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

    @property
    def creating(self) -> float:
        """Seconds until an upload is created, on average."""

    @property
    def arriving(self) -> float:
        """Seconds from the last byte of a small content until a slow answer says that it has arrived.

        The last of many answers is a slow one.
        """

    @property
    def placing(self) -> float:
        """Seconds that a slow append takes."""

    def seconds_for(self, requests: int) -> float:
        """Return the seconds until this many more may have been sent. Called in the thread of the event loop."""


@dataclass(frozen=True, slots=True)
class Done:
    """What is done of a run at one moment."""

    requests: float
    """Of those that upload contents, also of the parts of contents that are being sent."""
    placed: float
    """The share of the files that have ended."""
    begun: int
    """Bytes of the files that have ended or are being sent."""
    under_way: int
    """Those of them that have not left yet."""
    unplaced: int
    """Number of files that have not ended."""
    left_at: float | None
    """When the last byte of a small content left of which Notion has not said yet that it has arrived."""


class TimeLeft:
    """The estimate. Its caller holds a lock while it calls.

    Args:
        pace: What the rate limit allows.
        line: The bandwidth.
        began: When the run began, in monotonic seconds.
    """

    def __init__(self, pace: Pace, line: "Line", began: float) -> None:
        self._pace = pace
        self._line = line
        self._rate = RequestRate(pace, began)
        self._end_at: float | None = None

    def observe(self, now: float) -> None:
        """Record what has happened by now."""
        self._rate.observe(now)
        self._line.pass_time(now)

    def plan(self, stretches: Sequence[Work], done: Done, now: float) -> None:
        """Ask the rate limit when what is left may go; holds until the next event. In the event loop's thread."""
        left = _left(stretches, done)
        counts = {before for before, size in left.starts if size >= LARGE} | {left.requests}
        self._rate.plan(counts, now)

    def seconds(self, stretches: Sequence[Work], done: Done, now: float) -> float:
        """Return the smoothed estimate."""
        left = _left(stretches, done)
        bandwidth = self._line.bandwidth
        line_is_free = done.under_way / bandwidth
        for before, size in left.starts:
            begins = self._rate.seconds_for(before, now) if size >= LARGE else 0.0
            line_is_free = max(line_is_free, begins) + size / bandwidth
        by_line = line_is_free + self._pace.arriving + self._pace.placing if line_is_free > 1.0 else 0.0
        estimate = now + max(by_line, self._by_requests(left, done, now))
        self._end_at = (
            estimate if self._end_at is None else self._end_at + _SMOOTHING * (estimate - self._end_at)
        )
        return max(0.0, self._end_at - now)

    def _by_requests(self, left: "_Left", done: Done, now: float) -> float:
        """Return the seconds until the last small content has arrived and is placed; no fewer than all appends take."""
        pace, arrived_in = self._pace, 0.0
        if left.uploading >= 1:
            arrived_in = self._rate.seconds_for(left.requests, now) + pace.creating + pace.arriving
        elif done.left_at is not None:
            arrived_in = max(0.0, done.left_at + pace.arriving - now)
        return max(arrived_in + pace.placing, ceil(done.unplaced / _APPENDED_TOGETHER) * pace.placing)


@dataclass(frozen=True, slots=True)
class _Left:
    """What is left of a run.

    Args:
        requests: All requests.
        uploading: Those of them that upload contents.
        starts: By stretch, the requests before it and the bytes in it that are not begun.
    """

    requests: float
    uploading: float
    starts: Sequence[tuple[float, int]]


def _left(stretches: Sequence[Work], done: Done) -> _Left:
    """Take what is done from the front: files end nearly in their order."""
    requests_done, begun, before, uploading = done.requests, done.begun, 0.0, 0.0
    starts = []
    for each in stretches:
        taken, size = min(requests_done, each.requests), min(begun, each.bytes)
        requests_done, begun = requests_done - taken, begun - size
        if size < each.bytes:
            starts.append((before, each.bytes - size))
        uploading += each.requests - taken
        before += each.requests - taken + each.placing * max(0.0, 1 - done.placed)
    return _Left(before, uploading, starts)


class RequestRate:
    """When requests may go: by the rate limit, but no faster than they went at best, and than they do on the whole.

    Args:
        pace: What the rate limit allows.
        began: When the run began, in monotonic seconds.
    """

    def __init__(self, pace: Pace, began: float) -> None:
        self._pace = pace
        self._sent: deque[tuple[float, int]] = deque([(began, 0)])
        self._burst = 0.0
        """The highest rate so far, in requests per second."""
        self._opens_at = began
        """When the rate limit allows the next request."""
        self._allowed: list[tuple[float, float]] = []
        """Numbers of requests in ascending order, and when the rate limit allows the last of them."""

    def observe(self, now: float) -> None:
        """Record the number of requests sent by now, and their highest rate."""
        count = self._pace.sent
        if now - self._sent[-1][0] >= _NOTED_EVERY:
            self._sent.append((now, count))
        while len(self._sent) > 2 and self._sent[1][0] <= now - _PACE_SPAN:
            self._sent.popleft()
        lately = next(each for each in self._sent if each[0] >= now - _BURST_SPAN or each is self._sent[-1])
        if now - lately[0] >= _BURST_SPAN - _NOTED_EVERY:
            self._burst = max(self._burst, (count - lately[1]) / (now - lately[0]))

    def plan(self, counts: Iterable[float], now: float) -> None:
        """Ask the rate limit when so many requests may have been sent."""
        self._opens_at = now + self._pace.seconds_for(1)
        self._allowed = [(each, now + self._pace.seconds_for(round(each))) for each in sorted(counts)]

    def seconds_for(self, requests: float, now: float) -> float:
        """Return the seconds until so many more requests are sent, as far as they are bound by their number."""
        if requests <= 0:
            return 0.0
        since, before = self._sent[0]
        count = self._pace.sent
        burst = max(0.0, self._opens_at - now)
        if self._burst and requests >= _FEW:
            burst += requests / self._burst
        on_the_whole = 0.0
        if now - since >= _PACE_SPAN and count > before and requests >= _FEW:
            rate = (count - before) / (now - since)
            # Where the limit alone holds them back, they go in bursts, whose times are known better.
            if self._pace.limit is None or rate < _BOUND * self._pace.limit / 60:
                on_the_whole = requests / rate
        return max(self._allowed_at(requests) - now, burst, on_the_whole)

    def _allowed_at(self, requests: float) -> float:
        """Interpolate between what the rate limit has told."""
        at = bisect_left(self._allowed, (requests, float("-inf")))
        if at == len(self._allowed):
            return self._allowed[-1][1] if self._allowed else self._opens_at
        count, allowed_at = self._allowed[at]
        less, less_at = self._allowed[at - 1] if at else (0.0, self._opens_at)
        return allowed_at - (count - requests) / (count - less) * (allowed_at - less_at)


class Line:
    """Measures the bandwidth while large contents leave.

    A content is on the line from its first chunk to its last. What leaves in one chunk tells nothing.

    Args:
        expected: Bytes per second until there is a measurement.
        limit: Bytes per second that are never exceeded; None for no limit.
        now: Monotonic seconds.
    """

    def __init__(self, expected: float | None, limit: int | None, now: float) -> None:
        self._expected = expected or EXPECTED_BANDWIDTH
        self._limit = limit
        self._on_line: set[str] = set()
        self._time = 0.0
        """Seconds for which any content was on the line."""
        self._looked_at = self._latest = now
        self._sent: deque[tuple[float, int]] = deque()
        self._total = self._buffered = 0
        self._busy_since = 0.0
        self.measured: float | None = None
        """Bytes per second, None as long as there is no measurement."""

    @property
    def bandwidth(self) -> float:
        """Bytes per second to reckon with."""
        bandwidth = self.measured or self._expected
        return bandwidth if self._limit is None else min(bandwidth, self._limit)

    @property
    def speed(self) -> float | None:
        """The measured bytes per second; None while nothing large leaves, or nothing did for `_SILENCE` seconds."""
        leaves = self._on_line and self._looked_at - self._latest < _SILENCE
        return self.bandwidth if leaves and self.measured else None

    def sent(self, key: str, size: int, *, ends: bool, now: float) -> None:
        """Record that `size` bytes of a large content leave; `ends` says that nothing of it is left then."""
        self.pass_time(now)
        self._latest = now
        if not self._on_line:
            self._buffered, self._busy_since = 0, self._time
        if ends:
            self._on_line.discard(key)
        else:
            self._on_line.add(key)
        if self._buffered < _BUFFERED and self._time - self._busy_since < _BUFFERED_WITHIN:
            self._buffered += size
            size = 0
            if not self._total:
                self._sent.clear()  # the time of a first measurement begins when the buffers are full
        if self._on_line:  # else nobody sees how long this takes
            self._sent.append((self._time, size))
            self._total += size

    def leave(self, key: str, now: float) -> None:
        """Record that a content is not sent any more."""
        self.pass_time(now)
        self._on_line.discard(key)

    def pass_time(self, now: float) -> None:
        """Let time pass until now."""
        if self._on_line:
            silent = self._looked_at - self._latest
            self._time += max(0.0, min(now - self._looked_at, _SILENCE - silent))
        self._looked_at = now
        while len(self._sent) > 1 and self._sent[0][0] < self._time - _LINE_SPAN:
            self._total -= self._sent.popleft()[1]
        span = self._time - self._sent[0][0] if self._sent else 0.0
        if span >= _MEASURED and self._total:
            self.measured = self._total / span
