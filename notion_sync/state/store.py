"""The store as a whole: its tables and its transactions."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import cached_property
from types import TracebackType
from typing import TYPE_CHECKING

from notion_sync.model import Placement
from notion_sync.state.beginnings import Beginnings
from notion_sync.state.database import FILE_NAME, Explained, checkpoint, open_database, open_to_read
from notion_sync.state.failures import Failures
from notion_sync.state.files import Files
from notion_sync.state.gaps import Gaps
from notion_sync.state.mounts import Mounts
from notion_sync.state.pages import Pages
from notion_sync.state.placements import Placements, Retired, Undone
from notion_sync.state.remembered import Remembered
from notion_sync.state.restores import Restores
from notion_sync.state.runs import Runs
from notion_sync.state.targets import Properties, Targets
from notion_sync.state.things import Things
from notion_sync.state.troubles import Troubles
from notion_sync.state.uploads import Uploads
from notion_sync.state.usage import Usage
from notion_sync.system.file_identity import FileIdentity

if TYPE_CHECKING:
    # A pass that finds nothing to do pays for neither.
    from notion_sync.state.history import History
    from notion_sync.state.journal import OpenWrites

WRITES_IN_LOG = 1000
"""Transactions between two checkpoints of the write-ahead log in a long pass."""


class Store:
    """The store in `state_dir`.

    Args:
        state_dir: Absolute path; created if it is missing.
        read_only: Only read the store, even while another process uses it; a missing store is empty.

    Raises:
        StoreError, NotNow: See `database.open_database`.
    """

    def __init__(self, state_dir: str, *, read_only: bool = False) -> None:
        path = os.path.join(state_dir, FILE_NAME)
        self._explained = Explained(path)
        self.folder = state_dir
        self.scratch = os.path.join(state_dir, "packed")
        """A folder for files that exist only while they are being sent."""
        opened = open_to_read if read_only else open_database
        self._database: sqlite3.Connection = opened(state_dir)
        self._writes = 0
        """Transactions since the last checkpoint."""
        self._waits_for_disk = True
        """Whether commits wait for the disk (PRAGMA synchronous); `open_database` leaves it on."""
        self.files = Files(self._database)
        self.uploads = Uploads(self._database)
        self.targets = Targets(self._database)
        self.retired = Retired(self._database, self.files, self.targets)
        self.placements = Placements(self._database, self.files, self.targets, self.retired)
        self.undone = Undone(self._database, self.retired)
        self.things = Things(self._database)
        self.runs = Runs(self._database)
        self.gaps = Gaps(self._database, self.targets)
        self.pages = Pages(self._database)
        self.properties = Properties(self._database)
        self.failures = Failures(self._database, self.files, self.targets)
        self.remembered = Remembered(self._database)
        self.restores = Restores(self._database)
        self.mounts = Mounts(self._database)
        self.troubles = Troubles(self._database)
        self.usage = Usage(self._database)
        self.beginnings = Beginnings(self._database)
        self.read_only = read_only
        self._identity = None if read_only else FileIdentity.of(path)

    @cached_property
    def journal(self) -> "OpenWrites":
        """The writes whose result is not recorded yet."""
        from notion_sync.state.journal import OpenWrites  # noqa: PLC0415

        return OpenWrites(self._database, self.files, self.targets, self.runs)

    @cached_property
    def history(self) -> "History":
        """What was done when."""
        from notion_sync.state.history import History  # noqa: PLC0415

        return History(self._database, self.runs)

    def has_open_writes(self) -> bool:
        """Whether the result of any write is not known; asked before every pass, so without the `journal`."""
        query = "SELECT 1 FROM writes WHERE kind != 'change' OR detail ->> '$.answered' IS NULL LIMIT 1"
        return self._database.execute(query).fetchone() is not None

    def transaction(self) -> AbstractContextManager[None]:
        """Return a context manager that commits durably or not at all; SQLite's errors become ours."""
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
        """Move the write-ahead log into `state.db`, for copies of that file alone; does not wait for readers."""
        if self._writes and not self._database.in_transaction:
            self._writes = 0
            checkpoint(self._database)

    def placed(self, placement: Placement, now: float) -> None:
        """Record a placement, and that its upload is attached."""
        with self.transaction():
            self.placements.save(placement, now)
            self.uploads.attached([placement.upload_id])

    @property
    def identity(self) -> FileIdentity:
        """The file that is written to."""
        assert self._identity is not None
        return self._identity

    def noting(self) -> AbstractContextManager[None]:
        """Return a transaction that does not wait for the disk; a power cut may undo it, a crash does not.

        For facts that can be found again or are not essential. The next `transaction` makes it durable, too.
        """
        return self._transaction(wait_for_disk=False)

    def _choose_safety(self, *, wait_for_disk: bool) -> None:
        # Switching takes a fifth of the time of one note, and notes come in series.
        if wait_for_disk != self._waits_for_disk:
            self._database.execute(f"PRAGMA synchronous={'FULL' if wait_for_disk else 'NORMAL'}")
            self._waits_for_disk = wait_for_disk

    def _roll_back(self) -> None:
        # On a full disk SQLite has rolled back already.
        if self._database.in_transaction:
            self._database.execute("ROLLBACK")

    def reading(self) -> AbstractContextManager[None]:
        """Return a context manager for blocks that only read; SQLite's errors become ours."""
        return self._explained

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def __enter__(self) -> "Store":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
