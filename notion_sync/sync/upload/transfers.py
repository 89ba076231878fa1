"""Brings contents into Notion, each one once, whoever asks for it.

A small file is created and sent. A large one is announced, sent in parts, several at a time, each recorded when
Notion confirmed it, and joined; after an interruption only the missing parts are sent.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from notion_sync.errors import FileError
from notion_sync.model import FETCHED, Digest, FileId, SourceFile, Upload
from notion_sync.notion.bandwidth import Bandwidth
from notion_sync.notion.errors import NotFound, NotionError, ValidationFailed
from notion_sync.notion.media import clean_text, content_type, extension, upload_filename
from notion_sync.notion.values import FileUpload
from notion_sync.plan import fits, packaged_name
from notion_sync.report import Report, Tally
from notion_sync.scan.reading import CHUNK, Content, Stretch, part_count, part_size
from notion_sync.sync.ports import Ports
from notion_sync.sync.tasks import Shared, side_by_side

if TYPE_CHECKING:
    from notion_sync.notion.client import Notion


MARGIN = 5 * 60.0
"""Seconds of its hour an upload must have left to be begun with."""

LIFETIME = 3600.0
"""Seconds from an upload's creation to its end if it is not attached (Notion: "File upload")."""

ZIP = "zip"
"""The variant of a file that goes in a zip."""

NEWEST = 1000
"""Uploads of the list that are looked at, a hundred a request."""

_SLACK = 120.0
"""Seconds: times of uploads are whole minutes, and those of one minute are listed in any order."""

PARTS_AT_ONCE = 4
"""Parts of one file under way together: enough to use the line, few enough to let other files by."""


@dataclass(frozen=True, slots=True)
class Waiter:
    """A content that is to be in Notion.

    `found` and `content` are those of the packaged file where it is packaged; `digest` is then the original's.
    """

    found: SourceFile
    content: Content
    kind: str
    digest: Digest
    """What the upload is recorded under, together with the form."""
    variant: str = ""
    root: str | None = None
    """The rule's folder; None for a temporary file of ours."""

    @property
    def filename(self) -> str:
        """The upload's name in Notion."""
        return upload_filename(self.found.id.name)

    @property
    def content_type(self) -> str | None:
        """What we declare; None lets Notion infer it from the name."""
        return content_type(self.found.id.name)


@dataclass(frozen=True, slots=True)
class Ensured:
    """An upload that can be attached, and whether its bytes had been there before."""

    upload: Upload
    reused: bool


def upload_key(found: SourceFile, digest: Digest, variant: str) -> tuple[Digest, str]:
    """What an upload of a content in a form is recorded under.

    A zip has the file's name in it. What Notion fetched is a matter of the address alone, whoever leads there.
    """
    if variant == FETCHED:
        assert found.address is not None
        return found.address.digest, variant
    return digest, f"{variant} {clean_text(found.id.name)}" if variant == ZIP else variant


def renamed(found: SourceFile, variant: str) -> SourceFile:
    """The same file under the name it has in a form."""
    return replace(found, id=FileId(found.id.folder, packaged_name(found.id.name, variant)))


class _Transfer:
    """A content being sent, from the file that was there first."""

    def __init__(self, waiter: Waiter, end: Shared[Upload]) -> None:
        self.waiter = waiter
        self.end = end
        self.content_type = waiter.content_type or ""
        """What Notion answered, once it has."""

    def serves(self, waiter: Waiter) -> bool:
        """Whether somebody else can show what comes of it."""
        return fits(waiter.kind, self.content_type)


