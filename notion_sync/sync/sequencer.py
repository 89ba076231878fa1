"""Number the files of a pass, and decide on them one at a time, in the order of admission.

A file that takes long to read, or that is still being written, leaves the queue and rejoins it at the end, so that it
does not block the files behind it. Its number decides the position of its block, whenever the file is ready
(`page.queue`).

Which of two equal files counts as the one that was moved must not depend on which was read first. Equal files have
equal sizes, so a file that may have been moved waits for all earlier files of its size (`Ticket.equals_decided`).
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from notion_sync.clock import Clock

READ_WITHIN = 1.0
"""Seconds after its admission within which a file must be read to keep its place in the queue; most take
milliseconds."""


class Sequencer:
    """The files that were admitted and are not decided on yet.

    Args:
        clock: Waits for futures; its `Cancelled` ends every wait.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._queue: deque[Ticket] = deque()
        self._by_size: dict[int, list[Ticket]] = {}
        self._undecided: set[int] = set()
        self._numbers = 0

    @property
    def undecided(self) -> list[int]:
        """Numbers of the files whose blocks may still be reserved, in ascending order."""
        return sorted(self._undecided)

    def join(self, size: int = 0) -> "Ticket":
        """Return a new ticket, at the end of the queue, for a file of `size` bytes."""
        ticket = Ticket(self, self.next_number(), size)
        self._by_size.setdefault(size, []).append(ticket)
        self._undecided.add(ticket.number)
        self.append(ticket)
        return ticket

    def next_number(self) -> int:
        """Return a number greater than all so far."""
        self._numbers += 1
        return self._numbers

    def append(self, ticket: "Ticket") -> None:
        """Put a ticket at the end of the queue."""
        self._queue.append(ticket)
        self._advance()

    def remove(self, ticket: "Ticket") -> None:
        """Take a ticket out of the queue, so that those behind it advance."""
        self._queue.remove(ticket)
        self._advance()

    def release_equals(self, ticket: "Ticket") -> None:
        """Stop later files of the same size from waiting for this one."""
        tickets = self._by_size[ticket.size]
        tickets.remove(ticket)
        if not tickets:
            del self._by_size[ticket.size]

    def equals_before(self, ticket: "Ticket") -> "Sequence[Ticket]":
        """Return the tickets of files of the same size that were admitted earlier."""
        tickets = self._by_size.get(ticket.size, [])
        return [each for each in tickets if each.number < ticket.number]

    def decided(self, ticket: "Ticket") -> None:
        """Mark a file as decided: its blocks are reserved, or it needs none."""
        self._undecided.discard(ticket.number)

    async def wait(self, future: "asyncio.Future[None]") -> None:
        """Wait until the future is done."""
        await self._clock.until(future)

    def _advance(self) -> None:
        if self._queue:
            self._queue[0].first()


class Ticket:
    """One file's number, and its place in the queue of those that are not decided on yet.

    Args:
        sequencer: Issued it.
        number: The file's number, which decides the order of its blocks.
        size: Bytes of the file.

    The future `equals_released` is done once the file is decided on, or found to be still being written.
    """

    def __init__(self, sequencer: Sequencer, number: int, size: int) -> None:
        self.number = number
        self.size = size
        self._sequencer = sequencer
        self._in_queue = True
        self._was_decided = False
        loop = asyncio.get_running_loop()
        self._is_first: asyncio.Future[None] = loop.create_future()
        self.equals_released: asyncio.Future[None] = loop.create_future()
        self._timeout = loop.call_later(READ_WITHIN, self._leave_queue)

    def first(self) -> None:
        """Tell the file that it is first in the queue."""
        if not self._is_first.done():
            self._is_first.set_result(None)

    def step_aside(self) -> None:
        """Leave the queue, and stop equal files from waiting: the file is still being written. Idempotent."""
        self._leave_queue()
        if not self.equals_released.done():
            self.equals_released.set_result(None)
            self._sequencer.release_equals(self)

    def leave(self) -> None:
        """Leave the queue for good: the file was decided on, or will not be. Idempotent."""
        self._timeout.cancel()
        self.step_aside()
        if not self._was_decided:
            self._was_decided = True
            self._sequencer.decided(self)

    @property
    def has_equals(self) -> bool:
        """Whether earlier files of its size are neither decided on nor still being written."""
        return bool(self._sequencer.equals_before(self))

    async def equals_decided(self) -> None:
        """Wait until all earlier files of its size are decided on, or found to be still being written.

        Raises:
            Cancelled: The run was asked to stop.
        """
        for each in self._sequencer.equals_before(self):
            await self._sequencer.wait(each.equals_released)

    @asynccontextmanager
    async def in_order(self) -> AsyncIterator[None]:
        """Wait until it is first in the queue, and leave the queue at the end of the block.

        Raises:
            Cancelled: The run was asked to stop.
        """
        self._timeout.cancel()
        if self._was_decided:
            # Its old number is no longer in `undecided`, so files behind it may have gone ahead.
            self.number = self._sequencer.next_number()
        if not self._in_queue:
            self._in_queue = True
            self._is_first = asyncio.get_running_loop().create_future()
            self._sequencer.append(self)
        try:
            await self._sequencer.wait(self._is_first)
            yield
        finally:
            self.leave()

    def _leave_queue(self) -> None:
        if self._in_queue:
            self._in_queue = False
            self._sequencer.remove(self)
