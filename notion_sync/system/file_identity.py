"""Check that a path still leads to the file that was opened there, by device and inode."""

import os
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FileIdentity:
    """The file that was at `path` when it was opened or first checked."""

    path: str
    device: int
    inode: int

    @classmethod
    def of(cls, path: str) -> "FileIdentity":
        """Return the identity of the file at `path` now.

        Raises:
            OSError: There is none, or `stat` fails.
        """
        status = os.stat(path)
        return cls(path, status.st_dev, status.st_ino)

    def is_there(self) -> bool:
        """Whether the file is still at its path; True also if that cannot be determined."""
        try:
            return FileIdentity.of(self.path) == self
        except (FileNotFoundError, NotADirectoryError):
            return False
        except OSError:
            return True
