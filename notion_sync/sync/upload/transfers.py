"""Send contents to Notion, each one once, however many files share it.

A small file is created and sent in one request. A large one is created, sent in parts, several at a time, and
completed. Each part is recorded when Notion has confirmed it, so after an interruption only the missing parts are sent.

A large file that has not been read yet is read while it is sent: a sender that is free reads the next part first. Its
upload is recorded under a provisional digest until the whole file has been read and Notion holds it.
"""

import asyncio
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass, replace

from notion_sync.clock import time_ns
from notion_sync.errors import FileError
from notion_sync.model import FETCHED, Digest, FilePath, SourceFile, Upload
from notion_sync.notion.errors import NotFound, ValidationFailed
from notion_sync.notion.media import clean_text, content_type, extension, upload_filename
from notion_sync.notion.rate.bandwidth import Bandwidth
from notion_sync.notion.values import FileUpload
from notion_sync.plan.decide import fits, packaged_name
from notion_sync.report import Report, Tally
from notion_sync.scan.reading import CHUNK, Content, Reading, Stretch, part_count, part_size, part_span
from notion_sync.sync.ports import Ports
from notion_sync.sync.tasks import Promise, side_by_side
from notion_sync.sync.upload.counted_body import CountedBody
from notion_sync.sync.upload.earlier import EarlierUploads
from notion_sync.sync.upload.parts import KnownParts, Parts, UnreadParts

MARGIN = 5 * 60.0
"""Seconds of an upload's lifetime that must be left before work with it begins."""

LIFETIME = 3600.0
"""Seconds from an upload's creation until it expires if it is not attached (Notion: "File upload")."""

ZIP = "zip"
"""The variant of a file that is packed into a zip."""

PARTS_AT_ONCE = 4
"""Concurrent parts of one file: enough to use the bandwidth, few enough to let other files proceed."""

IN_PARTS_AT_ONCE = 2
"""Maximum number of files sent in parts concurrently: they go ahead of small files, and must not take all connections
that large bodies may have (`rate.connections`)."""


@dataclass(frozen=True, slots=True)
class FileToSend:
    """A file whose content has to be uploaded.

    For a packaged file, `found` and `content` describe the package, and `digest` is the original's.
    """

    found: SourceFile
    content: Content | None
    """None for a file that is read while it is sent."""
    kind: str
    digest: Digest
    """Digest under which the upload is recorded, together with the variant; provisional if the content is unknown."""
    variant: str = ""
    root: str | None = None
    """The rule's folder, or None for a temporary file of ours."""

    @property
    def filename(self) -> str:
        """The upload's name in Notion."""
        return upload_filename(self.found.id.name)

    @property
    def content_type(self) -> str | None:
        """The declared MIME type; None lets Notion infer it from the name."""
        return content_type(self.found.id.name)


@dataclass(frozen=True, slots=True)
class Ensured:
    """An upload that can be attached, and whether it existed before."""

    upload: Upload
    reused: bool


def upload_key(found: SourceFile, digest: Digest, variant: str) -> tuple[Digest, str]:
    """Return the key under which an upload of a content in a variant is recorded.

    A zip contains the file's name, so its key does too. What Notion fetches depends on the address alone, not on the
    link file.
    """
    if variant == FETCHED:
        assert found.address is not None
        return found.address.digest, variant
    return digest, f"{variant} {clean_text(found.id.name)}" if variant == ZIP else variant


def renamed(found: SourceFile, variant: str) -> SourceFile:
    """Return the same file under the name it has in a variant."""
    return replace(found, id=FilePath(found.id.folder, packaged_name(found.id.name, variant)))


class _Transfer:
    """A content that is being sent, from the first file that needed it."""

    def __init__(self, file: FileToSend, end: Promise[Upload]) -> None:
        self.file = file
        self.end = end
        self.content_type = file.content_type or ""
        """The declared MIME type, and Notion's answer once it has come."""

    def serves(self, file: FileToSend) -> bool:
        """Whether the resulting upload can be shown as the kind that another file of this content needs."""
        return fits(file.kind, self.content_type)


