"""The client: Notion's endpoints as coroutines that take and give values.

It adds to `calls` what a caller would otherwise have to know of each endpoint: how lists go on, that a
refused repetition of a send may mean success, that a committed update can simply be read. What remains
`ambiguous` in an error (appended blocks, made pages and uploads) whoever called must look for.

    with over_https(token, clock=clock, threads=threads) as notion:
        async for block in notion.children(page_id):
            print(block.id)
"""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Self, TypeVar

from notion_sync.clock import Clock
from notion_sync.notion import requests
from notion_sync.notion.belonging import AThing, NewOnly, about, announced, are_made, below, titled
from notion_sync.notion.budget import Budget, Permit
from notion_sync.notion.calls import Attempts, Calls, Transport
from notion_sync.notion.errors import CommittedWrite, NotFound, NotionError, ValidationFailed
from notion_sync.notion.json_access import JsonObject
from notion_sync.notion.multipart import Body, Form
from notion_sync.notion.pages import Database, DataSource, Page, PropertyFile, decode_found
from notion_sync.notion.paging import Paging
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
from notion_sync.notion.requests import Effect, Priority, Request, TitleIn
from notion_sync.notion.values import Block, Bot, FileUpload, ListPage, Parent
from notion_sync.threads import Threads

if TYPE_CHECKING:
    from notion_sync.notion.download import Downloader

T = TypeVar("T")


