"""Record what is in Notion, is ours, and no longer stands for its file: an older version, or left behind by a move."""

import sqlite3
from collections.abc import Iterable

from notion_sync.model import Placement
from notion_sync.state.columns import LOCATION, at_or_below, id_blob, marks, path_blob
from notion_sync.state.files import Files
from notion_sync.state.placement_rows import INTO, RETIRED, THIS, placement_of, row_of, this
from notion_sync.state.targets import Targets

_ADD = f"INSERT {INTO.format(table='retired')}"
_SAME_THING = "block_id IS ? AND ifnull(block_id, file_id) IS ?"
"""A condition on `retired`; its parameters are those of `_ids`."""


class Retired:
    """The retired placements. Forgotten ones (`Placements.forget_below`) are among them, marked as shared."""

    def __init__(self, database: sqlite3.Connection, files: Files, targets: Targets) -> None:
        self._database = database
        self._files = files
        self._targets = targets

    def add(self, placement: Placement, now: float) -> None:
        """Record a placement as retired; `now` in seconds since the epoch."""
        self._database.execute(_ADD, row_of(placement, now, self._files, self._targets))

    def below(self, folder: str, targets: Iterable[str]) -> list[Placement]:
        """Return the retired placements of files at or below a folder at these targets, oldest first."""
        keys = tuple(targets)
        condition, values = at_or_below(folder, "p")
        rows = self._database.execute(
            f"{RETIRED} WHERE t.key IN ({marks(keys)}) AND {condition} ORDER BY p.id", (*keys, *values)
        )
        return [placement_of(row) for row in rows]

    def forget(self, placement: Placement) -> None:
        """Remove a retired placement that is no longer in Notion; of equal ones, the oldest."""
        self._database.execute(
            f"""DELETE FROM retired WHERE id = (
                    SELECT min(id) FROM retired WHERE {THIS} AND {LOCATION} = ? AND {_SAME_THING})""",
            (*this(placement.id, placement.target), path_blob(placement.location), *_ids(placement)),
        )

    def in_use_again(self, placement: Placement) -> None:
        """Remove the retired record of a placement that was forgotten and has a file again."""
        self._database.execute(f"DELETE FROM retired WHERE shared AND {_SAME_THING}", _ids(placement))


def _ids(placement: Placement) -> tuple[bytes | None, bytes | str | None]:
    block = id_blob(placement.block_id) if placement.block_id else None
    return block, block or placement.file_id
