"""`/v1/file_uploads`: create, complete, retrieve, list ("File uploads" endpoints); `send` is separate."""

from typing import Any

from notion_sync.sandbox import filetypes
from notion_sync.sandbox.api.call import Call, expects, missing, needs
from notion_sync.sandbox.api.imports import check_url
from notion_sync.sandbox.api.paging import bad_cursor, cursor, listing, page_size
from notion_sync.sandbox.errors import invalid
from notion_sync.sandbox.options import MIB
from notion_sync.sandbox.render.uploads import upload_object
from notion_sync.sandbox.shapes import uploads as shapes
from notion_sync.sandbox.store import uploads
from notion_sync.sandbox.store.blobs import keep_parts
from notion_sync.sandbox.store.db import transaction
from notion_sync.sandbox.store.uploads import Upload
from notion_sync.sandbox.validate import Object, OneOf, check

Json = dict[str, Any]

MIN_PART = 5 * MIB
MAX_FILENAME = 900
_STATUSES = ("pending", "uploaded", "expired", "failed")


def find_upload(call: Call) -> Upload:
    """Return the upload in the path if it belongs to this connection, or raise 404."""
    upload = uploads.get(call.workspace.db, call.params["file_upload_id"])
    if upload is None or upload.bot_id != call.bot.id:
        raise missing(call, "file_upload", call.params["file_upload_id"])
    return upload


def create(call: Call) -> Json:
    """`POST /v1/file_uploads`."""
    needs_write(call)
    expects(call, shapes.CREATE)
    body, mode = call.body, call.body.get("mode", "single_part")
    _check_mode(call, mode)
    filename, content_type = name_and_type(call, body.get("filename"), body.get("content_type"))
    if mode == "external_url":
        content_type = check_url(call, body["external_url"], content_type)
    with transaction(call.workspace.db):
        upload = uploads.create(
            call.workspace.db,
            id_=call.workspace.fresh.id(),
            file_id=call.workspace.fresh.id(),
            bot_id=call.bot.id,
            mode=mode,
            filename=filename,
            content_type=content_type,
            parts_total=int(body["number_of_parts"]) if mode == "multi_part" else None,
            external_url=body.get("external_url"),
            now=call.now,
        )
    return upload_object(call.workspace, call.version, upload)


def needs_write(call: Call) -> None:
    """Raise 403 unless the connection may insert or update content."""
    # guess: which of the two is asked for; Notion's text about unusable uploads names both
    if "update" not in call.bot.capabilities:
        needs(call, "insert")


def _check_mode(call: Call, mode: str) -> None:
    required = {"multi_part": ("filename", "number_of_parts"), "external_url": ("filename", "external_url")}
    for key in required.get(mode, ()):
        if key not in call.body:
            raise invalid(f"body failed validation: body.{key} should be defined, instead was `undefined`.")
    if mode == "multi_part" and call.workspace.plan == "free":
        # guess: code and wording; "Sending larger files" says that multi-part is for paid workspaces
        raise invalid("Multi-part file uploads are not available to workspaces on a free plan.")


def name_and_type(
    call: Call, filename: str | None, content_type: str | None
) -> tuple[str | None, str | None]:
    """Return an upload's name and type, each inferred from the other if missing; raise 400 if unsupported."""
    types = call.workspace.types
    if filename is not None:
        ext = filetypes.extension(filename)
        if ext is None and content_type is not None:
            inferred = filetypes.inferred_extension(content_type, types)
            ext, filename = inferred, f"{filename}.{inferred}" if inferred else filename
        _check_filename(filename)
        if not filetypes.is_supported_extension(ext, types) and (ext is not None or content_type is None):
            raise invalid(
                "Provided `filename` has an extension that is not supported for the File Upload API."
            )
        if content_type is None and ext is not None:
            content_type = filetypes.inferred_type(ext, types)
    if content_type is not None and not filetypes.is_supported_type(content_type, types):
        raise invalid(f"The content type {content_type} is not supported for the File Upload API.")
    return filename, content_type


def _check_filename(filename: str) -> None:
    # guess: the wording, that the inferred extension counts, and that letters that are not ASCII stay as they are; the
    # reference gives only the limit, 900 bytes
    size = len(filename.encode("utf-8", "surrogatepass"))
    if size > MAX_FILENAME:
        raise invalid(
            f"body failed validation: body.filename.length should be ≤ `{MAX_FILENAME}`, "
            f"instead was `{size}`."
        )
    if not filename:
        raise invalid("body failed validation: body.filename.length should be ≥ `1`, instead was `0`.")