class Notion:
    """Notion's API for one token. Belongs to the event loop; close it, or use it in a `with`.

    Args:
        transport: Sends a request once.
        clock: Time, and where to wait; its `Cancelled` ends every wait.
        threads: Where attempts block.
        random: Gives numbers from 0 up to 1.
        budget: The rate budget, 180 requests a minute where None.
        open_files: Makes `files`.
        tell: See `Calls`.
    """

    def __init__(
        self,
        transport: Transport,
        *,
        clock: Clock,
        threads: Threads,
        random: Callable[[], float],
        budget: Budget | None = None,
        open_files: "Callable[[], Downloader] | None" = None,
        tell: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._transport = transport
        self._open_files = open_files
        self.budget = budget or Budget(clock)
        """The rate budget that all calls go through."""
        self._calls = Calls(
            transport, threads=threads, budget=self.budget, clock=clock, random=random, tell=tell
        )

        self._new_uploads = NewOnly()

    def __repr__(self) -> str:
        return f"Notion({self._transport!r})"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections; calls that are under way fail."""
        self._transport.close()
        if "files" in self.__dict__:
            self.files.close()

    @cached_property
    def files(self) -> "Downloader":
        """Fetches the files that Notion hosts; opened at the first use, which is on the event loop."""
        assert self._open_files is not None
        return self._open_files()

    @property
    def request_count(self) -> int:
        """How many requests were sent, each attempt counted."""
        return self._calls.request_count

    # Each method below makes one call (or one a page of a list) and raises NotionError as `responses` has it.

    async def me(self) -> Bot:
        """Who the token belongs to, in which workspace, and how large a file may be."""
        return await self._calls.call(requests.me(), Bot.decode)

    # File uploads

    async def create_upload(
        self, *, filename: str, content_type: str | None = None, parts: int | None = None
    ) -> FileUpload:
        """Announce a file; it must be attached within an hour.

        Args:
            filename: At most 900 bytes, see `media.upload_filename`.
            content_type: Where None Notion infers one; send the parts with the one in the answer.
            parts: How many parts will come, at most 1,000; None sends the file in one piece of up to 20 MiB.
        """
        request = requests.create_upload(filename=filename, content_type=content_type, parts=parts)
        return await self._created(request, filename)

    async def create_external(
        self, *, filename: str, external_url: str, content_type: str | None = None
    ) -> FileUpload:
        """Have Notion fetch a public HTTPS address; poll `upload` for how it ends."""
        request = requests.create_external(
            filename=filename, external_url=external_url, content_type=content_type
        )
        return await self._created(request, filename)

    async def send(
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
            return await self._about(upload_id, requests.send_upload(upload_id), FileUpload.decode, form)
        except NotionError as error:
            if part is None and (done := await self._if_uploaded(upload_id, error, length=body.length)):
                return done
            raise

    async def complete(self, upload_id: str) -> FileUpload:
        """Join the parts of an upload, all of which were sent."""
        try:
            return await self._about(upload_id, requests.complete_upload(upload_id), FileUpload.decode)
        except NotionError as error:
            if done := await self._if_uploaded(upload_id, error):
                return done
            raise

    async def upload(self, upload_id: str) -> FileUpload:
        """One upload as it is now."""
        return await self._about(upload_id, requests.retrieve_upload(upload_id), FileUpload.decode)

    def uploads(self, *, status: str | None = None) -> AsyncIterator[FileUpload]:
        """The connection's uploads, newest first, all or those with this status."""
        return self._all(lambda at: requests.list_uploads(status=status, start_cursor=at), FileUpload.decode)

    # Blocks

    def children(
        self, block_id: str, *, start_cursor: str | None = None, permit: Permit | None = None
    ) -> AsyncIterator[Block]:
        """The blocks directly in a page or block, in page order.

        Args:
            block_id: The page or block.
            start_cursor: Where to begin; so far cursors are block ids.
            permit: Of a look that a write may follow.
        """
        return self._all(
            lambda at: requests.list_children(block_id, start_cursor=at),
            below(Parent("page_id", block_id), Block.decode),
            start_cursor,
            permit,
        )

    async def children_from(self, page_id: str, block_id: str) -> tuple[Block, ...]:
        """A block of a page with up to 99 of those that follow it there, in one request."""
        request = requests.list_children(page_id, start_cursor=block_id)
        each = below(Parent("page_id", page_id), Block.decode)
        return (await self._calls.call(request, lambda source: ListPage.decode(source, each))).items

    async def append(
        self, block_id: str, blocks: Sequence[MediaBlock], position: Position = Edge.END
    ) -> list[Block]:
        """Put 1 to 100 blocks into a page or block; the new blocks, in their order.

        Raises:
            BadAnswer: Notion names fewer blocks than it was given, or others (`ambiguous`).
        """

        def new_ones(source: JsonObject) -> list[Block]:
            # Unless appended at the end, the answer goes on with the blocks that follow the new ones.
            found = ListPage.decode(source, Block.decode).items[: len(blocks)]
            are_made(found, blocks, Parent("page_id", block_id))
            return list(found)

        return await self._calls.call(requests.append_children(block_id, blocks, position), new_ones)

    async def block(self, block_id: str) -> Block:
        """One block."""
        return await self._about(block_id, requests.retrieve_block(block_id), Block.decode)

    async def update_block(
        self, block_id: str, change: BlockChange, attempts: Attempts | None = None
    ) -> Block:
        """Change a media block's file, name or caption; it keeps its id and place."""
        try:
            return await self._about(
                block_id, requests.update_block(block_id, change), Block.decode, attempts=attempts
            )
        except CommittedWrite:
            return await self.block(block_id)

    async def trash_block(self, block_id: str, attempts: Attempts | None = None) -> None:
        """Move a block to the trash; that it is there already is fine."""
        try:
            await self._about(block_id, requests.trash_block(block_id), Block.decode, attempts=attempts)
        except CommittedWrite:
            return
        except ValidationFailed as error:
            if not error.trashed:
                raise
        except NotFound as error:
            if not error.ambiguous:
                raise

    async def restore_block(self, block_id: str, attempts: Attempts | None = None) -> None:
        """Take a block out of the trash, to where it was."""
        try:
            await self._about(block_id, requests.restore_block(block_id), Block.decode, attempts=attempts)
        except CommittedWrite:
            return

    # Pages and databases

    async def page(self, page_id: str, permit: Permit | None = None) -> Page:
        """One page or row, with all its properties."""
        return await self._about(page_id, requests.retrieve_page(page_id), Page.decode, permit=permit)

    def read_and_write(self) -> AbstractAsyncContextManager[Permit]:
        """A permit for a look and a write right after it: `page` and `put_files`, `children` and `create_page`.

        What others do between the two is lost, or done twice, so both are granted together: no rate limit makes the
        write wait. Make no other calls inside: they would wait for a connection while this keeps one.
        """
        return self.budget.permit(Priority.FINISH, requests=2)

    def connection(self) -> AbstractAsyncContextManager[Permit]:
        """A connection whose requests are granted by `grant`, together with those of others."""
        return self.budget.connection()

    async def grant(self, permit: Permit, requests: int) -> None:
        """Wait until so many requests may go at once under a permit, those that are left of it counted."""
        more = requests - permit.left
        if more > 0:
            permit.renew(requests, await self.budget.grant(Priority.FINISH, more))

    async def create_page(
        self,
        parent: Parent,
        properties: Mapping[str, PropertyValue],
        *,
        children: Sequence[MediaBlock] = (),
        icon: str | None = None,
        cover: str | None = None,
        permit: Permit | None = None,
    ) -> Page:
        """Make a page below a page, or a row in a data source; icon and cover are upload ids.

        With the permit of a look that has not found it, it is asked for once: then it has to be looked for anew.
        """
        request = requests.create_page(parent, properties, children=children, icon=icon, cover=cover)
        if permit is not None:
            request = replace(request, effect=Effect.READ_MODIFY_WRITE)
        answer = below(parent, titled(properties, Page.decode))
        return await self._calls.call(request, answer, permit=permit)

    async def update_page(
        self,
        page_id: str,
        attempts: Attempts | None = None,
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
            return await self._about(page_id, request, Page.decode, attempts=attempts)
        except CommittedWrite:
            return await self.page(page_id)

    async def put_files(
        self, page_id: str, property_id: str, entries: Sequence[PropertyFile | NewFile], permit: Permit
    ) -> Page:
        """Write a `files` property, all of it, once, after it was read under the same permit.

        Whatever goes wrong, it has to be read anew before the next try.

        Raises:
            ValueError: More than 100 entries, or one that was read but cannot be written.
        """
        request = requests.put_files(page_id, property_id, files(entries))
        return await self._about(page_id, request, Page.decode, permit=permit)

    async def database(self, database_id: str) -> Database:
        """A database and the names of its data sources."""
        return await self._about(database_id, requests.retrieve_database(database_id), Database.decode)

    async def data_source(self, data_source_id: str) -> DataSource:
        """A data source and its columns."""
        return await self._about(
            data_source_id, requests.retrieve_data_source(data_source_id), DataSource.decode
        )

    def query(
        self, data_source_id: str, *, where: TitleIn | None = None, permit: Permit | None = None
    ) -> AsyncIterator[Page]:
        """The rows of a data source, oldest first, all or those of some titles."""
        return self._all(
            lambda at: requests.query_rows(data_source_id, where=where, start_cursor=at),
            below(Parent("data_source_id", data_source_id), Page.decode),
            permit=permit,
        )

    def search(self, text: str = "", *, kind: str | None = None) -> AsyncIterator[Page | DataSource]:
        """What is shared with the connection; `kind` is `page`, `data_source` or None for both."""
        return self._all(lambda at: requests.search(text, kind=kind, start_cursor=at), decode_found)

    async def _about(
        self,
        id_: str,
        request: Request,
        decode: Callable[[JsonObject], AThing],
        body: Form | None = None,
        *,
        attempts: Attempts | None = None,
        permit: Permit | None = None,
    ) -> AThing:
        """One call about one thing, and what it answers about this one."""
        return await self._calls.call(request, about(id_, decode), body, attempts=attempts, permit=permit)

    async def _all(
        self,
        request: Callable[[str | None], Request],
        each: Callable[[JsonObject], T],
        cursor: str | None = None,
        permit: Permit | None = None,
    ) -> AsyncIterator[T]:
        paging, more = Paging(cursor), True
        while more:
            if permit is not None:
                await self.grant(permit, 2)  # the end of a long list is followed by a write, too
            found = await self._calls.call(
                request(paging.cursor), lambda source: ListPage.decode(source, each), permit=permit
            )
            for item in found.items:
                yield item
            more = paging.follow(found)

    async def _created(self, request: Request, filename: str) -> FileUpload:
        decode = self._new_uploads.decoding(announced(filename))
        try:
            return await self._calls.call(request, decode)
        except CommittedWrite as error:
            made = error.committed_resource_id
            if made:
                return await self.upload(made)
            return await self._calls.call(request, decode)

    async def _if_uploaded(
        self, upload_id: str, error: NotionError, *, length: int | None = None
    ) -> FileUpload | None:
        """The upload, if the call that failed turns out to have been performed."""
        if not error.ambiguous:
            return None
        upload = await self.upload(upload_id)
        whole = length is None or upload.content_length in {None, length}
        return upload if upload.status == "uploaded" and whole else None
