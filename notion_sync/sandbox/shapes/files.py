"""Files in requests: blocks, icons, covers, properties (page "File object")."""

from collections.abc import Iterator
from dataclasses import dataclass

from notion_sync.sandbox.shapes.text import NAME, RICH_TEXT, URL
from notion_sync.sandbox.shapes.version import Version
from notion_sync.sandbox.validate import UNDEFINED, Id, Nullable, Object, OneOf, Shape, Tagged, Text, should

UPLOAD = Object({"id": Id()})
EXTERNAL = Object({"url": URL})
HOSTED = Object({"url": Text(shortest=1)}, {"expiry_time": Nullable(Text())})

NAMED_KINDS = frozenset({"file"})
MEDIA_KINDS = ("image", "video", "pdf", "file", "audio")


def media(kind: str) -> Shape:
    """Return the content of a new media block; only `file` blocks have a name."""
    common: dict[str, Shape] = {"caption": RICH_TEXT}
    if kind in NAMED_KINDS:
        common["name"] = NAME
    return Tagged({"file_upload": UPLOAD, "external": EXTERNAL}, common)


def media_change(kind: str, version: Version) -> Shape:
    """Return the content of a media block's update: everything is optional.

    An inner `type` is refused since 2025-09-03; a recorded request under 2022-06-28 has it.
    """
    optional: dict[str, Shape] = {"caption": RICH_TEXT, "file_upload": UPLOAD, "external": EXTERNAL}
    if not version.data_sources:
        optional["type"] = OneOf(("file_upload", "external"))
    if kind in NAMED_KINDS:
        optional["name"] = NAME
    return Object({}, optional)


# Without `file`: a hosted file that was read is not accepted back (a live call).
COVER = Nullable(Tagged({"file_upload": UPLOAD, "external": EXTERNAL}))
SOME_ICON = Tagged(
    {
        "file_upload": UPLOAD,
        "external": EXTERNAL,
        "emoji": Text(shortest=1),
        "custom_emoji": Object({"id": Id()}, {"name": Text(), "url": Text()}),
        "icon": Object({"name": Text()}, {"color": Text()}),
    }
)
ICON = Nullable(SOME_ICON)


def embed() -> Shape:
    """Return the content of a new embed: an address, or an uploaded HTML file (changelog, 3 July 2026)."""
    return Tagged({"url": URL, "file_upload": UPLOAD}, {"caption": RICH_TEXT})


@dataclass(frozen=True, slots=True)
class FileEntry:
    """An entry of a `files` property: an upload, a link, or a file that is already there.

    A name is required except for uploads, whose filename is the default.
    """

    def problems(self, value: object, path: str) -> Iterator[str]:
        """Problems of its kind, then a missing name."""
        yield from _ENTRY.problems(value, path)
        if isinstance(value, dict) and "file_upload" not in value and "name" not in value:
            yield should(f"{path}.name", "defined", UNDEFINED)


_ENTRY = Tagged({"file_upload": UPLOAD, "external": EXTERNAL, "file": HOSTED}, {"name": NAME})
