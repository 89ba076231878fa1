"""Record which of our contents is where in Notion.

    in use     represents its file at a target (`Placements`)
    retired    is in Notion and is ours, but no longer represents its file: an older version, or left behind by a move
    undone     was moved to Notion's trash by `undo`: its file stays, and is not sent again unless it changes

A placement in use and an undone one are rows of one table; a path has at most one of them at a target.
"""

import sqlite3
from collections.abc import Iterable, Iterator

from notion_sync.model import Digest, FilePath, Placement
from notion_sync.state.columns import LOCATION, at_or_below, digest_blob, id_blob, marks, path_blob, path_text
from notion_sync.state.files import Files
from notion_sync.state.placement_rows import COLUMNS, INTO, PLACED, RETIRED, THIS, placement_of, row_of, this
from notion_sync.state.targets import Targets

_SAVE = f"REPLACE {INTO.format(table='placements')}"
_ADD = f"INSERT {INTO.format(table='retired')}"
_SAME_THING = "block_id IS ? AND ifnull(block_id, file_id) IS ?"
"""A condition on `retired`; its parameters are those of `_ids`."""


class Placements:
    """The placement of each path at each target. A former placement that is still in Notion is retired."""

    def __init__(
        self, database: sqlite3.Connection, files: Files, targets: Targets, retired: "Retired"
    ) -> None:
        self._database = database
        self._files = files
        self._targets = targets
        self._retired = retired

    def get(self, file: FilePath, target: str) -> Placement | None:
        """Return the placement of this path at this target."""
        row = self._database.execute(
            f"{PLACED} WHERE d.path = ? AND p.name = ? AND t.key = ?",
            (path_blob(file.folder), path_blob(file.name), target),
        ).fetchone()
        return placement_of(row) if row else None

    def any_at(self, target: str) -> bool:
        """Whether any placement is at a target."""
        query = "SELECT 1 FROM placements WHERE target_id = (SELECT id FROM targets WHERE key = ?) LIMIT 1"
        return self._database.execute(query, (target,)).fetchone() is not None

    def of_content(self, digest: Digest, target: str) -> Iterator[Placement]:
        """Return the placements of this content at this target, by path."""
        rows = self._database.execute(
            f"{PLACED} WHERE p.digest = ? AND t.key = ? ORDER BY d.path, p.name",
            (digest_blob(digest), target),
        ).fetchall()
        return (placement_of(row) for row in rows)

    def any_below(self, path: str) -> bool:
        """Whether the file `path`, or any file below the folder `path`, is or was in Notion."""
        condition, values = at_or_below(path, "p")
        either = f"SELECT 1 FROM placements p WHERE {condition} UNION ALL SELECT 1 FROM retired p WHERE {condition}"
        return self._database.execute(f"{either} LIMIT 1", (*values, *values)).fetchone() is not None

    def names_in(self, folder: str) -> list[str]:
        """Return the names of the files directly in a folder that are recorded at any target."""
        rows = self._database.execute(
            "SELECT DISTINCT name FROM placements WHERE folder_id = (SELECT id FROM folders WHERE path = ?)",
            (path_blob(folder),),
        )
        return [path_text(name) for (name,) in rows]

    def at_or_below(self, path: str) -> list[tuple[Placement, float]]:
        """Return the placements of the file `path`, or of all files below the folder `path`, with their times."""
        condition, values = at_or_below(path, "p")
        rows = self._database.execute(
            f"{PLACED} WHERE {condition} ORDER BY d.path, p.name, p.placed_at", values
        )
        return [(placement_of(row), row[-1]) for row in rows]

    def forget_below(self, path: str) -> int:
        """Drop the placements of the file `path`, or of all files below the folder `path`; return their number.

        They are retired and marked as shared, so that what is in Notion is not mistaken for something that existed
        before us. Only `adopt` gives it back to a file.
        """
        condition, values = at_or_below(path, "retired")
        self._database.execute(f"UPDATE retired SET shared = 1 WHERE {condition}", values)
        condition, values = at_or_below(path, "placements")
        columns = COLUMNS.replace("shared", "1")
        self._database.execute(
            f"INSERT INTO retired ({COLUMNS}) SELECT {columns} FROM placements WHERE {condition}", values
        )
        return self._database.execute(f"DELETE FROM placements WHERE {condition}", values).rowcount

    def below(self, folder: str, targets: Iterable[str]) -> Iterator[tuple[str, int]]:
        """Return the folders at or below `folder` with files at these targets, and the number of placements in each."""
        keys = tuple(targets)
        condition, values = at_or_below(folder, "p")
        rows = self._database.execute(
            f"""SELECT d.path, count(*) FROM placements p JOIN folders d ON d.id = p.folder_id
                WHERE p.target_id IN (SELECT id FROM targets WHERE key IN ({marks(keys)}))
                AND {condition} GROUP BY p.folder_id ORDER BY d.path""",
            (*keys, *values),
        ).fetchall()
        return ((path_text(path), count) for path, count in rows)

    def lacking(self, folder: str, targets: Iterable[str], others: Iterable[str]) -> frozenset[str]:
        """Return the folders at or below `folder` with files that are placed at `others` but not at `targets`."""
        keys, other_keys = tuple(targets), tuple(others)
        condition, values = at_or_below(folder, "p")
        rows = self._database.execute(
            f"""SELECT DISTINCT d.path FROM placements p JOIN folders d ON d.id = p.folder_id
                WHERE p.target_id IN (SELECT id FROM targets WHERE key IN ({marks(other_keys)})) AND {condition}
                AND NOT EXISTS (
                    SELECT 1 FROM placements q WHERE q.folder_id = p.folder_id AND q.name = p.name
                    AND q.target_id IN (SELECT id FROM targets WHERE key IN ({marks(keys)}))
                )""",
            (*other_keys, *values, *keys),
        )
        return frozenset(path_text(row[0]) for row in rows)

    def count_files(self, folder: str, targets: Iterable[str]) -> int:
        """Count the files at or below a folder with a placement at these targets."""
        keys = tuple(targets)
        condition, values = at_or_below(folder, "p")
        row = self._database.execute(
            f"""SELECT count(*) FROM (SELECT DISTINCT p.folder_id, p.name FROM placements p
                WHERE p.target_id IN (SELECT id FROM targets WHERE key IN ({marks(keys)})) AND {condition})""",
            (*keys, *values),
        ).fetchone()
        return int(row[0])

    def in_folder(self, folder: str, targets: Iterable[str]) -> list[Placement]:
        """Return every placement at these targets of the files directly in a folder."""
        keys = tuple(targets)
        rows = self._database.execute(
            f"{PLACED} WHERE d.path = ? AND t.key IN ({marks(keys)}) ORDER BY p.name, t.key",
            (path_blob(folder), *keys),
        )
        return [placement_of(row) for row in rows]

    def save(self, placement: Placement, now: float) -> None:
        """Add a placement, or replace the path's placement at this target."""
        # An earlier configuration may have marked the folder as clean.
        self._files.mark_dirty(placement.id.folder)
        self._database.execute(_SAVE, row_of(placement, now, self._files, self._targets))

    def move(self, old: Placement, new: Placement, now: float) -> None:
        """Record that a thing stands for another path; the old one is looked at anew if there is a file again."""
        self.take(old)
        self._files.forget(old.id)
        self.save(new, now)

    def add(self, placement: Placement, now: float) -> None:
        """Record something new in Notion; another thing that the path had at this target is retired."""
        before = self.get(placement.id, placement.target)
        if before is not None and _thing(before) != _thing(placement):
            self._retired.add(before, now)
        self.save(placement, now)

    def forget(self, placement: Placement) -> None:
        """Remove a placement, and mark its folder for a check in case the file comes back."""
        self._files.mark_dirty(placement.id.folder)
        self._database.execute(f"DELETE FROM placements WHERE {THIS}", this(placement.id, placement.target))

    def take(self, placement: Placement) -> None:
        """Remove a placement whose thing another path gets; a newer one of its own path may have retired it by now."""
        now = self.get(placement.id, placement.target)
        if now is None or _thing(now) == _thing(placement):
            self.forget(placement)
        else:
            self._retired.forget(placement)

    def drop(self, placement: Placement, *, retired: bool) -> None:
        """Remove a placement, or a retired one."""
        if retired:
            self._retired.forget(placement)
        else:
            self.forget(placement)


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

    def forget(self, placement: Placement) -> bool:
        """Remove a retired placement that is no longer in Notion; of equal ones, the oldest. Whether there was one."""
        done = self._database.execute(
            f"""DELETE FROM retired WHERE id = (
                    SELECT min(id) FROM retired WHERE {THIS} AND {LOCATION} = ? AND {_SAME_THING})""",
            (*this(placement.id, placement.target), path_blob(placement.location), *_ids(placement)),
        )
        return done.rowcount > 0

    def in_use_again(self, placement: Placement) -> None:
        """Remove the retired record of a placement that was forgotten and has a file again."""
        self._database.execute(f"DELETE FROM retired WHERE shared AND {_SAME_THING}", _ids(placement))


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


def _thing(placement: Placement) -> tuple[str | None, ...]:
    """Return what identifies a placement's thing in Notion. A block with a new file in it is the same thing."""
    return (placement.block_id, None if placement.block_id else placement.file_id, placement.location)


def _ids(placement: Placement) -> tuple[bytes | None, bytes | str | None]:
    block = id_blob(placement.block_id) if placement.block_id else None
    return block, block or placement.file_id
