"""Gather the facts that `plan.decide` needs, from the record and from earlier decisions of this pass."""

import datetime as dt
import logging
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from notion_sync.clock import Clock
from notion_sync.model import Digest, FilePath, Placement, SourceFile
from notion_sync.notion.media import extension
from notion_sync.plan.actions import Action, Attach, Rename, Replace, TargetLocation
from notion_sync.plan.decide import Facts, FileAt, decide
from notion_sync.plan.folder import SMALLEST_LIMIT
from notion_sync.rules import Destination, RowPage, RowTarget, Rule, basis_of, relative_to
from notion_sync.state import Store
from notion_sync.sync.ports import Account
from notion_sync.sync.titles import is_dated, may_be_title, row_title, with_its_dates
from notion_sync.sync.volumes import Volumes
from notion_sync.template import Template, Value, template_values
from notion_sync.text.names import as_read

_log: Final = logging.getLogger("notion_sync.plan")

REFUSED_TYPES_KEPT = 30 * 86_400.0
"""Seconds for which a refused file type is remembered: Notion extends its list of types from time to time."""

_CHANGEABLE = ("mtime", "ctime", "size")
"""Template fields that change with a file's content: a row title that uses one may be meant to change with it."""

MAX_CONTENTS = 1_000
"""Maximum number of contents whose placements are cached; bounds memory."""


@dataclass(frozen=True, slots=True)
class Situation:
    """What the record says of a file at a destination: its placement there, and where it belongs."""

    own: Placement | None
    location: TargetLocation
    in_place: bool
    """Whether its content is already where it belongs."""


class Decisions:
    """Decides on each file, in the order of the pass.

    Args:
        store: The record.
        clock: Time of day.
        volumes: Tell which paths are gone.
    """

    def __init__(self, store: Store, clock: Clock, volumes: Volumes) -> None:
        self._store = store
        self._clock = clock
        self._volumes = volumes
        self.moved: set[tuple[FilePath, str]] = set()
        """Pairs of file and target key whose placement this pass gives to another path."""
        self._given: set[Placement] = set()
        """These placements: a file that comes back to the path needs another one."""
        self._replaced: set[tuple[FilePath, str]] = set()
        """Pairs of file and target key whose placement gets a new content in this pass, even if the file goes again."""
        self._by_content: dict[tuple[Digest, str], dict[str, deque[Placement]]] = {}
        self.superseded: list[Placement] = []
        """Placements that stay where they are although their file moves to another location of the target."""

    def situation(self, file: FileAt) -> Situation:
        """Return the placement of a file at a destination and where it belongs; needs no request."""
        with self._store.reading():
            own = self._store.placements.get(file.found.id, file.target.key)
        own = None if own in self._given else own
        location = location_at(file.found, file.rule, file.target, own, self._clock.now())
        if own is not None and own.digest == file.digest and self._is_dated_so(own, file, location):
            location = replace(location, name=own.location)
        in_place = own is not None and own.digest == file.digest and location.is_at(own.location)
        return Situation(own, location, in_place)

    def may_have_moved(self, found: SourceFile, digest: Digest, targets: Sequence[Destination]) -> bool:
        """Whether it may be a file that was elsewhere: then it follows from their order which of equal ones is."""
        with self._store.reading():
            return any(
                self._store.placements.get(found.id, target.key) is None
                and any(
                    self._lost(each, target.key)
                    for each in self._left_placements(digest, target.key).values()
                )
                for target in targets
            )

    def action(self, file: FileAt, situation: Situation, account: Account | None) -> Action:
        """Decide what to do with a file at a destination, and remember what later decisions need to know of it.

        `account` may be None only if the file is in place.
        """
        location = situation.location
        if situation.in_place or account is None:
            action = decide(file, Facts(own=situation.own), location)
        else:
            with self._store.reading():
                facts = self._facts(file, situation, account)
            if facts.moved is not None:
                location = replace(location, name=facts.moved.location)
            action = decide(file, facts, location, self._caption(file, facts.moved))
        self._remember(action, situation.own)
        fields = {"path": file.found.id.path, "target": file.target.key, "location": location.name}
        _log.info("%s: %s", file.found.path, type(action).__name__.lower(), extra={"fields": fields})
        return action

    def _remember(self, action: Action, own: Placement | None) -> None:
        """Note which placements an action gives away, changes or leaves behind."""
        if isinstance(action, Rename):
            self.moved.add((action.old.id, action.target.key))
            self._given.add(action.old)
        elif isinstance(action, Replace):
            self._replaced.add((action.found.id, action.target.key))
        elif isinstance(action, Attach) and own is not None and not action.location.is_at(own.location):
            self.superseded.append(own)

    def _facts(self, file: FileAt, situation: Situation, account: Account) -> Facts:
        moved = None if situation.own else self._moved(file, situation.location)
        return Facts(
            own=situation.own,
            moved=moved,
            failure=self._store.failures.get(file.found.id, file.target.key),
            limit=account.limit if file.found.fingerprint.size > SMALLEST_LIMIT else None,
            refused_type=None if moved else self._refused(account, extension(file.found.name)),
            refused_packaging=None if moved else self._refused(account, str(file.rule.unsupported)),
        )

    def _refused(self, account: Account, ending: str) -> str | None:
        since = self._clock.now() - REFUSED_TYPES_KEPT
        return self._store.failures.refused_type(account.bot, ending, since)

    def _moved(self, file: FileAt, location: TargetLocation) -> Placement | None:
        """Find a placement that has lost its file, at this location or at one that only dates tell apart."""
        target = file.target.key
        left = self._left_placements(file.digest, target)
        if (moved := self._lost(left.get(as_read(location.name)), target)) is not None:
            return moved
        row = row_template(file.target)
        for placements in left.values() if row is not None and is_dated(row) else ():
            moved = self._lost(placements, target)
            if moved is not None and self._is_dated_so(moved, file, location):
                return moved
        return None

    def _lost(self, candidates: deque[Placement] | None, target: str) -> Placement | None:
        while candidates:
            placement = candidates[0]
            key = (placement.id, target)
            free = key not in self.moved and key not in self._replaced
            if free and self._volumes.is_gone(placement.id.path):
                return placement
            candidates.popleft()
        return None

    def _is_dated_so(self, placement: Placement, file: FileAt, location: TargetLocation) -> bool:
        """Whether a placement's row differs from the row where the file belongs by its dates alone."""
        row = row_template(file.target)
        if row is None or not is_dated(row):
            return False
        if placement.basis != location.basis or placement.location == location.name:
            return False
        return may_be_title(row, values_of(file.found, file.rule.name, self._clock.now()), placement.location)

    def _left_placements(self, digest: Digest, target: str) -> Mapping[str, deque[Placement]]:
        """Return, by location, the placements of this content that may have lost their file.

        Cached and shrunk as files are found, so that thousands of equal files do not take quadratic time. Placements
        that this pass makes need not be added: their files exist.
        """
        key = (digest, target)
        if key not in self._by_content:
            by_location: dict[str, deque[Placement]] = {}
            for placement in self._store.placements.of_content(digest, target):
                by_location.setdefault(as_read(placement.location), deque()).append(placement)
            if not by_location:
                return by_location  # most contents are unique: nothing to cache
            if len(self._by_content) >= MAX_CONTENTS:
                self._by_content.clear()
            self._by_content[key] = by_location
        return self._by_content[key]

    def _caption(self, file: FileAt, moved: Placement | None) -> str:
        found, rule, target = file.found, file.rule, file.target
        if moved is not None and target.caption is not None and not isinstance(target, RowTarget):
            values = values_of(found, rule.name, self._clock.now())
            path = relative_to(rule.folder, moved.id.path) or moved.id.name
            before = values_of(replace(found, id=moved.id, path=path), rule.name, self._clock.now())
            kept = with_its_dates(target.caption, before, values, moved.label.caption)
            if kept is not None:
                return kept
        return caption_of(found, rule, target, self._clock.now())


