"""Tell whether a file in Notion holds a content of ours. A name is no evidence: different files may have equal names.

The evidence, cheapest first:

    the file id      in the address of every hosted file; each upload has one, wherever it is attached
                     (developers.notion.com "File object"). If the record knows its content, nothing is fetched
    the size         needs one byte of the file
    the bytes        need the whole file

None of it counts against the rate limit. If the evidence cannot be fetched, `Unseen` is raised, and nothing may be
concluded.

For a file packaged in a zip (`unsupported: zip`), the one deflated member is compared, not the zip: the zip's bytes
depend on the file's mtime, on its name when it was packaged, and on the library. Layout: PKWARE APPNOTE 4.3.
"""

import hashlib
import struct
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar

from notion_sync.errors import NotionSyncError
from notion_sync.model import FETCHED, Digest, Placement, Upload
from notion_sync.notion.errors import DownloadFailed, Unseen
from notion_sync.notion.pages import Page
from notion_sync.notion.values import Block, FileRef
from notion_sync.report import Report
from notion_sync.rules import Kind, Unsupported
from notion_sync.state import Store
from notion_sync.sync.failures import log_unforeseen
from notion_sync.sync.ports import Ports
from notion_sync.sync.tasks import Promise
from notion_sync.text.words import human_bytes
from notion_sync.writes import Intent

if TYPE_CHECKING:
    from notion_sync.notion.http.download import Downloader


T = TypeVar("T")

Question = Callable[["Downloader", str], T]
"""Fetches a fact about the file at an address, such as its size or sha256; blocks the thread."""


def hosted_size(downloader: "Downloader", url: str) -> int:
    """Return the bytes of the file at `url`."""
    return downloader.size(url)


def hosted_sha256(downloader: "Downloader", url: str) -> str:
    """Return the sha256, in hex, of the file at `url`."""
    return downloader.sha256(url)


@dataclass(frozen=True, slots=True)
class HostedFile:
    """A file that Notion hosts, and where it is shown. Each read returns a new address, signed for one hour."""

    file: FileRef
    page_id: str
    block_id: str | None = None
    """None for an entry, an icon or a cover."""
    column: str | None = None
    """Id of the property, for an entry."""
    kind: str = ""
    """`icon` or `cover`, for one of these."""

    @property
    def file_id(self) -> str | None:
        """The file id in its address."""
        return self.file.url_path_file_id

    def on_block(self, block: Block) -> FileRef | None:
        """Return the same file in a fresh copy of its block, or None."""
        return self._same([block.file])

    def on_page(self, page: Page) -> FileRef | None:
        """Return the same file in a fresh copy of its page, or None."""
        if self.column is not None:
            return self._same([each.file for each in page.files(self.column) or ()])
        return self._same([page.icon if self.kind == Kind.ICON else page.cover])

    def _same(self, files: list[FileRef | None]) -> FileRef | None:
        """Return the file with the same id, or None: another file may have taken its place."""
        return next((each for each in files if each and each.url_path_file_id == self.file_id), None)


async def ask_hosted(ports: Ports, question: Question[T], file: HostedFile) -> T:
    """Answer a question about a hosted file; if its address has expired, read a new one and try once more.

    Raises:
        DownloadFailed: The file cannot be fetched.
        NotionError: The new address cannot be read.
        Cancelled: The run was asked to stop.
    """
    downloader = ports.remote.notion.files

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
    """Return a newly signed address; None if the file is no longer shown there."""
    notion = ports.remote.notion
    if file.block_id is not None:
        shown = file.on_block(await notion.block(file.block_id))
    else:
        shown = file.on_page(await notion.page(file.page_id))
    return shown.url if shown is not None else None


LARGE = 256 * 2**20
"""Bytes from which fetching a file is reported, because it may take minutes."""


@dataclass(frozen=True, slots=True)
class SentContent:
    """A content that was uploaded."""

    recorded: tuple[Digest, str]
    """Its digest and variant in the record."""
    digest: Digest | None
    """Digest of the file's bytes, before any packaging in a zip; None if the bytes were never read here."""
    size: int | None
    """Bytes uploaded, after packaging; None if unknown."""
    file_id: str | None = None
    """Its file id, if its upload was attached before: a file with another id comes from another upload."""

    @property
    def zipped(self) -> bool:
        """Whether the file went in a zip."""
        return self.recorded[1] == Unsupported.ZIP


