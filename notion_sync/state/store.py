"""The store as a whole: its tables and its transactions."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from types import TracebackType

from notion_sync.file_identity import FileIdentity
from notion_sync.model import Placement
from notion_sync.state.beginnings import Beginnings
from notion_sync.state.database import FILE_NAME, Explained, checkpoint, open_database, open_to_read
from notion_sync.state.files import Files
from notion_sync.state.history import History
from notion_sync.state.journal import OpenWrites
from notion_sync.state.mounts import Mounts
from notion_sync.state.notes import Failures, Remembered
from notion_sync.state.pages import Pages
from notion_sync.state.placements import Placements
from notion_sync.state.properties import Properties
from notion_sync.state.restores import Restores
from notion_sync.state.runs import Runs
from notion_sync.state.things import Things
from notion_sync.state.troubles import Troubles
from notion_sync.state.uploads import Uploads
from notion_sync.state.usage import Usage

WRITES_IN_LOG = 1000
"""Transactions after which the write-ahead log is brought into the file, however long a pass is."""


class Store:
    """The program's memory in `state_dir`.

    Args:
        state_dir: Absolute; made where it is missing.
        read_only: Take it as it is, whoever works with it, and write nothing; empty where it is missing.

    Raises:
        StoreError, NotNow: See `database.open_database`.
    """

    def __init__(self, state_dir: str, *, read_only: bool = False) -> None:
        path = os.path.join(state_dir, FILE_NAME)
        self._explained = Explained(path)
        self.scratch = os.path.join(state_dir, "packed")
        """A folder for files that are there only while they are being sent."""
        opened = open_to_read if read_only else open_database
        self._database: sqlite3.Connection = opened(state_dir)
        self._writes = 0
        """Transactions since the last checkpoint."""
        self._waits_for_disk = True
        """What the connection does at the end of a transaction now, as `open_database` leaves it."""
        self.files = Files(self._database)
        self.uploads = Uploads(self._database)
        self.placements = Placements(self._database, self.files)
        self.things = Things(self._database)
        self.runs = Runs(self._database)
        self.journal = OpenWrites(self._database, self.files, self.placements, self.runs)
        self.pages = Pages(self._database)
        self.properties = Properties(self._database)
        self.failures = Failures(self._database, self.files, self.placements)
        self.remembered = Remembered(self._database)
        self.restores = Restores(self._database)
        self.mounts = Mounts(self._database)
        self.history = History(self._database, self.runs)
        self.troubles = Troubles(self._database)
        self.usage = Usage(self._database)
        self.beginnings = Beginnings(self._database)
        self.read_only = read_only
        self._identity = None if read_only else FileIdentity.of(path)

    def transaction(self) -> AbstractContextManager[None]:
        """All or nothing, on disk at the end of the block; SQLite's errors come out as ours."""
        return self._transaction(wait_for_disk=True)

    @contextmanager
    def _transaction(self, *, wait_for_disk: bool) -> Iterator[None]:
        with self._explained:
            if self._database.in_transaction:
                yield
                return
            self._choose_safety(wait_for_disk=wait_for_disk)
            self._database.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._database.execute("COMMIT")
            except BaseException:
                self.files.rolled_back()
                self._roll_back()
                raise
            self._writes += 1
            if self._writes >= WRITES_IN_LOG:
                self.checkpoint()

    def checkpoint(self) -> None:
        """Let `state.db` alone hold the record, for copies that leave out its log; waits for nobody."""
        if self._writes and not self._database.in_transaction:
            self._writes = 0
            checkpoint(self._database)

    def placed(self, placement: Placement, now: float) -> None:
        """Record that a path at a target shows a content, and that its upload is attached."""
        with self.transaction():
            self.placements.save(placement, now)
            self.uploads.attached([placement.upload_id])

    @property
    def identity(self) -> FileIdentity:
        """The file that is written to."""
        assert self._identity is not None
        return self._identity

    def noting(self) -> AbstractContextManager[None]:
        """Like `transaction`, but waits for no disk, and a power cut may undo it.

        For what can be found out again, or done without. The next `transaction` brings it to the disk, too; whatever
        ends the program alone loses nothing.
        """
        return self._transaction(wait_for_disk=False)

    def _choose_safety(self, *, wait_for_disk: bool) -> None:
        # Notes come in rows, and to switch costs a fifth of one.
        if wait_for_disk != self._waits_for_disk:
            self._database.execute(f"PRAGMA synchronous={'FULL' if wait_for_disk else 'NORMAL'}")
            self._waits_for_disk = wait_for_disk

    def _roll_back(self) -> None:
        # A full disk makes SQLite roll back by itself.
        if self._database.in_transaction:
            self._database.execute("ROLLBACK")

    def reading(self) -> AbstractContextManager[None]:
        """For blocks that only read: SQLite's errors come out as ours."""
        return self._explained

    def close(self) -> None:
        """Let go of the file."""
        self._database.close()

    def __enter__(self) -> "Store":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
