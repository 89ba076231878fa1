"""Files in answers: links unchanged, uploads as signed URLs valid for an hour (page "File object")."""

import hashlib
import hmac
from typing import Any
from urllib.parse import parse_qs, quote, unquote, urlsplit

from notion_sync.sandbox.clock import HOUR, amz_date, iso_millis
from notion_sync.sandbox.ids import parse_id, undashed
from notion_sync.sandbox.workspace import Workspace

Json = dict[str, Any]

_LIFE = 3600
# Real URLs contain a session token of about this length; with it a `files` property of 100 entries is as large as
# Notion's.
_SESSION = hashlib.sha512(b"session").hexdigest() * 6
# Encoded in advance, because a page of files has hundreds of them.
_QUERY = (
    "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Content-Sha256=UNSIGNED-PAYLOAD"
    "&X-Amz-Credential=SANDBOX%2F{day}%2Fus-west-2%2Fs3%2Faws4_request&X-Amz-Date={date}"
    f"&X-Amz-Expires={_LIFE}&X-Amz-Security-Token={{nonce}}{_SESSION}"
    "&X-Amz-Signature={signature}&X-Amz-SignedHeaders=host&x-id=GetObject"
)


def signed_url(workspace: Workspace, file_id: str, filename: str | None, now: float) -> str:
    """Return a download URL: different at each call, valid for an hour, with the file's id in the path."""
    path = f"/{workspace.space_id}/{file_id}/{quote(filename or 'Untitled', safe='')}"
    date, nonce = amz_date(now), undashed(workspace.fresh.id())
    query = _QUERY.format(
        day=date[:8], date=date, nonce=nonce, signature=_signature(workspace, path, date, nonce)
    )
    return f"{workspace.base_url}{path}?{query}"


def _signature(workspace: Workspace, path: str, date: str, nonce: str) -> str:
    return hmac.new(workspace.secret, f"{path}\n{date}\n{nonce}".encode(), "sha256").hexdigest()


def is_signed(workspace: Workspace, raw_path: str, query: str) -> bool:
    """Whether a URL was made by `signed_url`, whatever its age."""
    values = {key: items[0] for key, items in parse_qs(query).items()}
    nonce = values.get("X-Amz-Security-Token", "")[:32]
    wanted = _signature(workspace, raw_path, values.get("X-Amz-Date", ""), nonce)
    return hmac.compare_digest(wanted, values.get("X-Amz-Signature", ""))


def is_fresh(query: str, now: float) -> bool:
    """Whether a signed URL is less than an hour old."""
    date = parse_qs(query).get("X-Amz-Date", [""])[0]
    return amz_date(now - _LIFE) < date


def file_id_of(workspace: Workspace, url: str) -> str | None:
    """Return the id in the path of a download URL of this workspace, whatever its host, query and age."""
    segments = urlsplit(url).path.split("/")
    if len(segments) != 4 or segments[1] != workspace.space_id:
        return None
    return parse_id(unquote(segments[2]))


def file_object(workspace: Workspace, source: Json, now: float) -> Json:
    """Return `{"type": "file", …}` or `{"type": "external", …}` for a stored source."""
    if "url" in source:
        return {"type": "external", "external": {"url": source["url"]}}
    url = signed_url(workspace, source["file"], source["filename"], now)
    return {"type": "file", "file": {"url": url, "expiry_time": iso_millis(now + HOUR)}}


def icon_or_cover(workspace: Workspace, stored: Json | None, now: float) -> Json | None:
    """Return an icon or a cover as answered: an emoji unchanged, files without their name."""
    if stored is None or "source" not in stored:
        return stored
    return file_object(workspace, stored["source"], now)


def file_entries(workspace: Workspace, stored: list[Json], now: float) -> list[Json]:
    """Return the entries of a `files` property, each with its name; unknown kinds unchanged."""
    # guess: all of them, although a client may write no more than 100
    return [
        entry["verbatim"]
        if "verbatim" in entry
        else {"name": entry["name"], **file_object(workspace, entry["source"], now)}
        for entry in stored
    ]
