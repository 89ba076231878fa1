"""Record the placement of each path at each target: which of our contents is where in Notion."""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from notion_sync.model import Digest, FileId, Label, Placement
from notion_sync.state.columns import (
    UNKNOWN_ID,
    at_or_below,
    digest_blob,
    digest_text,
    id_blob,
    id_text,
    path_blob,
    path_text,
)
from notion_sync.state.files import Files

_COLUMNS = """folder_id, name, target_id, digest, kind, upload_id, block_id, label, placed_at,
    place, way, page_id, file_id, form, shared, run_id, undone_at"""
_ALL_MARKS = ", ".join("?" * len(_COLUMNS.split(",")))
_SELECT = """SELECT d.path, p.name, t.key, p.digest, p.kind, p.upload_id, p.block_id, p.label,
    p.place, p.way, p.page_id, p.file_id, p.form, p.shared, p.run_id, p.undone_at, p.placed_at
    FROM {table} p JOIN folders d ON d.id = p.folder_id JOIN targets t ON t.id = p.target_id"""
PLACED = _SELECT.format(table="placements")
RETIRED = _SELECT.format(table="retired")
"""Starts of queries for placements in use, and for retired ones."""
_THIS = """folder_id = (SELECT id FROM folders WHERE path = ?) AND name = ?
    AND target_id = (SELECT id FROM targets WHERE key = ?)"""


