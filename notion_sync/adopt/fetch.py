"""Fetches what files in Notion are, several at once, by their own addresses: none of it counts against the rate limit.

A file of ours may be in a zip that `unsupported: zip` made: one deflated member, the file as it is. The member is
what is compared, not the zip: its bytes depend on the file's time, on the name that it had when it was packaged,
and on the library. Layout: PKWARE APPNOTE 4.3.
"""

import hashlib
import struct
import zlib
from collections.abc import Callable, Coroutine, Iterable, Iterator
from contextlib import suppress
from types import TracebackType
from typing import Any, Self, TypeVar

from notion_sync.adopt.candidates import Candidate
from notion_sync.errors import NotionSyncError
from notion_sync.notion.download import Downloader, DownloadFailed
from notion_sync.sync.ports import Ports
from notion_sync.sync.tasks import Shared, Tasks

T = TypeVar("T")

Question = Callable[[Downloader, str], T]
"""Asks an address for something: the size of its file, its content. Blocks."""

TAIL = 4096
"""Bytes that hold the list of a zip's one member, with a name of at most 255 bytes, and the end record."""

_END = struct.Struct("<4s4H2LH")
_ENTRY = struct.Struct("<4s6H3L5H2L")
_MEMBER = struct.Struct("<4s5H3L2H")
_DEFLATED = 8
_IN_EXTRA = 0xFFFFFFFF
_ZIP64 = 1


class Fetcher:
    """Use it in an `async with`: at its end what was not begun is not wanted any more.

    Args:
        ports: Notion signs addresses anew that have run out; files are fetched in threads.
        downloader: Fetches.
        failed: Told of a file that cannot be fetched, and why.
    """

    def __init__(
        self, ports: Ports, downloader: Downloader, failed: Callable[[Candidate, Exception], None]
    ) -> None:
        self._link = ports.link
        self._clock = ports.clock
        self._threads = ports.threads
        self._downloader = downloader
        self._failed = failed
        self._tasks = Tasks()
        self._asked: dict[tuple[Question[Any], str], Shared[Any]] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._clock.halt()
        await self._tasks.join()
        self._clock.go_on()

    def ask(self, question: Question[T], candidates: Iterable[Candidate]) -> None:
        """Begin with what will be wanted."""
        for candidate in candidates:
            key = (question, candidate.id)
            if key not in self._asked:
                self._asked[key] = Shared(self._clock)
                self._tasks.spawn(_ended(self._asked[key], self._fetch(question, candidate)))

    async def answers(self, question: Question[T], candidates: Iterable[Candidate]) -> dict[str, T]:
        """The answers by candidate; those that fail are told, and left out.

        Raises:
            NotionError: An address cannot be signed anew.
            Cancelled: The run was asked to stop.
        """
        candidates = list(candidates)
        self.ask(question, candidates)
        answers: dict[str, T] = {}
        for candidate in candidates:
            self._clock.check()
            try:
                answers[candidate.id] = await self._asked[question, candidate.id].result()
            except Exception as error:
                if isinstance(error, NotionSyncError) and not isinstance(error, DownloadFailed):
                    raise
                self._failed(candidate, error)
        return answers

    def forget(self) -> None:
        """What was asked for so far is not wanted again."""
        self._asked.clear()

    async def _fetch(self, question: Question[T], candidate: Candidate) -> T:
        assert candidate.file.url is not None
        try:
            return await self._threads.download(self._answer, question, candidate.file.url)
        except DownloadFailed as error:
            if not error.stale or (fresh := await self._fresh(candidate)) is None:
                raise
        return await self._threads.download(self._answer, question, fresh)

    def _answer(self, question: Question[T], url: str) -> T:
        self._clock.check()
        return question(self._downloader, url)

    async def _fresh(self, candidate: Candidate) -> str | None:
        """The address, signed anew."""
        if candidate.block_id is not None:
            return (await self._link.notion.block(candidate.block_id)).url
        file = candidate.file_on(await self._link.notion.page(candidate.page_id))
        return file.url if file is not None else None


async def _ended(shared: Shared[T], work: Coroutine[Any, Any, T]) -> None:
    with suppress(Exception):  # whoever asks for the answer gets it
        await shared.run(work)


def packaged_size(downloader: Downloader, url: str) -> int | None:
    """Bytes of the file in the zip at `url`; None if that is none of ours."""
    return member_size(downloader.tail(url, TAIL))


def packaged_sha256(downloader: Downloader, url: str) -> str | None:
    """The sha256, in hex, of the file in the zip at `url`; None if that is none of ours."""
    with downloader.opened(url) as pieces:
        return member_sha256(pieces)


def member_size(tail: bytes) -> int | None:
    """Bytes of the one member of a zip, given the zip's last bytes; None if it is none of ours."""
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
    """The size of a member too large for the list's own field."""
    while len(extra) >= 4:
        kind, length = struct.unpack_from("<2H", extra)
        if kind == _ZIP64 and length >= 8 and len(extra) >= 12:
            return int(struct.unpack_from("<Q", extra, 4)[0])
        extra = extra[4 + length :]
    return None


def member_sha256(pieces: Iterator[bytes]) -> str | None:
    """The sha256, in hex, of the first member of a zip, given the zip in pieces; None if it is none of ours."""
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
            # In steps, for a few bytes of a zip may become very many.
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
