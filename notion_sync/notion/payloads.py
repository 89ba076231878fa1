"""Values to write to Notion, and the JSON of each.

Names and captions of new blocks are shortened to Notion's limits (developers.notion.com "Request limits"), so that one
long name does not make Notion reject the other 99 blocks of a request. Updates write names unchanged, because they may
be other people's.
"""

import datetime as dt
import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final

from notion_sync.notion.json_access import JsonObject
from notion_sync.notion.media import (
    NAME_LIMIT,
    BlockKind,
    clean_text,
    shorten_name,
    split_text,
    utf16_length,
    without_surrogates,
)
from notion_sync.notion.pages import PropertyFile

CHILDREN_LIMIT: Final = 100
"""Maximum number of blocks in one request."""

FILES_LIMIT: Final = 100
"""Maximum number of entries of a `files` property in one request, which writes all of them."""

_TEXT_LIMIT: Final = 2000
_PIECES_LIMIT: Final = 100


@dataclass(frozen=True, slots=True)
class MediaBlock:
    """A block to be created from an upload.

    Args:
        kind: Must fit the upload's content type; `file` takes all.
        upload_id: An upload with the status `uploaded`.
        name: Shown by `file` blocks; the other types cannot have one and ignore it.
        caption: Shown below; cut after 200,000 characters.
    """

    kind: BlockKind
    upload_id: str
    name: str | None = None
    caption: str | None = None

    def to_json(self) -> JsonObject:
        """Return the block as "Append block children" and "Create a page" take it."""
        media: dict[str, object] = {"file_upload": {"id": self.upload_id}}
        if self.kind != "embed":  # an embed has no inner `type`: it is not a media object (OpenAPI)
            media["type"] = "file_upload"
        name = shorten_name(self.name) if self.name is not None else None
        _describe(media, self.kind, name, self.caption)
        return {"object": "block", "type": self.kind, self.kind: media}


@dataclass(frozen=True, slots=True)
class BlockChange:
    """Changes to a media block; None leaves a part unchanged.

    Args:
        kind: The block's type, which cannot change.
        upload_id: The upload to show.
        name: New name of a `file` block; if None with a new upload, Notion uses the upload's file name.
        caption: New caption; empty to remove it.
    """

    kind: BlockKind
    upload_id: str | None = None
    name: str | None = None
    caption: str | None = None

    def to_json(self) -> JsonObject:
        """Return the body of "Update a block", which takes no `type` inside the media object."""
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
    """The position right after this block."""

    block_id: str


Position = Edge | After
"""Where to insert blocks."""


def position_json(position: Position) -> JsonObject | None:
    """Return `position` of "Append block children" (Notion-Version 2026-03-11); None for the end, its default."""
    match position:
        case After(block_id):
            return {"type": "after_block", "after_block": {"id": block_id}}
        case Edge.START:
            return {"type": "start"}
        case _:
            return None


class Clear(Enum):
    """Marks an icon or cover for removal, where None means to keep it."""

    CLEAR = "clear"


CLEAR: Final = Clear.CLEAR


@dataclass(frozen=True, slots=True)
class NewFile:
    """An entry of a `files` property to be created from an upload.

    Args:
        upload_id: An upload with the status `uploaded`.
        name: The name that Notion shows; None for the upload's file name.
    """

    upload_id: str
    name: str | None = None


@dataclass(frozen=True, slots=True)
class PropertyValue:
    """The value of a page property as JSON for Notion; created by the functions below."""

    json: JsonObject


def files(entries: Iterable[PropertyFile | NewFile]) -> PropertyValue:
    """Return a `files` property with exactly these entries, those that were read and new ones.

    developers.notion.com "Page property values": an update removes the entries that it omits, and keeps a hosted file
    that it repeats as it was read.

    Raises:
        ValueError: More than 100 entries, or one that was read but cannot be written.
    """
    written = [_entry(each) for each in entries]
    if len(written) > FILES_LIMIT:
        raise ValueError(f"a files property takes {FILES_LIMIT} entries, not {len(written)}")
    return PropertyValue({"files": written})


def title(text: str) -> PropertyValue:
    """Return the title of a page."""
    return PropertyValue({"title": rich_text(text)})