def caption_of(found: SourceFile, rule: Rule, target: Destination, now: float) -> str:
    """Return the caption of a file's block, empty for none."""
    if target.caption is None or isinstance(target, RowTarget):
        return ""
    return target.caption.render(values_of(found, rule.name, now))


def location_at(
    found: SourceFile, rule: Rule, target: Destination, own: Placement | None, now: float
) -> TargetLocation:
    """Return where at a destination a file belongs.

    Args:
        found: The file.
        rule: The rule that takes it.
        target: One of the rule's destinations.
        own: The file's placement there, if any.
        now: Seconds since the epoch.
    """
    basis = basis_of(rule, target, found.path.rpartition("/")[0])
    row = row_template(target)
    if row is None:
        return TargetLocation(basis, basis)
    # A title that depends on the day of the run, or on the rule's name but on no field that a new content changes, is
    # chosen once: the file stays in its row tomorrow, and when the rule is renamed.
    by_rule = row.mentions("rule") and not any(map(row.mentions, _CHANGEABLE))
    if own is not None and (row.mentions("today") or (by_rule and own.basis == basis)):
        return TargetLocation(own.location, basis)
    return TargetLocation(row_title(row.render(values_of(found, rule.name, now))), basis)


def values_of(found: SourceFile, rule: str, now: float) -> Mapping[str, Value]:
    """Return the values of the fields in a rule's templates."""
    return template_values(found, rule=rule, now=dt.datetime.fromtimestamp(now).astimezone())


def row_template(target: Destination) -> Template | None:
    """Return the template of a row's title, or None if the target has no rows."""
    match target:
        case RowTarget(row=row) | RowPage(rows=RowTarget(row=row)):
            return row
        case _:
            return None


def changes_something(action: Action) -> bool:
    """Whether the action needs requests to Notion."""
    return isinstance(action, Attach | Replace) or (isinstance(action, Rename) and action.visible)