def retrieve(call: Call) -> Json:
    """`GET /v1/file_uploads/{file_upload_id}`."""
    return upload_object(call.workspace, call.version, find_upload(call))


def list_uploads(call: Call) -> Json:
    """`GET /v1/file_uploads`: this connection's uploads, newest first."""
    size, start = page_size(call), cursor(call)
    status = call.query.get("status", [""])[0]
    if status:
        check(Object({}, {"status": OneOf(_STATUSES)}), {"status": status}, "query")
    from_seq = None
    if start is not None:
        first = uploads.get(call.workspace.db, start)
        if first is None or first.bot_id != call.bot.id:
            raise bad_cursor(start)
        from_seq = first.seq
    found = _with_status(call, status, from_seq, size + 1)
    results = [upload_object(call.workspace, call.version, upload) for upload in found[:size]]
    return listing("file_upload", results, found[size].id if len(found) > size else None)


def _with_status(call: Call, status: str, from_seq: int | None, count: int) -> list[Upload]:
    """Return the first `count` uploads of a status, which depends on the clock, so SQL cannot select by it."""
    db, found, seq = call.workspace.db, list[Upload](), from_seq
    while len(found) < count:
        batch = uploads.of_bot(db, call.bot.id, from_seq=seq, count=500, made_by=call.listed_until)
        if not batch:
            break
        found += [upload for upload in batch if not status or upload.status_at(call.now) == status]
        seq = batch[-1].seq - 1
    return found[:count]


def complete(call: Call) -> Json:
    """`POST /v1/file_uploads/{file_upload_id}/complete`: joins the parts, all of which must be there."""
    needs_write(call)
    expects(call, shapes.EMPTY)
    upload = find_upload(call)
    if upload.mode != "multi_part":
        # guess: code and wording
        raise invalid(
            f"File upload {upload.id} has mode `{upload.mode}`; only `multi_part` uploads are completed."
        )
    check_pending(call, upload)
    parts = uploads.parts(call.workspace.db, upload.id)
    _check_parts(upload, parts)
    total = sum(part.size for part in parts)
    check_size(call, total)
    pieces = [(part.path, part.size) for part in parts]
    sha256 = call.workspace.blobs.hash_of(pieces)
    return _finish(call, upload, pieces, total, sha256)


def _finish(call: Call, upload: Upload, pieces: list[tuple[str, int]], total: int, sha256: str) -> Json:
    db = call.workspace.db
    with transaction(db):
        surplus = keep_parts(db, call.workspace.blobs, sha256, pieces)
        uploads.finish(
            db,
            upload.id,
            filename=upload.filename,
            content_type=upload.content_type,
            content_length=total,
            sha256=sha256,
            now=call.workspace.clock.now(),
            visible_from=call.workspace.clock.now() + call.invisible,
        )
    for path in surplus:
        call.workspace.blobs.drop(path)
    return upload_object(call.workspace, call.version, find_upload(call))


def check_pending(call: Call, upload: Upload) -> None:
    """Raise 400 for an upload that accepts no more bytes."""
    status = upload.status_at(call.workspace.clock.now())
    if status != "pending":
        # guess: the wording; "Uploading small files" says that it is a validation error
        raise invalid(f"File upload {upload.id} has status `{status}`; it must be `pending`.")


def _check_parts(upload: Upload, parts: list[uploads.Part]) -> None:
    # guess: code and wording of both, and that a part that is too small is refused only now
    numbers = {part.number for part in parts}
    absent = [number for number in range(1, (upload.parts_total or 0) + 1) if number not in numbers]
    if absent:
        raise invalid(
            f"File upload {upload.id} is missing {len(absent)} of {upload.parts_total} parts; the first "
            f"missing part is {absent[0]}."
        )
    for part in parts[:-1]:
        if part.size < MIN_PART:
            raise invalid(
                f"Part {part.number} of file upload {upload.id} has {part.size} bytes; every part but the "
                f"last must have at least {MIN_PART}."
            )


def check_size(call: Call, size: int) -> None:
    """Raise 400 for a file that is larger than the workspace allows."""
    limit = call.workspace.max_file_size
    if size > limit:
        raise invalid(f"File size of {_mib(size)} exceeds the limit of {_mib(limit)}.")


def _mib(size: int) -> str:
    """Format a size as `19.511 MiB`, `5 MiB`, `5 GiB`: at most three decimals."""
    # guess: from 1 GiB on the unit is GiB
    unit, divisor = ("GiB", 1024 * MIB) if size >= 1024 * MIB else ("MiB", MIB)
    return f"{size / divisor:.3f}".rstrip("0").rstrip(".") + f" {unit}"