class Placements:
    """The placement of each path at each target. A former placement that is still in Notion is retired."""

    def __init__(self, database: sqlite3.Connection, files: Files) -> None:
        self._database = database
        self._files = files

    def get(self, file: FileId, target: str) -> Placement | None:
        """Return the placement of this path at this target."""
        row = self._database.execute(
            f"{PLACED} WHERE d.path = ? AND p.name = ? AND t.key = ?",
            (path_blob(file.folder), path_blob(file.name), target),
        ).fetchone()
        return placement_of_row(row) if row else None

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
        return (placement_of_row(row) for row in rows)

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
        return [(placement_of_row(row), row[-1]) for row in rows]

    def forget_below(self, path: str) -> int:
        """Drop the placements of the file `path`, or of all files below the folder `path`; return their number.

        They are retired and marked as shared, so that what is in Notion is not mistaken for something that existed
        before us. Only `adopt` gives it back to a file.
        """
        condition, values = at_or_below(path, "retired")
        self._database.execute(f"UPDATE retired SET shared = 1 WHERE {condition}", values)
        condition, values = at_or_below(path, "placements")
        columns = _COLUMNS.replace("shared", "1")
        self._database.execute(
            f"INSERT INTO retired ({_COLUMNS}) SELECT {columns} FROM placements WHERE {condition}", values
        )
        return self._database.execute(f"DELETE FROM placements WHERE {condition}", values).rowcount

    def below(self, folder: str, targets: Iterable[str]) -> Iterator[tuple[str, int]]:
        """Return the folders at or below `folder` with files at these targets, and the number of placements in each."""
        keys = tuple(targets)
        condition, values = at_or_below(folder, "p")
        rows = self._database.execute(
            f"""SELECT d.path, count(*) FROM placements p JOIN folders d ON d.id = p.folder_id
                WHERE p.target_id IN (SELECT id FROM targets WHERE key IN ({_marks(keys)}))
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
                WHERE p.target_id IN (SELECT id FROM targets WHERE key IN ({_marks(other_keys)})) AND {condition}
                AND NOT EXISTS (
                    SELECT 1 FROM placements q WHERE q.folder_id = p.folder_id AND q.name = p.name
                    AND q.target_id IN (SELECT id FROM targets WHERE key IN ({_marks(keys)}))
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
                WHERE p.target_id IN (SELECT id FROM targets WHERE key IN ({_marks(keys)})) AND {condition})""",
            (*keys, *values),
        ).fetchone()
        return int(row[0])

    def in_folder(self, folder: str, targets: Iterable[str]) -> list[Placement]:
        """Return every placement at these targets of the files directly in a folder."""
        keys = tuple(targets)
        rows = self._database.execute(
            f"{PLACED} WHERE d.path = ? AND t.key IN ({_marks(keys)}) ORDER BY p.name, t.key",
            (path_blob(folder), *keys),
        )
        return [placement_of_row(row) for row in rows]

    def in_use_again(self, placement: Placement) -> None:
        """Remove the retired record of a placement that was forgotten and has a file again."""
        block = id_blob(placement.block_id) if placement.block_id else None
        self._database.execute(
            "DELETE FROM retired WHERE shared AND block_id IS ? AND ifnull(block_id, file_id) IS ?",
            (block, block or placement.file_id),
        )

    def save(self, placement: Placement, now: float) -> None:
        """Add a placement, or replace the path's placement at this target."""
        # An earlier configuration may have marked the folder as clean.
        self._files.mark_dirty(placement.id.folder)
        self._database.execute(
            f"REPLACE INTO placements ({_COLUMNS}) VALUES ({_ALL_MARKS})",
            self._values(placement, now),
        )

    def undone(self, placement: Placement, now: float, *, retired: bool = False) -> None:
        """Record that a placement was undone: its file is not sent again as it is. Drop a retired one instead."""
        if retired:
            self.forget_retired(placement)
        else:
            self._set_undone(placement, now)

    def undone_below(self, folder: str, targets: Iterable[str]) -> list[Placement]:
        """Return the undone placements of files at or below a folder at these targets, in path order."""
        keys = tuple(targets)
        condition, values = at_or_below(folder, "p")
        rows = self._database.execute(
            f"""{PLACED} WHERE p.undone_at IS NOT NULL AND t.key IN ({_marks(keys)}) AND {condition}
                ORDER BY d.path, p.name""",
            (*keys, *values),
        )
        return [placement_of_row(row) for row in rows]

    def not_undone(self, placement: Placement) -> None:
        """Record that a placement is in Notion again, or no longer counts as undone."""
        self._set_undone(placement, None)

    def _set_undone(self, placement: Placement, at: float | None) -> None:
        self._database.execute(
            f"UPDATE placements SET undone_at = ? WHERE {_THIS}",
            (at, path_blob(placement.id.folder), path_blob(placement.id.name), placement.target),
        )

    def made_by(self, run: int) -> list[tuple[Placement, bool]]:
        """Return what a run created and the record has as being in Notion, in path order, with whether it is retired.

        Icons and covers are not included, because what they replaced is unknown.
        """
        return [
            (placement_of_row(row), retired)
            for select, retired in ((PLACED, False), (RETIRED, True))
            for row in self._database.execute(
                f"""{select} WHERE p.run_id = ? AND p.undone_at IS NULL AND NOT p.shared
                    AND p.kind NOT IN ('icon', 'cover') ORDER BY d.path, p.name""",
                (run,),
            )
        ]

    def runs(self) -> dict[int, int]:
        """Return, by run, how many things it created that are recorded as being in Notion; the newest run first."""
        rows = self._database.execute(
            """SELECT run_id, count(*) FROM (
                   SELECT run_id, undone_at, shared, kind FROM placements
                   UNION ALL SELECT run_id, undone_at, shared, kind FROM retired)
               WHERE run_id IS NOT NULL AND undone_at IS NULL AND NOT shared AND kind NOT IN ('icon', 'cover')
               GROUP BY run_id ORDER BY run_id DESC"""
        )
        return dict(rows.fetchall())

    def relabel(self, placement: Placement, label: Label, now: float) -> None:
        """Record a new label. If its name differs, the placement moves to the path of that name, if that is free.

        The old path then counts as unknown, so the next look at both files decides anew which one has the content.
        """
        renamed = label.name is not None and label.name != placement.label.name and "/" not in label.name
        path = FileId(placement.id.folder, label.name or "") if renamed else placement.id
        if path != placement.id and self.get(path, placement.target) is None:
            self.forget(placement)
            self._files.forget(placement.id)
            placement = replace(placement, id=path)
        self.save(replace(placement, label=label), now)

    def add(self, placement: Placement, now: float) -> None:
        """Record something new in Notion; another thing that the path had at this target is retired."""
        before = self.get(placement.id, placement.target)
        if before is not None and _thing(before) != _thing(placement):
            self.retire(before, now)
        self.save(placement, now)

    def retire(self, placement: Placement, now: float) -> None:
        """Record a placement as retired: still in Notion, and ours, but no longer standing for its file."""
        self._database.execute(
            f"INSERT INTO retired ({_COLUMNS}) VALUES ({_ALL_MARKS})",
            self._values(placement, now),
        )

    def retired(self, folder: str, targets: Iterable[str]) -> list[Placement]:
        """Return the retired placements of files at or below a folder."""
        keys = tuple(targets)
        condition, values = at_or_below(folder, "p")
        rows = self._database.execute(
            f"{RETIRED} WHERE t.key IN ({_marks(keys)}) AND {condition} ORDER BY p.id", (*keys, *values)
        )
        return [placement_of_row(row) for row in rows]

    def forget(self, placement: Placement) -> None:
        """Remove a placement, and mark its folder for a check in case the file comes back."""
        self._files.mark_dirty(placement.id.folder)
        where = (path_blob(placement.id.folder), path_blob(placement.id.name), placement.target)
        self._database.execute(f"DELETE FROM placements WHERE {_THIS}", where)

    def forget_retired(self, placement: Placement) -> None:
        """Remove a retired placement that is no longer in Notion."""
        block = id_blob(placement.block_id) if placement.block_id else None
        self._database.execute(
            f"DELETE FROM retired WHERE {_THIS} AND place = ? AND block_id IS ? AND ifnull(block_id, file_id) IS ?",
            (
                path_blob(placement.id.folder), path_blob(placement.id.name), placement.target,
                path_blob(placement.location), block, block or placement.file_id,
            ),
        )  # fmt: skip

    def drop(self, placement: Placement, *, retired: bool) -> None:
        """Remove a placement, or a retired one."""
        if retired:
            self.forget_retired(placement)
        else:
            self.forget(placement)

    def target_id(self, key: str) -> int:
        """Return the number of a target, which is assigned at the first use."""
        row = self._database.execute("SELECT id FROM targets WHERE key = ?", (key,)).fetchone()
        if row is None:
            row = (self._database.execute("INSERT INTO targets (key) VALUES (?)", (key,)).lastrowid,)
        return int(row[0])

    def _values(self, placement: Placement, now: float) -> tuple[object, ...]:
        return (
            self._files.folder_id(placement.id.folder), path_blob(placement.id.name),
            self.target_id(placement.target), digest_blob(placement.digest), placement.kind,
            id_blob(placement.upload_id) if placement.upload_id else UNKNOWN_ID,
            id_blob(placement.block_id) if placement.block_id else None,
            label_text(placement.label), now, path_blob(placement.location), path_blob(placement.basis),
            id_blob(placement.page_id) if placement.page_id else None, placement.file_id, placement.variant,
            placement.shared, placement.run, placement.undone_at,
        )  # fmt: skip


