"""Gives out the parts of a large file to those who send them: each once, in order, with its number and checksum."""

import asyncio

from notion_sync.scan.reading import Content, Reading
from notion_sync.system.threads import Threads


class KnownParts:
    """The parts of a content that was read before.

    Args:
        content: What is known of it.
    """

    def __init__(self, content: Content) -> None:
        self._left = iter(tuple(enumerate(content.checksums, start=1)))

    async def next(self) -> tuple[int, str] | None:
        """The next part; None where there is no other, or none is to be begun."""
        return next(self._left, None)

    def stop(self) -> None:
        """Begin nothing more."""
        self._left = iter(())


class UnreadParts:
    """The parts of a file that nobody has read: each is read when somebody is free to send it, and not before.

    Args:
        reading: Reads it.
        threads: To read in.
    """

    def __init__(self, reading: Reading, threads: Threads) -> None:
        self._reading = reading
        self._threads = threads
        self._one_reader = asyncio.Lock()
        self._stopped = False

    async def next(self) -> tuple[int, str] | None:
        """The next part; None where there is no other, or none is to be begun.

        Raises:
            FileError: The file has changed, or cannot be read on.
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
        """Begin nothing more."""
        self._stopped = True


Parts = KnownParts | UnreadParts
