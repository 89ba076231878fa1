"""Block, location or file id → placement: our things in Notion, including retired ones."""

import sqlite3
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet

from notion_sync.model import Digest, Placement
from notion_sync.state.columns import LOCATION, VARIANT, digest_blob, digest_text, id_blob, id_text, path_blob
from notion_sync.state.placement_rows import PLACED, RETIRED, placement_of

_NOT_FORGOTTEN = "AND NOT p.shared"
"""Condition on retired placements: `Placements.forget_below` marks those that it drops as shared."""

_CAN_BE_UNDONE = "p.undone_at IS NULL AND NOT p.shared AND p.kind NOT IN ('icon', 'cover')"


class Things:
    """The recorded blocks, entries, icons and covers, looked up by what they are in Notion."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database

    def at_location(self, target: str, location: str) -> list[Placement]:
        """Return all placements at one location of a target, including retired ones."""
        return list(self.each_at_location(target, location))

    def each_at_location(self, target: str, location: str) -> Iterator[Placement]:
        """Yield what `at_location` returns; a page may have a million."""
        return self._at_location(target, location, "")

    def in_use_at(self, target: str, location: str) -> list[Placement]:
        """Like `at_location`, without forgotten placements, which `adopt` may give to a file again."""
        return list(self._at_location(target, location, _NOT_FORGOTTEN))

    def _at_location(self, target: str, location: str, of_retired: str) -> Iterator[Placement]:
        for select, condition in ((PLACED, ""), (RETIRED, of_retired)):
            yield from map(
                placement_of,
                self._database.execute(
                    f"{select} WHERE t.key = ? AND p.{LOCATION} = ? {condition}",
                    (target, path_blob(location)),
                ),
            )

    def all_ours_at(self, target: str, location: str) -> bool:
        """Whether there are blocks at one location of a target, all of which this store alone has put there."""
        blocks, shared = self._database.execute(
            f"""WITH t AS (SELECT id FROM targets WHERE key = ?1),
                p AS (SELECT block_id, shared FROM placements WHERE target_id = (SELECT id FROM t) AND {LOCATION} = ?2
                      UNION ALL
                      SELECT block_id, shared FROM retired WHERE target_id = (SELECT id FROM t) AND {LOCATION} = ?2)
                SELECT count(block_id), max(shared) FROM p""",
            (target, path_blob(location)),
        ).fetchone()
        return blocks > 0 and not shared

    def blocks_at(self, target: str) -> frozenset[str]:
        """Return the ids of all our blocks at a target, including retired ones."""
        return self._blocks(target, "")

    def blocks_in_use(self, target: str) -> frozenset[str]:
        """Like `blocks_at`, without forgotten blocks, which `adopt` may give to a file again."""
        return self._blocks(target, _NOT_FORGOTTEN)

    def _blocks(self, target: str, of_retired: str) -> frozenset[str]:
        rows = self._database.execute(
            f"""WITH t AS (SELECT id FROM targets WHERE key = ?)
               SELECT block_id FROM placements WHERE block_id IS NOT NULL AND target_id = (SELECT id FROM t)
               UNION SELECT block_id FROM retired p
               WHERE block_id IS NOT NULL AND target_id = (SELECT id FROM t) {of_retired}""",
            (target,),
        )
        return frozenset(id_text(row[0]) for row in rows)

    def placements_of(self, id_: str) -> list[tuple[Placement, bool]]:
        """Return the placements of a block, or of a page's icon and cover, and whether retired; a full scan."""
        return [
            (placement_of(row), table == "retired")
            for table, select in (("placements", PLACED), ("retired", RETIRED))
            for row in self._database.execute(
                f"{select} WHERE p.block_id = ? OR (p.page_id = ? AND p.kind IN ('icon', 'cover'))",
                (id_blob(id_), id_blob(id_)),
            )
        ]

    def made_by(self, run: int) -> list[tuple[Placement, bool]]:
        """Return what a run created and the record has as being in Notion, in path order, with whether it is retired.

        Icons and covers are not included, because what they replaced is unknown.
        """
        return [
            (placement_of(row), retired)
            for select, retired in ((PLACED, False), (RETIRED, True))
            for row in self._database.execute(
                f"{select} WHERE p.run_id = ? AND {_CAN_BE_UNDONE} ORDER BY d.path, p.name", (run,)
            )
        ]

    def images_of(self, run: int) -> list[Placement]:
        """Return the icons and covers that a run gave to pages and rows, in path order."""
        rows = self._database.execute(
            f"{PLACED} WHERE p.run_id = ? AND p.undone_at IS NULL AND p.kind IN ('icon', 'cover') "
            "ORDER BY d.path, p.name",
            (run,),
        )
        return [placement_of(row) for row in rows]

    def runs(self) -> dict[int, int]:
        """Return, by run, how many things `made_by` returns for it, if any; the newest run first."""
        rows = self._database.execute(
            f"""SELECT run_id, count(*) FROM (
                   SELECT run_id, undone_at, shared, kind FROM placements
                   UNION ALL SELECT run_id, undone_at, shared, kind FROM retired) p
               WHERE run_id IS NOT NULL AND {_CAN_BE_UNDONE} GROUP BY run_id ORDER BY run_id DESC"""
        )
        return dict(rows.fetchall())

    def files_of_blocks(self, ids: AbstractSet[str]) -> Mapping[str, AbstractSet[str | None]]:
        """Return the file ids with which these blocks are recorded, at any target, by block id."""
        found: dict[str, set[str | None]] = {}
        for table in ("placements", "retired"):
            for id_ in ids:
                rows = self._database.execute(
                    f"SELECT file_id FROM {table} WHERE block_id = ?", (id_blob(id_),)
                )
                for (file_id,) in rows:
                    found.setdefault(id_, set()).add(file_id)
        return found

    def last_block(self, target: str, location: str = "") -> str | None:
        """Return the block that was placed last at this location."""
        row = self._database.execute(
            f"""SELECT block_id FROM placements WHERE target_id = (SELECT id FROM targets WHERE key = ?)
               AND {LOCATION} = ? AND block_id IS NOT NULL ORDER BY placed_at DESC LIMIT 1""",
            (target, path_blob(location)),
        ).fetchone()
        return id_text(row[0]) if row else None

    def contents_of_file(self, file_id: str) -> frozenset[tuple[Digest, str]]:
        """Return (digest, variant) of the placements with this file id, at any target."""
        rows = self._database.execute(
            f"""SELECT digest, {VARIANT} FROM placements WHERE file_id = ?1
               UNION SELECT digest, {VARIANT} FROM retired WHERE file_id = ?1""",
            (file_id,),
        )
        return frozenset((digest_text(digest), variant) for digest, variant in rows)

    def file_of_upload(self, upload_id: str | None, digest: Digest) -> str | None:
        """Return the file id of an upload of this content, if it was learned at any place of attachment."""
        if upload_id is None:
            return None
        row = self._database.execute(
            """SELECT file_id FROM placements WHERE digest = ?2 AND upload_id = ?1 AND file_id IS NOT NULL
               UNION SELECT file_id FROM retired WHERE digest = ?2 AND upload_id = ?1 AND file_id IS NOT NULL""",
            (id_blob(upload_id), digest_blob(digest)),
        ).fetchone()
        return row[0] if row else None
