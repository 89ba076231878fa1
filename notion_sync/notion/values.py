"""Values in Notion's answers: uploads, blocks, files, the connection itself.

Decoding is lenient: unknown keys are ignored, missing ones become None. Times are seconds since the epoch.
Source of the shapes: developers.notion.com "File upload", "File object", "Block", "User".
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, Self, TypeVar
from urllib.parse import unquote, urlsplit

from notion_sync.notion import json_access
from notion_sync.notion.json_access import JsonObject, Malformed

T = TypeVar("T")

_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ListPage(Generic[T]):
    """One page of a list.

    Args:
        items: At most 100; fewer, or even none, do not mean the end of the list.
        next_cursor: Where the next page starts; None at the end.
    """

    items: tuple[T, ...]
    next_cursor: str | None

    @classmethod
    def decode(cls, source: JsonObject, each: Callable[[JsonObject], T]) -> "ListPage[T]":
        """Decode a list answer, its results with `each`.

        Raises:
            Malformed: The answer does not say what is in the list or whether it goes on. What is missing from a list
                is taken for absent, so nothing is read leniently here.
        """
        results, has_more = source.get("results"), source.get("has_more")
        found = json_access.items(source, "results")
        if (
            source.get("object", "list") != "list"
            or not isinstance(results, list | tuple)
            or len(found) < len(results)
        ):
            raise Malformed("the answer is not a list of objects")
        cursor = json_access.text(source, "next_cursor") or None
        if not isinstance(has_more, bool) or (has_more and cursor is None):
            raise Malformed("the list does not say whether and where it goes on")
        return cls(tuple(each(result) for result in found), cursor if has_more else None)


@dataclass(frozen=True, slots=True)
class ImportResult:
    """The result of importing an external URL."""

    ok: bool
    error_type: str | None = None
    code: str | None = None
    message: str | None = None
    status_code: int | None = None

    @classmethod
    def decode(cls, source: JsonObject) -> "ImportResult | None":
        """Decode a `file_import_result`; None if it is empty."""
        if not source:
            return None
        error = json_access.item(source, "error")
        return cls(
            ok=json_access.text(source, "type") == "success",
            error_type=json_access.text(error, "type"),
            code=json_access.text(error, "code"),
            message=json_access.text(error, "message"),
            status_code=json_access.integer(error, "status_code"),
        )


@dataclass(frozen=True, slots=True)
class FileUpload:
    """An upload of a file to Notion.

    Args:
        id: Differs from the id in the file's address after it is attached.
        status: `pending`, `uploaded`, `expired` or `failed`; the last two are final.
        filename: As Notion keeps it, possibly with an added extension.
        content_type: The type to send the parts with, exactly.
        content_length: Bytes; while parts are being sent, those received so far.
        created_time: Seconds since the epoch, rounded down to the minute.
        expiry_time: When it expires unless attached, one hour after creation; None once it was attached.
        parts_total: Number of parts announced; None for a single part.
        parts_sent: Number of parts received, without which ones.
        import_result: The result of importing an external URL; None before that and for other uploads.
    """

    id: str
    status: str
    filename: str | None = None
    content_type: str | None = None
    content_length: int | None = None
    created_time: float | None = None
    expiry_time: float | None = None
    parts_total: int | None = None
    parts_sent: int | None = None
    import_result: ImportResult | None = None

    @property
    def attached(self) -> bool:
        """Whether it was attached at least once, so that it never expires."""
        return self.status == "uploaded" and self.expiry_time is None

    @classmethod
    def decode(cls, source: JsonObject) -> Self:
        """Decode a file upload object."""
        parts = json_access.item(source, "number_of_parts")
        return cls(
            id=json_access.identity(source, "file upload"),
            status=json_access.text(source, "status") or "",
            filename=json_access.text(source, "filename"),
            content_type=json_access.text(source, "content_type"),
            content_length=json_access.integer(source, "content_length"),
            created_time=json_access.moment(source, "created_time"),
            expiry_time=json_access.moment(source, "expiry_time"),
            parts_total=json_access.integer(parts, "total"),
            parts_sent=json_access.integer(parts, "sent"),
            import_result=ImportResult.decode(json_access.item(source, "file_import_result")),
        )


@dataclass(frozen=True, slots=True)
class Bot:
    """The connection that the token belongs to.

    Args:
        max_upload_bytes: Largest file that the workspace takes; None if Notion does not say.
    """

    id: str
    name: str | None = None
    workspace_id: str | None = None
    workspace_name: str | None = None
    max_upload_bytes: int | None = None

    @classmethod
    def decode(cls, source: JsonObject) -> Self:
        """Decode a user object of type `bot`."""
        bot = json_access.item(source, "bot")
        return cls(
            id=json_access.identity(source, "user"),
            name=json_access.text(source, "name"),
            workspace_id=json_access.text(bot, "workspace_id"),
            workspace_name=json_access.text(bot, "workspace_name"),
            max_upload_bytes=json_access.integer(
                json_access.item(bot, "workspace_limits"), "max_file_upload_size_in_bytes"
            ),
        )


@dataclass(frozen=True, slots=True)
class FileRef:
    """A reference to a file in a page: in a block, a property, an icon or a cover.

    Args:
        type: `file` (hosted by Notion), `external`, or for icons `emoji`, `custom_emoji`, `icon`.
        url: Where to fetch it; None for emoji. For hosted files a signed address, with which anyone can open the file
            for an hour, so it is kept out of the repr.
        expiry_time: When `url` expires, in seconds since the epoch.
        expires: The same as written by Notion.
        name: The name that Notion shows; only `file` blocks and property entries have one.
    """

    type: str
    url: str | None = field(default=None, repr=False)
    expiry_time: float | None = None
    expires: str | None = None
    name: str | None = None

    @property
    def hosted(self) -> bool:
        """Whether Notion hosts the file."""
        return self.type == "file"

    @property
    def url_path_file_id(self) -> str | None:
        """The id in the address of a hosted file.

        It is the same wherever one upload is attached, and each time the address is signed. It is not the id of the
        upload.
        """
        segments = self._segments()
        return segments[-2].lower() if len(segments) > 1 and _UUID.fullmatch(segments[-2]) else None

    @property
    def filename(self) -> str | None:
        """The last part of a hosted file's address: the upload's file name."""
        segments = self._segments()
        return (unquote(segments[-1]) or None) if segments else None

    def _segments(self) -> list[str]:
        return urlsplit(self.url).path.split("/") if self.hosted and self.url else []

    @classmethod
    def decode(cls, source: JsonObject) -> "FileRef | None":
        """Decode a file object; None if there is none."""
        kind = json_access.text(source, "type") or next(
            (key for key in ("file", "external") if key in source), None
        )
        if kind is None:
            return None
        inner = json_access.item(source, kind)
        return cls(
            type=kind,
            url=json_access.text(inner, "url"),
            expiry_time=json_access.moment(inner, "expiry_time"),
            expires=json_access.text(inner, "expiry_time"),
            name=json_access.text(source, "name"),
        )

    @classmethod
    def decode_embed(cls, source: JsonObject) -> "FileRef | None":
        """Return the uploaded file of an `embed`; None for an embedded web page.

        Only the address tells: an upload's is signed (read back so in three projects, July 2026).
        """
        hosted = cls("file", json_access.text(source, "url"))
        signed = "X-Amz-" in urlsplit(hosted.url or "").query
        return hosted if signed and hosted.url_path_file_id else None


@dataclass(frozen=True, slots=True)
class Parent:
    """The parent of a page, block or database.

    Args:
        type: `page_id`, `block_id`, `database_id`, `data_source_id` or `workspace`.
        id: None for the workspace.
    """

    type: str
    id: str | None = None

    @classmethod
    def decode(cls, source: JsonObject) -> "Parent | None":
        """Decode a parent; None if there is none."""
        kind = json_access.text(source, "type")
        return cls(kind, json_access.text(source, kind)) if kind else None


@dataclass(frozen=True, slots=True)
class Block:
    """A block of a page. A connection that may only insert is told nothing but its id.

    Args:
        type: `file`, `image`, `paragraph`, `child_page` …; empty if Notion does not tell.
        file: The file of a media block or of an `embed` of an upload; None for other blocks.
        caption: A media block's caption without formatting.
        caption_is_rich: Whether the caption has formatting, a link, or anything else besides text.
        created_time: Seconds since the epoch, rounded down to the minute.
        created_by: Id of the user or bot.
        title: Title of a `child_page` or `child_database`.
    """

    id: str
    type: str = ""
    file: FileRef | None = None
    caption: str = ""
    caption_is_rich: bool = False
    created_time: float | None = None
    created_by: str | None = None
    has_children: bool = False
    in_trash: bool = False
    parent: Parent | None = None
    title: str | None = None

    @property
    def name(self) -> str | None:
        """The name that a `file` block shows; other media blocks have none."""
        return self.file.name if self.file else None

    @property
    def url(self) -> str | None:
        """Address from which the block's file can be fetched, for an hour."""
        return self.file.url if self.file else None

    @property
    def url_path_file_id(self) -> str | None:
        """See `FileRef.url_path_file_id`."""
        return self.file.url_path_file_id if self.file else None

    @property
    def filename(self) -> str | None:
        """See `FileRef.filename`."""
        return self.file.filename if self.file else None

    @property
    def parent_id(self) -> str | None:
        """Id of the page or block that contains it."""
        return self.parent.id if self.parent else None

    @classmethod
    def decode(cls, source: JsonObject) -> Self:
        """Decode a block object."""
        kind = json_access.text(source, "type") or ""
        inner = json_access.item(source, kind)
        decode = FileRef.decode_embed if kind == "embed" else FileRef.decode
        media = kind in {"file", "image", "video", "audio", "pdf", "embed"}
        return cls(
            id=json_access.identity(source, "block"),
            type=kind,
            file=decode(inner) if media else None,
            caption=json_access.plain_text(json_access.items(inner, "caption")),
            caption_is_rich=not json_access.is_plain(json_access.items(inner, "caption")),
            created_time=json_access.moment(source, "created_time"),
            created_by=json_access.text(json_access.item(source, "created_by"), "id"),
            has_children=json_access.flag(source, "has_children"),
            in_trash=json_access.flag(source, "in_trash", "archived"),
            parent=Parent.decode(json_access.item(source, "parent")),
            title=json_access.text(inner, "title"),
        )
