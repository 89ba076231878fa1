"""Whether a path still leads to the file that was opened there: a file is its device and inode, not its name."""

import os
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FileIdentity:
    """The file that was at `path` when it was opened, or first looked at."""

    path: str
    device: int
    inode: int

    @classmethod
    def of(cls, path: str) -> "FileIdentity":
        """The file at `path` now.

        Raises:
            OSError: There is none, or it cannot be looked at.
        """
        status = os.stat(path)
        return cls(path, status.st_dev, status.st_ino)

    def is_there(self) -> bool:
        """Whether it is still at its path; True also where that cannot be found out now."""
        try:
            return FileIdentity.of(self.path) == self
        except (FileNotFoundError, NotADirectoryError):
            return False
        except OSError:
            return True
