"""Provide an upload of a file's content, packaged as the rule says."""

from notion_sync.clock import time_ns
from notion_sync.errors import FileChanged
from notion_sync.model import FETCHED
from notion_sync.plan.actions import Attach, Replace
from notion_sync.rules import Links, Rule
from notion_sync.sync.ports import Ports
from notion_sync.sync.reader import Reader, ReadFile
from notion_sync.sync.upload.imports import Imports
from notion_sync.sync.upload.packaging import pack
from notion_sync.sync.upload.transfers import ZIP, Ensured, FileToSend, Transfers, renamed, upload_key


class UploadProvider:
    """Provides the uploads for the files of one pass.

    Args:
        ports: The store's scratch folder holds packaged files while they are sent.
        reader: Reads files again of which only the digest is known.
        transfers: Sends contents.
        imports: Lets Notion fetch contents from their addresses.
    """

    def __init__(self, ports: Ports, reader: Reader, transfers: Transfers, imports: Imports) -> None:
        self._store = ports.store
        self._remote = ports.remote
        self._clock = ports.clock
        self._threads = ports.threads
        self._disk = ports.disk
        self._reader = reader
        self._transfers = transfers
        self._imports = imports

    async def ensure(self, file: ReadFile, action: Attach | Replace, rule: Rule) -> Ensured:
        """Return an upload of a file's content that can be attached.

        Raises:
            FileError: The file is no longer what was planned, or must not leave this machine.
            NotionSyncError: Notion does not take it, or cannot now.
        """
        _, variant = upload_key(action.found, action.digest, action.variant)
        if action.variant == FETCHED:
            return await self._imports.ensure(
                action.found, action.kind, may_download=rule.links is Links.FETCH
            )
        if file.content is None:
            await self._reader.check(file.found, rule)
        content = file.content
        if content is None or action.variant == ZIP:
            ready = await self._transfers.ready(action.digest, variant, action.kind)
            if ready is not None:
                return Ensured(ready, reused=True)
        if action.variant == ZIP:
            return await self._ensure_packed(action, variant, rule.folder)
        if content is None:
            # The record holds only the digest; the part checksums that a transfer verifies need a reading.
            content = await self._reader.content(file.found, rule.folder)
            if content.digest != action.digest:
                raise FileChanged("its bytes are not those that were recorded")
        await self._reader.until_equals_read(file.found)
        found = renamed(action.found, action.variant)
        return await self._transfers.ensure(
            FileToSend(found, content, action.kind, content.digest, variant, rule.folder)
        )

    async def read(self, file: ReadFile, rule: Rule) -> ReadFile:
        """Read a file whose action was decided by its size alone.

        Raises:
            FileError: See `ensure`.
        """
        await self._reader.check(file.found, rule)
        now_ns = time_ns(self._clock)
        content = await self._reader.content(file.found, rule.folder)
        return self._reader.remember(file.found, content, now_ns)

    async def send_unread(self, file: ReadFile, action: Attach | Replace, rule: Rule) -> ReadFile:
        """Like `read`, but send each part as it is read.

        Raises:
            FileError: See `ensure`.
            NotionSyncError: See `ensure`.
        """
        await self._reader.check(file.found, rule)
        now_ns = time_ns(self._clock)
        to_send = FileToSend(file.found, None, action.kind, file.digest, root=rule.folder)
        return self._reader.remember(file.found, await self._transfers.send_unread(to_send), now_ns)

    async def refuse(self, action: Attach | Replace) -> None:
        """Drop the recorded uploads of a content, because Notion no longer knows them."""
        digest, _ = upload_key(action.found, action.digest, action.variant)
        account = await self._remote.account_for_file()
        with self._store.transaction():
            for upload in self._store.uploads.of_content(account.bot, digest):
                self._store.uploads.drop(upload)

    async def _ensure_packed(self, action: Attach | Replace, variant: str, root: str) -> Ensured:
        packed = await self._threads.read(
            pack,
            action.found,
            action.digest,
            self._store.scratch,
            root=root,
            disk=self._disk,
            clock=self._clock,
        )
        try:
            to_send = FileToSend(packed.found, packed.content, action.kind, action.digest, variant)
            return await self._transfers.ensure(to_send)
        finally:
            packed.remove()
