"""Files that the workspace does not take because of their size: known before they are read, which may take minutes."""

from notion_sync.model import SourceFile
from notion_sync.plan import SMALLEST_LIMIT, LeaveOut, above_limit
from notion_sync.rules import OnChange, Rule
from notion_sync.scan.links import reading as links
from notion_sync.state import Store
from notion_sync.sync.ports import Link


def may_be_too_large(found: SourceFile, rule: Rule, store: Store) -> bool:
    """Whether a file need not be read where the workspace's limit is below its size.

    What Notion took under a larger limit stays: a file that may be that is read, as is one of which the rule keeps what
    is there.
    """
    size = found.fingerprint.size
    if size <= SMALLEST_LIMIT or links.leads_elsewhere(found, rule):
        return False
    with store.reading():
        if store.files.any_placed(size):
            return False
        there = (store.placements.get(found.id, target.key) for target in rule.destinations)
        return rule.on_change is not OnChange.KEEP or not any(there)


def too_large(found: SourceFile, limit: int | None) -> LeaveOut | None:
    """Why a file cannot go to Notion whatever is in it."""
    reason = above_limit(found.fingerprint.size, limit)
    return LeaveOut(found, reason, harmless=False) if reason else None


async def refused_by_size(found: SourceFile, rule: Rule, store: Store, link: Link) -> LeaveOut | None:
    """The same for the workspace of a link.

    Raises:
        NotionError: Its limit is not known, and Notion cannot be asked.
    """
    if not may_be_too_large(found, rule, store):
        return None
    return too_large(found, (await link.account()).limit)
