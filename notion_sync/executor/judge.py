"""Gathers the facts `plan.decide` needs, from the store and from what this pass has done so far."""

import datetime as dt
import os
from collections.abc import Callable

from notion_sync.executor.remote import Account
from notion_sync.model import Digest, FileId, Found, Placement
from notion_sync.notion.media import extension
from notion_sync.plan import Action, Attach, Facts, Keep, Rename, Replace, decide
from notion_sync.rules import PageTarget, Rule
from notion_sync.state import Store
from notion_sync.template import template_values

REFUSED_TYPES_KEPT = 30 * 86_400.0
"""Seconds a refused file type is believed: Notion widens its list from time to time."""

SMALLEST_LIMIT = 5 * 2**20
"""Bytes any workspace takes (Notion: "Working with files and media"): below it nobody need ask."""


class Judge:
    """Decides file by file, in the order of the pass.

    Args:
        store: The record.
        account: Asked only when something is to be done.
        now: Seconds since the epoch.
    """

    def __init__(self, store: Store, account: Callable[[], Account], now: Callable[[], float]) -> None:
        self._store = store
        self._account = account
        self._now = now
        self._moving: set[tuple[FileId, str]] = set()

    def action(self, found: Found, digest: Digest, rule: Rule, rule_key: bytes, target: PageTarget) -> Action:
        """What happens to `found` at `target`."""
        with self._store.reading():
            own = self._store.placements.get(found.id, target.key)
            if own is not None and own.digest == digest:
                return Keep(found, target, digest)
            facts = self._facts(found, digest, target, own)
        action = decide(found, digest, rule, target, self._caption(found, rule, target), facts, rule_key)
        if isinstance(action, Rename):
            self._moving.add((action.old.id, target.key))
        return action

    def _facts(self, found: Found, digest: Digest, target: PageTarget, own: Placement | None) -> Facts:
        account = self._account()
        moved = None if own else self._moved(digest, target.key)
        refused = None
        if moved is None:
            refused = self._store.failures.refused_type(
                account.bot, extension(found.id.name), self._now() - REFUSED_TYPES_KEPT
            )
        return Facts(
            own=own,
            moved=moved,
            failure=self._store.failures.get(found.id, target.key),
            limit=account.limit if found.fingerprint.size > SMALLEST_LIMIT else None,
            refused_type=refused,
        )

    def _moved(self, digest: Digest, target: str) -> Placement | None:
        for placement in self._store.placements.of_content(digest, target):
            if (placement.id, target) not in self._moving and not os.path.lexists(placement.id.path):
                return placement
        return None

    def _caption(self, found: Found, rule: Rule, target: PageTarget) -> str:
        if target.caption is None:
            return ""
        now = dt.datetime.fromtimestamp(self._now()).astimezone()
        return target.caption.render(template_values(found, rule=rule.name, now=now))


def changes_something(action: Action) -> bool:
    """Whether carrying it out needs Notion."""
    return isinstance(action, Attach | Replace) or (isinstance(action, Rename) and action.visible)
