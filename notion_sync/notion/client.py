"""The client: Notion's endpoints as methods that take and give values.

It adds to `shell` what a caller would otherwise have to know of each endpoint: how lists go on, that a
refused repetition of a send may mean success, that a committed update can simply be read. What remains
`ambiguous` in an error (appended blocks, made pages and uploads) whoever called must look for.

Importing this module imports httpx by way of `shell`; nothing else of the package does.
"""

import random as _random
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import TracebackType
from typing import Final, Self, TypeVar

from notion_sync.clock import Clock, SystemClock
from notion_sync.notion import requests
from notion_sync.notion.budget import Budget
from notion_sync.notion.errors import CommittedWrite, NotFound, NotionError, ValidationFailed
from notion_sync.notion.multipart import Body, Form
from notion_sync.notion.pages import Database, DataSource, Page, PropertyFile, decode_found
from notion_sync.notion.payloads import (
    BlockChange,
    Clear,
    Edge,
    MediaBlock,
    NewFile,
    Position,
    PropertyValue,
    files,
)
from notion_sync.notion.requests import Lane, Request, TitleIn, TitleIs
from notion_sync.notion.shell import RequestLog, Shell
from notion_sync.notion.values import Block, Bot, FileUpload, ListPage, Parent
from notion_sync.notion.wire import JsonObject, Malformed

T = TypeVar("T")

BASE_URL: Final = "https://api.notion.com"


