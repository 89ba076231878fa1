"""Estimate when a run will be done, from what is scarce: requests per minute, and bandwidth.

Contents leave in the order of the files. So the last byte leaves when the line has sent all contents, each of which
waits for the requests of the files before it; one that is sent in parts goes ahead of them as soon as its file is
admitted. A large file at the end of many begins late, and both times add up; else requests and bytes go side by side,
and the longer time counts.

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

_NOTED_EVERY: Final = 1.0
"""Seconds between two counts of the requests that are kept."""

_BOUND: Final = 0.85
"""Share of the limit above which nothing but the limit holds requests back."""

_APPENDED_TOGETHER: Final = 100
"""Blocks in one request (`notion.payloads.CHILDREN_LIMIT`); the requests of a page go one after the other."""

_AHEAD: Final = 2 * 128
"""Requests of the files that are admitted together (`sync.batching.MAX_AT_WORK`). They are admitted while a window is
being spent, so that a content in parts begins in the next one."""

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
    in_parts: int = 0
    """Bytes of contents that are sent in parts."""

    @property
    def in_one_piece(self) -> int:
        """Bytes of the other contents."""
        return self.bytes - self.in_parts

    def plus(self, other: "Work") -> "Work":
        """Return the sum of both."""
        return Work(
            self.files + other.files, self.bytes + other.bytes, self.requests + other.requests,
            self.placing + other.placing, self.in_parts + other.in_parts,
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
    def unsent(self) -> int:
        """Number of uploads that were begun and whose bytes are still to be sent."""

    @property
    def spacing(self) -> float:
        """Seconds from one request to the next while the limit does not hold them back, on average."""

    @property
    def arriving(self) -> float:
        """Seconds from the last byte of a small content until a slow answer says that it has arrived.

        The last of many answers is a slow one.
        """

    @property
    def placing(self) -> float:
        """Seconds that an append takes, on average."""

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
    """Bytes of the contents in one piece that have ended or are being sent."""
    begun_in_parts: int
    """Bytes of those in parts."""
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
        """Ask the rate limit when what is left may go; holds until the next plan. In the event loop's thread."""
        left = self._left(stretches, done)
        counts = {before for before, size in left.starts if size >= LARGE} | {left.requests}
        self._rate.plan(counts, now)

    def seconds(self, stretches: Sequence[Work], done: Done, now: float) -> float:
        """Return the smoothed estimate."""
        left = self._left(stretches, done)
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

    def _left(self, stretches: Sequence[Work], done: Done) -> "_Left":
        """Take what is done from the front: files end nearly in their order."""
        ahead = max(0, _AHEAD - (self._pace.limit or 0))
        requests_done, begun, begun_in_parts, before, uploading = (
            done.requests, done.begun, done.begun_in_parts, 0.0, 0.0
        )  # fmt: skip
        starts = []
        for each in stretches:
            taken, size = min(requests_done, each.requests), min(begun, each.in_one_piece)
            parts = min(begun_in_parts, each.in_parts)
            requests_done, begun, begun_in_parts = requests_done - taken, begun - size, begun_in_parts - parts
            starts += [(before, each.in_one_piece - size), (max(0.0, before - ahead), each.in_parts - parts)]
            uploading += each.requests - taken
            before += each.requests - taken + each.placing * max(0.0, 1 - done.placed)
        return _Left(before, uploading, sorted(start for start in starts if start[1]))

    def _by_requests(self, left: "_Left", done: Done, now: float) -> float:
        """Return the seconds until the last small content has arrived and is placed; no fewer than all appends take.

        Usually some block of the last ones is overtaken, and takes an append of its own.
        """
        pace, arrived_in = self._pace, 0.0
        if left.uploading >= 1:
            arrived_in = self._rate.seconds_for(left.requests, now) + pace.arriving
        elif done.left_at is not None:
            arrived_in = max(0.0, done.left_at + pace.arriving - now)
        appends = ceil(done.unplaced / _APPENDED_TOGETHER) + (done.unplaced > 1)
        return max(arrived_in + min(2, appends) * pace.placing, appends * pace.placing)


@dataclass(frozen=True, slots=True)
class _Left:
    """What is left of a run.

    Args:
        requests: All requests.
        uploading: Those of them that upload contents.
        starts: The bytes that are not begun, each with the requests before them, in their order.
    """

    requests: float
    uploading: float
    starts: Sequence[tuple[float, int]]


class RequestRate:
    """When requests may go: by the rate limit, but no faster than answers allow, and than they go on the whole.

    Args:
        pace: What the rate limit allows.
        began: When the run began, in monotonic seconds.
    """

    def __init__(self, pace: Pace, began: float) -> None:
        self._pace = pace
        self._sent: deque[tuple[float, int]] = deque([(began, 0)])
        self._allowed: list[tuple[float, float]] = [(0.0, began)]
        """Numbers of requests since the beginning, in ascending order, and when the rate limit allows the last."""

    def observe(self, now: float) -> None:
        """Record the number of requests sent by now."""
        if now - self._sent[-1][0] >= _NOTED_EVERY:
            self._sent.append((now, self._pace.sent))
        while len(self._sent) > 2 and self._sent[1][0] <= now - _PACE_SPAN:
            self._sent.popleft()

    def plan(self, counts: Iterable[float], now: float) -> None:
        """Ask the rate limit when so many requests may have been sent."""
        sent = self._pace.sent
        self._allowed = [
            (sent + each, now + self._pace.seconds_for(round(each))) for each in (1.0, *sorted(counts))
        ]

    def seconds_for(self, requests: float, now: float) -> float:
        """Return the seconds until so many more requests are sent, as far as they are bound by their number."""
        if requests <= 0:
            return 0.0
        since, before = self._sent[0]
        count = self._pace.sent
        on_the_whole = 0.0
        if now - since >= _PACE_SPAN and count > before and requests >= _FEW:
            rate = (count - before) / (now - since)
            # Where the limit alone holds them back, they go in bursts, whose times are known better.
            if self._pace.limit is None or rate < _BOUND * self._pace.limit / 60:
                on_the_whole = requests / rate
        return max(self._allowed_at(requests) - now, requests * self._pace.spacing, on_the_whole)

    def _allowed_at(self, requests: float) -> float:
        """Interpolate between what the rate limit has told."""
        place = self._pace.sent + requests
        at = bisect_left(self._allowed, (place, float("-inf")))
        if at == 0 or at == len(self._allowed):
            return self._allowed[max(0, at - 1)][1]
        (less, less_at), (count, allowed_at) = self._allowed[at - 1 : at + 1]
        return allowed_at - (count - place) / (count - less) * (allowed_at - less_at)


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
