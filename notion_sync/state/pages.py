"""place → page: the child pages of subfolders and the rows of databases."""

import sqlite3

from notion_sync.state.columns import id_blob, id_text, path_blob, path_text


class Pages:
    """Pages by the root they belong to (a page, or a data source) and their place in it."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database

    def get(self, root: str, location: str) -> str | None:
        """The page that was found or made for a place."""
        row = self._database.execute(
            "SELECT page_id FROM pages WHERE root = ? AND place = ?", (id_blob(root), path_blob(location))
        ).fetchone()
        return id_text(row[0]) if row else None

    def save(self, root: str, location: str, page_id: str) -> None:
        """This is the place's page from now on."""
        self._database.execute(
            "REPLACE INTO pages VALUES (?, ?, ?)", (id_blob(root), path_blob(location), id_blob(page_id))
        )

    def forget(self, root: str, location: str) -> None:
        """The place has no page any more."""
        self._database.execute(
            "DELETE FROM pages WHERE root = ? AND place = ?", (id_blob(root), path_blob(location))
        )

    def locations_of(self, root: str, page_id: str) -> list[str]:
        """The places that a page of a root was found or made for: titles that read the same are one row's."""
        rows = self._database.execute(
            "SELECT place FROM pages WHERE root = ? AND page_id = ?", (id_blob(root), id_blob(page_id))
        )
        return [path_text(row[0]) for row in rows]

    def locations(self, root: str) -> dict[str, str]:
        """Every place of a root and its page."""
        rows = self._database.execute(
            "SELECT place, page_id FROM pages WHERE root = ? ORDER BY place", (id_blob(root),)
        )
        return {path_text(location): id_text(page) for location, page in rows}