class Notion:
    """Notion's API for one token. Share one between threads; close it, or use it in a `with`.

    Args:
        token: Of the connection. It is kept out of every message, log line and repr.
        base_url: `https://…`, or `http://…` of a loopback address.
        budget: The rate budget, 180 requests a minute where None.
        clock: Time and sleep; its `Cancelled` ends every wait.
        user_agent: Of the program.
        random: Gives numbers from 0 up to 1.
        on_request: Called after each attempt, on the thread that made it.

    Raises:
        UsageError: The base URL is not one to send a token to.
        Unauthorized: The token cannot be one.
    """

    def __init__(
        self,
        token: str,
        *,
        base_url: str = BASE_URL,
        budget: Budget | None = None,
        clock: Clock | None = None,
        user_agent: str = "notion-sync",
        random: Callable[[], float] = _random.random,
        on_request: Callable[[RequestLog], None] | None = None,
    ) -> None:
        clock = clock or SystemClock()
        self._budget = budget or Budget(clock)
        self._shell = Shell(
            token,
            base_url=base_url,
            budget=self._budget,
            clock=clock,
            user_agent=user_agent,
            random=random,
            on_request=on_request,
        )

    def __repr__(self) -> str:
        return f"Notion({self._shell!r})"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections; calls that are under way fail."""
        self._shell.close()

    @property
    def budget(self) -> Budget:
        """The rate budget that all calls go through."""
        return self._budget

    @property
    def request_count(self) -> int:
        """How many requests were sent, each attempt counted."""
        return self._shell.request_count

    # Each method below makes one call (or one a page of a list) and raises NotionError as `answers` has it.

    def me(self) -> Bot:
        """Who the token belongs to, in which workspace, and how large a file may be."""
        return self._shell.call(requests.me(), Bot.decode)

    # File uploads

    def create_upload(
        self, *, filename: str, content_type: str | None = None, parts: int | None = None
    ) -> FileUpload:
        """Announce a file; it must be attached within an hour.

        Args:
            filename: At most 900 bytes, see `media.upload_filename`.
            content_type: Where None Notion infers one; send the parts with the one in the answer.
            parts: How many parts will come, at most 1,000; None sends the file in one piece of up to 20 MiB.
        """
        return self._created(
            requests.create_upload(filename=filename, content_type=content_type, parts=parts)
        )

    def create_external(
        self, *, filename: str, external_url: str, content_type: str | None = None
    ) -> FileUpload:
        """Have Notion fetch a public HTTPS address; poll `upload` for how it ends."""
        return self._created(
            requests.create_external(filename=filename, external_url=external_url, content_type=content_type)
        )

    def send(
        self, upload_id: str, body: Body, *, filename: str, content_type: str, part: int | None = None
    ) -> FileUpload:
        """Send an upload's bytes, or one part of 5 to 20 MiB (the last may be smaller).

        Args:
            upload_id: The upload.
            body: Its bytes; what its iterator raises comes out unchanged.
            filename: Of the file.
            content_type: To the letter the one that `create_upload` answered.
            part: From 1, None for an upload of one piece.

        Raises:
            BodyMismatch: The body has more or fewer bytes than announced.
        """
        form = Form(body, filename=filename, content_type=content_type, part=part)
        try:
            return self._shell.call(requests.send_upload(upload_id), FileUpload.decode, form)
        except NotionError as error:
            if part is None and (done := self._if_uploaded(upload_id, error, length=body.length)):
                return done
            raise

    def complete(self, upload_id: str) -> FileUpload:
        """Join the parts of an upload, all of which were sent."""
        try:
            return self._shell.call(requests.complete_upload(upload_id), FileUpload.decode)
        except NotionError as error:
            if done := self._if_uploaded(upload_id, error):
                return done
            raise

    def upload(self, upload_id: str) -> FileUpload:
        """One upload as it is now."""
        return self._shell.call(requests.retrieve_upload(upload_id), FileUpload.decode)

    def uploads(self, *, status: str | None = None) -> Iterator[FileUpload]:
        """The connection's uploads, newest first, all or those with this status."""
        return self._all(lambda at: requests.list_uploads(status=status, start_cursor=at), FileUpload.decode)

    # Blocks

    def children(self, block_id: str, *, start_cursor: str | None = None) -> Iterator[Block]:
        """The blocks directly in a page or block, in page order.

        Args:
            block_id: The page or block.
            start_cursor: Where to begin; so far cursors are block ids.
        """
        return self._all(
            lambda at: requests.list_children(block_id, start_cursor=at), Block.decode, start_cursor
        )

    def append(
        self, block_id: str, blocks: Sequence[MediaBlock], position: Position = Edge.END
    ) -> list[Block]:
        """Put 1 to 100 blocks into a page or block; the new blocks, in their order.

        Raises:
            BadAnswer: Notion names fewer blocks than it was given (`ambiguous`).
        """

        def new_ones(source: JsonObject) -> list[Block]:
            # Unless appended at the end, the answer goes on with the blocks that follow the new ones.
            found = ListPage.decode(source, Block.decode).items[: len(blocks)]
            if len(found) < len(blocks):
                raise Malformed(f"the answer names {len(found)} of {len(blocks)} new blocks")
            return list(found)

        return self._shell.call(requests.append_children(block_id, blocks, position), new_ones)

    def block(self, block_id: str) -> Block:
        """One block."""
        return self._shell.call(requests.retrieve_block(block_id), Block.decode)

    def update_block(self, block_id: str, change: BlockChange) -> Block:
        """Change a media block's file, name or caption; it keeps its id and place."""
        try:
            return self._shell.call(requests.update_block(block_id, change), Block.decode)
        except CommittedWrite:
            return self.block(block_id)

    def trash_block(self, block_id: str) -> None:
        """Move a block to the trash; that it is there already is fine."""
        try:
            self._shell.call(requests.trash_block(block_id), lambda _: None)
        except CommittedWrite:
            return
        except ValidationFailed as error:
            if not error.trashed:
                raise
        except NotFound as error:
            if not error.ambiguous:
                raise

    def restore_block(self, block_id: str) -> None:
        """Take a block out of the trash, to where it was."""
        try:
            self._shell.call(requests.restore_block(block_id), lambda _: None)
        except CommittedWrite:
            return

    # Pages and databases

    def page(self, page_id: str) -> Page:
        """One page or row, with all its properties."""
        return self._shell.call(requests.retrieve_page(page_id), Page.decode)

    def page_to_write(self, page_id: str) -> Page:
        """One page, read to be written to with `put_files` at once.

        What others do to it between the two is lost, so the turn of the write is taken before the read: no
        rate limit makes it wait.
        """
        self._budget.take(Lane.FINISH)
        return self.page(page_id)

    def create_page(
        self,
        parent: Parent,
        properties: Mapping[str, PropertyValue],
        *,
        children: Sequence[MediaBlock] = (),
        icon: str | None = None,
        cover: str | None = None,
    ) -> Page:
        """Make a page below a page, or a row in a data source; icon and cover are upload ids."""
        request = requests.create_page(parent, properties, children=children, icon=icon, cover=cover)
        return self._shell.call(request, Page.decode)

    def update_page(
        self,
        page_id: str,
        *,
        properties: Mapping[str, PropertyValue] | None = None,
        icon: str | Clear | None = None,
        cover: str | Clear | None = None,
        in_trash: bool | None = None,
    ) -> Page:
        """Change what is given, leave the rest; a `files` property is replaced as a whole."""
        request = requests.update_page(
            page_id, properties=properties, icon=icon, cover=cover, in_trash=in_trash
        )
        try:
            return self._shell.call(request, Page.decode)
        except CommittedWrite:
            return self.page(page_id)

    def put_files(self, page_id: str, property_id: str, entries: Sequence[PropertyFile | NewFile]) -> Page:
        """Write a `files` property, all of it, once, after `page_to_write`.

        Whatever goes wrong, it has to be read anew before the next try.

        Raises:
            ValueError: More than 100 entries, or one that was read but cannot be written.
        """
        return self._shell.call(requests.put_files(page_id, property_id, files(entries)), Page.decode)

    def database(self, database_id: str) -> Database:
        """A database and the names of its data sources."""
        return self._shell.call(requests.retrieve_database(database_id), Database.decode)

    def data_source(self, data_source_id: str) -> DataSource:
        """A data source and its columns."""
        return self._shell.call(requests.retrieve_data_source(data_source_id), DataSource.decode)

    def query(self, data_source_id: str, *, where: TitleIs | TitleIn | None = None) -> Iterator[Page]:
        """The rows of a data source, oldest first, all or those of one title or some."""
        return self._all(
            lambda at: requests.query_rows(data_source_id, where=where, start_cursor=at), Page.decode
        )

    def search(self, text: str = "", *, kind: str | None = None) -> Iterator[Page | DataSource]:
        """What is shared with the connection; `kind` is `page`, `data_source` or None for both."""
        return self._all(lambda at: requests.search(text, kind=kind, start_cursor=at), decode_found)

    def _all(
        self,
        request: Callable[[str | None], Request],
        each: Callable[[JsonObject], T],
        cursor: str | None = None,
    ) -> Iterator[T]:
        while True:
            found = self._shell.call(request(cursor), lambda source: ListPage.decode(source, each))
            yield from found.items
            if found.next_cursor is None or found.next_cursor == cursor:
                return
            cursor = found.next_cursor

    def _created(self, request: Request) -> FileUpload:
        try:
            return self._shell.call(request, FileUpload.decode)
        except CommittedWrite as error:
            made = error.committed_resource_id
            return self.upload(made) if made else self._shell.call(request, FileUpload.decode)

    def _if_uploaded(
        self, upload_id: str, error: NotionError, *, length: int | None = None
    ) -> FileUpload | None:
        """The upload, if the call that failed turns out to have been performed."""
        if not error.ambiguous:
            return None
        upload = self.upload(upload_id)
        whole = length is None or upload.content_length in {None, length}
        return upload if upload.status == "uploaded" and whole else None
