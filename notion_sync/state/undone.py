"""Record what `undo` has moved to Notion's trash: its file stays, and is not sent again as it is."""

import sqlite3
from collections.abc import Iterable

from notion_sync.model import Placement
from notion_sync.state.columns import at_or_below, marks
from notion_sync.state.placement_rows import PLACED, THIS, placement_of, this
from notion_sync.state.retired import Retired


class Undone:
    """The placements that are recorded as undone."""

    def __init__(self, database: sqlite3.Connection, retired: Retired) -> None:
        self._database = database
        self._retired = retired

    def add(self, placement: Placement, now: float, *, retired: bool = False) -> None:
        """Record that a placement was undone, `now` in seconds since the epoch. A retired one is dropped instead."""
        if retired:
            self._retired.forget(placement)
        else:
            self._set(placement, now)

    def remove(self, placement: Placement) -> None:
        """Record that a placement is in Notion again, or no longer counts as undone."""
        self._set(placement, None)

    def below(self, folder: str, targets: Iterable[str]) -> list[Placement]:
        """Return the undone placements of files at or below a folder at these targets, in path order."""
        keys = tuple(targets)
        condition, values = at_or_below(folder, "p")
        rows = self._database.execute(
            f"""{PLACED} WHERE p.undone_at IS NOT NULL AND t.key IN ({marks(keys)}) AND {condition}
                ORDER BY d.path, p.name""",
            (*keys, *values),
        )
        return [placement_of(row) for row in rows]

    def _set(self, placement: Placement, at: float | None) -> None:
        self._database.execute(
            f"UPDATE placements SET undone_at = ? WHERE {THIS}", (at, *this(placement.id, placement.target))
        )