class Transfers:
    """The uploads of one pass.

    Args:
        ports: The store records every upload and part that Notion confirmed.
        report: Is informed of the bytes sent.
        tally: Counts uploads and bytes.
    """

    def __init__(self, ports: Ports, report: Report, tally: Tally) -> None:
        self._ports = ports
        self._store = ports.store
        self._remote = ports.remote
        self._clock = ports.clock
        self._disk = ports.disk
        self._report = report
        self._tally = tally
        self._bandwidth = Bandwidth(ports.clock, ports.remote.bytes_per_second)
        self._in_parts = asyncio.Semaphore(IN_PARTS_AT_ONCE)
        self._transfers: dict[tuple[Digest, str], list[_Transfer]] = {}
        self._just_sent: dict[tuple[Digest, str], Upload] = {}
        """Uploads that were sent while they were read, until `ensure` is called for their content."""
        self._earlier = EarlierUploads(ports)

    async def ensure(self, file: FileToSend) -> Ensured:
        """Return an upload of the content: an existing one, a running transfer's, or a new transfer's.

        Raises:
            FileError: The file is no longer what was planned.
            NotionError: Notion does not take it, or cannot now.
        """
        key = (file.digest, file.variant)
        sent = self._just_sent.pop(key, None)
        if sent is not None and fits(file.kind, sent.content_type):
            return Ensured(sent, reused=False)
        while True:
            known = [u for u in await self._usable(*key) if fits(file.kind, u.content_type)]
            ready = next((u for u in known if u.status != "pending"), None)
            if ready is not None:
                return Ensured(ready, reused=True)
            running = next((t for t in self._transfers.get(key, ()) if t.serves(file)), None)
            if running is None:
                _, upload = await self._transfer(file, next(iter(known), None))
                return Ensured(upload, reused=False)
            try:
                return Ensured(await running.end.result(), reused=True)
            except (FileError, ValidationFailed) as error:
                if not _only_of(running, error, file):
                    raise

    async def send_unread(self, file: FileToSend) -> Content:
        """Read a large file and send it at the same time; return its content.

        Args:
            file: The file, without its content and under a provisional digest.

        Raises:
            FileError: The file is no longer what was planned.
            NotionError: Notion does not take it, or cannot now.
        """
        known = await self._usable(file.digest, file.variant)
        running = next(iter(self._transfers.get((file.digest, file.variant), ())), None)
        if running is None:
            running, upload = await self._transfer(file, next(iter(known), None))
            self._just_sent[upload.digest, upload.variant] = upload
        else:
            await running.end.result()
        assert running.file.content is not None
        return running.file.content

    async def ready(self, digest: Digest, variant: str, kind: str) -> Upload | None:
        """Return an upload of a content in a variant that can be attached as it is, or None."""
        usable = await self._usable(digest, variant)
        return next((u for u in usable if u.status != "pending" and fits(kind, u.content_type)), None)

    async def _usable(self, digest: Digest, variant: str) -> list[Upload]:
        usable = await self._recorded(digest, variant)
        if any(map(self._earlier.may_be_unknown, usable)):
            await self._earlier.drop_unknown()
            usable = await self._recorded(digest, variant)
        return usable

    async def _recorded(self, digest: Digest, variant: str) -> list[Upload]:
        account = await self._remote.account_for_file()
        with self._store.reading():
            return self._store.uploads.usable(account.bot, digest, self._clock.steady() + MARGIN, variant)

    async def _transfer(self, file: FileToSend, pending: Upload | None) -> tuple[_Transfer, Upload]:
        key = (file.digest, file.variant)
        transfer = _Transfer(file, Promise(self._clock))
        self._transfers.setdefault(key, []).append(transfer)
        try:
            return transfer, await transfer.end.run(self._send_when_free(transfer, pending))
        finally:
            self._transfers[key].remove(transfer)
            if not self._transfers[key]:
                del self._transfers[key]

    async def _send_when_free(self, transfer: _Transfer, pending: Upload | None) -> Upload:
        path, size = transfer.file.found.id.path, transfer.file.found.fingerprint.size
        async with self._in_parts if part_size(size) else nullcontext():
            self._report.sending(path, size)
            try:
                return await self._send(transfer, pending)
            finally:
                self._report.sending_ended(path)

    async def _send(self, transfer: _Transfer, pending: Upload | None) -> Upload:
        upload = pending or await self._create(transfer)
        try:
            return await self._send_to(upload, transfer)
        except (NotFound, ValidationFailed):
            if pending is None and await _takes_bytes(self._ports, upload):
                raise
        # The upload of an earlier run is gone, or the answer to another request gave us an upload that is not ours or
        # confirmed a part that never arrived: create a new one.
        with self._store.transaction():
            self._store.uploads.drop(upload.id)
        self._report.sending(transfer.file.found.id.path, transfer.file.found.fingerprint.size)
        return await self._send_to(await self._create(transfer), transfer)

    async def _create(self, transfer: _Transfer) -> Upload:
        """Create an upload. One that is sent in parts is recorded, so that a later run can resume it."""
        file, started_at = transfer.file, self._clock.steady()
        size = file.found.fingerprint.size
        made = await self._remote.notion.create_upload(
            filename=file.filename,
            content_type=file.content_type,
            parts=part_count(size) if part_size(size) else None,
        )
        upload = _upload(file, made, "pending", started_at + LIFETIME)
        if part_size(size):
            await self._record(upload)
        return upload

    async def _send_to(self, upload: Upload, transfer: _Transfer) -> Upload:
        if part_size(transfer.file.found.fingerprint.size):
            answer = await self._send_large(transfer, upload)
        else:
            answer = await self._send_whole(transfer, upload)
        sent = _upload(transfer.file, answer, "uploaded", upload.expires_at)
        transfer.content_type = sent.content_type
        await self._record(sent)
        self._tally.uploads += 1
        return sent

    async def _send_whole(self, transfer: _Transfer, upload: Upload) -> FileUpload:
        file = transfer.file
        assert file.content is not None
        body = self._body(file, 0, upload.size, file.content.checksums[0])
        # Exactly the type that Notion answered, whatever was asked for (Notion: "Send a file upload").
        declared = upload.content_type or "application/octet-stream"
        sent = await self._remote.notion.send(upload.id, body, filename=file.filename, content_type=declared)
        self._tally.bytes_uploaded += upload.size
        return sent

    async def _send_large(self, transfer: _Transfer, upload: Upload) -> FileUpload:
        file = transfer.file
        transfer.content_type = upload.content_type
        if file.content is not None:
            await self._send_parts(file, upload, KnownParts(file.content))
        else:
            transfer.file = await self._read_and_send(file, upload)
        return await self._remote.notion.complete(upload.id)

    async def _read_and_send(self, file: FileToSend, upload: Upload) -> FileToSend:
        """Return the file with its content, and the digest of that."""
        found, now_ns = file.found, time_ns(self._clock)
        with await self._ports.threads.read(
            Reading, found.source, found.fingerprint,
            pause=self._clock.check, root=file.root, disk=self._disk,
        ) as reading:  # fmt: skip
            await self._send_parts(file, upload, UnreadParts(reading, self._ports.threads))
            content = reading.content(now_ns)
        return replace(file, content=content, digest=content.digest)

    async def _send_parts(self, file: FileToSend, upload: Upload, parts: Parts) -> None:
        """Send the parts that Notion has not confirmed, `PARTS_AT_ONCE` at a time."""
        with self._store.reading():
            confirmed = self._store.uploads.parts(upload.id)
        await side_by_side(
            *(self._send_missing(file, upload, parts, confirmed) for _ in range(PARTS_AT_ONCE))
        )

    async def _send_missing(
        self, file: FileToSend, upload: Upload, parts: Parts, confirmed: Mapping[int, str]
    ) -> None:
        """Send parts until none is left."""
        try:
            while (part := await parts.next()) is not None:
                number, checksum = part
                if confirmed.get(number) != checksum:
                    await self._send_part(file, upload, number, checksum)
                else:
                    _, length = part_span(number, file.found.fingerprint.size)
                    self._report.resumed(file.found.id.path, length)
        except BaseException:
            parts.stop()  # the other senders finish the part they have begun
            raise

    async def _send_part(self, file: FileToSend, upload: Upload, number: int, checksum: str) -> None:
        start, length = part_span(number, file.found.fingerprint.size)
        await self._remote.notion.send(
            upload.id,
            self._body(file, start, length, checksum),
            filename=upload.filename,
            content_type=upload.content_type,
            part=number,
        )
        with self._store.transaction():
            self._store.uploads.save_part(upload.id, number, checksum)
        self._tally.bytes_uploaded += length

    async def _record(self, upload: Upload) -> None:
        account = await self._remote.account_for_file()
        with self._store.transaction():
            self._store.uploads.save(account.bot, upload)

    def _body(self, file: FileToSend, start: int, length: int, checksum: str) -> CountedBody:
        found = file.found
        stretch = Stretch(
            found.source, found.fingerprint, start=start, length=length, checksum=checksum,
            chunk=self._bandwidth.grain(CHUNK), root=file.root, disk=self._disk,
        )  # fmt: skip
        return CountedBody(
            stretch, found.id.path, clock=self._clock, bandwidth=self._bandwidth, report=self._report
        )


