"""Gathers the facts that `plan.decide` needs, from the record and from what this pass has decided so far."""

import datetime as dt
import logging
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from notion_sync.model import Digest, FileId, Placement, SourceFile
from notion_sync.names import as_read
from notion_sync.notion.media import clean_text, extension, split_text
from notion_sync.plan import Action, Attach, Facts, Rename, Replace, TargetLocation, decide
from notion_sync.rules import Destination, RowPage, RowTarget, Rule, basis_of
from notion_sync.scan.disk import Disk, exists
from notion_sync.scan.system_disk import SYSTEM_DISK
from notion_sync.state import Store
from notion_sync.sync.link import Account
from notion_sync.template import Template, Value, template_values

_log: Final = logging.getLogger("notion_sync.plan")

TITLE_LIMIT = 1000
"""UTF-16 code units of a row's title; Notion takes 2,000 in a text and says nothing of filters."""

REFUSED_TYPES_KEPT = 30 * 86_400.0
"""Seconds a refused file type is believed: Notion widens its list from time to time."""

_CHANGEABLE = ("mtime", "ctime", "size")
"""Fields that another content of a file changes: its row may be meant to change with them."""

MAX_CONTENTS = 1_000
"""Contents of which it is kept where they are; bounds memory."""

SMALLEST_LIMIT = 5 * 2**20
"""Bytes any workspace takes (Notion: "Working with files and media"): below it nobody need ask."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of a file at a destination before anything is asked: what it has there, where it belongs."""

    own: Placement | None
    location: TargetLocation
    in_place: bool
    """Whether its content is where it belongs already."""


class Decisions:
    """Decides file by file, in the order of the pass.

    Args:
        store: The record.
        now: Seconds since the epoch.
        disk: Tells which paths are gone.
    """

    def __init__(self, store: Store, now: Callable[[], float], disk: Disk = SYSTEM_DISK) -> None:
        self._store = store
        self._now = now
        self._disk = disk
        self._moving: set[tuple[FileId, str]] = set()
        self._by_content: dict[tuple[Digest, str], dict[str, deque[Placement]]] = {}
        self.left_behind: list[Placement] = []
        """What stays where it is while its file goes to another place of the target."""

    def standing(self, found: SourceFile, digest: Digest, rule: Rule, target: Destination) -> Standing:
        """How `found` stands at `target`; Notion need not be known for it."""
        with self._store.reading():
            own = self._store.placements.get(found.id, target.key)
        location = location_at(found, rule, target, own, self._now())
        in_place = own is not None and own.digest == digest and location.is_at(own.location)
        return Standing(own, location, in_place)

    def action(
        self,
        found: SourceFile,
        digest: Digest,
        rule: Rule,
        rule_key: bytes,
        target: Destination,
        standing: Standing,
        account: Account | None,
    ) -> Action:
        """What happens to `found` at `target`; the account may be unknown only where it is in place."""
        own, location = standing.own, standing.location
        if standing.in_place or account is None:
            facts, caption = Facts(own=own), ""
        else:
            with self._store.reading():
                facts = self._facts(found, digest, rule, target, own, location, account)
            caption = self._caption(found, rule, target)
        action = decide(found, digest, rule, target, caption, facts, rule_key, location)
        if isinstance(action, Rename):
            self._moving.add((action.old.id, target.key))
        elif isinstance(action, Attach) and own is not None and not location.is_at(own.location):
            self.left_behind.append(own)
        fields = {"path": found.id.path, "target": target.key, "location": location.name}
        _log.info("%s: %s", found.path, type(action).__name__.lower(), extra={"fields": fields})
        return action

    def has_moved(self, placement: Placement) -> bool:
        """Whether this pass gave a placement to another path."""
        return (placement.id, placement.target) in self._moving

    def _facts(
        self,
        found: SourceFile,
        digest: Digest,
        rule: Rule,
        target: Destination,
        own: Placement | None,
        location: TargetLocation,
        account: Account,
    ) -> Facts:
        moved = None if own else self._moved(digest, target.key, location.name)
        return Facts(
            own=own,
            moved=moved,
            failure=self._store.failures.get(found.id, target.key),
            limit=account.limit if found.fingerprint.size > SMALLEST_LIMIT else None,
            refused_type=None if moved else self._refused(account, extension(found.name)),
            refused_packaging=None if moved else self._refused(account, str(rule.unsupported)),
        )

    def _refused(self, account: Account, ending: str) -> str | None:
        since = self._now() - REFUSED_TYPES_KEPT
        return self._store.failures.refused_type(account.bot, ending, since)

    def _moved(self, digest: Digest, target: str, location: str) -> Placement | None:
        candidates = self._left_places(digest, target).get(as_read(location))
        while candidates:
            placement = candidates[0]
            if (placement.id, target) not in self._moving and not exists(placement.id.path, disk=self._disk):
                return placement
            candidates.popleft()
        return None

    def _left_places(self, digest: Digest, target: str) -> Mapping[str, deque[Placement]]:
        """By place, what of this content may have lost its file; what was seen to have it is not in there any more.

        Kept, so that thousands of equal files are not compared with each other. What this pass itself puts in
        place need not be added: its file is there.
        """
        key = (digest, target)
        if key not in self._by_content:
            by_place: dict[str, deque[Placement]] = {}
            for placement in self._store.placements.of_content(digest, target):
                by_place.setdefault(as_read(placement.location), deque()).append(placement)
            if not by_place:
                return by_place  # most files are equal to none: nothing to keep
            if len(self._by_content) >= MAX_CONTENTS:
                self._by_content.clear()
            self._by_content[key] = by_place
        return self._by_content[key]

    def _caption(self, found: SourceFile, rule: Rule, target: Destination) -> str:
        if target.caption is None or isinstance(target, RowTarget):
            return ""
        return target.caption.render(values_of(found, rule.name, self._now()))


def location_at(
    found: SourceFile, rule: Rule, target: Destination, own: Placement | None, now: float
) -> TargetLocation:
    """Where at a destination a file belongs.

    Args:
        found: The file.
        rule: The rule that takes it.
        target: One of the rule's destinations.
        own: What it has there.
        now: Seconds since the epoch.
    """
    basis = basis_of(rule, target, found.path.rpartition("/")[0])
    row = row_template(target)
    if row is None:
        return TargetLocation(basis, basis)
    # A row that is named after the day, or after nothing but the rule that may change, is chosen once: tomorrow, or
    # when the rule is called otherwise, the file stays where it is.
    by_rule = row.mentions("rule") and not any(map(row.mentions, _CHANGEABLE))
    if own is not None and (row.mentions("today") or (by_rule and own.basis == basis)):
        return TargetLocation(own.location, basis)
    return TargetLocation(row_title(row.render(values_of(found, rule.name, now))), basis)


def values_of(found: SourceFile, rule: str, now: float) -> Mapping[str, Value]:
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
