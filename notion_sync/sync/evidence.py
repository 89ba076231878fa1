"""Which blocks on a page are the ones that an append without an answer was to make. Pure.

What they hold tells it (`sync.identity`). Names and captions, which people change, only tell those of equal contents
from each other, and which to look at first.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from notion_sync.model import Append, Intent, Upload
from notion_sync.notion.media import clean_text
from notion_sync.notion.values import Block


@dataclass(frozen=True, slots=True)
class BlockCandidate:
    """A block that may be of an append, going by its kind, its maker and its time."""

    block: Block
    may_be: frozenset[int]
    """Numbers of intents."""
    named: frozenset[int]
    """Those of them whose name and caption it shows."""


def candidates(
    append: Append, blocks: Sequence[Block], *, uploads: Mapping[str, Upload], bot: str | None
) -> list[BlockCandidate]:
    """The blocks that may be of an append.

    Args:
        append: What was to be done.
        blocks: Blocks of the page in page order, those already recorded as ours left out.
        uploads: What the intents' blocks show, by upload id, as far as it is still known.
        bot: This connection's id where it is known: blocks others made are not ours.
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
    """The blocks of an append, one for each intent; None where none stands on the page.

    An append is all or nothing and keeps its order, so its blocks stand on the page in the order of its intents; a
    person may have put other blocks between them since, or moved them.

    Args:
        append: What was to be done.
        among: Candidates in page order.
        held: By block the numbers of the intents whose content it holds.
    """
    free = list(among)
    found: list[Block | None] = [None] * len(append.intents)
    # First those that show the name; of them first those that stand in the order they were sent in.
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
    # Both times are Notion's and rounded alike: a block that is older than its upload shows something else.
    older = upload is not None and (block.created_time or 0.0) < upload.created_at
    return block.type == intent.kind and not older


def _shows(block: Block, intent: Intent, upload: Upload | None) -> bool:
    if block.caption != clean_text(intent.label.caption):
        return False
    if intent.label.name is not None:
        return block.name == intent.label.name
    return upload is None or block.filename is None or block.filename == upload.filename