async def _takes_bytes(ports: Ports, upload: Upload) -> bool:
    """Whether an upload is still pending, with all parts that were confirmed: a refusal was about the file."""
    try:
        shown = await ports.remote.notion.upload(upload.id)
    except NotFound:
        return False
    with ports.store.reading():
        confirmed = len(ports.store.uploads.parts(upload.id))
    return shown.status == "pending" and (shown.parts_sent is None or shown.parts_sent >= confirmed)


def _upload(file: FileToSend, answer: FileUpload, status: str, expires_at: float | None) -> Upload:
    """Return an upload for the record. `expires_at` is by this machine's clock, which need not agree with Notion's."""
    return Upload(
        id=answer.id,
        digest=file.digest,
        content_type=answer.content_type or file.content_type or "",
        filename=answer.filename or file.filename,
        size=file.found.fingerprint.size,
        status=status,
        created_at=answer.created_time or 0.0,
        expires_at=expires_at,
        variant=file.variant,
    )


def _only_of(transfer: _Transfer, error: Exception, file: FileToSend) -> bool:
    """Whether an error is about the file that was sent and not about its content, so that another file may succeed."""
    if isinstance(error, FileError):
        return file.found is not transfer.file.found
    refused = isinstance(error, ValidationFailed) and error.unsupported_type
    # Notion takes the type from the name: the same content may be accepted under another name.
    return refused and extension(file.found.id.name) != extension(transfer.file.filename)
