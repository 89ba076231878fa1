"""Location → page: the child pages of subfolders, and the rows of databases."""

import sqlite3
from dataclasses import dataclass

from notion_sync.state.columns import LOCATION, id_blob, id_text, path_blob, path_text


@dataclass(frozen=True, slots=True)
class MadePage:
    """A page that we have made for the location `location` of a page or data source `root`."""

    root: str
    location: str
    page_id: str


class Pages:
    """Pages by their root (a page or a data source) and their location in it."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database

    def get(self, root: str, location: str) -> str | None:
        """Return the page that was found or created for a location."""
        row = self._database.execute(
            f"SELECT page_id FROM pages WHERE root = ? AND {LOCATION} = ?",
            (id_blob(root), path_blob(location)),
        ).fetchone()
        return id_text(row[0]) if row else None

    def save(self, root: str, location: str, page_id: str, made_by: int | None = None) -> None:
        """Set the page of a location; `made_by` is the run that has made it."""
        self._database.execute(
            f"""INSERT INTO pages (root, {LOCATION}, page_id, run_id) VALUES (?, ?, ?, ?)
               ON CONFLICT DO UPDATE SET page_id = excluded.page_id,
               run_id = CASE page_id WHEN excluded.page_id THEN run_id ELSE excluded.run_id END""",
            (id_blob(root), path_blob(location), id_blob(page_id), made_by),
        )

    def made_by(self, run: int) -> list[MadePage]:
        """Return the pages and rows that a run has made and that are still the ones of their locations."""
        rows = self._database.execute(
            f"SELECT root, {LOCATION}, page_id FROM pages WHERE run_id = ? ORDER BY {LOCATION}", (run,)
        )
        return [MadePage(id_text(root), path_text(location), id_text(page)) for root, location, page in rows]

    def keep(self, page: MadePage) -> None:
        """Record that a page counts as nobody's, because other things are in it."""
        self._database.execute(
            f"UPDATE pages SET run_id = NULL WHERE root = ? AND {LOCATION} = ?",
            (id_blob(page.root), path_blob(page.location)),
        )

    def forget(self, root: str, location: str) -> None:
        """Remove the page of a location."""
        self._database.execute(
            f"DELETE FROM pages WHERE root = ? AND {LOCATION} = ?", (id_blob(root), path_blob(location))
        )

    def locations_of(self, root: str, page_id: str) -> list[str]:
        """Return the locations that a page of a root was found or made for; titles that read the same are one row's."""
        rows = self._database.execute(
            f"SELECT {LOCATION} FROM pages WHERE root = ? AND page_id = ?", (id_blob(root), id_blob(page_id))
        )
        return [path_text(row[0]) for row in rows]

    def locations(self, root: str) -> dict[str, str]:
        """Return every location of a root with its page."""
        rows = self._database.execute(
            f"SELECT {LOCATION}, page_id FROM pages WHERE root = ? ORDER BY {LOCATION}", (id_blob(root),)
        )
        return {path_text(location): id_text(page) for location, page in rows}
