"""What the executor asks of Notion, in the words of files and blocks.

A write whose answer was lost is resolved by looking wherever one look tells: the client does so for bytes
and changes. An append is resolved by `appender`, a row by `rows`. An upload whose creation was not answered is
not looked for: another worker, or another machine with this token, may have made one just like it for other bytes.

Every method may be called from any worker thread.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from notion_sync.executor.mixups import instead_of_page
from notion_sync.executor.recover import Seen
from notion_sync.executor.trouble import NoAnchor, Unusable
from notion_sync.model import Label
from notion_sync.notion.errors import NotFound, ValidationFailed
from notion_sync.notion.ids import page_url
from notion_sync.notion.multipart import Body
from notion_sync.notion.pages import Page
from notion_sync.notion.payloads import After, BlockChange, MediaBlock, Position
from notion_sync.notion.payloads import title as page_title
from notion_sync.notion.values import Block, Bot, FileUpload, Parent

if TYPE_CHECKING:
    # Only whoever goes online pays for importing it.
    from notion_sync.notion.client import Notion

ICON = "icon"

CONTAINERS = frozenset(
    {
        "callout",
        "column",
        "column_list",
        "heading_1",
        "heading_2",
        "heading_3",
        "heading_4",
        "quote",
        "toggle",
    }
)
"""What people move blocks of a page into to arrange them; lists and tables hold text."""


@dataclass(frozen=True, slots=True)
class Account:
    """The bot whose uploads count, and its workspace's limit in bytes where it is known."""

    bot: str
    limit: int | None
    workspace: str = ""


class Link:
    """The way to Notion, opened at the first use: a pass that changes nothing needs none.

    Args:
        remote: Makes the client; the costly part is importing it.
        account: Who we are, remembered or asked.
        bytes_per_second: How fast contents may be sent, None for no limit.
    """

    def __init__(
        self,
        remote: Callable[[], "Remote"],
        account: Callable[["Remote"], Account],
        bytes_per_second: int | None = None,
    ) -> None:
        self.bytes_per_second = bytes_per_second
        self._make_remote = remote
        self._ask_account = account

    @cached_property
    def remote(self) -> "Remote":
        """Notion."""
        return self._make_remote()

    @cached_property
    def account(self) -> Account:
        """Who we are there."""
        return self._ask_account(self.remote)

    @property
    def opened(self) -> bool:
        """Whether anything was asked of it."""
        return "remote" in self.__dict__


