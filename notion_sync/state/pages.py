"""Location → page: the child pages of subfolders, and the rows of databases."""

import sqlite3

from notion_sync.state.columns import id_blob, id_text, path_blob, path_text


class Pages:
    """Pages by their root (a page or a data source) and their location in it."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database

    def get(self, root: str, location: str) -> str | None:
        """Return the page that was found or created for a location."""
        row = self._database.execute(
            "SELECT page_id FROM pages WHERE root = ? AND place = ?", (id_blob(root), path_blob(location))
        ).fetchone()
        return id_text(row[0]) if row else None

    def save(self, root: str, location: str, page_id: str) -> None:
        """Set the page of a location."""
        self._database.execute(
            "REPLACE INTO pages VALUES (?, ?, ?)", (id_blob(root), path_blob(location), id_blob(page_id))
        )

    def forget(self, root: str, location: str) -> None:
        """Remove the page of a location."""
        self._database.execute(
            "DELETE FROM pages WHERE root = ? AND place = ?", (id_blob(root), path_blob(location))
        )

    def locations(self, root: str) -> dict[str, str]:
        """Return every location of a root with its page."""
        rows = self._database.execute(
            "SELECT place, page_id FROM pages WHERE root = ? ORDER BY place", (id_blob(root),)
        )
        return {path_text(location): id_text(page) for location, page in rows}
