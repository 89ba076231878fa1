"""Number the files of a pass, and decide on them one at a time, in the order of admission.

A file that takes long to read, or that is still being written, leaves the line and rejoins it at the end, so that it
does not block the files behind it. Its number decides the position of its block, whenever the file is ready
(`page.queue`).

Which of two equal files counts as the one that was moved must not depend on which was read first. Equal files have
equal sizes, so a file that may have been moved waits for all earlier files of its size (`LinePlace.equals_decided`).
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from notion_sync.clock import Clock

LONG = 1.0
"""Seconds after its admission at which a file that is not read yet leaves the line; most take milliseconds."""


class Line:
    """The files that were admitted and are not decided on yet.

    Args:
        clock: Waits for futures; its `Cancelled` ends every wait.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._places: deque[LinePlace] = deque()
        self._by_size: dict[int, list[LinePlace]] = {}
        self._undecided: set[int] = set()
        self._numbers = 0

    @property
    def undecided(self) -> list[int]:
        """Numbers of the files whose blocks may still be reserved, in ascending order."""
        return sorted(self._undecided)

    def join(self, size: int = 0) -> "LinePlace":
        """Return a new place at the end of the line, for a file of `size` bytes."""
        line_place = LinePlace(self, self.next_number(), size)
        self._by_size.setdefault(size, []).append(line_place)
        self._undecided.add(line_place.number)
        self.append(line_place)
        return line_place

    def next_number(self) -> int:
        """Return a number greater than all so far."""
        self._numbers += 1
        return self._numbers

    def append(self, line_place: "LinePlace") -> None:
        """Put a place at the end of the line."""
        self._places.append(line_place)
        self._advance()

    def remove(self, line_place: "LinePlace") -> None:
        """Take a place out of the line, so that those behind it advance."""
        self._places.remove(line_place)
        self._advance()

    def let_equals_pass(self, line_place: "LinePlace") -> None:
        """Stop later files of the same size from waiting for this one."""
        places = self._by_size[line_place.size]
        places.remove(line_place)
        if not places:
            del self._by_size[line_place.size]

    def equals_before(self, line_place: "LinePlace") -> "Sequence[LinePlace]":
        """Return the places of files of the same size that were admitted earlier."""
        places = self._by_size.get(line_place.size, [])
        return [each for each in places if each.number < line_place.number]

    def decided(self, line_place: "LinePlace") -> None:
        """Mark a file as decided: its blocks are reserved, or it needs none."""
        self._undecided.discard(line_place.number)

    async def wait(self, future: "asyncio.Future[None]") -> None:
        """Wait until the future is done."""
        await self._clock.until(future)

    def _advance(self) -> None:
        if self._places:
            self._places[0].first()


class LinePlace:
    """One file's place in line.

    Args:
        line: The line.
        number: The file's number, which decides the order of its blocks.
        size: Bytes of the file.

    The future `equals_may_pass` is done once the file is decided on, or found to be still being written.
    """

    def __init__(self, line: Line, number: int, size: int) -> None:
        self.number = number
        self.size = size
        self._line = line
        self._in_line = True
        self._was_decided = False
        loop = asyncio.get_running_loop()
        self._is_first: asyncio.Future[None] = loop.create_future()
        self.equals_may_pass: asyncio.Future[None] = loop.create_future()
        self._long = loop.call_later(LONG, self._let_pass)

    def first(self) -> None:
        """Tell the file that it is first in line."""
        if not self._is_first.done():
            self._is_first.set_result(None)

    def step_aside(self) -> None:
        """Leave the line, and stop equal files from waiting: the file is still being written. Idempotent."""
        self._let_pass()
        if not self.equals_may_pass.done():
            self.equals_may_pass.set_result(None)
            self._line.let_equals_pass(self)

    def leave(self) -> None:
        """Leave the line for good: the file was decided on, or will not be. Idempotent."""
        self._long.cancel()
        self.step_aside()
        if not self._was_decided:
            self._was_decided = True
            self._line.decided(self)

    @property
    def has_equals(self) -> bool:
        """Whether earlier files of its size are neither decided on nor still being written."""
        return bool(self._line.equals_before(self))

    async def equals_decided(self) -> None:
        """Wait until all earlier files of its size are decided on, or found to be still being written.

        Raises:
            Cancelled: The run was asked to stop.
        """
        for each in self._line.equals_before(self):
            await self._line.wait(each.equals_may_pass)

    @asynccontextmanager
    async def in_order(self) -> AsyncIterator[None]:
        """Wait until this place is first in line, and leave the line at the end of the block.

        Raises:
            Cancelled: The run was asked to stop.
        """
        self._long.cancel()
        if self._was_decided:
            # Its old number is no longer in `undecided`, so files behind it may have gone ahead.
            self.number = self._line.next_number()
        if not self._in_line:
            self._in_line = True
            self._is_first = asyncio.get_running_loop().create_future()
            self._line.append(self)
        try:
            await self._line.wait(self._is_first)
            yield
        finally:
            self.leave()

    def _let_pass(self) -> None:
        if self._in_line:
            self._in_line = False
            self._line.remove(self)