class Transfers:
    """The contents of one pass on their way to Notion.

    Args:
        ports: The store gets every upload and part that Notion confirmed.
        report: Hears of bytes.
        tally: Counts uploads and bytes.
    """

    def __init__(self, ports: Ports, report: Report, tally: Tally) -> None:
        self._store = ports.store
        self._link = ports.link
        self._clock = ports.clock
        self._disk = ports.disk
        self._report = report
        self._tally = tally
        self._bandwidth = Bandwidth(ports.clock, ports.link.bytes_per_second)
        self._transfers: dict[tuple[Digest, str], list[_Transfer]] = {}

    async def ensure(self, waiter: Waiter) -> Ensured:
        """See to it that Notion holds the content: already, soon, or by a new transfer.

        Raises:
            FileError: The file is not what was planned any more.
            NotionError: Notion does not take it, or cannot now.
        """
        key = (waiter.digest, waiter.variant)
        while True:
            known = [u for u in await self._usable(*key) if fits(waiter.kind, u.content_type)]
            ready = next((u for u in known if u.status != "pending"), None)
            if ready is not None:
                return Ensured(ready, reused=True)
            running = next((t for t in self._transfers.get(key, ()) if t.serves(waiter)), None)
            if running is None:
                return Ensured(await self._transfer(waiter, next(iter(known), None)), reused=False)
            try:
                return Ensured(await running.end.result(), reused=True)
            except (FileError, ValidationFailed) as error:
                if not _only_of(running, error, waiter):
                    raise

    async def ready(self, digest: Digest, variant: str, kind: str) -> Upload | None:
        """An upload of a content in a form that can be attached as it is."""
        usable = await self._usable(digest, variant)
        return next((u for u in usable if u.status != "pending" and fits(kind, u.content_type)), None)

    async def _usable(self, digest: Digest, variant: str) -> list[Upload]:
        account = await self._link.account()
        with self._store.reading():
            return self._store.uploads.usable(account.bot, digest, self._clock.steady() + MARGIN, variant)

    async def _transfer(self, waiter: Waiter, pending: Upload | None) -> Upload:
        key = (waiter.digest, waiter.variant)
        transfer = _Transfer(waiter, Shared(self._clock))
        self._transfers.setdefault(key, []).append(transfer)
        self._report.sending(waiter.found.id.path, waiter.found.fingerprint.size)
        try:
            return await transfer.end.run(self._send(transfer, pending))
        finally:
            self._report.sending_ended(waiter.found.id.path)
            self._transfers[key].remove(transfer)
            if not self._transfers[key]:
                del self._transfers[key]

    async def _send(self, transfer: _Transfer, pending: Upload | None) -> Upload:
        upload = pending or await self._announce(transfer)
        try:
            return await self._send_to(upload, transfer)
        except (NotFound, ValidationFailed):
            if pending is None and await self._takes_bytes(upload):
                raise
        # One that an earlier run began is gone, or an answer to another request named one of others: begin anew.
        with self._store.transaction():
            self._store.uploads.drop(upload.id)
        return await self._send_to(await self._announce(transfer), transfer)

    async def _announce(self, transfer: _Transfer) -> Upload:
        """A new upload. One that is sent in parts is recorded, so that a later run can go on with it."""
        waiter, started_at = transfer.waiter, self._clock.steady()
        size = waiter.found.fingerprint.size
        made = await self._link.notion.create_upload(
            filename=waiter.filename,
            content_type=waiter.content_type,
            parts=part_count(size) if part_size(size) else None,
        )
        upload = _upload(waiter, made, "pending", started_at + LIFETIME)
        if part_size(size):
            await self._record(upload)
        return upload

    async def _takes_bytes(self, upload: Upload) -> bool:
        """Whether an upload is as it was announced, so that a refusal was about the file."""
        try:
            return (await self._link.notion.upload(upload.id)).status == "pending"
        except NotFound:
            return False

    async def _send_to(self, upload: Upload, transfer: _Transfer) -> Upload:
        send = self._send_parts if part_size(transfer.waiter.found.fingerprint.size) else self._send_whole
        sent = _upload(transfer.waiter, await send(transfer, upload), "uploaded", upload.expires_at)
        transfer.content_type = sent.content_type
        await self._record(sent)
        self._tally.uploads += 1
        return sent

    async def _send_whole(self, transfer: _Transfer, upload: Upload) -> FileUpload:
        waiter = transfer.waiter
        body = self._stretch(waiter, 0, upload.size, waiter.content.checksums[0])
        # To the letter the type that Notion answered, whatever was asked for (Notion: "Send a file upload").
        declared = upload.content_type or "application/octet-stream"
        sent = await self._link.notion.send(upload.id, body, filename=waiter.filename, content_type=declared)
        self._tally.bytes_uploaded += upload.size
        return sent

    async def _send_parts(self, transfer: _Transfer, upload: Upload) -> FileUpload:
        transfer.content_type = upload.content_type
        with self._store.reading():
            confirmed = self._store.uploads.parts(upload.id)
        planned = enumerate(transfer.waiter.content.checksums, start=1)
        missing = deque(number for number, checksum in planned if confirmed.get(number) != checksum)
        await side_by_side(
            *(self._send_missing(transfer.waiter, upload, missing) for _ in range(PARTS_AT_ONCE))
        )
        return await self._link.notion.complete(upload.id)

    async def _send_missing(self, waiter: Waiter, upload: Upload, missing: deque[int]) -> None:
        """Send parts until none is left to be begun."""
        while missing:
            number = missing.popleft()
            try:
                await self._send_part(self._link.notion, waiter, upload, number)
            except BaseException:
                missing.clear()  # the others end what they have begun, and begin nothing more
                raise

    async def _send_part(self, notion: "Notion", waiter: Waiter, upload: Upload, number: int) -> None:
        size = waiter.found.fingerprint.size
        start = (number - 1) * part_size(size)
        length, checksum = min(part_size(size), size - start), waiter.content.checksums[number - 1]
        await notion.send(
            upload.id,
            self._stretch(waiter, start, length, checksum),
            filename=upload.filename,
            content_type=upload.content_type,
            part=number,
        )
        with self._store.transaction():
            self._store.uploads.save_part(upload.id, number, checksum)
        self._tally.bytes_uploaded += length

    async def _record(self, upload: Upload) -> None:
        account = await self._link.account()
        with self._store.transaction():
            self._store.uploads.save(account.bot, upload)

    def _stretch(self, waiter: Waiter, start: int, length: int, checksum: str) -> Stretch:
        found = waiter.found
        return Stretch(
            found.source, found.fingerprint, start=start, length=length, checksum=checksum,
            pause=partial(self._passed, found.id.path),
            chunk=self._bandwidth.grain(CHUNK), root=waiter.root, disk=self._disk,
        )  # fmt: skip

    def _passed(self, path: str, size: int) -> None:
        """So many bytes of a file leave; from the thread of a request."""
        self._clock.check()
        self._bandwidth.take(size)
        self._report.sent(path, size)


