"""Hand the parts of a large file to its senders: each part once, in order, with its number and checksum."""

import asyncio

from notion_sync.scan.reading import Content, Reading
from notion_sync.system.threads import Threads


class KnownParts:
    """The parts of a content that has been read already.

    Args:
        content: The digest and checksums from that reading.
    """

    def __init__(self, content: Content) -> None:
        self._left = iter(tuple(enumerate(content.checksums, start=1)))

    async def next(self) -> tuple[int, str] | None:
        """Return the next part, or None if none is left or `stop` was called."""
        return next(self._left, None)

    def stop(self) -> None:
        """Hand out no more parts."""
        self._left = iter(())


class UnreadParts:
    """The parts of a file that has not been read yet: each is read only when a sender is free for it.

    Args:
        reading: Reads the parts in order.
        threads: The pool it reads in.
    """

    def __init__(self, reading: Reading, threads: Threads) -> None:
        self._reading = reading
        self._threads = threads
        self._one_reader = asyncio.Lock()
        self._stopped = False

    async def next(self) -> tuple[int, str] | None:
        """Return the next part, or None if none is left or `stop` was called.

        Raises:
            FileError: The file has changed, or cannot be read further.
            Cancelled: The run was asked to stop.
        """
        async with self._one_reader:
            if self._stopped:
                return None
            part = await self._threads.read(self._reading.next_part)
            if part is None:
                self._stopped = True
            return part

    def stop(self) -> None:
        """Hand out no more parts."""
        self._stopped = True


Parts = KnownParts | UnreadParts