def label_text(label: Label) -> str:
    """Return a label as stored."""
    theirs = [True] if label.theirs else []
    return json.dumps([label.name, label.caption, *theirs], ensure_ascii=False)


def label_value(text: str) -> Label:
    """Return the label of a stored text."""
    name, caption, *theirs = json.loads(text)
    return Label(name, caption, bool(theirs))


def _thing(placement: Placement) -> tuple[str | None, ...]:
    """Return what identifies a placement's thing in Notion. A block with a new file in it is the same thing."""
    return (placement.block_id, None if placement.block_id else placement.file_id, placement.location)


def _marks(values: tuple[str, ...]) -> str:
    return ",".join("?" * len(values))


def placement_of_row(row: Sequence[Any]) -> Placement:
    """Return the placement of a row of `PLACED` or `RETIRED`."""
    (
        folder,
        name,
        target,
        digest,
        kind,
        upload_id,
        block_id,
        label,
        location,
        basis,
        page_id,
        file_id,
        variant,
        shared,
        run,
        undone_at,
    ) = row[:16]
    return Placement(
        FileId(path_text(folder), path_text(name)), target, digest_text(digest), kind,
        id_text(upload_id) if upload_id != UNKNOWN_ID else None, id_text(block_id) if block_id else None,
        label_value(label), path_text(location), path_text(basis), id_text(page_id) if page_id else None,
        file_id, variant, bool(shared), run, undone_at,
    )  # fmt: skip
