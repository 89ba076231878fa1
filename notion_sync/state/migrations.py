"""The store's format, as the list of steps that lead to it. Append only: a released step never changes.

Each step runs in one transaction together with its number, so a crash leaves the format before or after it.
Paths are bytes as the file system has them; digests and Notion's ids are blobs, which halves the file.
"""

MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        "CREATE TABLE folders (id INTEGER PRIMARY KEY, path BLOB NOT NULL UNIQUE)",
        "CREATE TABLE targets (id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE)",
        # fingerprint → digest. Racy ones are not kept.
        """CREATE TABLE files (
            folder_id INTEGER NOT NULL REFERENCES folders(id), name BLOB NOT NULL,
            size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL, ctime_ns INTEGER NOT NULL, inode INTEGER NOT NULL,
            digest BLOB NOT NULL,
            PRIMARY KEY (folder_id, name)) WITHOUT ROWID""",
        # A folder whose every file is where the rule wants it: nothing to look at while its signature holds.
        """CREATE TABLE settled_folders (
            folder_id INTEGER NOT NULL REFERENCES folders(id), rule_key BLOB NOT NULL,
            signature BLOB NOT NULL, files INTEGER NOT NULL,
            PRIMARY KEY (folder_id, rule_key)) WITHOUT ROWID""",
        # digest → upload, for one bot: another one cannot use it.
        """CREATE TABLE uploads (
            id BLOB PRIMARY KEY, bot TEXT NOT NULL, digest BLOB NOT NULL, content_type TEXT NOT NULL,
            filename TEXT NOT NULL, size INTEGER NOT NULL,
            status TEXT NOT NULL CHECK (status IN ('pending', 'uploaded', 'attached')),
            created_at REAL NOT NULL, expires_at REAL, form TEXT NOT NULL) WITHOUT ROWID""",
        "CREATE INDEX uploads_by_digest ON uploads (digest, bot)",
        """CREATE TABLE parts (
            upload_id BLOB NOT NULL REFERENCES uploads(id) ON DELETE CASCADE,
            number INTEGER NOT NULL, sha256 BLOB NOT NULL,
            PRIMARY KEY (upload_id, number)) WITHOUT ROWID""",
        """CREATE TABLE placements (
            folder_id INTEGER NOT NULL REFERENCES folders(id), name BLOB NOT NULL,
            target_id INTEGER NOT NULL REFERENCES targets(id),
            digest BLOB NOT NULL, kind TEXT NOT NULL, upload_id BLOB NOT NULL, block_id BLOB,
            label TEXT NOT NULL, placed_at REAL NOT NULL,
            place BLOB NOT NULL, way BLOB NOT NULL, page_id BLOB, file_id TEXT, form TEXT NOT NULL,
            PRIMARY KEY (folder_id, name, target_id)) WITHOUT ROWID""",
        "CREATE INDEX placements_by_digest ON placements (digest, target_id)",
        "CREATE INDEX placements_by_time ON placements (target_id, place, placed_at)",
        # What we put there and what stands for its file no more: an older version, or left behind by a move.
        """CREATE TABLE retired (
            id INTEGER PRIMARY KEY,
            folder_id INTEGER NOT NULL REFERENCES folders(id), name BLOB NOT NULL,
            target_id INTEGER NOT NULL REFERENCES targets(id),
            digest BLOB NOT NULL, kind TEXT NOT NULL, upload_id BLOB NOT NULL, block_id BLOB,
            label TEXT NOT NULL, placed_at REAL NOT NULL,
            place BLOB NOT NULL, way BLOB NOT NULL, page_id BLOB, file_id TEXT, form TEXT NOT NULL)""",
        "CREATE INDEX retired_by_target ON retired (target_id, place)",
        # The pages that were found or made: subfolders below a page, rows of a data source.
        """CREATE TABLE pages (
            root BLOB NOT NULL, place BLOB NOT NULL, page_id BLOB NOT NULL,
            PRIMARY KEY (root, place)) WITHOUT ROWID""",
        # Written before a page is made below `parent`, removed when it is known whether there is one.
        """CREATE TABLE births (
            root BLOB NOT NULL, place BLOB NOT NULL, parent BLOB NOT NULL, title TEXT NOT NULL,
            started_at REAL NOT NULL,
            PRIMARY KEY (root, place)) WITHOUT ROWID""",
        # Written before the entries of a row are written, removed when the outcome is known. `seen` are the
        # entries that were there before; `page_id` is missing where the row itself was to be made.
        """CREATE TABLE row_writes (
            id INTEGER PRIMARY KEY, target_id INTEGER NOT NULL REFERENCES targets(id),
            source BLOB NOT NULL, place BLOB NOT NULL, page_id BLOB, seen TEXT NOT NULL, started_at REAL NOT NULL)""",
        """CREATE TABLE row_intents (
            write_id INTEGER NOT NULL REFERENCES row_writes(id) ON DELETE CASCADE, seq INTEGER NOT NULL,
            folder_id INTEGER NOT NULL REFERENCES folders(id), name BLOB NOT NULL, rule TEXT NOT NULL,
            path BLOB NOT NULL, digest BLOB NOT NULL, kind TEXT NOT NULL, upload_id BLOB NOT NULL,
            label TEXT NOT NULL, way BLOB NOT NULL, form TEXT NOT NULL,
            PRIMARY KEY (write_id, seq)) WITHOUT ROWID""",
        # Written before an append leaves, removed when its outcome is known.
        """CREATE TABLE appends (
            id INTEGER PRIMARY KEY, target_id INTEGER NOT NULL REFERENCES targets(id),
            place BLOB NOT NULL, parent BLOB NOT NULL, position TEXT NOT NULL, anchor BLOB,
            started_at REAL NOT NULL)""",
        """CREATE TABLE intents (
            append_id INTEGER NOT NULL REFERENCES appends(id) ON DELETE CASCADE, seq INTEGER NOT NULL,
            folder_id INTEGER NOT NULL REFERENCES folders(id), name BLOB NOT NULL, rule TEXT NOT NULL,
            path BLOB NOT NULL, digest BLOB NOT NULL, kind TEXT NOT NULL, upload_id BLOB NOT NULL,
            label TEXT NOT NULL, way BLOB NOT NULL, form TEXT NOT NULL,
            PRIMARY KEY (append_id, seq)) WITHOUT ROWID""",
        # What Notion refused for good, by file content at a place, until the file or its rule changes.
        """CREATE TABLE failures (
            folder_id INTEGER NOT NULL REFERENCES folders(id), name BLOB NOT NULL,
            target_id INTEGER NOT NULL REFERENCES targets(id),
            digest BLOB NOT NULL, rule_key BLOB NOT NULL, reason TEXT NOT NULL, failed_at REAL NOT NULL,
            PRIMARY KEY (folder_id, name, target_id)) WITHOUT ROWID""",
        """CREATE TABLE refused_types (
            bot TEXT NOT NULL, extension TEXT NOT NULL, reason TEXT NOT NULL, refused_at REAL NOT NULL,
            PRIMARY KEY (bot, extension)) WITHOUT ROWID""",
        # Answers of users/me and checks of targets, with the time they were made.
        "CREATE TABLE remembered (key TEXT PRIMARY KEY, value TEXT NOT NULL, at REAL NOT NULL) WITHOUT ROWID",
        """CREATE TABLE history (
            id INTEGER PRIMARY KEY, at REAL NOT NULL, rule TEXT NOT NULL, path BLOB NOT NULL, action TEXT NOT NULL,
            reason TEXT NOT NULL, bytes INTEGER NOT NULL, digest BLOB, target TEXT, page_id TEXT, block_id TEXT,
            upload_id TEXT)""",
        "CREATE INDEX history_by_path ON history (path)",
    ),
    (
        # Where deletions in Notion are to be undone by the next pass.
        "CREATE TABLE restores (path BLOB PRIMARY KEY) WITHOUT ROWID",
        # What a write leaves of what the property held.
        "ALTER TABLE row_writes ADD COLUMN kept TEXT NOT NULL DEFAULT '[]'",
    ),
    (
        # Writes that Notion may have performed without our seeing the answer, of all kinds in one table: written
        # before the request leaves, removed in the transaction that records its outcome. `parent` is the page that
        # blocks go to, the row that entries go to (none where it is to be made), or the page that a page is made on.
        """CREATE TABLE writes (
            id INTEGER PRIMARY KEY, kind TEXT NOT NULL CHECK (kind IN ('append', 'row', 'page')),
            target_id INTEGER REFERENCES targets(id), root BLOB, place BLOB NOT NULL, parent BLOB, position TEXT,
            anchor BLOB, before TEXT, remaining TEXT, title TEXT, started_at REAL NOT NULL)""",
        """CREATE TABLE write_intents (
            write_id INTEGER NOT NULL REFERENCES writes(id) ON DELETE CASCADE, seq INTEGER NOT NULL,
            folder_id INTEGER NOT NULL REFERENCES folders(id), name BLOB NOT NULL, rule TEXT NOT NULL,
            path BLOB NOT NULL, digest BLOB NOT NULL, kind TEXT NOT NULL, upload_id BLOB NOT NULL,
            label TEXT NOT NULL, way BLOB NOT NULL, form TEXT NOT NULL,
            PRIMARY KEY (write_id, seq)) WITHOUT ROWID""",
        # Appends get odd numbers, rows even ones: neither kind's numbers were ever the other's.
        """INSERT INTO writes (id, kind, target_id, place, parent, position, anchor, started_at)
            SELECT 2 * id + 1, 'append', target_id, place, parent, position, anchor, started_at FROM appends""",
        """INSERT INTO write_intents
            SELECT 2 * append_id + 1, seq, folder_id, name, rule, path, digest, kind, upload_id, label, way, form
            FROM intents""",
        """INSERT INTO writes (id, kind, target_id, root, place, parent, before, remaining, started_at)
            SELECT 2 * id, 'row', target_id, source, place, page_id, seen, kept, started_at FROM row_writes""",
        """INSERT INTO write_intents
            SELECT 2 * write_id, seq, folder_id, name, rule, path, digest, kind, upload_id, label, way, form
            FROM row_intents""",
        """INSERT INTO writes (kind, root, place, parent, title, started_at)
            SELECT 'page', root, place, parent, title, started_at FROM births""",
        "DROP TABLE intents",
        "DROP TABLE appends",
        "DROP TABLE row_intents",
        "DROP TABLE row_writes",
        "DROP TABLE births",
    ),
    (
        # Whether it may be another machine's as well: it was there already, and its bytes are ours.
        "ALTER TABLE placements ADD COLUMN shared INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE retired ADD COLUMN shared INTEGER NOT NULL DEFAULT 0",
        # Any kind of write, and when the last attempt to send it ended: seconds since the boot `boot_id` (no wall
        # clock can tell how long ago that was), none where the program died first. `detail` is what its kind needs
        # besides, as JSON.
        """CREATE TABLE writes_of_any_kind (
            id INTEGER PRIMARY KEY, kind TEXT NOT NULL,
            target_id INTEGER REFERENCES targets(id), root BLOB, place BLOB NOT NULL, parent BLOB, position TEXT,
            anchor BLOB, before TEXT, remaining TEXT, title TEXT, started_at REAL NOT NULL,
            boot_id TEXT, ended_at REAL, detail TEXT NOT NULL DEFAULT '{}')""",
        """INSERT INTO writes_of_any_kind (id, kind, target_id, root, place, parent, position, anchor, before,
                remaining, title, started_at)
            SELECT id, kind, target_id, root, place, parent, position, anchor, before, remaining, title, started_at
            FROM writes""",
        "DROP TABLE writes",
        "ALTER TABLE writes_of_any_kind RENAME TO writes",
        # A property's name in the configuration → its id, which stays when people rename the property.
        """CREATE TABLE properties (
            source BLOB NOT NULL, name TEXT NOT NULL, property_id TEXT NOT NULL,
            PRIMARY KEY (source, name)) WITHOUT ROWID""",
        # What was mounted where files were recorded, by an identity that stays when it is mounted again.
        "CREATE TABLE mounts (path BLOB PRIMARY KEY, identity TEXT NOT NULL) WITHOUT ROWID",
        # Where the times of the file lay close to its reading: when it is to be read once more, in seconds since the
        # epoch; negative once that is due (`Files.let_recheck`).
        "ALTER TABLE files ADD COLUMN recheck INTEGER NOT NULL DEFAULT 0",
        "CREATE INDEX files_to_recheck ON files (recheck) WHERE recheck > 0",
    ),
    (
        # What of each file is not as the rules want it, and since when; `target` is empty where it concerns all.
        """CREATE TABLE troubles (
            rule TEXT NOT NULL, path BLOB NOT NULL, target TEXT NOT NULL, action TEXT NOT NULL, reason TEXT NOT NULL,
            bytes INTEGER NOT NULL, since REAL NOT NULL, last_at REAL NOT NULL, times INTEGER NOT NULL,
            PRIMARY KEY (path, rule, target)) WITHOUT ROWID""",
        # How each run ended; without an end it goes on, or was killed. `well_at` is when a pass last ended without
        # any failure, `counts` is the sum of its last pass as JSON.
        """CREATE TABLE runs (
            id INTEGER PRIMARY KEY, command TEXT NOT NULL, pid INTEGER NOT NULL, started_at REAL NOT NULL,
            ended_at REAL, exit_code INTEGER, reason TEXT NOT NULL DEFAULT '', counts TEXT NOT NULL DEFAULT '{}',
            well_at REAL)""",
    ),
    (
        # The run that made a thing, for `undo`, and when that took it back.
        "ALTER TABLE placements ADD COLUMN run_id INTEGER",
        "ALTER TABLE placements ADD COLUMN undone_at REAL",
        "ALTER TABLE retired ADD COLUMN run_id INTEGER",
        "ALTER TABLE retired ADD COLUMN undone_at REAL",
        "ALTER TABLE writes ADD COLUMN run_id INTEGER",
        "ALTER TABLE pages ADD COLUMN run_id INTEGER",
        "ALTER TABLE history ADD COLUMN run_id INTEGER",
        # From when on files are taken, for rules that take only new ones.
        """CREATE TABLE beginnings (
            folder BLOB NOT NULL, rule TEXT NOT NULL, since REAL NOT NULL, PRIMARY KEY (folder, rule)) WITHOUT ROWID""",
        # How many requests were sent, and bytes of contents, by the hour (seconds since the epoch / 3600).
        "CREATE TABLE usage (hour INTEGER PRIMARY KEY, requests INTEGER NOT NULL, bytes INTEGER NOT NULL)",
    ),
    (
        # Parts are known by a checksum of another kind. An upload of which some were confirmed by their sha256 would
        # have expired within the hour: its content is sent anew.
        "DELETE FROM uploads WHERE status = 'pending' AND id IN (SELECT upload_id FROM parts)",
        "DROP TABLE parts",
        """CREATE TABLE parts (
            upload_id BLOB NOT NULL REFERENCES uploads(id) ON DELETE CASCADE,
            number INTEGER NOT NULL, checksum BLOB NOT NULL,
            PRIMARY KEY (upload_id, number)) WITHOUT ROWID""",
    ),
    (
        # Where blocks may still come between those that are recorded: all that are new stand behind `after`, or
        # anywhere where there is none.
        """CREATE TABLE gaps (
            target_id INTEGER NOT NULL REFERENCES targets(id), place BLOB NOT NULL, after BLOB,
            PRIMARY KEY (target_id, place)) WITHOUT ROWID""",
    ),
    (
        # Which file a block is recorded with is asked for every append.
        "CREATE INDEX placements_by_block ON placements (block_id) WHERE block_id IS NOT NULL",
        "CREATE INDEX retired_by_block ON retired (block_id) WHERE block_id IS NOT NULL",
    ),
)
