"""Let Notion fetch files from their addresses, each address once per pass, and wait for the imports to end.

An import runs in Notion for seconds or minutes, and its status is polled. Its upload is recorded when it begins, so
that the run after one that was interrupted, or whose patience ended, polls the same import. What Notion cannot fetch is
downloaded by this machine and sent, if the rule says so.
"""

import asyncio
from dataclasses import dataclass, field

from notion_sync.errors import NotionSyncError
from notion_sync.model import FETCHED, Address, Digest, SourceFile, Upload
from notion_sync.notion.errors import BadAnswer, NotFound, ValidationFailed
from notion_sync.notion.media import content_type, extension, upload_filename
from notion_sync.notion.values import FileUpload
from notion_sync.plan.decide import fits
from notion_sync.report import Report, Tally
from notion_sync.sync.batching import Activity
from notion_sync.sync.import_policy import (
    REUSABLE_FOR,
    ImportDelayed,
    ImportFailed,
    ImportPolicy,
    StillFetching,
    failure,
    growing_pauses,
)
from notion_sync.sync.ports import Ports
from notion_sync.sync.tasks import Promise, Tasks
from notion_sync.sync.upload.download import fetch
from notion_sync.sync.upload.transfers import LIFETIME, MARGIN, Ensured, FileToSend, Transfers

AT_ONCE = 12
"""Maximum number of concurrent imports: polled every 15 seconds they take less than a third of the rate budget."""

SLOW = 15.0
"""Seconds after which a file that waits for an import no longer keeps another file from being admitted."""