def _upload(waiter: Waiter, answer: FileUpload, status: str, expires_at: float | None) -> Upload:
    """What is recorded of an upload; `expires_at` by this machine's clock, so that it need not agree with Notion's."""
    return Upload(
        id=answer.id,
        digest=waiter.digest,
        content_type=answer.content_type or waiter.content_type or "",
        filename=answer.filename or waiter.filename,
        size=waiter.found.fingerprint.size,
        status=status,
        created_at=answer.created_time or 0.0,
        expires_at=expires_at,
        variant=waiter.variant,
    )


def _only_of(transfer: _Transfer, error: Exception, waiter: Waiter) -> bool:
    """Whether an error is that of the file that was sent, not of the content, so that another file may do."""
    if isinstance(error, FileError):
        return waiter.found is not transfer.waiter.found
    refused = isinstance(error, ValidationFailed) and error.unsupported_type
    # The type is that of the name: the same content is welcome under another one.
    return refused and extension(waiter.found.id.name) != extension(transfer.waiter.filename)


async def forgotten(notion: "Notion", uploads: Sequence[Upload]) -> set[str]:
    """The ids of the uploads that Notion does not know, or that have expired; none where that cannot be told now.

    It is asked once for all of them: not found out one by one.

    The list is newest first (Notion: "List file uploads"), so it need not be read to its end.
    """
    missing = {upload.id for upload in uploads}
    oldest = min(upload.created_at for upload in uploads)
    looked_at = 0
    try:
        async for listed in notion.uploads():
            looked_at += 1
            if listed.status in ("pending", "uploaded"):
                missing.discard(listed.id)
            if not missing or (listed.created_time or oldest) < oldest - _SLACK:
                break
            if looked_at == NEWEST:
                return set()
    except NotionError:
        return set()
    return missing
