"""`POST /v1/file_uploads/{file_upload_id}/send`: the bytes, whole or one part ("Send a file upload")."""

from typing import Any

from notion_sync.sandbox.api.call import Call
from notion_sync.sandbox.api.uploads import check_pending, check_size, find_upload, name_and_type, needs_write
from notion_sync.sandbox.errors import invalid, invalid_json
from notion_sync.sandbox.messages import Form
from notion_sync.sandbox.multipart import Field
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


def admit(call: Call) -> Upload:
    """Return the upload that takes the bytes; refuses before reading the body what the path alone rules out."""
    needs_write(call)
    upload = find_upload(call)
    check_pending(call, upload)
    if upload.mode == "external_url":
        # guess: code and wording
        raise invalid(f"File upload {upload.id} has mode `external_url`; no bytes can be sent to it.")
    return upload


def send(call: Call) -> Json:
    """Receive a form with the field `file`, and `part_number` for a multi-part upload."""
    stored = call.form.stored
    try:
        upload = admit(call)  # checked again, as an equal request may have ended meanwhile
        field, stored = _file(call.form)
        if upload.mode == "multi_part":
            _take_part(call, upload, stored)
        else:
            _take_whole(call, upload, field, stored)
    except BaseException:
        call.workspace.blobs.drop(stored.path if stored else None)
        raise
    return upload_object(call.workspace, call.version, find_upload(call))


def _file(form: Form) -> tuple[Field, Stored]:
    if form.absent:
        # Live calls with bare bytes and with an empty body were refused like this.
        raise invalid_json()
    # guess: code and wording for a form that makes no sense, or has no file
    if form.broken is not None:
        raise invalid(f"Error parsing multipart form data: {form.broken}.")
    if form.strange is not None:
        raise invalid(f"body failed validation: body.{form.strange} should be not present.")
    if form.file is None or form.stored is None:
        raise invalid("body failed validation: body.file should be defined, instead was `undefined`.")
    return form.file, form.stored


def _check_sent(stored: Stored) -> None:
    # guess: that empty files are refused, and both wordings; the limit itself is documented
    if stored.size == 0:
        raise invalid("The file is empty; a file upload must have at least one byte.")
    if stored.size > MAX_SENT:
        raise invalid(
            f"File size of {stored.size / MIB:.3f} MiB exceeds the limit of 20 MiB for a single "
            "request. Use a multi-part upload."
        )


def _take_whole(call: Call, upload: Upload, field: Field, stored: Stored) -> None:
    if call.form.part_number is not None:
        # guess: a part number for a single_part upload is refused
        raise invalid(
            "body failed validation: body.part_number should be not present, instead was "
            f'`"{call.form.part_number}"`.'
        )
    filename, content_type = _described(call, upload, field)
    check_size(call, stored.size)
    _check_sent(stored)
    db = call.workspace.db
    with transaction(db):
        keep_single(db, call.workspace.blobs, stored)
        now = call.workspace.clock.now()
        uploads.finish(
            db,
            upload.id,
            filename=filename,
            content_type=content_type,
            content_length=stored.size,
            sha256=stored.sha256,
            now=now,
            visible_from=now + call.invisible,
        )


def _described(call: Call, upload: Upload, field: Field) -> tuple[str | None, str | None]:
    """Return name and type exactly as created; what was left open then is taken from the form."""
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


def _take_part(call: Call, upload: Upload, stored: Stored) -> None:
    """Store a part; its own content type and filename are ignored (recorded: parts without any were accepted)."""
    number = _part_number(upload, call.form.part_number)
    _check_sent(stored)
    db, blobs = call.workspace.db, call.workspace.blobs
    assert stored.path is not None
    # guess: a part that is sent again replaces the first, and counts once
    old = uploads.part(db, upload.id, number)
    name = stored.path.rpartition("/")[2]
    path = blobs.settle(stored.path, f"parts/{upload.id}/{number:05}-{name}")
    with transaction(db):
        new = Part(number, stored.size, path)
        uploads.put_part(db, upload.id, new, call.workspace.clock.now())
    blobs.drop(old.path if old else None)


def _part_number(upload: Upload, text: str | None) -> int:
    """Return the part number, a form field and so a string; from 1 to the announced number of parts."""
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
