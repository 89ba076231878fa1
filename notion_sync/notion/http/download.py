"""Fetch files from their own addresses, Notion's signed ones or any public one, without the token.

A signed address gives everyone who has it access to the file for an hour, so it is never part of a message. It is
signed for GET only, so a file's size is learned by requesting its first byte.
"""

import hashlib
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import BinaryIO, Final, Self
from urllib.parse import urlsplit

import httpx

from notion_sync.clock import Clock
from notion_sync.notion.errors import DownloadFailed
from notion_sync.notion.http.bodies import Unreadable, pieces
from notion_sync.notion.http.clients import advice, http_client, network_reason
from notion_sync.notion.http.network import SILENCE
from notion_sync.text.words import human_bytes

_TIMEOUT: Final = httpx.Timeout(SILENCE, connect=10.0)
_REDIRECTS: Final = 5
_MOST: Final = 5 << 30
"""Bytes of the largest file that Notion takes; a body without a length could be endless."""
_TOTAL = re.compile(r"bytes \S+/(\d+)")


class Downloader:
    """Fetches files. Thread-safe; close it, or use it as a context manager.

    Args:
        clock: Its `Cancelled` ends a download between two chunks.
        user_agent: The program's User-Agent.
        private_hosts: The only hosts of this machine or its network from which files are fetched; None if the
            addresses are Notion's own.
        transport: Replaces the network.
    """

    def __init__(
        self,
        clock: Clock,
        *,
        user_agent: str = "notion-sync",
        private_hosts: Sequence[str] | None = None,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._clock = clock
        headers = {"User-Agent": user_agent, "Accept-Encoding": "identity"}
        self._http = (
            http_client(headers=headers, timeout=_TIMEOUT, private_hosts=private_hosts)
            if transport is None
            else httpx.Client(headers=headers, timeout=_TIMEOUT, transport=transport)
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections; downloads under way fail."""
        self._http.close()

    def size(self, url: str) -> int:
        """Return the size in bytes of the file at `url`.

        Raises:
            DownloadFailed: It cannot be fetched, or its server does not tell its size.
        """
        with self._answer(url, {"Range": "bytes=0-0"}) as answer:
            total = _TOTAL.fullmatch(answer.headers.get("content-range", ""))
            if answer.status_code == httpx.codes.PARTIAL_CONTENT and total:
                for _ in islice(self._pieces(answer), 2):
                    pass  # to its end, or the connection could not be used again
                return int(total[1])
            length = _announced(answer)
            if answer.status_code == httpx.codes.OK and length:
                return int(length)
        raise DownloadFailed("its size is not told", status=answer.status_code)

    def sha256(self, url: str) -> str:
        """Return the hex sha256 of the file at `url`, which is read completely but not stored.

        Raises:
            DownloadFailed: It cannot be fetched.
        """
        hasher = hashlib.sha256()
        for chunk in self._chunks(url):
            hasher.update(chunk)
        return hasher.hexdigest()

    def tail(self, url: str, length: int) -> bytes:
        """Return the last `length` bytes of the file at `url`, or all of a shorter one.

        Raises:
            DownloadFailed: It cannot be fetched.
        """
        tail = b""
        with self._answer(url, {"Range": f"bytes=-{length}"}) as answer:
            for piece in self._pieces(answer):  # the whole file, if the server does not support ranges
                tail = (tail + piece)[-length:]
        return tail

    @contextmanager
    def opened(self, url: str) -> Iterator[Iterator[bytes]]:
        """Open the file at `url` for reading piece by piece; reading may stop early.

        Raises:
            DownloadFailed: It cannot be fetched.
        """
        with self._answer(url, {}) as answer:
            yield self._pieces(answer)

    def save(self, url: str, file: BinaryIO, *, limit: int | None) -> int:
        """Write the file at the public address `url` to `file`; return its size in bytes.

        Raises:
            DownloadFailed: It cannot be fetched, or has more than `limit` bytes.
        """
        size = 0
        with self._answer(url, {}) as answer:
            self._check_size(int(_announced(answer) or 0), limit)
            for piece in self._pieces(answer):
                size += len(piece)
                self._check_size(size, limit)
                file.write(piece)
        return size

    @staticmethod
    def _check_size(size: int, limit: int | None) -> None:
        if limit is not None and size > limit:
            raise DownloadFailed(f"it is larger than this workspace's plan allows ({human_bytes(limit)})")

    def _chunks(self, url: str) -> Iterator[bytes]:
        with self.opened(url) as pieces:
            yield from pieces

    def _pieces(self, answer: httpx.Response) -> Iterator[bytes]:
        size = 0
        for piece in pieces(answer):
            self._clock.check()
            size += len(piece)
            if size > _MOST:
                raise DownloadFailed("it is larger than any file in Notion, or has no end")
            yield piece

    @contextmanager
    def _answer(self, url: str, headers: dict[str, str]) -> Iterator[httpx.Response]:
        """Yield a successful answer to GET with its body unread; redirects are followed, but not from HTTPS to HTTP."""
        first = url
        try:
            for _ in range(_REDIRECTS):
                with self._http.stream("GET", url, headers=headers) as answer:
                    if answer.next_request is None:
                        if not answer.is_success:
                            raise DownloadFailed(
                                f"its server answers {answer.status_code} {answer.reason_phrase}",
                                status=answer.status_code,
                            )
                        yield answer
                        return
                    url = str(answer.next_request.url)
                    if urlsplit(first).scheme == "https" != urlsplit(url).scheme:
                        raise DownloadFailed("it redirects to an address without HTTPS")
            raise DownloadFailed("it redirects too often")
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise DownloadFailed(_why(error)) from error
        except Unreadable as error:
            raise DownloadFailed(str(error)) from error


def _announced(answer: httpx.Response) -> str:
    """Return the Content-Length as decimal digits; empty if there is no valid one."""
    length: str = answer.headers.get("content-length", "")
    return length if length.isascii() and length.isdecimal() and len(length) < 20 else ""


def _why(error: httpx.HTTPError | httpx.InvalidURL) -> str:
    late = f"nothing came for {SILENCE:.0f} seconds" if isinstance(error, httpx.TimeoutException) else ""
    said = f"it cannot be fetched: {network_reason(error) or late or type(error).__name__}"
    request = error._request if isinstance(error, httpx.RequestError) else None  # noqa: SLF001 - `request` raises
    what_to_do = advice(error, request.url) if request is not None else ""
    return f"{said}; {what_to_do}" if what_to_do else said
