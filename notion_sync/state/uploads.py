"""Record uploads by content digest, and the parts of each that Notion has confirmed."""

import sqlite3
from collections.abc import Iterable

from notion_sync.model import Digest, Upload
from notion_sync.state.columns import VARIANT, digest_blob, digest_text, id_blob, id_text

_COLUMNS = f"id, digest, content_type, filename, size, status, created_at, expires_at, {VARIANT}"


class Uploads:
    """The uploads that each bot has sent to Notion."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database

    def usable(
        self, bot: str, digest: Digest, now: float, variant: str = "", since: float = 0.0
    ) -> list[Upload]:
        """Return the uploads of a content in a variant that can be attached or resumed (`pending`), best first.

        Attached ones never expire; the others must not have expired at `now` (Notion: "The File Upload object"). Those
        created before `since` are left out.
        """
        rows = self._database.execute(
            f"""SELECT {_COLUMNS} FROM uploads
                WHERE digest = ? AND bot = ? AND {VARIANT} = ? AND (expires_at IS NULL OR expires_at > ?)
                AND created_at >= ?
                ORDER BY status = 'pending', expires_at IS NOT NULL, expires_at DESC""",
            (digest_blob(digest), bot, variant, now, since),
        )
        return [_upload(row) for row in rows]

    def of_content(self, bot: str, digest: Digest) -> list[str]:
        """Return the ids of all uploads of a content, in any variant."""
        rows = self._database.execute(
            "SELECT id FROM uploads WHERE bot = ? AND digest = ?", (bot, digest_blob(digest))
        )
        return [id_text(row[0]) for row in rows]

    def unattached(self, bot: str, now: float) -> list[Upload]:
        """Return the uploads that are complete, not attached, and not expired at `now`."""
        rows = self._database.execute(
            f"SELECT {_COLUMNS} FROM uploads WHERE bot = ? AND status = 'uploaded' AND expires_at > ?",
            (bot, now),
        )
        return [_upload(row) for row in rows]

    def any_of_size(self, size: int, *, but: Digest) -> bool:
        """Whether any content of `size` bytes other than `but` was sent or is being sent."""
        row = self._database.execute(
            "SELECT 1 FROM uploads WHERE size = ? AND digest <> ? LIMIT 1", (size, digest_blob(but))
        ).fetchone()
        return row is not None

    def get(self, upload_id: str) -> Upload | None:
        """Return an upload by its id, or None."""
        row = self._database.execute(
            f"SELECT {_COLUMNS} FROM uploads WHERE id = ?", (id_blob(upload_id),)
        ).fetchone()
        return _upload(row) if row else None

    def save(self, bot: str, upload: Upload) -> None:
        """Add or update an upload."""
        self._database.execute(
            """INSERT INTO uploads VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
               ON CONFLICT (id) DO UPDATE SET status = excluded.status, expires_at = excluded.expires_at,
               content_type = excluded.content_type, filename = excluded.filename, size = excluded.size,
               digest = excluded.digest""",
            (
                id_blob(upload.id), bot, digest_blob(upload.digest), upload.content_type, upload.filename,
                upload.size, upload.status, upload.created_at, upload.expires_at, upload.variant,
            ),
        )  # fmt: skip

    def attached(self, upload_ids: Iterable[str | None]) -> None:
        """Record that these uploads are attached: they no longer expire, and their parts are not needed any more."""
        blobs = [(id_blob(each),) for each in set(upload_ids) if each is not None]
        self._database.executemany(
            "UPDATE uploads SET status = 'attached', expires_at = NULL WHERE id = ?", blobs
        )
        self._database.executemany("DELETE FROM parts WHERE upload_id = ?", blobs)

    def drop(self, upload_id: str) -> None:
        """Remove an upload, because Notion refuses its id."""
        self._database.execute("DELETE FROM uploads WHERE id = ?", (id_blob(upload_id),))

    def drop_of(self, upload_id: str, variant: str) -> None:
        """Remove an upload if it is of this variant."""
        self._database.execute(
            f"DELETE FROM uploads WHERE id = ? AND {VARIANT} = ?", (id_blob(upload_id), variant)
        )

    def parts(self, upload_id: str) -> dict[int, str]:
        """Return the parts that Notion confirmed: number → checksum."""
        rows = self._database.execute(
            "SELECT number, checksum FROM parts WHERE upload_id = ?", (id_blob(upload_id),)
        )
        return {number: checksum.hex() for number, checksum in rows}

    def save_part(self, upload_id: str, number: int, checksum: str) -> None:
        """Record that Notion confirmed a part."""
        blob = id_blob(upload_id)
        # Parts are sent concurrently: one may arrive after the refusal of another has removed the upload.
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
