"""The order of the files of a pass: the number of each, and whose turn it is to be decided upon.

Files are decided upon one after the other, as they were admitted. One that takes long to be read lets the others
pass, and joins the line again at its end; so does one that does not come to rest. Where its block stands follows from
its number, whenever it comes (`page.queue`).

Which of two equal files is the one that was moved must not depend on which was read first. Equal files are of one
size: what may have been moved waits for all of its size that came before it (`LinePlace.equals_decided`).
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from notion_sync.clock import Clock

LONG = 1.0
"""Seconds from its admission after which a file that is not read yet lets the others pass; most take milliseconds."""


class Line:
    """The files that were admitted and are not decided upon yet.

    Args:
        clock: Where to wait.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._places: deque[LinePlace] = deque()
        self._by_size: dict[int, list[LinePlace]] = {}
        self._undecided: set[int] = set()
        self._numbers = 0

    @property
    def undecided(self) -> list[int]:
        """The numbers of the files whose blocks may still take their places, smallest first."""
        return sorted(self._undecided)

    def join(self, size: int = 0) -> "LinePlace":
        """A place at the end, for a file of so many bytes."""
        line_place = LinePlace(self, self.next_number(), size)
        self._by_size.setdefault(size, []).append(line_place)
        self._undecided.add(line_place.number)
        self.append(line_place)
        return line_place

    def next_number(self) -> int:
        """That of a file which is behind all so far."""
        self._numbers += 1
        return self._numbers

    def append(self, line_place: "LinePlace") -> None:
        """Put a place at the end."""
        self._places.append(line_place)
        self._advance()

    def remove(self, line_place: "LinePlace") -> None:
        """Let the others pass."""
        self._places.remove(line_place)
        self._advance()

    def let_equals_pass(self, line_place: "LinePlace") -> None:
        """Nobody has to wait for it because of its size any more."""
        places = self._by_size[line_place.size]
        places.remove(line_place)
        if not places:
            del self._by_size[line_place.size]

    def equals_before(self, line_place: "LinePlace") -> "Sequence[LinePlace]":
        """Those of one size with it that were admitted before it."""
        places = self._by_size.get(line_place.size, [])
        return [each for each in places if each.number < line_place.number]

    def decided(self, line_place: "LinePlace") -> None:
        """What it needs has its place now."""
        self._undecided.discard(line_place.number)

    async def wait(self, future: "asyncio.Future[None]") -> None:
        """Wait to be told."""
        await self._clock.until(future)

    def _advance(self) -> None:
        if self._places:
            self._places[0].first()


class LinePlace:
    """One file's place in line.

    Args:
        line: Which one.
        number: Its place in the order of all files, by which its blocks stand.
        size: Bytes of the file.

    Once it is decided upon, or being written to, `equals_may_pass` is done.
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
        """It is first in line now."""
        if not self._is_first.done():
            self._is_first.set_result(None)

    def step_aside(self) -> None:
        """Let all others pass: it is being written to. Nothing happens where that was done already."""
        self._let_pass()
        if not self.equals_may_pass.done():
            self.equals_may_pass.set_result(None)
            self._line.let_equals_pass(self)

    def leave(self) -> None:
        """It was decided upon, or will not be. Nothing happens where that was done already."""
        self._long.cancel()
        self.step_aside()
        if not self._was_decided:
            self._was_decided = True
            self._line.decided(self)

    @property
    def has_equals(self) -> bool:
        """Whether any of its size were admitted before it, and are not decided upon."""
        return bool(self._line.equals_before(self))

    async def equals_decided(self) -> None:
        """Wait until there are none any more, or they are being written to.

        Raises:
            Cancelled: The run was asked to stop.
        """
        for each in self._line.equals_before(self):
            await self._line.wait(each.equals_may_pass)

    @asynccontextmanager
    async def in_order(self) -> AsyncIterator[None]:
        """Wait until all before have been decided upon; the next in line waits for the end of the block.

        Raises:
            Cancelled: The run was asked to stop.
        """
        self._long.cancel()
        if self._was_decided:
            self.number = (
                self._line.next_number()
            )  # others may have taken it for one that does not come any more
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
