"""Convert rich text from the form of requests to the form of answers (page "Rich text")."""

from typing import Any

from notion_sync.sandbox import dates
from notion_sync.sandbox.ids import parse_id
from notion_sync.sandbox.render.pages import app_url
from notion_sync.sandbox.store import pages
from notion_sync.sandbox.workspace import Workspace

Json = dict[str, Any]

_PLAIN = dict.fromkeys(("bold", "italic", "strikethrough", "underline", "code"), False)


def rich_text(workspace: Workspace, items: list[Json]) -> list[Json]:
    """Return rich text as it is stored and answered."""
    return [_item(workspace, item) for item in items if item.get("text", {}).get("content") != ""]


def stored_date(request: Json) -> Json:
    """Return a date as answered: times have their offset and no time zone (recorded)."""
    zone = request.get("time_zone")
    end = request.get("end")
    return {
        "start": dates.shown(request["start"], zone),
        "end": None if end is None else dates.shown(end, zone),
        "time_zone": None,
    }


def plain_text(items: list[Json]) -> str:
    """Return the text without its formatting."""
    return "".join(item["plain_text"] for item in items)


def _item(workspace: Workspace, item: Json) -> Json:
    annotations: Json = {**_PLAIN, "color": "default", **item.get("annotations", {})}
    if "text" in item:
        link = item["text"].get("link")
        href = None if link is None else link["url"]
        text = {"content": item["text"]["content"], "link": None if href is None else {"url": href}}
        return _shape("text", text, annotations, item["text"]["content"], href)
    if "equation" in item:
        expression = item["equation"]["expression"]
        return _shape("equation", {"expression": expression}, annotations, expression, None)
    mention, words, href = _mention(workspace, item["mention"])
    return _shape("mention", mention, annotations, words, href)


def _shape(type_: str, content: Json, annotations: Json, words: str, href: str | None) -> Json:
    return {"type": type_, type_: content, "annotations": annotations, "plain_text": words, "href": href}


def _mention(workspace: Workspace, mention: Json) -> tuple[Json, str, str | None]:
    """Return the mention, its text, and its address."""
    if "date" in mention:
        date = stored_date(mention["date"])
        return {"type": "date", "date": date}, date["start"], None
    if "user" in mention:
        user = {"object": "user", "id": mention["user"]["id"]}
        return {"type": "user", "user": user}, "@Anonymous", None
    kind = "page" if "page" in mention else "database"
    id_ = parse_id(mention[kind]["id"])
    assert id_ is not None
    page = pages.get(workspace.db, id_)
    return (
        {"type": kind, kind: {"id": id_}},
        page.title if page else "Untitled",
        app_url(id_),
    )
