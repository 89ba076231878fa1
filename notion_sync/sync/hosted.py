"""Fetches what files in Notion are, by their own addresses: none of it counts against the rate limit."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from notion_sync.notion.errors import DownloadFailed
from notion_sync.notion.pages import Page
from notion_sync.notion.values import Block, FileRef
from notion_sync.rules import Kind
from notion_sync.sync.ports import Ports

if TYPE_CHECKING:
    from notion_sync.notion.download import Downloader

T = TypeVar("T")

Question = Callable[["Downloader", str], T]
"""Asks an address for something: the size of its file, its content. Blocks."""


def size(downloader: "Downloader", url: str) -> int:
    """Bytes of the file at `url`."""
    return downloader.size(url)


def sha256(downloader: "Downloader", url: str) -> str:
    """The sha256, in hex, of the file at `url`."""
    return downloader.sha256(url)


@dataclass(frozen=True, slots=True)
class HostedFile:
    """A file that Notion hosts, and where it is shown: its address is signed for an hour, and anew at each look."""

    file: FileRef
    page_id: str
    block_id: str | None = None
    """None in a row's entry, an icon or a cover."""
    column: str | None = None
    """Of an entry: the property that it is in."""
    kind: str = ""
    """Of an icon or a cover."""

    @property
    def file_id(self) -> str | None:
        """The id in its address."""
        return self.file.url_path_file_id

    def on_block(self, block: Block) -> FileRef | None:
        """The same file in its block as it is now."""
        return self._same([block.file])

    def on_page(self, page: Page) -> FileRef | None:
        """The same file on its page as it is now."""
        if self.column is not None:
            return self._same([each.file for each in page.files(self.column) or ()])
        return self._same([page.icon if self.kind == Kind.ICON else page.cover])

    def _same(self, files: list[FileRef | None]) -> FileRef | None:
        """Another file may have taken its place meanwhile."""
        return next((each for each in files if each and each.url_path_file_id == self.file_id), None)


async def ask(ports: Ports, question: Question[T], file: HostedFile) -> T:
    """The answer to a question about a hosted file; an address that has run out is read anew once.

    Raises:
        DownloadFailed: The file cannot be fetched.
        NotionError: Its address cannot be read anew.
        Cancelled: The run was asked to stop.
    """
    downloader = ports.link.notion.files

    def answer(url: str) -> T:
        ports.clock.check()
        return question(downloader, url)

    assert file.file.url is not None
    try:
        return await ports.threads.download(answer, file.file.url)
    except DownloadFailed as error:
        if not error.stale or (fresh := await _fresh_address(ports, file)) is None:
            raise
    return await ports.threads.download(answer, fresh)


async def _fresh_address(ports: Ports, file: HostedFile) -> str | None:
    """The address, signed anew; None where the file is not shown there any more."""
    notion = ports.link.notion
    if file.block_id is not None:
        shown = file.on_block(await notion.block(file.block_id))
    else:
        shown = file.on_page(await notion.page(file.page_id))
    return shown.url if shown is not None else None
