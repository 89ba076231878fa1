"""Writes of which a pass does not know what they have made: nothing of them may be made again meanwhile."""

import asyncio
from collections.abc import Callable
from functools import partial

from notion_sync.model import Digest, FileId, PageCreation, RowWrite, Write
from notion_sync.names import as_read


class Unknown:
    """What a pass does not know, or not yet."""

    def __init__(self) -> None:
        self.writes: list[Write] = []
        """Those of which it cannot find out."""
        self.blocks: set[str] = set()
        """Blocks that may still go to the trash, as an earlier run has asked for."""
        self.awaited: dict[int, tuple[Write, asyncio.Future[None]]] = {}
        """By the entries' ids, those that an earlier run left open, and that this one waits for."""

    def holds_file(self, file: FileId, digest: Digest, target: str) -> bool:
        """Whether it is unknown what a write has made of a file at a target: it is not to be made again meanwhile.

        Nor is its content under another name: it may have been renamed since.
        """
        return any(_makes(write, file, digest, target) for write in self.writes)

    def awaits_file(self, file: FileId, digest: Digest, target: str) -> bool:
        """Whether that will be known later in this pass."""
        return any(_makes(write, file, digest, target) for write, _ in self.awaited.values())

    async def file_known(self, file: FileId, digest: Digest, target: str) -> None:
        """Wait until then."""
        await self._known(partial(_makes, file=file, digest=digest, target=target))

    async def holds_row(self, source: str, location: str) -> bool:
        """Whether it is unknown what a write has made of a row: it is not to be written. Waits for what is awaited."""
        concerned = partial(_writes_row, source=source, location=location)
        await self._known(concerned)
        return any(map(concerned, self.writes))

    async def holds_page(self, root: str, location: str) -> bool:
        """Whether it is unknown if a subfolder's page was made: it is not to be made. Waits for what is awaited."""
        concerned = partial(_makes_page, root=root, location=location)
        await self._known(concerned)
        return any(map(concerned, self.writes))

    async def _known(self, concerned: Callable[[Write], bool]) -> None:
        for write, known in tuple(self.awaited.values()):
            if concerned(write):
                await known  # done with the run at the latest


def _makes(write: Write, file: FileId, digest: Digest, target: str) -> bool:
    """Whether a write makes something at a target of a file, or of its content."""
    return (
        not isinstance(write, PageCreation)
        and write.target == target
        and any(each.id == file or each.digest == digest for each in write.intents)
    )


def _writes_row(write: Write, source: str, location: str) -> bool:
    """Whether a write is of a row."""
    same = isinstance(write, RowWrite) and write.source == source
    return same and as_read(write.location) == as_read(location)


def _makes_page(write: Write, root: str, location: str) -> bool:
    """Whether a write makes the page of a subfolder."""
    return isinstance(write, PageCreation) and (write.root, write.location) == (root, location)