class Remote:
    """Notion, as far as files go.

    Args:
        notion: The API client.
    """

    def __init__(self, notion: "Notion") -> None:
        self._notion = notion

    @property
    def notion(self) -> "Notion":
        """The client itself, for those who ask of databases."""
        return self._notion

    @property
    def request_count(self) -> int:
        """How many requests were sent so far."""
        return self._notion.request_count

    def me(self) -> Bot:
        """Who we are and how large a file may be."""
        return self._notion.me()

    def check_page(self, page_id: str) -> None:
        """Hold a page against what is needed of it.

        Raises:
            NotFound: It is not there, or not shared with us.
            Unusable: It is in the trash, or it is a database.
        """
        try:
            page = self._notion.page(page_id)
        except (NotFound, ValidationFailed) as error:
            raise instead_of_page(self._notion, page_id, error) from None
        if page.in_trash:
            raise Unusable(
                f'the page "{page.title}" ({page_url(page_id)}) is in Notion\'s trash',
                hint="restore it there, or name another page in the rule",
            )

    def child_pages(self, parent: str) -> list[tuple[str, str]]:
        """(title, id) of the pages that stand on a page, in their order."""
        blocks = self._notion.children(parent)
        return [(block.title or "", block.id) for block in blocks if block.type == "child_page"]

    def make_page(self, parent: str, title: str) -> str:
        """Make a page on a page. An ambiguous failure is the caller's to resolve."""
        return self._notion.create_page(Parent("page_id", parent), {"title": page_title(title)}).id

    def trash_block(self, block_id: str) -> None:
        """Move a block to the trash; done twice is done once."""
        self._notion.trash_block(block_id)

    def restore_block(self, block_id: str) -> None:
        """Take a block out of the trash; done twice is done once."""
        self._notion.restore_block(block_id)

    def restore_page(self, page_id: str) -> None:
        """Take a page out of the trash; done twice is done once."""
        self._notion.update_page(page_id, in_trash=False)

    def send_whole(self, body: Body, *, filename: str, content_type: str | None) -> FileUpload:
        """Send a file in one piece: two requests."""
        upload = self._notion.create_upload(filename=filename, content_type=content_type)
        # To the letter what the answer says, whatever was asked for (Notion: "Send a file upload").
        declared = upload.content_type or content_type or "application/octet-stream"
        return self._notion.send(upload.id, body, filename=filename, content_type=declared)

    def begin_parts(self, *, filename: str, content_type: str | None, parts: int) -> FileUpload:
        """Announce a file that comes in parts."""
        return self._notion.create_upload(filename=filename, content_type=content_type, parts=parts)

    def send_part(self, upload_id: str, body: Body, *, number: int, filename: str, content_type: str) -> None:
        """Send one part; sending it again does no harm."""
        self._notion.send(upload_id, body, filename=filename, content_type=content_type, part=number)

    def finish_parts(self, upload_id: str) -> FileUpload:
        """Join the parts."""
        return self._notion.complete(upload_id)

    def append(self, parent: str, blocks: Sequence[MediaBlock], position: Position) -> list[str]:
        """Make blocks below a page and return their ids. An ambiguous failure is the caller's to resolve.

        Raises:
            NoAnchor: They are to follow a block that is not there.
        """
        try:
            return [block.id for block in self._notion.append(parent, blocks, position)]
        except (NotFound, ValidationFailed) as error:
            # Notion's words do not tell a missing anchor from a missing page.
            if error.ambiguous or error.unknown_upload or not isinstance(position, After):
                raise
            if self._stands_on(position.block_id, parent):
                raise
            raise NoAnchor(
                f"the block {position.block_id}, which position: after names, is not on {page_url(parent)}",
                hint="name a block that stands on that page, or let position: end",
            ) from error

    def _stands_on(self, block_id: str, parent: str) -> bool:
        try:
            block = self._notion.block(block_id)
        except (NotFound, ValidationFailed):
            return False
        return not block.in_trash and (block.parent is None or block.parent.id == parent)

    def blocks_from(self, parent: str, anchor: str | None) -> list[Seen]:
        """The media blocks of a page in their order, from `anchor` on where it still stands."""
        if anchor is not None:
            try:
                return [_seen(b) for b in self._notion.children(parent, start_cursor=anchor) if b.file]
            except ValidationFailed:
                pass  # the anchor was removed: look from the top
        return [_seen(block) for block in self._notion.children(parent) if block.file]

    def standing(self, parent: str) -> Iterator[Block]:
        """What stands on a page and is a file or a page, in its order; also what was moved into its columns."""
        for block in self._notion.children(parent):
            if block.file or block.type == "child_page":
                yield block
            elif block.has_children and block.type in CONTAINERS:
                yield from self.standing(block.id)

    def media(self, parent: str) -> Iterator[Block]:
        """The blocks of a page that hold a file, in their order; also those that were moved into its columns."""
        return (block for block in self.standing(parent) if block.file)

    def block(self, block_id: str) -> Block:
        """One block, with a fresh address of its file."""
        return self._notion.block(block_id)

    def page(self, page_id: str) -> Page:
        """One page, with fresh addresses of its icon and cover."""
        return self._notion.page(page_id)

    def uploads(self, *, status: str | None = None) -> Iterator[FileUpload]:
        """The uploads of this connection, newest first."""
        return self._notion.uploads(status=status)

    def begin_import(self, url: str, *, filename: str, content_type: str | None) -> FileUpload:
        """Have Notion fetch a public address. An import whose answer was lost runs for nothing and expires."""
        return self._notion.create_external(filename=filename, external_url=url, content_type=content_type)

    def upload(self, upload_id: str) -> FileUpload:
        """One upload as it is now."""
        return self._notion.upload(upload_id)

    def change_block(self, block_id: str, change: BlockChange) -> None:
        """Give a block another content or label; done twice is done once."""
        self._notion.update_block(block_id, change)

    def dress_page(self, page_id: str, *, part: str, upload_id: str) -> str | None:
        """Make an upload the `icon` or `cover` of a page, and return its file's id; done twice is done once."""
        if part == ICON:
            shown = self._notion.update_page(page_id, icon=upload_id).icon
        else:
            shown = self._notion.update_page(page_id, cover=upload_id).cover
        return shown.url_path_file_id if shown is not None else None


def _seen(block: Block) -> Seen:
    return Seen(
        id=block.id,
        kind=block.type,
        name=block.name,
        filename=block.file.filename if block.file else None,
        caption=block.caption,
        created_at=block.created_time or 0.0,
        created_by=block.created_by,
    )


def media_block(kind: str, upload_id: str, label: Label) -> MediaBlock:
    """The block of one placement."""
    return MediaBlock(kind, upload_id, name=label.name, caption=label.caption or None)  # type: ignore[arg-type]
