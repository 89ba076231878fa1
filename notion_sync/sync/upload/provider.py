"""Sees to it that the content of a file is in Notion, packaged as the rule wants it."""

from notion_sync.errors import FileChanged
from notion_sync.model import FETCHED
from notion_sync.plan import Attach, Replace
from notion_sync.rules import Links, Rule
from notion_sync.sync.ports import Ports
from notion_sync.sync.reader import Reader, ReadFile
from notion_sync.sync.upload.imports import Imports
from notion_sync.sync.upload.packaging import pack
from notion_sync.sync.upload.transfers import ZIP, Ensured, Transfers, Waiter, renamed, upload_key


class UploadProvider:
    """What the files of one pass need in bytes.

    Args:
        ports: The store's folder takes packaged files while they are on their way.
        reader: Reads files again whose digest alone is known.
        transfers: Send.
        imports: Have Notion fetch what lies elsewhere.
    """

    def __init__(self, ports: Ports, reader: Reader, transfers: Transfers, imports: Imports) -> None:
        self._store = ports.store
        self._link = ports.link
        self._clock = ports.clock
        self._threads = ports.threads
        self._disk = ports.disk
        self._reader = reader
        self._transfers = transfers
        self._imports = imports

    async def ensure(self, file: ReadFile, action: Attach | Replace, rule: Rule) -> Ensured:
        """An upload of a file's content that can be attached.

        Raises:
            FileError: The file is not what was planned any more, or is not to leave this machine.
            NotionSyncError: Notion does not take it, or cannot now.
        """
        _, variant = upload_key(action.found, action.digest, action.variant)
        if action.variant == FETCHED:
            return await self._imports.ensure(action.found, action.kind, fetch_here=rule.links is Links.FETCH)
        if file.content is None:
            await self._reader.check(file.found, rule)
        if action.variant == ZIP:
            return await self._ensure_packed(action, variant, rule.folder)
        content = file.content
        if content is None:
            ready = await self._transfers.ready(action.digest, variant, action.kind)
            if ready is not None:
                return Ensured(ready, reused=True)
            # The record knew its digest; what its parts are checked by it did not.
            content = await self._reader.content(file.found, rule.folder)
            if content.digest != action.digest:
                raise FileChanged("its bytes are not those that were recorded")
        found = renamed(action.found, action.variant)
        return await self._transfers.ensure(
            Waiter(found, content, action.kind, content.digest, variant, rule.folder)
        )

    async def refuse(self, action: Attach | Replace) -> None:
        """Notion does not know the uploads of a content any more: never offer them again."""
        digest, _ = upload_key(action.found, action.digest, action.variant)
        account = await self._link.account()
        with self._store.transaction():
            for upload in self._store.uploads.of_content(account.bot, digest):
                self._store.uploads.drop(upload)

    async def _ensure_packed(self, action: Attach | Replace, variant: str, root: str) -> Ensured:
        ready = await self._transfers.ready(action.digest, variant, action.kind)
        if ready is not None:
            return Ensured(ready, reused=True)
        packed = await self._threads.read(
            pack,
            action.found,
            action.digest,
            self._store.scratch,
            root=root,
            disk=self._disk,
            now_ns=int(self._clock.now() * 1e9),
            pause=self._clock.check,
        )
        try:
            waiter = Waiter(packed.found, packed.content, action.kind, action.digest, variant)
            return await self._transfers.ensure(waiter)
        finally:
            packed.remove()
