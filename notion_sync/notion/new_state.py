"""Check that an answer shows the state that its request asked for.

The answer to an earlier request about the same thing, as from a connection that is out of step, has the right id,
parent and type (`belonging`), but shows the thing as it was before. What an answer does not contain is accepted, as a
connection that may only insert gets only ids. What it shows otherwise than it was asked for is accepted, too, if it is
not what was there before: Notion may write a name in its own way.
"""

from collections.abc import Callable
from collections.abc import Set as AbstractSet
from typing import Protocol, TypeVar

from notion_sync.notion.belonging import is_called, letters
from notion_sync.notion.json_access import JsonObject, Malformed
from notion_sync.notion.pages import Page
from notion_sync.notion.payloads import BlockChange, Clear
from notion_sync.notion.values import Block, FileRef, FileUpload

T = TypeVar("T")


class _Shown(Protocol):
    @property
    def id(self) -> str: ...


def received(*, whole: bool) -> Callable[[JsonObject], FileUpload]:
    """Return a decoder for an upload that has been sent, `whole` or in part.

    Raises:
        Malformed: From the decoder: nothing has arrived.
    """

    def checked(source: JsonObject) -> FileUpload:
        upload = FileUpload.decode(source)
        if (whole and upload.status == "pending") or upload.parts_sent == 0:
            raise _as_before(upload)
        return upload

    return checked


def moved(decode: Callable[[JsonObject], T], *, in_trash: bool | None) -> Callable[[JsonObject], T]:
    """Return a decoder for a block or page that was moved to the trash or restored; None for one that was not moved.

    Raises:
        Malformed: From the decoder: it has not been moved.
    """

    def checked(source: JsonObject) -> T:
        told = [source[key] for key in ("in_trash", "archived") if key in source]
        if in_trash is not None and told and any(told) is not in_trash:
            raise Malformed("the answer shows it where it was before")
        return decode(source)

    return checked


def changed_block(change: BlockChange, before: Block | None) -> Callable[[JsonObject], Block]:
    """Return a decoder for a block that was changed.

    Args:
        change: The change.
        before: The block as it was; None if the change may leave it so.

    Raises:
        Malformed: From the decoder: a part that was changed is shown as it was before.
    """

    def checked(source: JsonObject) -> Block:
        block = Block.decode(source)
        if before is None or block.type != change.kind:
            return block  # only its id is told, or it is another block, which `about` refuses
        is_old = (
            change.upload_id is not None and _is_one_of(block.file, {before.url_path_file_id}),
            _is_old_text(change.name, block.name, before.name),
            _is_old_text(change.caption, block.caption, before.caption),
        )
        if any(is_old):
            raise _as_before(block)
        return block

    return checked


def changed_page(
    icon: str | Clear | None, cover: str | Clear | None, former_files: AbstractSet[str]
) -> Callable[[JsonObject], Page]:
    """Return a decoder for a page that was given an icon or a cover.

    Args:
        icon: The upload that was set, `Clear`, or None if it was not changed.
        cover: The same.
        former_files: Ids of files that the changed part cannot show any more.

    Raises:
        Malformed: From the decoder: the part shows one of those files, or nothing although it was set.
    """

    def checked(source: JsonObject) -> Page:
        page = Page.decode(source)
        for part, asked, shown in (("icon", icon, page.icon), ("cover", cover, page.cover)):
            if asked is None or part not in source:
                continue
            if (shown is None) is isinstance(asked, str) or _is_one_of(shown, former_files):
                raise _as_before(page)
        return page

    return checked


def _is_old_text(asked: str | None, shown: str | None, before: str | None) -> bool:
    if asked is None or shown is None or before is None:
        return False
    as_asked = is_called(shown, asked) if letters(asked) else not letters(shown)
    return letters(shown) == letters(before) and not as_asked


def _is_one_of(file: FileRef | None, ids: AbstractSet[str | None]) -> bool:
    return file is not None and file.url_path_file_id is not None and file.url_path_file_id in ids


def _as_before(thing: _Shown) -> Malformed:
    return Malformed(f"the answer is about {thing.id} as it was before the request")
