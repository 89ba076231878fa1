"""Build the form that carries a file, or a part of one: streamed, of known length, repeatable for a retry.

developers.notion.com "Send a file upload": the field `file` has the bytes with a name and a content type, the field
`part_number` a decimal number. Chunks are passed on without copying; at 256 to 512 KiB they cost the least CPU. A small
form is sent in one piece, because a further piece costs more than the copy.
"""

import secrets
from collections.abc import Iterator
from typing import Final, Protocol

from notion_sync.notion.errors import BodyMismatch

_SAFE: Final = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.+=@, ()[]")

_ONE_PIECE: Final = 64 * 1024
"""Maximum size in bytes of a form that is sent in one piece."""


class Body(Protocol):
    """Bytes to send. An exception raised by `chunks` propagates out of the call unchanged."""

    @property
    def length(self) -> int:
        """Number of bytes, known before the first is read."""

    def chunks(self) -> Iterator[bytes]:
        """Yield the bytes from the first to the last, anew at each call; best in chunks of 256 to 512 KiB."""


class Form:
    """A `multipart/form-data` body that can be iterated any number of times.

    Args:
        body: The bytes of the field `file`.
        filename: The part's file name. It is sent in ASCII only, as servers treat other characters differently; Notion
            keeps the name from "Create a file upload".
        content_type: Exactly the upload's content type.
        part: Part number, from 1; None for an upload in one part.
        boundary: Separator of the fields; random if empty.
    """

    def __init__(
        self, body: Body, *, filename: str, content_type: str, part: int | None = None, boundary: str = ""
    ) -> None:
        if not content_type.isprintable() or not content_type.isascii():
            raise ValueError(f"not a content type: {content_type!r}")
        self._body = body
        self._announced = body.length
        self._boundary = boundary or secrets.token_hex(16)
        number = f"{self._field('part_number')}\r\n\r\n{part}\r\n" if part is not None else ""
        file = f'{self._field("file")}; filename="{ascii_name(filename)}"\r\n'
        self._head = f"{number}{file}Content-Type: {content_type}\r\n\r\n".encode("ascii")
        self._tail = f"\r\n--{self._boundary}--\r\n".encode("ascii")

    @property
    def content_type(self) -> str:
        """The request's `Content-Type`."""
        return f"multipart/form-data; boundary={self._boundary}"

    @property
    def content_length(self) -> int:
        """Size of the whole form in bytes."""
        return len(self._head) + self._announced + len(self._tail)

    def __iter__(self) -> Iterator[bytes]:
        """Yield the form from its first byte.

        Raises:
            BodyMismatch: The body has more or fewer bytes than announced. Notion got an incomplete request, which it
                cannot act on.
        """
        if self.content_length <= _ONE_PIECE:
            yield b"".join(self._pieces())
        else:
            yield from self._pieces()

    def _pieces(self) -> Iterator[bytes]:
        yield self._head
        left = self._announced
        for chunk in self._body.chunks():
            left -= len(chunk)
            if left < 0:
                raise self._mismatch("more")
            yield chunk
        if left > 0:
            raise self._mismatch("fewer")
        yield self._tail

    def _field(self, name: str) -> str:
        return f'--{self._boundary}\r\nContent-Disposition: form-data; name="{name}"'

    def _mismatch(self, how: str) -> BodyMismatch:
        return BodyMismatch(f"the file has {how} bytes than the {self._announced} announced: it has changed")


def ascii_name(filename: str) -> str:
    """Return the last 100 characters of `filename`, with everything but plain ASCII replaced by `_`."""
    return "".join(char if char in _SAFE else "_" for char in filename[-100:]) or "file"
