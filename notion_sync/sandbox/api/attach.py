"""Convert a file in a request to a stored source: an upload becomes a file, a link stays a link.

A source is `{"upload", "file", "filename"}` or `{"url"}`.
"""

from typing import Any

from notion_sync.sandbox import filetypes
from notion_sync.sandbox.api.call import Call, body_id
from notion_sync.sandbox.errors import invalid, upload_not_usable
from notion_sync.sandbox.render.files import file_id_of
from notion_sync.sandbox.store import uploads
from notion_sync.sandbox.store.uploads import Upload

Json = dict[str, Any]


def source_of(call: Call, request: Json, kind: str) -> Json:
    """Return the source of a request's `file_upload` or `external`; `kind` is what it will be shown as.

    Attaching removes the upload's expiry for good (page "Uploading small files").
    """
    if "external" in request:
        return {"url": request["external"]["url"]}
    upload = usable_upload(call, body_id(request["file_upload"]["id"]))
    if not filetypes.fits(kind, upload.content_type):
        # guess: the wording; the documentation says only that it cannot be done
        raise invalid(
            f"Content type `{upload.content_type}` of file upload {upload.id} is not supported for {kind}."
        )
    uploads.mark_attached(call.workspace.db, upload.id, call.now)
    return upload_source(upload)


def usable_upload(call: Call, id_: str) -> Upload:
    """Return an upload of this connection that is `uploaded`, or raise 404."""
    upload = uploads.get(call.workspace.db, id_)
    usable = (
        upload is not None
        and upload.bot_id == call.bot.id
        and upload.status_at(call.now) == "uploaded"
        and upload.visible_from <= call.now
    )
    if upload is None or not usable:
        raise upload_not_usable(id_)
    return upload


def upload_source(upload: Upload) -> Json:
    """Return the source of an upload, the same wherever it is attached."""
    return {"upload": upload.id, "file": upload.file_id, "filename": upload.filename}


def file_entry(call: Call, request: Json) -> Json:
    """Return an entry of a `files` property: `{"name", "source"}`.

    An entry that was read before is identified by the path of its URL (page "Page properties": "If you pass a file
    object containing a file hosted by Notion, it remains one of the files").
    """
    if "file" in request:
        # guess: an expired URL keeps its entry too, and any file of the workspace may be named like this
        file_id = file_id_of(call.workspace, request["file"]["url"])
        upload = uploads.by_file_id(call.workspace.db, file_id) if file_id else None
        if upload is None:
            # guess: what Notion does with a URL it never gave out is not known
            raise invalid(
                "Could not find a file with the given URL. Files hosted by Notion must be passed as read."
            )
        return {"name": request["name"], "source": upload_source(upload)}
    source = source_of(call, request, "files")
    return {"name": request.get("name") or _default_name(source), "source": source}


def _default_name(source: Json) -> str:
    # guess: a filename over 100 characters is taken as it is when no name is given
    return str(source.get("filename") or "Untitled")
