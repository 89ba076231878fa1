"""Read the form of a `send` as its chunks arrive: the bytes of the file, and the other fields."""

from dataclasses import dataclass, replace

from notion_sync.sandbox.api import send
from notion_sync.sandbox.api.body import read_json
from notion_sync.sandbox.api.call import Call
from notion_sync.sandbox.errors import ApiError
from notion_sync.sandbox.messages import Form
from notion_sync.sandbox.multipart import Field, FormError, FormReader, boundary_of, is_form
from notion_sync.sandbox.store.blobs import Blobs, Stored

_MAX_VALUE = 64 * 1024


@dataclass(frozen=True, slots=True)
class Reception:
    """How to store the file of a `send`."""

    keep: bool
    """False if only size and hash are needed."""
    hashed: bool
    """False for parts: the whole is hashed when the upload is completed."""


def reception(call: Call, content_type: str) -> Reception | None:
    """Return how to store what is sent to this upload; None if the body is not a form.

    Raises what `send` would raise without reading the body.
    """
    if not is_form(content_type):
        return None
    whole = send.admit(call).mode == "single_part"
    return Reception(keep=not (whole and call.workspace.blobs.discard), hashed=whole)


class FormIntake:
    """Parses a form chunk by chunk.

    Args:
        content_type: The request's content type.
    """

    def __init__(self, content_type: str) -> None:
        self._reader: FormReader | None = None
        self._form = Form()
        self._current: Field | None = None
        self._file: Field | None = None
        self._number = bytearray()
        try:
            self._reader = FormReader(boundary_of(content_type))
        except FormError as problem:
            self._form = Form(broken=str(problem))

    def feed(self, chunk: bytes) -> list[bytes]:
        """Return the file's bytes in this chunk; none once the form has turned out to be invalid."""
        if self._reader is None or self._form.broken or self._form.strange:
            return []
        try:
            return [data for event in self._reader.feed(chunk) if (data := self._event(event))]
        except FormError as problem:
            self._form = Form(broken=str(problem))
            return []

    def finish(self, stored: Stored) -> Form:
        """Return the complete form; `stored` are the bytes of its file."""
        form = self._form
        try:
            if self._reader is not None and not (form.broken or form.strange):
                self._reader.finish()
        except FormError as problem:
            form = Form(broken=str(problem))
        if self._file is not None:
            form = replace(form, file=self._file)
        return replace(form, stored=stored)

    def _event(self, event: Field | bytes) -> bytes:
        """Return the file's bytes; record everything else."""
        if isinstance(event, Field):
            self._begin(event)
            return b""
        if self._current is self._file:
            return event
        self._number += event
        if len(self._number) > _MAX_VALUE:
            raise FormError("a text field is too long")
        self._form = replace(self._form, part_number=self._number.decode("utf-8", "replace"))
        return b""

    def _begin(self, field: Field) -> None:
        self._current = field
        if field.name == "file" and self._file is None:
            self._file = field
        elif field.name == "part_number":
            self._number.clear()
            self._form = replace(self._form, part_number="")
        elif self._form.strange is None:
            self._form = replace(self._form, strange=field.name)


def other_form(raw: bytes | None) -> Form:
    """Return the form for a body that is not a form."""
    try:
        read_json("POST", raw)
    except ApiError:
        return Form(absent=True)
    # guess: JSON is looked at, and lacks the file
    return Form(absent=not raw)


def read_form(blobs: Blobs, content_type: str, body: bytes, how: Reception) -> Form:
    """Read a form that is in memory."""
    intake = FormIntake(content_type)
    return intake.finish(blobs.put(intake.feed(body), keep=how.keep, hashed=how.hashed))
