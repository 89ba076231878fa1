"""Lock a store for one process; the kernel releases the lock when its holder dies."""

import fcntl
import os
from contextlib import suppress
from types import TracebackType

from notion_sync.errors import AlreadyRunning, StoreError
from notion_sync.system.file_identity import FileIdentity


class StoreLock:
    """Context manager that holds `<state dir>/lock`.

    Args:
        state_dir: Must exist.
        purpose: Shown to a process that finds the lock taken, for example `push`.

    Raises:
        AlreadyRunning: Another process holds it; the message names its pid and purpose.
        StoreError: The file cannot be written or locked.
    """

    def __init__(self, state_dir: str, purpose: str) -> None:
        self._path = os.path.join(state_dir, "lock")
        self._purpose = purpose
        self._descriptor = -1

    def __enter__(self) -> "StoreLock":
        try:
            self._descriptor = os.open(
                self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600
            )
        except OSError as error:
            raise StoreError(
                f"cannot write {self._path}: {error.strerror}",
                hint="let the user that runs notion-sync write there, or name another folder with --state DIR",
            ) from error
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(self._descriptor, 200, 0).decode(errors="replace").strip()
            os.close(self._descriptor)
            raise AlreadyRunning(
                f"another notion-sync is using this store: {holder or 'its pid is not known'}",
                hint="wait for it to end or stop it",
            ) from None
        except OSError as error:  # a network file system without locks
            os.close(self._descriptor)
            raise StoreError(f"cannot lock {self._path}: {error.strerror}") from error
        with suppress(OSError):  # on a full disk the lock works too, only without the holder's pid
            os.ftruncate(self._descriptor, 0)
            os.pwrite(self._descriptor, f"pid {os.getpid()} ({self._purpose})\n".encode(), 0)
        return self

    @property
    def identity(self) -> FileIdentity:
        """The locked file. If it was moved away from its path, another process could lock a new file there."""
        status = os.fstat(self._descriptor)
        return FileIdentity(self._path, status.st_dev, status.st_ino)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # The file is never deleted: two processes could then hold locks on two files of the same name.
        with suppress(OSError):
            os.ftruncate(self._descriptor, 0)
        os.close(self._descriptor)
