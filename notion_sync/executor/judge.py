"""Gathers the facts `plan.decide` needs, from the store and from what this pass has done so far."""

import datetime as dt
import os
from collections import deque
from collections.abc import Callable, Mapping

from notion_sync.executor.remote import Account
from notion_sync.model import Digest, FileId, Found, Placement
from notion_sync.notion.media import clean_text, extension, split_text
from notion_sync.plan import Action, Attach, Facts, Rename, Replace, Spot, decide
from notion_sync.rules import Destination, RowPage, RowTarget, Rule, way_of
from notion_sync.state import Store
from notion_sync.template import Template, Value, template_values

TITLE_LIMIT = 1000
"""UTF-16 code units of a row's title; Notion takes 2,000 in a text and says nothing of filters."""

REFUSED_TYPES_KEPT = 30 * 86_400.0
"""Seconds a refused file type is believed: Notion widens its list from time to time."""

KEPT = 1_000
"""Contents of which it is kept where they are; bounds memory."""

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
        self._kept: dict[tuple[Digest, str], dict[str, deque[Placement]]] = {}
        self.left_behind: list[Placement] = []
        """What stays where it is while its file goes to another place of the target."""

    def action(
        self, found: Found, digest: Digest, rule: Rule, rule_key: bytes, target: Destination
    ) -> Action:
        """What happens to `found` at `target`."""
        with self._store.reading():
            own = self._store.placements.get(found.id, target.key)
            spot = spot_at(found, rule, target, own, self._now())
            at_home = own is not None and own.place == spot.place
            idle = own is not None and own.digest == digest and at_home
            facts = Facts(own=own) if idle else self._facts(found, digest, rule, target, own, spot)
        caption = "" if idle else self._caption(found, rule, target)
        action = decide(found, digest, rule, target, caption, facts, rule_key, spot)
        if isinstance(action, Rename):
            self._moving.add((action.old.id, target.key))
        elif isinstance(action, Attach) and own is not None and own.place != spot.place:
            self.left_behind.append(own)
        return action

    def has_moved(self, placement: Placement) -> bool:
        """Whether this pass gave a placement to another path."""
        return (placement.id, placement.target) in self._moving

    def _facts(
        self, found: Found, digest: Digest, rule: Rule, target: Destination, own: Placement | None, spot: Spot
    ) -> Facts:
        account = self._account()
        moved = None if own else self._moved(digest, target.key, spot.place)
        return Facts(
            own=own,
            moved=moved,
            failure=self._store.failures.get(found.id, target.key),
            limit=account.limit if found.fingerprint.size > SMALLEST_LIMIT else None,
            refused_type=None if moved else self._refused(account, extension(found.name)),
            refused_dress=None if moved else self._refused(account, str(rule.unsupported)),
        )

    def _refused(self, account: Account, ending: str) -> str | None:
        since = self._now() - REFUSED_TYPES_KEPT
        return self._store.failures.refused_type(account.bot, ending, since)

    def _moved(self, digest: Digest, target: str, place: str) -> Placement | None:
        candidates = self._left_places(digest, target).get(place)
        while candidates:
            placement = candidates[0]
            if (placement.id, target) not in self._moving and not os.path.lexists(placement.id.path):
                return placement
            candidates.popleft()
        return None

    def _left_places(self, digest: Digest, target: str) -> Mapping[str, deque[Placement]]:
        """By place, what of this content may have lost its file; what was seen to have it is not in there any more.

        Kept, so that thousands of equal files are not compared with each other. What this pass itself puts in
        place need not be added: its file is there.
        """
        key = (digest, target)
        if key not in self._kept:
            by_place: dict[str, deque[Placement]] = {}
            for placement in self._store.placements.of_content(digest, target):
                by_place.setdefault(placement.place, deque()).append(placement)
            if not by_place:
                return by_place  # most files are equal to none: nothing to keep
            if len(self._kept) >= KEPT:
                self._kept.clear()
            self._kept[key] = by_place
        return self._kept[key]

    def _caption(self, found: Found, rule: Rule, target: Destination) -> str:
        if target.caption is None or isinstance(target, RowTarget):
            return ""
        return target.caption.render(values_of(found, rule.name, self._now()))


def spot_at(found: Found, rule: Rule, target: Destination, own: Placement | None, now: float) -> Spot:
    """Where at a destination a file belongs.

    Args:
        found: The file.
        rule: The rule that takes it.
        target: One of the rule's destinations.
        own: What it has there.
        now: Seconds since the epoch.
    """
    way = way_of(rule, target, found.path.rpartition("/")[0])
    row = row_template(target)
    if row is None:
        return Spot(way, way)
    # A row that is named after the day is chosen once: tomorrow the file stays where it is.
    if own is not None and row.mentions("today"):
        return Spot(own.place, way)
    return Spot(row_title(row.render(values_of(found, rule.name, now))), way)


def values_of(found: Found, rule: str, now: float) -> Mapping[str, Value]:
    """What the fields of a rule's templates stand for."""
    return template_values(found, rule=rule, now=dt.datetime.fromtimestamp(now).astimezone())


def row_template(target: Destination) -> Template | None:
    """The template of a row's title, None where there are no rows."""
    match target:
        case RowTarget(row=row) | RowPage(rows=RowTarget(row=row)):
            return row
        case _:
            return None


def row_title(text: str) -> str:
    """A rendered template as a title that Notion finds again: one line, and short enough for a filter."""
    one_line = " ".join(clean_text(text).split("\n")).replace("\t", " ").strip()
    return split_text(one_line, TITLE_LIMIT)[0].strip() if one_line else ""


def changes_something(action: Action) -> bool:
    """Whether carrying it out needs Notion."""
    return isinstance(action, Attach | Replace) or (isinstance(action, Rename) and action.visible)