def property_value(kind: str, text: str) -> PropertyValue:
    """Convert a text, as a person would type it, to a property of the type `kind`.

    Args:
        kind: The column's type; for a title use `title`.
        text: An ISO 8601 date or time for `date`, names separated only by commas for `multi_select`, `yes`, `true`,
            `on` or `1` for a ticked `checkbox`. An empty text clears the property.

    Raises:
        ValueError: The property cannot be set from a text, or not from this one.
    """
    if kind not in _FROM_TEXT:
        raise ValueError(f"a property of type {kind!r} cannot be set from text")
    # Names of options are written unchanged: with a trailing space a name means a different option.
    return PropertyValue({kind: _FROM_TEXT[kind](text if kind in _OF_OPTIONS else text.strip())})


def rich_text(text: str) -> Sequence[JsonObject]:
    """Split `text` into rich text pieces of 2,000 characters, at most 100 pieces; the rest is cut off."""
    pieces = split_text(without_surrogates(text), _TEXT_LIMIT)[:_PIECES_LIMIT]
    return [{"type": "text", "text": {"content": piece}} for piece in pieces]


def upload_json(upload_id: str) -> JsonObject:
    """Return an upload as an icon or a cover."""
    return {"type": "file_upload", "file_upload": {"id": upload_id}}


def _describe(media: dict[str, object], kind: BlockKind, name: str | None, caption: str | None) -> None:
    if name is not None and kind == "file":
        media["name"] = name
    if caption is not None:
        media["caption"] = rich_text(clean_text(caption))


def is_writable(entry: PropertyFile) -> bool:
    """Whether an entry that was read can be written back unchanged: it has a known type, an address and a name."""
    known = entry.file.type in {"file", "external"} and bool(entry.file.url)
    return known and is_name(entry.name)


def is_name(text: str) -> bool:
    """Whether Notion accepts a text as the name of a block or an entry: 1 to 100 characters."""
    return 0 < utf16_length(text) <= NAME_LIMIT


def _entry(entry: PropertyFile | NewFile) -> JsonObject:
    if isinstance(entry, NewFile):
        named = {"name": entry.name} if entry.name else {}
        return {**upload_json(entry.upload_id), **named}
    kind = entry.file.type
    if not is_writable(entry):
        raise ValueError(f"the entry {entry.name!r} of type {kind!r} cannot be written back")
    address = {"url": entry.file.url}
    if kind == "file" and entry.file.expires:
        address["expiry_time"] = entry.file.expires
    return {"type": kind, kind: address, "name": entry.name}


def _option(name: str) -> JsonObject | None:
    # developers.notion.com "Page property values": the name of an option contains no commas.
    if "," in name:
        raise ValueError("the name of an option has no comma")
    if utf16_length(name) > NAME_LIMIT:
        raise ValueError(f"the name of an option has at most {NAME_LIMIT} characters")
    return {"name": without_surrogates(name)} if name else None


def _options(names: str) -> list[JsonObject]:
    return [option for name in names.split(",") if (option := _option(name))]


def _date(text: str) -> JsonObject | None:
    if not text:
        return None
    if not _ISO_DATE.fullmatch(text):
        raise ValueError("Notion takes ISO 8601 dates only, such as 2026-10-31 or 2026-10-31T14:30:00+01:00")
    dt.datetime.fromisoformat(text)
    return {"start": text}


def _number(text: str) -> float | None:
    if not text:
        return None
    value = int(text) if text.lstrip("+-").isdecimal() else float(text)
    if not math.isfinite(value):
        raise ValueError(f"{text!r} is not a number that Notion takes")
    return value


def _ticked(text: str) -> bool:
    return text.lower() in {"yes", "true", "on", "1"}


def _address(text: str) -> str | None:
    return without_surrogates(text) or None


_ISO_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d)?)?", re.ASCII)
"""Dates and times; Notion rejects `13.09.2020`, `2013-3` and a space instead of the T (seen in public reports)."""

_OF_OPTIONS: Final = ("select", "status", "multi_select")

_FROM_TEXT: Final[Mapping[str, Callable[[str], object]]] = {
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
