"""The file upload object (page "File upload")."""

from typing import Any

from notion_sync.sandbox.clock import iso_minute
from notion_sync.sandbox.shapes.version import Version
from notion_sync.sandbox.store import uploads
from notion_sync.sandbox.store.uploads import Upload
from notion_sync.sandbox.workspace import Workspace

Json = dict[str, Any]


def upload_object(workspace: Workspace, version: Version, upload: Upload) -> Json:
    """Return an upload as answered now."""
    status = upload.status_at(workspace.clock.now())
    base = f"{workspace.base_url}/v1/file_uploads/{upload.id}"
    answer: Json = {
        "object": "file_upload",
        "id": upload.id,
        "created_time": iso_minute(upload.created),
        "created_by": {"id": upload.bot_id, "type": "bot"},
        "last_edited_time": iso_minute(upload.edited),
        "in_trash": False,
        "expiry_time": None if upload.expires is None else iso_minute(upload.expires),
    }
    if status == "pending":
        # Recorded answers to creates with external_url have it, too.
        answer["upload_url"] = f"{base}/send"
        if upload.mode == "multi_part":
            answer["complete_url"] = f"{base}/complete"
    answer |= {
        "status": status,
        "filename": upload.filename,
        "content_type": upload.content_type,
        "content_length": upload.content_length,
    }
    if upload.mode == "multi_part":
        sent = uploads.parts_sent(workspace.db, upload.id)
        answer["number_of_parts"] = {"total": upload.parts_total, "sent": sent}
    if upload.import_result is not None:
        answer["file_import_result"] = upload.import_result
    if version.archived:
        answer["archived"] = False
    return answer
