"""Watch over the daemon's own files: the store, the lock, the control socket, the configuration.

After the store was deleted, moved or replaced, the daemon would write to a file that nobody reads; and a lock in a
deleted folder locks nobody out, so that a `push` beside the daemon would upload everything again. So the daemon ends.
Without its socket or its configuration it goes on, with a warning.
"""

import asyncio
import os
from collections.abc import Callable

from notion_sync.errors import StoreError
from notion_sync.log import Level
from notion_sync.state.database import check_in_place
from notion_sync.system.file_identity import FileIdentity

LOOK_PAUSE = 10.0
"""Seconds between two checks."""

STORE_FILES = ("state.db", "lock")


class OwnFiles:
    """Checks these files from the first session on.

    Args:
        state_dir: The store's folder.
        config: Path of the configuration; None if there is none.
        say: Writes a line for people.
    """

    def __init__(self, state_dir: str, config: str | None, say: Callable[[str, Level], None]) -> None:
        self._state_dir = state_dir
        self._config = config
        self._say = say
        self._store: tuple[FileIdentity, ...] = ()
        self._said = ""
        self.config_read()
        self.error: StoreError | None = None
        """Why the daemon must end."""

    def config_read(self) -> None:
        """Remember the current version of the configuration, which was just read."""
        self._config_was = _version(self._config)

    def check(self) -> None:
        """Raise `StoreError` if the store or its lock is not the file that it was at the start."""
        check_in_place(*self._store)

    async def look(self, socket: str, end: Callable[[], None]) -> None:
        """Check repeatedly while the daemon runs and has the store.

        Args:
            socket: Path of the control socket; empty for none.
            end: Stops the daemon.
        """
        listener: FileIdentity | None = None
        while True:
            try:
                if not self._store:
                    self._store = tuple(map(self._opened, STORE_FILES))
                    listener = FileIdentity.of(socket) if socket else None
                self.check()
            except (StoreError, OSError) as error:
                self.error = error if isinstance(error, StoreError) else StoreError(str(error))
                end()
                return
            self._say_what_is_missing(listener)
            await asyncio.sleep(LOOK_PAUSE)

    def _opened(self, name: str) -> FileIdentity:
        return FileIdentity.of(os.path.join(self._state_dir, name))

    def _say_what_is_missing(self, listener: FileIdentity | None) -> None:
        """Report each state once."""
        said = []
        if listener is not None and not listener.is_there():
            said.append(
                f"the control socket {listener.path} is gone: status, pause and retry do not reach this daemon until "
                "it is restarted"
            )
        now = _version(self._config)
        if now is None and self._config_was is not None:
            said.append(
                f"the configuration {self._config} is gone: this daemon goes on by what it has read, but cannot be "
                "restarted without it; put it back"
            )
        elif now != self._config_was:
            said.append(
                f"the configuration {self._config} has changed: this daemon keeps the one it has read until SIGHUP "
                "(systemctl reload) or a restart"
            )
        text = "; ".join(said)
        if text and text != self._said:
            self._say(text, Level.WARNING)
        self._said = text


def _version(path: str | None) -> tuple[int, int, int, int] | None:
    """Return what identifies a version of a file; None if there is none, or it cannot be checked."""
    try:
        status = os.stat(path) if path else None
    except OSError:
        return None
    return (status.st_dev, status.st_ino, status.st_mtime_ns, status.st_size) if status else None
