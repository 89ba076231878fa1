"""`POST /v1/file_uploads/{file_upload_id}/send`: the bytes, whole or one part ("Send a file upload")."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from notion_sync.sandbox.api.call import Call
from notion_sync.sandbox.api.uploads import check_pending, check_size, find_upload, name_and_type, needs_write
from notion_sync.sandbox.errors import invalid
from notion_sync.sandbox.multipart import Field, Form, FormError, boundary_of
from notion_sync.sandbox.options import MIB
from notion_sync.sandbox.render.uploads import upload_object
from notion_sync.sandbox.store import uploads
from notion_sync.sandbox.store.blobs import Stored, keep_single
from notion_sync.sandbox.store.db import transaction
from notion_sync.sandbox.store.uploads import Part, Upload

Json = dict[str, Any]

MAX_SENT = 20 * MIB
# guess: the smaller limit holds ("Send a file upload" says 1 to 1,000, while a create takes 10,000 parts)
MAX_PART_NUMBER = 1000


@dataclass(frozen=True, slots=True)
class Received:
    """A form that was read to its end."""

    field: Field
    stored: Stored
    part_number: str | None


async def send(call: Call) -> Json:
    """Take a form with the field `file`, and `part_number` for a multi-part upload."""
    needs_write(call)
    upload = find_upload(call)
    check_pending(call, upload)
    if upload.mode == "external_url":
        # guess: code and wording
        raise invalid(f"File upload {upload.id} has mode `external_url`; no bytes can be sent to it.")
    received = await _receive(call, upload)
    try:
        check_pending(call, find_upload(call))  # an equal request may have ended in the meantime
        if upload.mode == "multi_part":
            _take_part(call, upload, received)
        else:
            _take_whole(call, upload, received)
    except BaseException:
        call.workspace.blobs.drop(received.stored.path)
        raise
    return upload_object(call.workspace, call.version, find_upload(call))


async def _receive(call: Call, upload: Upload) -> Received:
    """Read the form; the file goes to the disk as it comes, whatever stands before or after it."""
    # guess: code and wording for a body that is no form, or has no file
    assert call.stream is not None
    field, stored, part_number = None, None, None
    try:
        form = Form(call.stream, boundary_of(call.content_type))
        while (current := await form.next_field()) is not None:
            if current.name == "file" and stored is None:
                field, stored = current, await _store(call, upload, form.content())
            elif current.name == "part_number":
                part_number = await form.text()
            else:
                _refuse_field(current.name)
    except FormError as problem:
        call.workspace.blobs.drop(stored.path if stored else None)
        raise invalid(f"Error parsing multipart form data: {problem}.") from None
    except BaseException:
        call.workspace.blobs.drop(stored.path if stored else None)
        raise
    if field is None or stored is None:
        raise invalid("body failed validation: body.file should be defined, instead was `undefined`.")
    return Received(field, stored, part_number)


def _refuse_field(name: str) -> None:
    raise invalid(f"body failed validation: body.{name} should be not present.")


async def _store(call: Call, upload: Upload, content: AsyncIterator[bytes]) -> Stored:
    whole = upload.mode == "single_part"
    blobs = call.workspace.blobs
    return await blobs.receive(content, keep=not (whole and blobs.discard), hashed=whole)


def _check_sent(received: Received) -> None:
    # guess: that empty files are refused, and both wordings; the limit itself is documented
    if received.stored.size == 0:
        raise invalid("The file is empty; a file upload must have at least one byte.")
    if received.stored.size > MAX_SENT:
        raise invalid(
            f"File size of {received.stored.size / MIB:.3f} MiB exceeds the limit of 20 MiB for a single "
            "request. Use a multi-part upload."
        )


def _take_whole(call: Call, upload: Upload, received: Received) -> None:
    if received.part_number is not None:
        # guess: a part number for a single_part upload is refused
        raise invalid(
            "body failed validation: body.part_number should be not present, instead was "
            f'`"{received.part_number}"`.'
        )
    filename, content_type = _described(call, upload, received.field)
    check_size(call, received.stored.size)
    _check_sent(received)
    db = call.workspace.db
    with transaction(db):
        keep_single(db, call.workspace.blobs, received.stored)
        now = call.workspace.clock.now()
        uploads.finish(
            db,
            upload.id,
            filename=filename,
            content_type=content_type,
            content_length=received.stored.size,
            sha256=received.stored.sha256,
            now=now,
            visible_from=now + call.invisible,
        )


def _described(call: Call, upload: Upload, field: Field) -> tuple[str | None, str | None]:
    """Name and type: as created, byte for byte; what was left open then is taken from the form."""
    sent = field.content_type or "application/octet-stream"
    if upload.content_type is None:
        return name_and_type(call, upload.filename or field.filename, sent)
    if sent != upload.content_type:
        raise invalid(
            f"Current file content type of `{sent}` does not match the original content type of "
            f"`{upload.content_type}`. Use the original content type determined during File Upload "
            "creation, or try again with a new File Upload."
        )
    return name_and_type(call, upload.filename or field.filename, upload.content_type)


def _take_part(call: Call, upload: Upload, received: Received) -> None:
    """A part's own content type and filename do not matter (recorded: parts without any were taken)."""
    number = _part_number(upload, received.part_number)
    _check_sent(received)
    db, blobs = call.workspace.db, call.workspace.blobs
    assert received.stored.path is not None
    # guess: a part that is sent again replaces the first, and counts once
    old = uploads.part(db, upload.id, number)
    name = received.stored.path.rpartition("/")[2]
    path = blobs.settle(received.stored.path, f"parts/{upload.id}/{number:05}-{name}")
    with transaction(db):
        new = Part(number, received.stored.size, path)
        uploads.put_part(db, upload.id, new, call.workspace.clock.now())
    blobs.drop(old.path if old else None)


def _part_number(upload: Upload, text: str | None) -> int:
    """A form field, so a string; between 1 and the number of parts that was announced."""
    # guess: the wording of each
    if text is None:
        raise invalid("body failed validation: body.part_number should be defined, instead was `undefined`.")
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= MAX_PART_NUMBER:
        raise invalid(
            f"body failed validation: body.part_number should be an integer between 1 and {MAX_PART_NUMBER}, "
            f'instead was `"{text}"`.'
        )
    if int(text) > (upload.parts_total or 0):
        raise invalid(
            f"body failed validation: body.part_number should be ≤ `{upload.parts_total}`, instead was "
            f"`{int(text)}`."
        )
    return int(text)