@dataclass(eq=False, kw_only=True)
class Imports:
    """The imports of one pass.

    Args:
        ports: The store records every upload that Notion began.
        transfers: Sends what this machine downloaded.
        activity: Is informed when an import takes long.
        tasks: Runs the imports.
        report: Is informed when an import begins.
        tally: Counts uploads.
        policy: How long to wait, and the hints of the errors.
    """

    ports: Ports
    transfers: Transfers
    activity: Activity
    tasks: Tasks
    report: Report
    tally: Tally
    policy: ImportPolicy
    _at_once: asyncio.Semaphore = field(init=False, default_factory=lambda: asyncio.Semaphore(AT_ONCE))
    _running: dict[Digest, tuple[Promise[Upload], str]] = field(init=False, default_factory=dict)
    """The imports under way, each with the file name that Notion was given."""
    _downloads: dict[Digest, Promise[Upload]] = field(init=False, default_factory=dict)
    """Downloads by this machine, running or done."""

    async def ensure(self, found: SourceFile, kind: str, *, may_download: bool) -> Ensured:
        """Return an upload of the content at an address: an existing one, a running import's, or a new import's.

        Args:
            found: The link file.
            kind: The kind of block or entry that will show it.
            may_download: Whether this machine downloads it if Notion cannot.

        Raises:
            ImportFailed, ImportDelayed: It cannot be fetched, or not yet.
            NotionError: Notion does not take it, or cannot now.
        """
        address = found.address
        assert address is not None
        while True:
            if (download := self._downloads.get(address.digest)) is not None:
                return Ensured(await self._wait(download), reused=True)
            known = await self._usable(address, kind)
            ready = next((upload for upload in known if upload.status != "pending"), None)
            running = self._running.get(address.digest)
            if ready is not None and running is None:
                return Ensured(ready, reused=True)
            first = running is None
            end, name = running or self._start(found, address, next(iter(known), None))
            try:
                return Ensured(await self._wait(end), reused=not first)
            except NotionSyncError as error:
                if may_download and self._may_succeed_here(error):
                    return await self._downloaded(found, kind, error)
                refused = isinstance(error, ValidationFailed) and error.unsupported_type
                # Notion takes the type from the name: the same content may be accepted under another name.
                if not refused or extension(found.name) == extension(name):
                    raise

    async def _usable(self, address: Address, kind: str) -> list[Upload]:
        now = self.ports.clock.steady()
        account = await self.ports.remote.account_for_file()
        with self.ports.store.reading():
            uploads = self.ports.store.uploads.usable(
                account.bot, address.digest, now + MARGIN, FETCHED, now - REUSABLE_FOR
            )
        return [upload for upload in uploads if fits(kind, upload.content_type)]

    async def _wait(self, promise: Promise[Upload]) -> Upload:
        if not await promise.wait(SLOW):
            with self.activity.waiting():
                await promise.wait()
        return await promise.result()

    # The import in Notion

    def _start(
        self, found: SourceFile, address: Address, pending: Upload | None
    ) -> tuple[Promise[Upload], str]:
        end = Promise[Upload](self.ports.clock)
        running = self._running[address.digest] = end, address.name
        self.tasks.spawn(self._run(found, address, pending, end))
        return running

    async def _run(
        self, found: SourceFile, address: Address, pending: Upload | None, end: Promise[Upload]
    ) -> None:
        asked_for_at = self.ports.clock.monotonic()
        try:
            async with self._at_once:
                self.ports.clock.check()
                self._check_patience(asked_for_at)
                end.succeed(await self._import(found, address, pending))
        except BaseException as error:
            if isinstance(error, ValidationFailed) and not error.hint:
                error.hint = self._advice(error)
            end.fail(error)
        finally:
            del self._running[address.digest]

    def _advice(self, error: ValidationFailed) -> str:
        if error.unsupported_type:
            return self.policy.refused_type
        return "" if error.too_large else self.policy.not_fetched

    def _check_patience(self, asked_for_at: float) -> None:
        late = self.ports.clock.monotonic() >= asked_for_at + self.policy.patience
        if self.policy.looks_again and late:
            raise StillFetching("not started yet", hint=self.policy.too_slow)

    async def _import(self, found: SourceFile, address: Address, pending: Upload | None) -> Upload:
        if pending is not None:
            # An import that an earlier pass has waited for is polled once only, if a daemon will ask again.
            patience = 0.0 if self.policy.looks_again else self.policy.patience
            try:
                answer = await self.ports.remote.notion.upload(pending.id)
            except (NotFound, ValidationFailed):
                self._drop(pending)
            else:
                if answer.status != "expired":
                    return await self._poll(address, answer, pending, patience)
                self._drop(pending)
        begun_at = self.ports.clock.steady()
        answer = await self.ports.remote.notion.create_external(
            external_url=address.url,
            filename=upload_filename(address.name),
            content_type=content_type(address.name),
        )
        with self.ports.store.reading():
            known = self.ports.store.uploads.get(answer.id)
        if known is not None:
            raise BadAnswer("the answer is about an earlier upload, not about a new one", ambiguous=True)
        self.report.note(f"{found.path}: Notion is fetching it")
        upload = await self._record(address, answer, begun_at + LIFETIME)
        return await self._poll(address, answer, upload, self.policy.patience)

    async def _poll(self, address: Address, answer: FileUpload, upload: Upload, patience: float) -> Upload:
        """Poll an import until it has ended, for at most `patience` seconds."""
        ends_at = self.ports.clock.monotonic() + patience
        for pause in growing_pauses():
            match answer.status:
                case "uploaded":
                    self.tally.uploads += 1
                    return await self._record(address, answer, upload.expires_at)
                case "pending":
                    now = self.ports.clock.monotonic()
                    if now >= ends_at:
                        raise StillFetching("Notion is still fetching it", hint=self.policy.too_slow)
                case _:
                    self._drop(upload)
                    raise failure(answer, self.policy)
            # Poll once more when the time is up: an import that ended in the last moment is not late.
            await self.ports.clock.wait(min(pause, ends_at - now))
            answer = await self.ports.remote.notion.upload(upload.id)
        raise AssertionError("the pauses never end")

    async def _record(self, address: Address, answer: FileUpload, expires_at: float | None) -> Upload:
        """Record and return an upload. `expires_at` is by this machine's clock, which need not agree with Notion's."""
        account = await self.ports.remote.account_for_file()
        upload = Upload(
            id=answer.id,
            digest=address.digest,
            content_type=answer.content_type or content_type(address.name) or "",
            filename=answer.filename or upload_filename(address.name),
            size=answer.content_length or 0,
            status="pending" if answer.status == "pending" else "uploaded",
            created_at=answer.created_time or 0.0,
            expires_at=expires_at,
            variant=FETCHED,
        )
        if answer.status in ("pending", "uploaded"):
            with self.ports.store.transaction():
                self.ports.store.uploads.save(account.bot, upload)
        return upload

    def _drop(self, upload: Upload) -> None:
        with self.ports.store.transaction():
            self.ports.store.uploads.drop(upload.id)

    # What Notion cannot fetch

    def _may_succeed_here(self, error: BaseException) -> bool:
        """Whether a download by this machine may succeed after this error."""
        if isinstance(error, StillFetching):
            return not self.policy.looks_again
        if isinstance(error, ValidationFailed):
            return not _final(error)
        return isinstance(error, ImportFailed | ImportDelayed)

    async def _downloaded(self, found: SourceFile, kind: str, why: NotionSyncError) -> Ensured:
        """Download the file and upload it, after Notion could not fetch it because of `why`."""
        assert found.address is not None
        digest = found.address.digest
        if (download := self._downloads.get(digest)) is not None:
            return Ensured(await self._wait(download), reused=True)
        download = self._downloads[digest] = Promise(self.ports.clock)
        self.report.note(f"{found.path}: {why.message}; fetching it here")
        try:
            upload = await download.run(self._download(found, kind, why))
        except BaseException:
            del self._downloads[digest]
            raise
        return Ensured(upload, reused=False)

    async def _download(self, found: SourceFile, kind: str, why: NotionSyncError) -> Upload:
        account = await self.ports.remote.account_for_file()
        try:
            with self.activity.waiting():
                packed = await self.ports.threads.download(
                    fetch,
                    found,
                    self.ports.store.scratch,
                    self.ports.clock,
                    account.limit,
                    self.ports.remote.private_hosts,
                )
        except ImportFailed as error:
            raise ImportFailed(
                f"{why.message}; {error.message}", hint="notion-sync retry tries both again"
            ) from error
        except ImportDelayed as error:
            raise ImportDelayed(f"{why.message}; {error.message}", hint=self.policy.too_slow) from error
        try:
            to_send = FileToSend(packed.found, packed.content, kind, packed.content.digest)
            return (await self.transfers.ensure(to_send)).upload
        finally:
            packed.remove()


def _final(error: ValidationFailed) -> bool:
    """Whether Notion refuses the file wherever it comes from."""
    return error.unsupported_type or error.too_large
