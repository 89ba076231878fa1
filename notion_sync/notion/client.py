"""The client: Notion's endpoints as coroutines that take and return values.

It adds to `calls` what is specific to endpoints: how lists continue, that a refused repetition of a send can mean
success, that a committed update can simply be read. Errors that remain `ambiguous` (of appended blocks, created pages
and uploads) must be resolved by the caller.

    with over_https(token, clock=clock, threads=threads) as notion:
        async for block in notion.children(page_id):
            print(block.id)
"""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Self, TypeVar

from notion_sync.clock import Clock
from notion_sync.notion import new_state, requests
from notion_sync.notion.belonging import IdentifiedT, NewIds, about, below, blocks_made, titled, upload_made
from notion_sync.notion.calls import Attempts, Calls, Transport
from notion_sync.notion.errors import BadAnswer, CommittedWrite, NotFound, ValidationFailed
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
from notion_sync.notion.performed import committed_blocks, committed_page, sent
from notion_sync.notion.rate.budget import Budget
from notion_sync.notion.rate.queue import Permit
from notion_sync.notion.requests import Effect, Priority, Request, TitleIn
from notion_sync.notion.values import Block, Bot, FileUpload, ListPage, Parent
from notion_sync.system.threads import Threads

if TYPE_CHECKING:
    from notion_sync.notion.http.download import Downloader

T = TypeVar("T")


