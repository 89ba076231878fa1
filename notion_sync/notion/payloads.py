"""What is written to Notion, as values, and the JSON each becomes.

Names and texts are brought within Notion's limits here (developers.notion.com "Request limits"), so that
one long name never makes Notion refuse the other 99 blocks of a request.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final

from notion_sync.notion.json_access import JsonObject
from notion_sync.notion.media import BlockKind, clean_text, shorten_name, split_text
from notion_sync.notion.pages import PropertyFile

CHILDREN_LIMIT: Final = 100
"""Most blocks in one request."""

FILES_LIMIT: Final = 100
"""Most entries of a `files` property in one request, which writes all of them."""

_TEXT_LIMIT: Final = 2000
_PIECES_LIMIT: Final = 100


@dataclass(frozen=True, slots=True)
class MediaBlock:
    """A block to be made of an upload.

    Args:
        kind: Must fit the upload's content type; `file` takes all.
        upload_id: An upload with the status `uploaded`.
        name: Shown by `file` blocks; the other kinds cannot have one and ignore it.
        caption: Shown below; cut after 200,000 characters.
    """

    kind: BlockKind
    upload_id: str
    name: str | None = None
    caption: str | None = None

    def to_json(self) -> JsonObject:
        """The block as "Append block children" and "Create a page" take it."""
        media: dict[str, object] = {"type": "file_upload", "file_upload": {"id": self.upload_id}}
        _describe(media, self.kind, self.name, self.caption)
        return {"object": "block", "type": self.kind, self.kind: media}


@dataclass(frozen=True, slots=True)
class BlockChange:
    """What to change of a media block; None leaves a thing as it is.

    Args:
        kind: The kind the block has; it cannot change.
        upload_id: The upload to show from now on.
        name: New name of a `file` block.
        caption: New caption, empty to have none.
    """

    kind: BlockKind
    upload_id: str | None = None
    name: str | None = None
    caption: str | None = None

    def to_json(self) -> JsonObject:
        """The body of "Update a block", which takes no `type` inside the media object."""
        media: dict[str, object] = {}
        if self.upload_id is not None:
            media["file_upload"] = {"id": self.upload_id}
        _describe(media, self.kind, self.name, self.caption)
        return {self.kind: media}


class Edge(Enum):
    """The two ends of a page."""

    START = "start"
    END = "end"


@dataclass(frozen=True, slots=True)
class After:
    """Right after this block."""

    block_id: str


Position = Edge | After
"""Where appended blocks go."""


def position_json(position: Position) -> JsonObject | None:
    """`position` of "Append block children" (Notion-Version 2026-03-11); None for the end, its default."""
    match position:
        case After(block_id):
            return {"type": "after_block", "after_block": {"id": block_id}}
        case Edge.START:
            return {"type": "start"}
        case _:
            return None


class Clear(Enum):
    """Says that an icon or a cover shall be removed, where None says that it shall stay."""

    CLEAR = "clear"


CLEAR: Final = Clear.CLEAR


@dataclass(frozen=True, slots=True)
class NewFile:
    """An entry of a `files` property to be made of an upload.

    Args:
        upload_id: An upload with the status `uploaded`.
        name: Shown by Notion; the upload's file name where None.
    """

    upload_id: str
    name: str | None = None


@dataclass(frozen=True, slots=True)
class PropertyValue:
    """A value for one property of a page, as JSON that Notion takes; made by the functions below."""

    json: JsonObject


def files(entries: Iterable[PropertyFile | NewFile]) -> PropertyValue:
    """A `files` property: exactly these entries, those that were read and those that are new.

    developers.notion.com "Page property values": what is not passed is removed, and a hosted file that is
    passed as it was read stays.

    Raises:
        ValueError: More than 100 entries, or one that was read but cannot be written.
    """
    written = [_entry(each) for each in entries]
    if len(written) > FILES_LIMIT:
        raise ValueError(f"a files property takes {FILES_LIMIT} entries, not {len(written)}")
    return PropertyValue({"files": written})


def title(text: str) -> PropertyValue:
    """The title of a page."""
    return PropertyValue({"title": rich_text(text)})


def property_value(kind: str, text: str) -> PropertyValue:
    """A property of the type `kind`, from what a person would type into it.

    Args:
        kind: The column's type.
        text: An ISO 8601 date or time for `date`, names with nothing but commas between them for `multi_select`, `yes`,
            `true`, `on` or `1` for a ticked `checkbox`. An empty text empties the property.

    Raises:
        ValueError: No text can be written to such a property, or not this one.
    """
    if kind not in _FROM_TEXT:
        raise ValueError(f"a property of type {kind!r} cannot be set from text")
    # The name of an option is written to the letter: one with a blank at its end is another one.
    return PropertyValue({kind: _FROM_TEXT[kind](text if kind in _OF_OPTIONS else text.strip())})


def rich_text(text: str) -> Sequence[JsonObject]:
    """`text` in pieces that Notion takes: 2,000 characters each, 100 at most; the rest is cut off."""
    pieces = split_text(clean_text(text), _TEXT_LIMIT)[:_PIECES_LIMIT]
    return [{"type": "text", "text": {"content": piece}} for piece in pieces]


def upload_json(upload_id: str) -> JsonObject:
    """An upload as an icon or a cover."""
    return {"type": "file_upload", "file_upload": {"id": upload_id}}


def _describe(media: dict[str, object], kind: BlockKind, name: str | None, caption: str | None) -> None:
    if name is not None and kind == "file":
        media["name"] = shorten_name(name)
    if caption is not None:
        media["caption"] = rich_text(caption)


def _entry(entry: PropertyFile | NewFile) -> JsonObject:
    if isinstance(entry, NewFile):
        named = {"name": shorten_name(entry.name)} if entry.name else {}
        return {**upload_json(entry.upload_id), **named}
    kind, url = entry.file.type, entry.file.url
    if kind not in {"file", "external"} or not url:
        raise ValueError(f"the entry {entry.name!r} of type {kind!r} cannot be written back")
    address = {"url": url}
    if kind == "file" and entry.file.expires:
        address["expiry_time"] = entry.file.expires
    return {"type": kind, kind: address, "name": shorten_name(entry.name)}


def _option(name: str) -> JsonObject | None:
    # developers.notion.com "Page property values": the name of an option has no commas.
    return {"name": shorten_name(name.replace(",", ";"))} if name else None


def _options(names: str) -> list[JsonObject]:
    return [option for name in names.split(",") if (option := _option(name))]


def _date(text: str) -> JsonObject | None:
    return {"start": text} if text else None


def _number(text: str) -> float | None:
    if not text:
        return None
    value = int(text) if text.lstrip("+-").isdecimal() else float(text)
    if not math.isfinite(value):
        raise ValueError(f"{text!r} is no number that Notion takes")
    return value


def _ticked(text: str) -> bool:
    return text.lower() in {"yes", "true", "on", "1"}


def _address(text: str) -> str | None:
    return clean_text(text) or None


_OF_OPTIONS: Final = ("select", "status", "multi_select")

_FROM_TEXT: Final[Mapping[str, Callable[[str], object]]] = {
    "title": rich_text,
    "rich_text": rich_text,
    "select": _option,
    "status": _option,
    "multi_select": _options,
    "date": _date,
    "number": _number,
    "checkbox": _ticked,
    "url": _address,
    "email": _address,
    "phone_number": _address,
}