def content_sent(upload: Upload) -> SentContent:
    """Describe the content that was sent as an upload."""
    # If Notion could not fetch an address, the file was fetched here and has another variant: its digest is of bytes.
    digest = None if upload.variant == FETCHED else upload.digest
    return SentContent((upload.digest, upload.variant), digest, upload.size or None)


def sent_content_of(store: Store, uploaded: Intent | Placement) -> SentContent:
    """Describe the content that a block or entry should hold, from the record."""
    with store.reading():
        upload = store.uploads.get(uploaded.upload_id) if uploaded.upload_id else None
        file_id = store.things.file_of_upload(uploaded.upload_id, uploaded.digest)
    if isinstance(uploaded, Placement):
        file_id = uploaded.file_id or file_id
    recorded = (uploaded.digest, uploaded.variant)
    if upload is not None:
        return replace(content_sent(upload), recorded=recorded, file_id=file_id)
    return SentContent(recorded, None if uploaded.variant == FETCHED else uploaded.digest, None, file_id)


class Identity:
    """Identifies files in Notion by their content, and caches what was fetched.

    Args:
        ports: The store knows file ids; Notion hosts the files.
        report: Receives a note before a large file is fetched.
    """

    def __init__(self, ports: Ports, report: Report | None = None) -> None:
        self._ports = ports
        self._store = ports.store
        self._report = report
        self._answers: dict[tuple[Question[Any], str], Promise[Any]] = {}
        """Cached answers by question and file id; the content of a hosted file never changes."""

    async def holds(self, file: HostedFile, content: SentContent) -> bool:
        """Whether a file in Notion holds a content.

        Raises:
            Unseen: The file cannot be fetched now.
            NotionError: Its new address cannot be read.
            Cancelled: The run was asked to stop.
        """
        return content in await self.held(file, [content])

    async def size(self, file: HostedFile) -> int:
        """Return the bytes of a file in Notion; raises what `holds` raises."""
        return await self._ask(hosted_size, file)

    async def digest(self, file: HostedFile) -> Digest | None:
        """Return the digest of a file in Notion if its bytes have been fetched, else None."""
        asked = self._answers.get((hosted_sha256, file.file_id or ""))
        return Digest(await asked.result()) if asked is not None and asked.ended else None

    async def held(self, file: HostedFile, contents: Iterable[SentContent]) -> frozenset[SentContent]:
        """Return those of `contents` that a file in Notion holds; raises what `holds` raises.

        A content without a digest counts as held if its size is unknown or equal.
        """
        if not file.file.hosted:
            return frozenset()
        held, undecided = self._judged_by_id(file, list(contents))
        if not undecided:
            return frozenset(held)
        length = await self._ask(hosted_size, file)
        fitting = [each for each in undecided if each.size in (None, length)]
        if fitting and length >= LARGE and self._report is not None:
            mebibytes = human_bytes(length)
            self._report.note(
                f'fetching "{file.file.filename}" from Notion ({mebibytes}) to compare it with what was sent; '
                "this takes a while"
            )
        for content in fitting:
            if content.digest is None or content.digest == await self._digest(file, content):
                held.add(content)
        return frozenset(held)

    def _judged_by_id(
        self, file: HostedFile, contents: Sequence[SentContent]
    ) -> tuple[set[SentContent], list[SentContent]]:
        """Split contents by the file's id: those that the file holds, and those that the id does not decide."""
        if file.file_id is None:
            return set(), list(contents)
        with self._store.reading():
            recorded = self._store.things.contents_of_file(file.file_id)
        held = {each for each in contents if each.file_id == file.file_id or each.recorded in recorded}
        # A content that was attached before would have its known file id.
        return held, [each for each in contents if not recorded and each.file_id is None]

    async def _digest(self, file: HostedFile, content: SentContent) -> str | None:
        return await (self._ask(packaged_sha256, file) if content.zipped else self._ask(hosted_sha256, file))

    async def _ask(self, question: Question[T], file: HostedFile) -> T:
        if file.file_id is None:
            return await self._fetch(question, file)
        key = (question, file.file_id)
        if (asked := self._answers.get(key)) is not None:
            answer: T = await asked.result()
            return answer
        mine: Promise[T] = Promise(self._ports.clock)
        self._answers[key] = mine
        try:
            return await mine.run(self._fetch(question, file))
        except BaseException:
            del self._answers[key]
            raise

    async def _fetch(self, question: Question[T], file: HostedFile) -> T:
        try:
            return await ask_hosted(self._ports, question, file)
        except Exception as error:
            if isinstance(error, NotionSyncError) and not isinstance(error, DownloadFailed):
                raise
            name = file.file.filename or "without a name"
            log_unforeseen(error, name)
            raise Unseen(f'what the file "{name}" in Notion holds is not known: {error}') from error


