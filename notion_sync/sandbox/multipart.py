"""Reading a `multipart/form-data` body as it arrives (RFC 7578), one field after the other.

aiohttp's own reader copies each chunk several times; this one only searches for the boundary, so that
receiving costs little more than writing and hashing.
"""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from email.message import Message
from urllib.parse import unquote

_MAX_HEADER = 16 * 1024
_MAX_VALUE = 64 * 1024


class FormError(Exception):
    """The body is not what its content type says."""


@dataclass(frozen=True, slots=True)
class Field:
    """What stands in the headers of one field."""

    name: str
    filename: str | None
    content_type: str | None


def boundary_of(content_type: str) -> bytes:
    """The boundary that a request's content type announces."""
    message = Message()
    message["Content-Type"] = content_type
    boundary = message.get_boundary()
    if message.get_content_type() != "multipart/form-data" or not boundary:
        raise FormError("the content type is not multipart/form-data with a boundary")
    return boundary.encode("latin-1")


class Form:
    """The fields of a form in order; each must be read to its end before the next.

    Args:
        stream: The body.
        boundary: As announced in the request's content type.
    """

    def __init__(self, stream: AsyncIterator[bytes], boundary: bytes) -> None:
        self._stream = stream
        self._mark = b"\r\n--" + boundary
        # The first boundary may stand at the very start: give it the line break it lacks.
        self._buffer = b"\r\n"
        self._at_field = False

    async def next_field(self) -> Field | None:
        """The headers of the next field, or None after the last."""
        if not self._at_field:
            await self._skip_preamble()
        while len(self._buffer) < 2:
            await self._more()
        if self._buffer.startswith(b"--"):
            async for _ in self._stream:
                pass
            return None
        head = await self._until(b"\r\n\r\n", _MAX_HEADER)
        return _field(head)

    async def content(self) -> AsyncIterator[bytes]:
        """The bytes of the current field, as they come."""
        mark = self._mark
        keep = len(mark) - 1
        while True:
            at = self._buffer.find(mark)
            if at >= 0:
                if at:
                    yield self._buffer[:at]
                self._buffer = self._buffer[at + len(mark) :]
                return
            if len(self._buffer) > keep:
                ready = len(self._buffer) - keep
                # Only a tail that may be the beginning of the mark has to wait for more.
                tail = self._buffer.find(b"\r", ready)
                ready = len(self._buffer) if tail < 0 else tail
                yield self._buffer[:ready] if ready < len(self._buffer) else self._buffer
                self._buffer = self._buffer[ready:]
            await self._more()

    async def text(self) -> str:
        """The current field as a short text."""
        value = bytearray()
        async for chunk in self.content():
            value += chunk
            if len(value) > _MAX_VALUE:
                raise FormError("a text field is too long")
        return value.decode("utf-8", "replace")

    async def _skip_preamble(self) -> None:
        async for _ in self.content():
            pass
        self._at_field = True

    async def _until(self, end: bytes, limit: int) -> bytes:
        while (at := self._buffer.find(end)) < 0:
            if len(self._buffer) > limit:
                raise FormError("a field's headers are too long")
            await self._more()
        head, self._buffer = self._buffer[:at], self._buffer[at + len(end) :]
        return head

    async def _more(self) -> None:
        try:
            chunk = await anext(self._stream)
        except StopAsyncIteration:
            raise FormError("the body ends before the closing boundary") from None
        self._buffer = self._buffer + chunk if self._buffer else chunk


_PARAMETER = re.compile(r';\s*([\w!#$&^.+*-]+)\s*=\s*("(?:[^"\\]|\\.)*"|[^;]*)')


def _field(head: bytes) -> Field:
    """Field headers; names and filenames are UTF-8, as browsers and HTTP libraries send them."""
    headers = {}
    for line in head.strip(b"\r\n").split(b"\r\n"):
        name, _, value = line.partition(b":")
        headers[name.strip().lower()] = value.strip().decode("utf-8", "replace")
    disposition = headers.get(b"content-disposition", "")
    parameters = {key.lower(): _unquote(value) for key, value in _PARAMETER.findall(disposition)}
    if not disposition.lower().startswith("form-data") or "name" not in parameters:
        raise FormError("a field has no name")
    filename = parameters.get("filename")
    if "filename*" in parameters:
        filename = unquote(parameters["filename*"].rpartition("'")[2], errors="replace")
    return Field(parameters["name"], filename, headers.get(b"content-type"))


def _unquote(value: str) -> str:
    """A quoted string as HTTP libraries write it: backslash escapes, or `%22` for a quote as browsers do."""
    value = value.strip()
    if value.startswith('"') and value.endswith('"'):
        value = re.sub(r"\\(.)", r"\1", value[1:-1])
    return value.replace("%22", '"').replace("%0D", "\r").replace("%0A", "\n")
