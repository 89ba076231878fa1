"""Parse a `multipart/form-data` body as it arrives (RFC 7578), one field after the other.

Does no I/O: takes chunks and returns events. The readers of HTTP libraries copy each chunk several times; this one only
searches for the boundary, so that receiving costs little more than writing and hashing.
"""

import re
from contextlib import suppress
from dataclasses import dataclass
from email.message import Message
from enum import Enum, auto
from urllib.parse import unquote

_MAX_HEADER = 16 * 1024


class FormError(Exception):
    """The body is not what its content type says."""


@dataclass(frozen=True, slots=True)
class Field:
    """The headers of one field."""

    name: str
    filename: str | None
    content_type: str | None


Event = Field | bytes
"""The start of a field, or the next bytes of the current field."""


def is_form(content_type: str) -> bool:
    """Whether a content type announces a form."""
    return content_type.partition(";")[0].strip().lower() == "multipart/form-data"


def boundary_of(content_type: str) -> bytes:
    """Return the boundary in a request's content type."""
    message = Message()
    message["Content-Type"] = content_type
    boundary = message.get_boundary()
    if message.get_content_type() == "multipart/form-data" and boundary:
        with suppress(UnicodeEncodeError):
            return boundary.encode("latin-1")
    raise FormError("the content type is not multipart/form-data with a boundary")


class _At(Enum):
    PREAMBLE = auto()
    HEADERS = auto()
    CONTENT = auto()
    END = auto()


class FormReader:
    """Splits the chunks of a body into fields and their bytes.

    Args:
        boundary: The boundary in the request's content type.
    """

    def __init__(self, boundary: bytes) -> None:
        self._mark = b"\r\n--" + boundary
        # The first boundary may be at the very start, so the line break before it is added.
        self._buffer = b"\r\n"
        self._at = _At.PREAMBLE

    def feed(self, chunk: bytes) -> list[Event]:
        """Return the events in this chunk; may raise FormError."""
        events: list[Event] = []
        if self._at is not _At.END:
            self._buffer = self._buffer + chunk if self._buffer else chunk
            while self._step(events):
                pass
        return events

    def finish(self) -> None:
        """Note the end of the body; raise FormError if the form is incomplete."""
        if self._at is not _At.END:
            raise FormError("the body ends before the closing boundary")

    def _step(self, events: list[Event]) -> bool:
        """Parse the next item in the buffer; return False if more bytes are needed, or at the end."""
        return self._headers(events) if self._at is _At.HEADERS else self._content(events)

    def _content(self, events: list[Event]) -> bool:
        at = self._buffer.find(self._mark)
        end = at if at >= 0 else self._safe()
        if end and self._at is _At.CONTENT:
            events.append(self._buffer[:end])
        if at < 0:
            self._buffer = self._buffer[end:]
            return False
        self._buffer = self._buffer[at + len(self._mark) :]
        self._at = _At.HEADERS
        return True

    def _safe(self) -> int:
        """Return how many bytes of the buffer cannot be the start of a boundary."""
        sure = max(0, len(self._buffer) - len(self._mark) + 1)
        start = self._buffer.find(b"\r", sure)
        return len(self._buffer) if start < 0 else start

    def _headers(self, events: list[Event]) -> bool:
        if len(self._buffer) < 2:
            return False
        if self._buffer.startswith(b"--"):
            self._at, self._buffer = _At.END, b""
            return False
        at = self._buffer.find(b"\r\n\r\n")
        if at < 0:
            if len(self._buffer) > _MAX_HEADER:
                raise FormError("a field's headers are too long")
            return False
        events.append(_field(self._buffer[:at]))
        self._buffer = self._buffer[at + len(b"\r\n\r\n") :]
        self._at = _At.CONTENT
        return True


_PARAMETER = re.compile(r';\s*([\w!#$&^.+*-]+)\s*=\s*("(?:[^"\\]|\\.)*"|[^;]*)')


def _field(head: bytes) -> Field:
    """Parse field headers; names and filenames are UTF-8, as browsers and HTTP libraries send them."""
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
    """Decode a quoted string as HTTP libraries write it: backslash escapes, or browsers' `%22` for a quote."""
    value = value.strip()
    if value.startswith('"') and value.endswith('"'):
        value = re.sub(r"\\(.)", r"\1", value[1:-1])
    return value.replace("%22", '"').replace("%0D", "\r").replace("%0A", "\n")
