"""Reading a `multipart/form-data` body as it arrives (RFC 7578), one field after the other.

No input or output here: chunks are fed, events come out. HTTP libraries' own readers copy each chunk several
times; this one only searches for the boundary, so that receiving costs little more than writing and hashing.
"""

import re
from dataclasses import dataclass
from email.message import Message
from enum import Enum, auto
from urllib.parse import unquote

_MAX_HEADER = 16 * 1024


class FormError(Exception):
    """The body is not what its content type says."""


@dataclass(frozen=True, slots=True)
class Field:
    """What stands in the headers of one field."""

    name: str
    filename: str | None
    content_type: str | None


Event = Field | bytes
"""A field begins, or the next bytes of the field that began last."""


def is_form(content_type: str) -> bool:
    """Whether a request's content type announces a form."""
    return content_type.partition(";")[0].strip().lower() == "multipart/form-data"


def boundary_of(content_type: str) -> bytes:
    """The boundary that a request's content type announces."""
    message = Message()
    message["Content-Type"] = content_type
    boundary = message.get_boundary()
    if message.get_content_type() != "multipart/form-data" or not boundary:
        raise FormError("the content type is not multipart/form-data with a boundary")
    return boundary.encode("latin-1")


class _At(Enum):
    PREAMBLE = auto()
    HEADERS = auto()
    CONTENT = auto()
    END = auto()


class FormReader:
    """Turns the chunks of a body into its fields and their bytes.

    Args:
        boundary: As announced in the request's content type.
    """

    def __init__(self, boundary: bytes) -> None:
        self._mark = b"\r\n--" + boundary
        # The first boundary may stand at the very start: give it the line break it lacks.
        self._buffer = b"\r\n"
        self._at = _At.PREAMBLE

    def feed(self, chunk: bytes) -> list[Event]:
        """What this chunk brought; may raise FormError."""
        events: list[Event] = []
        if self._at is not _At.END:
            self._buffer = self._buffer + chunk if self._buffer else chunk
            while self._step(events):
                pass
        return events

    def finish(self) -> None:
        """The body is at its end: raise FormError if the form is not."""
        if self._at is not _At.END:
            raise FormError("the body ends before the closing boundary")

    def _step(self, events: list[Event]) -> bool:
        """Take what can be taken from the buffer; False if more is needed first, or nothing comes any more."""
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
        """How much of the buffer cannot be the beginning of the mark."""
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
