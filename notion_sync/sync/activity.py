"""The files under way in a pass: how many, and whether it is worth waiting for others.

Batches wait for company as long as any can come; `Activity` knows when none can.
"""

import asyncio
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from notion_sync.clock import Clock
from notion_sync.model import Upload

MAX_OPEN_FILES = 400
"""Files between their admission and their end; bounds memory, and how much waits behind one large file."""

MAX_AT_WORK = 64
"""Deliveries at work from which on no file is admitted: several for each connection. Bounds memory, too: what waits for
a connection takes more of it than what waits for company."""

TOGETHER = 16
"""Files for which there is room before whoever waits for it is told: reading one at a time costs twice the switches
between threads."""

_CROWDED = 12
"""Deliveries still at work below which a full house waits for company in vain: no file can be admitted."""

EXPIRES_SOON = 20 * 60.0
"""Seconds before an upload expires at which it is attached without waiting for company or its place in the order."""


class Activity:
    """Counts deliveries: those at work, and those that wait for others to share a request with them."""

    def __init__(self) -> None:
        self.open_files = 0
        self._working = 0
        self._resting = 0
        self._admission_ended = False
        self._listeners: dict[Callable[[], None], None] = {}
        self._room: asyncio.Future[None] | None = None

    @property
    def has_room(self) -> bool:
        """Whether another file may be admitted."""
        return self._has_room_for(1)

    def _has_room_for(self, files: int) -> bool:
        return not self._full and self._working - self._resting <= MAX_AT_WORK - files

    @property
    def _full(self) -> bool:
        return self.open_files >= MAX_OPEN_FILES

    async def room(self, clock: Clock) -> None:
        """Wait until another file may be admitted.

        Raises:
            Cancelled: The run was asked to stop.
        """
        while not self.has_room:
            self._room = asyncio.get_running_loop().create_future()
            await clock.until(self._room)

    @property
    def company_may_come(self) -> bool:
        """Whether it is worth waiting for others: some are at work, or are still to be admitted."""
        if self._full:
            return self._working > _CROWDED
        return self._working > 0 or not self._admission_ended

    def end_admission(self) -> None:
        """No further file will be admitted."""
        self._admission_ended = True
        self._tell()

    @contextmanager
    def file(self) -> Iterator[None]:
        """A file from its admission to its end."""
        self.open_files += 1
        try:
            yield
        finally:
            self.open_files -= 1
            self._tell()

    @contextmanager
    def aside(self, files: int = 1) -> Iterator[None]:
        """Files that wait for something that takes its time: others may be admitted in their place."""
        self.open_files -= files
        self._tell()
        try:
            yield
        finally:
            self.open_files += files

    def begin(self, count: int = 1) -> None:
        """So many more are at work, each of whom may become company for others until it calls `end`."""
        self._working += count

    def end(self) -> None:
        """One is at work no more."""
        self._working -= 1
        self._tell()

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Somebody at work who waits for company, or for something that may take long."""
        self._working -= 1
        self._tell()
        try:
            yield
        finally:
            self._working += 1

    @contextmanager
    def resting(self) -> Iterator[None]:
        """Somebody at work whose file is being written to: others may be admitted in its place."""
        self._resting += 1
        self._tell()
        try:
            yield
        finally:
            self._resting -= 1

    @contextmanager
    def listening(self, listener: Callable[[], None]) -> Iterator[None]:
        """Have `listener` called whenever nobody can come any more."""
        self._listeners[listener] = None
        try:
            yield
        finally:
            del self._listeners[listener]

    def _tell(self) -> None:
        if self._room is not None and not self._room.done() and self._has_room_for(TOGETHER):
            self._room.set_result(None)
        if not self.company_may_come:
            for listener in tuple(self._listeners):
                listener()


def next_expiry(uploads: Iterable[Upload], now: float) -> float | None:
    """Seconds until one of the uploads expires soon, None if none ever does; `now` in seconds since the epoch."""
    ends = [upload.expires_at for upload in uploads if upload.expires_at is not None]
    # A second more: at the very moment it is not soon yet, and a wait that is too short is none.
    return max(0.0, min(ends) - EXPIRES_SOON - now) + 1.0 if ends else None


def expires_soon(upload: Upload, now: float) -> bool:
    """Whether an upload's hour runs out; `now` in seconds since the epoch."""
    return upload.expires_at is not None and upload.expires_at - now < EXPIRES_SOON