# Zip archives

TAIL = 4096
"""Bytes that suffice for the central directory of one member, with a name of at most 255 bytes, and the end record."""

_END = struct.Struct("<4s4H2LH")
_ENTRY = struct.Struct("<4s6H3L5H2L")
_MEMBER = struct.Struct("<4s5H3L2H")
_DEFLATED = 8
_IN_EXTRA = 0xFFFFFFFF
_ZIP64 = 1


def packaged_size(downloader: "Downloader", url: str) -> int | None:
    """Return the bytes of the file in the zip at `url`; None if it is not a zip of ours."""
    return member_size(downloader.tail(url, TAIL))


def packaged_sha256(downloader: "Downloader", url: str) -> str | None:
    """Return the sha256, in hex, of the file in the zip at `url`; None if it is not a zip of ours."""
    with downloader.opened(url) as pieces:
        return member_sha256(pieces)


def member_size(tail: bytes) -> int | None:
    """Return the bytes of the one member of a zip, given the zip's last bytes; None if it is not a zip of ours."""
    end = tail.rfind(b"PK\5\6")
    start = tail.rfind(b"PK\1\2", 0, max(end, 0))
    if start < 0 or len(tail) - end < _END.size or end - start < _ENTRY.size:
        return None
    (_, _, _, _, members, *_) = _END.unpack_from(tail, end)
    (_, _, _, _, method, _, _, _, _, size, name, extra, *_) = _ENTRY.unpack_from(tail, start)
    if members != 1 or method != _DEFLATED:
        return None
    if size != _IN_EXTRA:
        return int(size)
    at = start + _ENTRY.size + name
    return _large_size(tail[at : at + extra])


def _large_size(extra: bytes) -> int | None:
    """Return the size in a zip64 extra field, for a member too large for the directory's own field; None if missing."""
    while len(extra) >= 4:
        kind, length = struct.unpack_from("<2H", extra)
        if kind == _ZIP64 and length >= 8 and len(extra) >= 12:
            return int(struct.unpack_from("<Q", extra, 4)[0])
        extra = extra[4 + length :]
    return None


def member_sha256(pieces: Iterator[bytes]) -> str | None:
    """Return the sha256, in hex, of the first member of a zip given in pieces; None if it is not a zip of ours."""
    head = b""
    length = _MEMBER.size
    for piece in pieces:
        head += piece
        if len(head) < length:
            continue
        signature, _, encrypted, method, *_, name, extra = _MEMBER.unpack_from(head)
        if signature != b"PK\3\4" or encrypted & 1 or method != _DEFLATED:
            return None
        length = _MEMBER.size + name + extra
        if len(head) >= length:
            return _inflated_sha256(head[length:], pieces)
    return None


def _inflated_sha256(first: bytes, pieces: Iterator[bytes]) -> str | None:
    hasher = hashlib.sha256()
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    piece: bytes | None = first
    try:
        while piece is not None:
            # Inflate in steps of 1 MiB: a few bytes of a zip may expand to very many.
            while piece and not inflater.eof:
                hasher.update(inflater.decompress(piece, 1 << 20))
                piece = inflater.unconsumed_tail
            if inflater.eof:
                return hasher.hexdigest()
            piece = next(pieces, None)
        hasher.update(inflater.flush())
    except zlib.error:
        return None
    return hasher.hexdigest() if inflater.eof else None
