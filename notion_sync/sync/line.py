"""The order of files: they are decided upon one after the other, in the order of their admission.

Blocks stand on a page in the order of their files, and which of two equal files is the one that was moved must not
depend on which of them was read first. A file that does not come to rest steps aside, so that the others need not
wait, and joins the line again at its end.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from notion_sync.clock import Clock


class Line:
    """The files that were admitted and are not decided upon yet.

    Args:
        clock: Where to wait.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._places: deque[LinePlace] = deque()

    def join(self) -> "LinePlace":
        """A place at the end."""
        line_place = LinePlace(self)
        self.append(line_place)
        return line_place

    def append(self, line_place: "LinePlace") -> None:
        """Put a place at the end."""
        self._places.append(line_place)
        self.advance()

    def remove(self, line_place: "LinePlace") -> None:
        """Let the others pass."""
        self._places.remove(line_place)
        self.advance()

    def advance(self) -> None:
        """Tell whoever is first."""
        if self._places:
            self._places[0].first()

    async def wait(self, future: "asyncio.Future[None]") -> None:
        """Wait to be told."""
        await self._clock.until(future)


class LinePlace:
    """One file's place in line."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._in_line = True
        self._is_first: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def first(self) -> None:
        """It is first in line now."""
        if not self._is_first.done():
            self._is_first.set_result(None)

    def step_aside(self) -> None:
        """Let the others pass; nothing happens where that was done already."""
        if self._in_line:
            self._in_line = False
            self._line.remove(self)

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait until all before have been decided upon; the next in line waits for the end of the block.

        Raises:
            Cancelled: The run was asked to stop.
        """
        if not self._in_line:
            self._in_line = True
            self._is_first = asyncio.get_running_loop().create_future()
            self._line.append(self)
        try:
            await self._line.wait(self._is_first)
            yield
        finally:
            self.step_aside()