class Notion:
    """Notion's API for one token. Use it on the event loop only; close it, or use it as a context manager.

    Args:
        transport: Sends a request once.
        clock: Time and waits; its `Cancelled` ends every wait.
        threads: Worker threads for attempts.
        random: Returns numbers from 0 up to 1.
        budget: The rate budget; None for the default of 180 requests a minute.
        open_files: Creates `files`.
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
        """The rate budget of all calls."""
        self._new_ids = NewIds()
        self._calls = Calls(
            transport, threads=threads, budget=self.budget, clock=clock, random=random, tell=tell
        )

    def __repr__(self) -> str:
        return f"Notion({self._transport!r})"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections; calls under way fail."""
        self._transport.close()
        if "files" in self.__dict__:
            self.files.close()

    @cached_property
    def files(self) -> "Downloader":
        """Fetches files hosted by Notion; created at the first use, on the event loop."""
        assert self._open_files is not None
        return self._open_files()

    @property
    def request_count(self) -> int:
        """Requests sent; each attempt counts."""
        return self._calls.request_count

    # Each method below makes one call (or one for each page of a list) and raises NotionError as in `responses`.

    async def me(self) -> Bot:
        """Return the bot that the token belongs to, its workspace and its upload limit."""
        return await self._calls.call(requests.me(), Bot.decode)

    # File uploads

    async def create_upload(
        self, *, filename: str, content_type: str | None = None, parts: int | None = None
    ) -> FileUpload:
        """Create an upload; it expires in an hour unless attached.

        Args:
            filename: At most 900 bytes, see `media.upload_filename`.
            content_type: None lets Notion infer it; send the parts with the type in the answer.
            parts: Number of parts, at most 1,000; None for a single part of up to 20 MiB.
        """
        request = requests.create_upload(filename=filename, content_type=content_type, parts=parts)
        return await self._created(request, filename)

    async def create_external(
        self, *, filename: str, external_url: str, content_type: str | None = None
    ) -> FileUpload:
        """Let Notion fetch a public HTTPS address; poll `upload` for the result."""
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
            body: Its bytes; errors of its iterator pass unchanged.
            filename: The file's name.
            content_type: Exactly the one in the answer of `create_upload`.
            part: Number of the part, from 1; None for an upload in a single part.

        Raises:
            BodyMismatch: The body has more or fewer bytes than announced.
        """
        form = Form(body, filename=filename, content_type=content_type, part=part)
        length = body.length if part is None else None
        request = requests.send_upload(upload_id, in_parts=part is not None)
        return await sent(self._calls, upload_id, request, form, length, whole=part is None)

    async def complete(self, upload_id: str) -> FileUpload:
        """Complete an upload of which all parts were sent."""
        return await sent(self._calls, upload_id, requests.complete_upload(upload_id))

    async def upload(self, upload_id: str) -> FileUpload:
        """Return the current state of an upload."""
        return await self._about(upload_id, requests.retrieve_upload(upload_id), FileUpload.decode)

    def uploads(self, *, status: str | None = None) -> AsyncIterator[FileUpload]:
        """Yield the connection's uploads, newest first; all, or those with this status."""
        return self._all(lambda at: requests.list_uploads(status=status, start_cursor=at), FileUpload.decode)

    # Blocks

    def children(
        self, block_id: str, *, start_cursor: str | None = None, permit: Permit | None = None
    ) -> AsyncIterator[Block]:
        """Yield the blocks directly in a page or block, in page order.

        Args:
            block_id: The page or block.
            start_cursor: Where to begin; cursors have been block ids so far.
            permit: Permit for the read, if a write may follow it.
        """
        return self._all(
            lambda at: requests.list_children(block_id, start_cursor=at),
            below(Parent("page_id", block_id), Block.decode),
            start_cursor,
            permit,
        )

    async def children_from(self, page_id: str, first: str, permit: Permit | None = None) -> Sequence[Block]:
        """Return a block of a page and up to 99 of those after it, in one request."""
        request = requests.list_children(page_id, start_cursor=first)
        each = below(Parent("page_id", page_id), Block.decode)
        return (await self._calls.call(request, lambda at: ListPage.decode(at, each), permit=permit)).items

    async def append(
        self, block_id: str, blocks: Sequence[MediaBlock], position: Position = Edge.END
    ) -> list[Block]:
        """Insert 1 to 100 blocks into a page or block; return the new blocks in order.

        Raises:
            BadAnswer: The answer has fewer blocks than the request, or other ones (`ambiguous`).
        """
        parent = Parent("page_id", block_id)
        decode = self._new_ids.each(blocks_made(blocks, parent))
        try:
            return await self._calls.call(requests.append_children(block_id, blocks, position), decode)
        except CommittedWrite as error:
            named = self._new_ids.each(blocks_made(blocks, parent, error.committed_child_ids))
            return await committed_blocks(self._calls, error, block_id, named)

    async def block(self, block_id: str, permit: Permit | None = None) -> Block:
        """Return one block."""
        return await self._about(block_id, requests.retrieve_block(block_id), Block.decode, permit=permit)

    async def update_block(
        self,
        block_id: str,
        change: BlockChange,
        attempts: Attempts | None = None,
        before: Block | None = None,
    ) -> Block:
        """Change a media block's file, name or caption; it keeps its id and position.

        `before` is the block as it was: an answer that still shows that is refused (`changed_block`).
        """
        request, decode = requests.update_block(block_id, change), new_state.changed_block(change, before)
        try:
            return await self._about(block_id, request, decode, attempts=attempts)
        except CommittedWrite:
            return await self.block(block_id)

    async def trash_block(self, block_id: str, attempts: Attempts | None = None) -> None:
        """Move a block to the trash; succeeds if it is there already."""
        try:
            decode = new_state.moved(Block.decode, in_trash=True)
            await self._about(block_id, requests.trash_block(block_id), decode, attempts=attempts)
        except CommittedWrite:
            return
        except ValidationFailed as error:
            if not error.trashed:
                raise
        except NotFound as error:
            if not error.ambiguous:
                raise

    async def restore_block(self, block_id: str, attempts: Attempts | None = None) -> None:
        """Restore a block from the trash to its former position."""
        try:
            decode = new_state.moved(Block.decode, in_trash=False)
            await self._about(block_id, requests.restore_block(block_id), decode, attempts=attempts)
        except CommittedWrite:
            return

    # Pages and databases

    async def page(self, page_id: str, permit: Permit | None = None) -> Page:
        """Return one page or row with all its properties."""
        return await self._about(page_id, requests.retrieve_page(page_id), Page.decode, permit=permit)

    def read_and_write(self) -> AbstractAsyncContextManager[Permit]:
        """Return a permit for a read and the write after it: `page` and `put_files`, `children` and `create_page`.

        What others change between the two is overwritten or duplicated, so both requests are granted together and no
        rate limit delays the write. Make no other calls inside: they would wait for a connection that this one keeps.
        """
        return self.budget.permit(Priority.FINISH, requests=2)

    def connection(self) -> AbstractAsyncContextManager[Permit]:
        """Return a connection whose requests are granted by `grant`, together with those of other connections."""
        return self.budget.connection()

    async def grant(self, permit: Permit, requests: int) -> None:
        """Wait until `requests` may be sent at once under a permit, including those that are left of it."""
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
        """Create a page below a page, or a row in a data source; icon and cover are upload ids.

        With the permit of a read that did not find it, the request is sent once; after a failure, read again.
        """
        request = requests.create_page(parent, properties, children=children, icon=icon, cover=cover)
        if permit is not None:
            request = replace(request, effect=Effect.READ_MODIFY_WRITE)
        decode = self._new_ids.one(below(parent, titled(properties, Page.decode)))
        try:
            return await self._calls.call(request, decode, permit=permit)
        except CommittedWrite as error:
            return await committed_page(self._calls, error, decode, permit)

    async def update_page(
        self,
        page_id: str,
        attempts: Attempts | None = None,
        *,
        properties: Mapping[str, PropertyValue] | None = None,
        icon: str | Clear | None = None,
        cover: str | Clear | None = None,
        in_trash: bool | None = None,
        former_files: AbstractSet[str] = frozenset(),
    ) -> Page:
        """Set the given parts of a page or row; an answer that shows one of the `former_files` (ids) is refused."""
        request = requests.update_page(
            page_id, properties=properties, icon=icon, cover=cover, in_trash=in_trash
        )
        decode = new_state.moved(new_state.changed_page(icon, cover, former_files), in_trash=in_trash)
        try:
            return await self._about(page_id, request, decode, attempts=attempts)
        except CommittedWrite:
            return await self.page(page_id)

    async def put_files(
        self, page_id: str, property_id: str, entries: Sequence[PropertyFile | NewFile], permit: Permit
    ) -> Page:
        """Replace a `files` property, once, after it was read under the same permit.

        After any failure it must be read again before the next attempt.

        Raises:
            ValueError: More than 100 entries, or one that was read but cannot be written.
        """
        request = requests.put_files(page_id, property_id, files(entries))
        return await self._about(page_id, request, Page.decode, permit=permit)

    async def database(self, database_id: str) -> Database:
        """Return a database with the names of its data sources."""
        return await self._about(database_id, requests.retrieve_database(database_id), Database.decode)

    async def data_source(self, data_source_id: str) -> DataSource:
        """Return a data source with its columns."""
        return await self._about(
            data_source_id, requests.retrieve_data_source(data_source_id), DataSource.decode
        )

    def query(
        self, data_source_id: str, *, where: TitleIn | None = None, permit: Permit | None = None
    ) -> AsyncIterator[Page]:
        """Yield the rows of a data source, oldest first; all, or those with given titles."""
        return self._all(
            lambda at: requests.query_rows(data_source_id, where=where, start_cursor=at),
            below(Parent("data_source_id", data_source_id), Page.decode),
            permit=permit,
        )

    def search(self, text: str = "", *, kind: str | None = None) -> AsyncIterator[Page | DataSource]:
        """Yield what is shared with the connection; `kind` is `page`, `data_source` or None for both."""
        return self._all(lambda at: requests.search(text, kind=kind, start_cursor=at), decode_found)

    async def _about(
        self,
        id_: str,
        request: Request,
        decode: Callable[[JsonObject], IdentifiedT],
        body: Form | None = None,
        *,
        attempts: Attempts | None = None,
        permit: Permit | None = None,
    ) -> IdentifiedT:
        """Make a call about one thing and check that the answer is about it."""
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
                await self.grant(permit, 2)  # the last page of a long list is followed by a write, too
            found = await self._calls.call(
                request(paging.cursor), lambda source: ListPage.decode(source, each), permit=permit
            )
            for item in found.items:
                yield item
            more = paging.follow(found)

    async def _created(self, request: Request, filename: str) -> FileUpload:
        decode = self._new_ids.one(upload_made(filename))
        try:
            return await self._calls.call(request, decode)
        except CommittedWrite as error:
            if (made := error.committed_resource_id) and requests.is_id(made):
                with suppress(BadAnswer):  # another's upload: what was created here expires unused
                    return await self._calls.call(requests.retrieve_upload(made), about(made, decode))
            return await self._calls.call(request, decode)
