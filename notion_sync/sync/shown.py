"""What of a block of ours Notion still shows as we left it. Pure.

What a person changed stays: another file in the block, another name, another caption. Ours to change is only what
shows what we sent.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from notion_sync.model import Label, Placement
from notion_sync.notion.media import clean_text
from notion_sync.notion.values import Block

T = TypeVar("T", str, str | None)


@dataclass(frozen=True, slots=True)
class LabelUpdate:
    """What to send so that a block shows a new label; None for what stays as it is."""

    name: str | None
    caption: str | None
    label: Label
    """What is ours of it from then on: the new label, or what we sent before where a person has changed that."""


def holds_our_file(block: Block, old: Placement, filename: str | None) -> bool:
    """Whether a block holds the file that we put into it.

    Args:
        block: As Notion shows it.
        old: What is recorded of it.
        filename: Of the upload that it was made of, where that is known: the file's id is missing in older records.
    """
    if not block.type:
        return True  # Notion tells this connection no more than the id
    if block.type != old.kind or block.file is None or not block.file.hosted:
        return False
    if old.file_id is not None:
        return block.url_path_file_id == old.file_id
    return filename is None or block.filename is None or _bare(block.filename) == _bare(filename)


def _bare(filename: str) -> str:
    """A file name without what an address may hold in another form: blanks, accents, other scripts."""
    return re.sub("[^a-z0-9]", "", filename.lower())


def is_as_left(block: Block, old: Placement) -> bool:
    """Whether nobody has moved a block of ours to another place, or changed its name or caption."""
    if not block.type:
        return True  # see `holds_our_file`
    stands = block.parent is None or old.page_id is None or block.parent.id == old.page_id
    name = old.label.name
    return stands and (name is None or _shows_name(block, name)) and _shows_caption(block, old.label.caption)


def label_update(block: Block, sent: Label, label: Label) -> LabelUpdate:
    """What to send of a new label.

    Args:
        block: As Notion shows it.
        sent: What we sent before.
        label: What the rule says now.
    """
    names = [text for text in (label.name, sent.name) if _shows_name(block, text)]
    captions = [text for text in (label.caption, sent.caption) if _shows_caption(block, text)]
    name, our_name = _part(label.name, sent.name, names)
    caption, our_caption = _part(label.caption, sent.caption, captions)
    return LabelUpdate(name, caption, Label(our_name, our_caption))


def label_shown(block: Block, sent: Label, name: str | None, caption: str | None) -> Label:
    """What is ours of a block's label after a change without an answer: the new parts that it shows.

    Args:
        block: As Notion shows it.
        sent: What was recorded before.
        name: What the change was to show; None where it left that as it was.
        caption: Likewise.
    """
    return Label(
        name if name is not None and _shows_name(block, name) else sent.name,
        caption if caption is not None and _shows_caption(block, caption) else sent.caption,
        sent.theirs,
    )


def _part(wanted: T, sent: T, shown: Sequence[T]) -> tuple[T | None, T]:
    """What to send of a part, and what of it is ours then; `shown` is what the block shows of the two."""
    if wanted == sent or wanted in shown:
        return None, wanted
    return (wanted, wanted) if sent in shown else (None, sent)


def _shows_name(block: Block, name: str | None) -> bool:
    """Whether it shows a name; Notion adds the file's extension to a name without one (recorded)."""
    if name is None or block.name == name:
        return block.name == name
    return block.name == f"{name}.{(block.filename or '').rpartition('.')[2]}"


def _shows_caption(block: Block, caption: str) -> bool:
    return block.caption == clean_text(caption) and not block.caption_is_rich
