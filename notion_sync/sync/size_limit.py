"""Leave out files above the workspace's upload limit before they are read, which may take minutes."""

from notion_sync.model import SourceFile
from notion_sync.plan import SMALLEST_LIMIT, LeaveOut, above_limit
from notion_sync.rules import OnChange, Rule
from notion_sync.scan.content import may_be_link_file
from notion_sync.state import Store
from notion_sync.sync.ports import Link


def may_be_too_large(found: SourceFile, rule: Rule, store: Store) -> bool:
    """Whether a file can be left out unread if the workspace's upload limit is below its size.

    Contents that Notion took under a larger limit stay. So a file is read if a file of its size was placed, or if it is
    placed itself and its rule has `on_change: keep`.
    """
    size = found.fingerprint.size
    if size <= SMALLEST_LIMIT or may_be_link_file(found, rule):
        return False
    with store.reading():
        if store.files.any_placed(size):
            return False
        there = (store.placements.get(found.id, target.key) for target in rule.destinations)
        return rule.on_change is not OnChange.KEEP or not any(there)


def too_large(found: SourceFile, limit: int | None) -> LeaveOut | None:
    """Return why a file is left out if its size is above `limit` bytes, else None."""
    reason = above_limit(found.fingerprint.size, limit)
    return LeaveOut(found, reason, harmless=False) if reason else None


async def refused_by_size(found: SourceFile, rule: Rule, store: Store, link: Link) -> LeaveOut | None:
    """Return why a file is left out because of its size, else None; asks Notion for the limit only if it matters.

    Raises:
        NotionError: The limit is not known, and Notion cannot be asked.
    """
    if not may_be_too_large(found, rule, store):
        return None
    return too_large(found, (await link.account()).limit)
