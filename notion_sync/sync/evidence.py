"""Find the blocks on a page that an append without an answer has made. Pure.

The content of a block identifies it (`sync.identity`). People change names and captions, so those only tell blocks
of equal content apart, and say which blocks to check first.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from notion_sync.model import Upload
from notion_sync.notion.media import clean_text
from notion_sync.notion.values import Block
from notion_sync.writes import Append, Intent


@dataclass(frozen=True, slots=True)
class BlockCandidate:
    """A block that may come from an append, judged by its type, its creator and its creation time."""

    block: Block
    may_be: frozenset[int]
    """Indices of the intents it may stand for."""
    named: frozenset[int]
    """Indices of those whose name and caption it shows."""


def candidates(
    append: Append, blocks: Sequence[Block], *, uploads: Mapping[str, Upload], bot: str | None
) -> list[BlockCandidate]:
    """Return the blocks that may come from an append.

    Args:
        append: The write whose answer was lost.
        blocks: Blocks of the page in page order, without those already recorded as ours.
        uploads: The uploads of the intents by upload id, as far as they are still known.
        bot: Id of this connection's bot, if known: a block with another creator is not ours.
    """
    found = []
    for block in blocks:
        by_others = bot is not None and block.created_by not in (None, bot)
        if block.file is None or not block.file.hosted or by_others:
            continue
        may_be = {n: i for n, i in enumerate(append.intents) if _may_be(block, i, uploads.get(i.upload_id))}
        named = [n for n, intent in may_be.items() if _shows(block, intent, uploads.get(intent.upload_id))]
        if may_be:
            found.append(BlockCandidate(block, frozenset(may_be), frozenset(named)))
    return found


def match_append(
    append: Append, among: Sequence[BlockCandidate], held: Mapping[str, frozenset[int]]
) -> list[Block | None]:
    """Return the block of each intent of an append, or None for an intent without a block on the page.

    An append is atomic and keeps its order, so its blocks are on the page in the order of its intents. People may
    have inserted other blocks between them since, or moved them.

    Args:
        append: The write whose answer was lost.
        among: Candidates in page order.
        held: For each block id, the indices of the intents whose content the block holds.
    """
    free = list(among)
    found: list[Block | None] = [None] * len(append.intents)
    # Blocks that show the right name come first; among them, those in the order in which they were sent.
    for named, start_over in ((True, False), (True, True), (False, False), (False, True)):
        start = 0
        for number in range(len(found)):
            if found[number] is not None:
                continue
            fitting = (
                i
                for i in range(start, len(free))
                if number in held.get(free[i].block.id, ())
                and number in (free[i].named if named else free[i].may_be)
            )
            at = next(fitting, None)
            if at is not None:
                found[number] = free.pop(at).block
                start = 0 if start_over else at
    return found


def _may_be(block: Block, intent: Intent, upload: Upload | None) -> bool:
    # Both times are Notion's and rounded alike: a block older than the upload shows another file.
    older = upload is not None and (block.created_time or 0.0) < upload.created_at
    return block.type == intent.kind and not older


def _shows(block: Block, intent: Intent, upload: Upload | None) -> bool:
    if block.caption != clean_text(intent.label.caption):
        return False
    if intent.label.name is not None:
        return block.name == intent.label.name
    return upload is None or block.filename is None or block.filename == upload.filename
