"""External URLs: the check when an upload is created, and the end of an import ("Importing external files").

The requests to the URL are made elsewhere: the result of a HEAD request comes with the call, the result of a GET is
passed to `finish_import`.
"""

from typing import Any
from urllib.parse import urlsplit

from notion_sync.sandbox import filetypes
from notion_sync.sandbox.api.call import Call
from notion_sync.sandbox.clock import iso_offset
from notion_sync.sandbox.errors import invalid
from notion_sync.sandbox.store import uploads
from notion_sync.sandbox.store.blobs import Stored, keep_single
from notion_sync.sandbox.store.db import transaction
from notion_sync.sandbox.workspace import Workspace

Json = dict[str, Any]


class ImportFailedError(Exception):
    """An import that ends with the status `failed`."""

    def __init__(self, type_: str, code: str, message: str, status_code: int | None = None) -> None:
        super().__init__(message)
        self.error: Json = {
            "type": type_,
            "code": code,
            "message": message,
            "parameter": None,
            "status_code": status_code,
        }


def is_importable(url: str) -> bool:
    """Whether Notion would fetch this URL at all: it accepts only HTTPS."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme == "https" and bool(parts.hostname)


def check_url(call: Call, url: str, declared: str | None) -> str | None:
    """Return the content type that a HEAD request found at `url`; raise 400 for what cannot be imported."""
    if not is_importable(url):
        # guess: the wording; the page says that the URL must be HTTPS
        raise invalid("body failed validation: body.external_url should be a valid HTTPS URL.")
    probe = call.probe
    if probe is None or not 200 <= probe.status < 300:
        raise invalid("Failed to fetch the headers of the external URL")
    if not probe.content_type:
        # guess: the wording; the page says that a Content-Type must be there
        raise invalid("The external URL does not have a Content-Type header.")
    _check_length(call, probe.content_length)
    # guess: a type inferred from the filename or declared at create wins over the header
    content_type = declared or probe.content_type
    if not filetypes.is_supported_type(content_type, call.workspace.types):
        raise invalid(f"The content type {content_type} is not supported for the File Upload API.")
    return content_type


def _check_length(call: Call, length: str | None) -> None:
    if length is not None and length.isdigit() and int(length) > call.workspace.max_file_size:
        # guess: the wording
        raise invalid("The file size of the external URL exceeds the limit of the workspace.")


def finish_import(workspace: Workspace, upload_id: str, outcome: Stored | ImportFailedError) -> None:
    """Record the end of an import: a stored content, or a failure."""
    now = workspace.clock.now()
    upload = uploads.get(workspace.db, upload_id)
    assert upload is not None
    result: Json = {"imported_time": iso_offset(now), "type": "success", "success": {}}
    with transaction(workspace.db):
        if isinstance(outcome, Stored):
            keep_single(workspace.db, workspace.blobs, outcome)
            uploads.finish(
                workspace.db,
                upload.id,
                filename=upload.filename,
                content_type=upload.content_type,
                content_length=outcome.size,
                sha256=outcome.sha256,
                now=now,
                visible_from=now,
            )
        else:
            result = {"imported_time": iso_offset(now), "type": "error", "error": outcome.error}
        failed = result["type"] == "error"
        uploads.set_import_result(workspace.db, upload.id, failed=failed, result=result)


def download_failed(status: int | None) -> ImportFailedError:
    """Return the failure of a URL that did not answer with its file, or not at all."""
    # guess: code and message; the page names only the type
    return ImportFailedError(
        "download_error",
        "file_upload_download_failed",
        "The file could not be downloaded from the URL.",
        status,
    )


def check_imported(workspace: Workspace, size: int, *, ended: bool) -> None:
    """Raise ImportFailedError if more bytes came than a file may have, or none until the end."""
    if size > workspace.max_file_size:
        mib = workspace.max_file_size // (1024 * 1024)
        raise ImportFailedError(
            "validation_error",
            "file_upload_invalid_size",
            f"The file size is not within the allowed limit of {mib} MiB. Please try again with a new "
            "file upload.",
        )
    if ended and size == 0:
        # guess: an empty file is of an invalid size too
        raise ImportFailedError("validation_error", "file_upload_invalid_size", "The file is empty.")
