"""place → page: the child pages of subfolders and the rows of databases, and those about to be made."""

import sqlite3

from notion_sync.model import Birth
from notion_sync.state.columns import id_blob, id_text, path_blob, path_text


class Pages:
    """Pages by the root they belong to (a page, or a data source) and their place in it."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database

    def get(self, root: str, place: str) -> str | None:
        """The page that was found or made for a place."""
        row = self._database.execute(
            "SELECT page_id FROM pages WHERE root = ? AND place = ?", (id_blob(root), path_blob(place))
        ).fetchone()
        return id_text(row[0]) if row else None

    def save(self, root: str, place: str, page_id: str) -> None:
        """This is the place's page from now on."""
        self._database.execute(
            "REPLACE INTO pages VALUES (?, ?, ?)", (id_blob(root), path_blob(place), id_blob(page_id))
        )

    def forget(self, root: str, place: str) -> None:
        """The place has no page any more."""
        self._database.execute(
            "DELETE FROM pages WHERE root = ? AND place = ?", (id_blob(root), path_blob(place))
        )

    def begin(self, birth: Birth) -> None:
        """Write down that a page is about to be made; commit before asking for it."""
        self._database.execute(
            "REPLACE INTO births VALUES (?, ?, ?, ?, ?)",
            (
                id_blob(birth.root), path_blob(birth.place), id_blob(birth.parent), birth.title,
                birth.started_at,
            ),
        )  # fmt: skip

    def end(self, root: str, place: str) -> None:
        """It is known whether the page was made."""
        self._database.execute(
            "DELETE FROM births WHERE root = ? AND place = ?", (id_blob(root), path_blob(place))
        )

    def birth(self, root: str, place: str) -> Birth | None:
        """The page that was about to be made for a place when the program was interrupted."""
        row = self._database.execute(
            "SELECT parent, title, started_at FROM births WHERE root = ? AND place = ?",
            (id_blob(root), path_blob(place)),
        ).fetchone()
        return Birth(root, place, id_text(row[0]), row[1], row[2]) if row else None

    def places(self, root: str) -> dict[str, str]:
        """Every place of a root and its page."""
        rows = self._database.execute(
            "SELECT place, page_id FROM pages WHERE root = ? ORDER BY place", (id_blob(root),)
        )
        return {path_text(place): id_text(page) for place, page in rows}
