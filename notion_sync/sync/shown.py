"""Tell which parts of our blocks still show what we sent, and which a person changed. Pure.

A person's file, name or caption in a block is kept. We change only the parts that still show what we sent.
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
    """The change that gives a block a new label; None for each part that is not sent."""

    name: str | None
    caption: str | None
    label: Label
    """The label to record: by part the new one, or what we sent before if a person has changed that."""


def holds_our_file(block: Block, old: Placement, filename: str | None) -> bool:
    """Whether a block holds the file that we put into it.

    Args:
        block: The block as Notion shows it.
        old: Its recorded placement.
        filename: Filename of its upload, if known; used for older records, which have no file id.
    """
    if not block.type:
        return True  # Notion shows this connection only the block's id
    if block.type != old.kind or block.file is None or not block.file.hosted:
        return False
    if old.file_id is not None:
        return block.url_path_file_id == old.file_id
    return filename is None or block.filename is None or _bare(block.filename) == _bare(filename)


def _bare(filename: str) -> str:
    """Reduce a filename to a-z and 0-9: in an address, blanks, accents and other scripts may be written otherwise."""
    return re.sub("[^a-z0-9]", "", filename.lower())


def is_as_left(block: Block, old: Placement) -> bool:
    """Whether a block of ours is still on its page, with the name and caption that we sent."""
    if not block.type:
        return True  # see `holds_our_file`
    stands = block.parent is None or old.page_id is None or block.parent.id == old.page_id
    name = old.label.name
    return stands and (name is None or _shows_name(block, name)) and _shows_caption(block, old.label.caption)


def label_update(block: Block, sent: Label, label: Label) -> LabelUpdate:
    """Return which parts of a new label to send.

    Args:
        block: The block as Notion shows it.
        sent: The label that we sent before.
        label: The label that the rule wants now.
    """
    names = [text for text in (label.name, sent.name) if _shows_name(block, text)]
    captions = [text for text in (label.caption, sent.caption) if _shows_caption(block, text)]
    name, our_name = _part(label.name, sent.name, names)
    caption, our_caption = _part(label.caption, sent.caption, captions)
    return LabelUpdate(name, caption, Label(our_name, our_caption))


def label_shown(block: Block, sent: Label, name: str | None, caption: str | None) -> Label:
    """Return the label to record after a change whose answer was lost: the new parts that are shown, else the old ones.

    Args:
        block: The block as Notion shows it.
        sent: The label recorded before.
        name: The name that the change sent; None if it sent none.
        caption: The caption that the change sent; None if it sent none.
    """
    return Label(
        name if name is not None and _shows_name(block, name) else sent.name,
        caption if caption is not None and _shows_caption(block, caption) else sent.caption,
        sent.theirs,
    )


def _part(wanted: T, sent: T, shown: Sequence[T]) -> tuple[T | None, T]:
    """Return what to send of a part of the label (None for nothing) and what to record of it.

    `shown` has those of `wanted` and `sent` that the block shows.
    """
    if wanted == sent or wanted in shown:
        return None, wanted
    return (wanted, wanted) if sent in shown else (None, sent)


def _shows_name(block: Block, name: str | None) -> bool:
    """Whether a block shows a name; in recorded answers, Notion adds the file's extension to a name without one."""
    if name is None or block.name == name:
        return block.name == name
    return block.name == f"{name}.{(block.filename or '').rpartition('.')[2]}"


def _shows_caption(block: Block, caption: str) -> bool:
    return block.caption == clean_text(caption) and not block.caption_is_rich
