"""digest → upload, and the parts of an upload that Notion has confirmed."""

import sqlite3
from collections.abc import Iterable

from notion_sync.model import Digest, Upload
from notion_sync.state.columns import digest_blob, digest_text, id_blob, id_text

_COLUMNS = "id, digest, content_type, filename, size, status, created_at, expires_at, form"


class Uploads:
    """What one bot has sent to Notion."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database

    def usable(
        self, bot: str, digest: Digest, now: float, variant: str = "", since: float = 0.0
    ) -> list[Upload]:
        """Uploads of this content in this form that can be attached, or gone on with (`pending`), at `now`; best first.

        Attached ones are good for ever, the others until they expire (Notion: "The File Upload object"). Those
        made before `since` are left out.
        """
        rows = self._database.execute(
            f"""SELECT {_COLUMNS} FROM uploads
                WHERE digest = ? AND bot = ? AND form = ? AND (expires_at IS NULL OR expires_at > ?)
                AND created_at >= ?
                ORDER BY status = 'pending', expires_at IS NOT NULL, expires_at DESC""",
            (digest_blob(digest), bot, variant, now, since),
        )
        return [_upload(row) for row in rows]

    def of_content(self, bot: str, digest: Digest) -> list[str]:
        """The ids of all uploads of a content, in whatever form."""
        rows = self._database.execute(
            "SELECT id FROM uploads WHERE bot = ? AND digest = ?", (bot, digest_blob(digest))
        )
        return [id_text(row[0]) for row in rows]

    def get(self, upload_id: str) -> Upload | None:
        """One upload by its id."""
        row = self._database.execute(
            f"SELECT {_COLUMNS} FROM uploads WHERE id = ?", (id_blob(upload_id),)
        ).fetchone()
        return _upload(row) if row else None

    def save(self, bot: str, upload: Upload) -> None:
        """Add or update one upload."""
        self._database.execute(
            """INSERT INTO uploads VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
               ON CONFLICT (id) DO UPDATE SET status = excluded.status, expires_at = excluded.expires_at,
               content_type = excluded.content_type, filename = excluded.filename, size = excluded.size""",
            (
                id_blob(upload.id), bot, digest_blob(upload.digest), upload.content_type, upload.filename,
                upload.size, upload.status, upload.created_at, upload.expires_at, upload.variant,
            ),
        )  # fmt: skip

    def attached(self, upload_ids: Iterable[str | None]) -> None:
        """These are attached somewhere: they do not expire any more, and their parts are history."""
        blobs = [(id_blob(each),) for each in set(upload_ids) if each is not None]
        self._database.executemany(
            "UPDATE uploads SET status = 'attached', expires_at = NULL WHERE id = ?", blobs
        )
        self._database.executemany("DELETE FROM parts WHERE upload_id = ?", blobs)

    def drop(self, upload_id: str) -> None:
        """Notion refuses this id: never offer it again."""
        self._database.execute("DELETE FROM uploads WHERE id = ?", (id_blob(upload_id),))

    def drop_of(self, upload_id: str, variant: str) -> None:
        """Do not offer this upload again if its content is in this form."""
        self._database.execute("DELETE FROM uploads WHERE id = ? AND form = ?", (id_blob(upload_id), variant))

    def parts(self, upload_id: str) -> dict[int, str]:
        """Part number → checksum of the parts Notion confirmed."""
        rows = self._database.execute(
            "SELECT number, checksum FROM parts WHERE upload_id = ?", (id_blob(upload_id),)
        )
        return {number: checksum.hex() for number, checksum in rows}

    def save_part(self, upload_id: str, number: int, checksum: str) -> None:
        """Notion confirmed this part."""
        blob = id_blob(upload_id)
        # Parts are sent side by side: one may arrive after another's refusal has ended the upload.
        self._database.execute(
            "REPLACE INTO parts SELECT ?, ?, ? WHERE EXISTS (SELECT 1 FROM uploads WHERE id = ?)",
            (blob, number, bytes.fromhex(checksum), blob),
        )


def _upload(row: tuple[bytes, bytes, str, str, int, str, float, float | None, str]) -> Upload:
    upload_id, digest, content_type, filename, size, status, created_at, expires_at, variant = row
    return Upload(
        id_text(upload_id), digest_text(digest), content_type, filename, size, status, created_at, expires_at,
        variant,
    )  # fmt: skip
