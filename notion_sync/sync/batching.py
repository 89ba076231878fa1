"""When a batch is sent rather than waited for, and how many files are under way meanwhile.

One request makes up to 100 blocks, so full batches need the fewest requests. A batch therefore waits for as long as it
may still grow, which `Activity` knows; it also limits how many files are admitted. But a person who looks at the page
should see files arrive. So items that have been ready for `EARLY_AFTER` seconds are written early, at most every
`EARLY_EVERY` seconds a page or row. A pass spends at most `EARLY_SHARE` of its requests on this, plus `FREE_REQUESTS`
for each page (`Cadence`): without these, a pass of few files with a large one among them would show nothing until its
end.
"""

import asyncio
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from notion_sync.clock import Clock
from notion_sync.model import Upload
from notion_sync.sync.ports import Remote

MAX_OPEN_FILES = 400
"""Maximum number of files admitted and not finished; bounds memory, and how much waits behind one large file."""

MAX_AT_WORK = 128
"""Number of active deliveries at which admission stops: several for each connection. Bounds memory, too: a delivery
that waits for a connection takes more of it than one that waits for its batch."""

ADMITTED_TOGETHER = 16
"""Number of files that must fit before `wait_for_room` returns: admitting one at a time doubles thread switches."""

_CROWDED = 12
"""Number of active deliveries up to which batches no longer wait while `MAX_OPEN_FILES` are open: no file can be
admitted, and few deliveries are left that could join."""

EXPIRES_SOON = 20 * 60.0
"""Seconds before its expiry at which an upload is attached, without waiting for its batch or for files before it."""

EARLY_AFTER = 8.0
"""Seconds for which a ready item waits for its batch to fill, and for items before it."""

OVERTAKEN_AFTER = 4.0
"""Seconds for which a ready item waits for items before it when others are written: more than most requests differ."""

LAST_AFTER = 10.0
"""Seconds for which a ready item waits for the last ones of a pass, while they become ready one after the other."""

EARLY_EVERY = 15.0
"""Minimum seconds between two early writes to one page or row; 20 with the duration of a request."""

RECONSIDERED_AFTER = 5.0
"""Seconds after which an early write that was not allowed is considered again."""

EARLY_SHARE = 0.03
"""Requests that may be spent on early writes, as a fraction of all that a pass sends."""

FREE_REQUESTS = 4
"""Requests for early writes to one page that do not count against `EARLY_SHARE`."""

FREE_PAGES = 4
"""Maximum number of pages with `FREE_REQUESTS` requests: a pass may have very many pages."""


class Activity:
    """Counts the open files, and the deliveries that are active rather than waiting for a batch."""

    def __init__(self) -> None:
        self.open_files = 0
        self._working = 0
        self._awaiting_stability = 0
        self.admission_ended = False
        """Whether no further file will be admitted."""
        self._listeners: dict[Callable[[], None], None] = {}
        self._room: asyncio.Future[None] | None = None

    @property
    def has_room(self) -> bool:
        """Whether another file may be admitted."""
        return self._has_room_for(1)

    def _has_room_for(self, files: int) -> bool:
        return not self._full and self._working - self._awaiting_stability <= MAX_AT_WORK - files

    @property
    def _full(self) -> bool:
        return self.open_files >= MAX_OPEN_FILES

    async def wait_for_room(self, clock: Clock) -> None:
        """Wait until another file may be admitted.

        Raises:
            Cancelled: The run was asked to stop.
        """
        while not self.has_room:
            self._room = asyncio.get_running_loop().create_future()
            await clock.until(self._room)

    @property
    def batch_may_grow(self) -> bool:
        """Whether a batch may still grow: deliveries are active, or files are still to be admitted."""
        if self._full:
            return self._working > _CROWDED
        return self._working > 0 or not self.admission_ended

    def end_admission(self) -> None:
        """Declare that no further file will be admitted."""
        self.admission_ended = True
        self._tell()

    @contextmanager
    def file(self) -> Iterator[None]:
        """Count one open file within the block, from its admission to its end."""
        self.open_files += 1
        try:
            yield
        finally:
            self.open_files -= 1
            self._tell()

    @contextmanager
    def aside(self, files: int = 1) -> Iterator[None]:
        """Do not count files as open within the block, while they wait for something slow: others may be admitted."""
        self.open_files -= files
        self._tell()
        try:
            yield
        finally:
            self.open_files += files

    def begin(self, count: int = 1) -> None:
        """Count `count` more deliveries as active; each may join a batch until it calls `end`."""
        self._working += count

    def end(self) -> None:
        """Count one active delivery less."""
        self._working -= 1
        self._tell()

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Do not count a delivery as active within the block, while it waits for its batch or for something slow."""
        self._working -= 1
        self._tell()
        try:
            yield
        finally:
            self._working += 1

    @contextmanager
    def awaiting_stability(self) -> Iterator[None]:
        """Do not count a delivery against `MAX_AT_WORK` within the block, while its file is still being written."""
        self._awaiting_stability += 1
        self._tell()
        try:
            yield
        finally:
            self._awaiting_stability -= 1

    @contextmanager
    def listening(self, listener: Callable[[], None]) -> Iterator[None]:
        """Within the block, call `listener` at each change of the counts at which no batch can grow any more."""
        self._listeners[listener] = None
        try:
            yield
        finally:
            del self._listeners[listener]

    def _tell(self) -> None:
        if self._room is not None and not self._room.done() and self._has_room_for(ADMITTED_TOGETHER):
            self._room.set_result(None)
        if not self.batch_may_grow:
            for listener in tuple(self._listeners):
                listener()


class Cadence:
    """The requests that a pass has spent on early writes.

    Args:
        remote: Counts requests.
    """

    def __init__(self, remote: Remote) -> None:
        self._remote = remote
        self._sent_before = remote.request_count
        self.spent = 0
        """Requests spent so far, not counting the free ones."""
        self._free: dict[object, int] = {}
        """Free requests left, by page."""

    @property
    def earned(self) -> float:
        """Requests that may be spent now; negative if too many were."""
        return EARLY_SHARE * (self._remote.request_count - self._sent_before) - self.spent

    def spare(self, page: object) -> float:
        """Requests that may be spent now at a page, including its free ones."""
        unknown = FREE_REQUESTS if len(self._free) < FREE_PAGES else 0
        return max(0.0, self.earned) + self._free.get(page, unknown)

    def spend(self, page: object, requests: int) -> None:
        """Count requests that were spent at a page; its free ones are used up first."""
        if len(self._free) < FREE_PAGES:
            self._free.setdefault(page, FREE_REQUESTS)
        free = min(requests, self._free.get(page, 0))
        if free:
            self._free[page] -= free
        self.spent += requests - free


def next_expiry(uploads: Iterable[Upload], now: float) -> float | None:
    """Return the seconds until `expires_soon` holds for one of the uploads, None if none expires.

    `now` is `Clock.steady` time.
    """
    ends = [upload.expires_at for upload in uploads if upload.expires_at is not None]
    # One second more: at the exact moment `expires_soon` is still false, and the caller would wait again for 0 s.
    return max(0.0, min(ends) - EXPIRES_SOON - now) + 1.0 if ends else None


def expires_soon(upload: Upload, now: float) -> bool:
    """Whether an upload expires within `EXPIRES_SOON`; `now` is `Clock.steady` time."""
    return upload.expires_at is not None and upload.expires_at - now < EXPIRES_SOON
