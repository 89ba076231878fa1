"""`GET /v1/users/me`: the connection itself, its workspace and the upload limit."""

from typing import Any

from notion_sync.sandbox.api.call import Call
from notion_sync.sandbox.workspace import NAME

Json = dict[str, Any]


def me(call: Call) -> Json:
    """Return the bot user; needs no particular capability (page "Retrieve your token's bot user")."""
    workspace = call.workspace
    return {
        "object": "user",
        "id": call.bot.id,
        "name": call.bot.name,
        "avatar_url": None,
        "type": "bot",
        "bot": {
            "owner": {"type": "workspace", "workspace": True},
            "workspace_id": workspace.space_id,
            "workspace_name": NAME,
            "workspace_limits": {"max_file_upload_size_in_bytes": workspace.max_file_size},
        },
    }
