"""Where the rules' folders are, and whose: what one of them becomes meanwhile is not sent unasked.

Whoever may write to the folder above could otherwise exchange a rule's folder for a link, and decide what leaves the
machine. A folder that is made anew at the same place by the same user goes on.
"""

import errno
import os
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from notion_sync.rules import overlap, relative_to
from notion_sync.scan.system_disk import SystemDisk, SystemFolder


@dataclass(frozen=True, slots=True)
class Place:
    """What a path leads to: the folder's path without links, and its owner."""

    real: str
    owner: int


_OURS = (0, os.geteuid())
"""Users who are no others: a disk that is mounted may belong to the user, the folder under it to root."""


class Roots:
    """Holds a folder that leads elsewhere than when it was first seen, until somebody confirms it. Any thread may ask.

    Args:
        folders: Absolute paths of the rules' folders.
    """

    def __init__(self, folders: Iterable[str] = ()) -> None:
        self._lock = threading.Lock()
        self._folders = frozenset(folders)
        self._trusted: dict[str, Place] = {}
        self._held: dict[str, Place] = {}

    def keep_to(self, folders: Iterable[str]) -> None:
        """These are the rules' folders from now on; what is known of one that stays still counts."""
        self._folders = frozenset(folders)

    def knows(self, folder: str) -> bool:
        """Whether it is a rule's folder."""
        return folder in self._folders

    def obstacle(self, folder: str, place: Place) -> str:
        """Why nothing of a folder may be sent, empty where it may.

        Args:
            folder: An absolute path; asked about any but a rule's folder, nothing stands in the way.
            place: Where it leads now.
        """
        if folder not in self._folders:
            return ""
        with self._lock:
            trusted = self._trusted.setdefault(folder, place)
            if trusted.real == place.real and place.owner in {trusted.owner, *_OURS}:
                self._held.pop(folder, None)
                return ""
            self._held[folder] = place
        if trusted.real != place.real:
            return f"it leads to {place.real} now, and to {trusted.real} before: nothing from it is sent"
        return "it belongs to another user than before: nothing from it is sent"

    def concerned(self, paths: Sequence[str]) -> bool:
        """Whether a rule's folder is, holds, or is in one of some paths."""
        return any(overlap(folder, path) for folder in self._folders for path in paths)

    def confirm(self, paths: Sequence[str]) -> list[str]:
        """Trust what was found at the held folders that are, or are in, one of some paths; which these are."""
        with self._lock:
            confirmed = [
                folder
                for folder in self._held
                if any(relative_to(path, folder) is not None for path in paths)
            ]
            for folder in confirmed:
                self._trusted[folder] = self._held.pop(folder)
        return confirmed


class TrustedDisk(SystemDisk):
    """The machine's disk, but for the rules' folders that are held: they cannot be opened.

    Args:
        roots: Asked each time one is opened, about the very folder that was opened.
    """

    def __init__(self, roots: Roots) -> None:
        self._roots = roots

    def open_root(self, path: str) -> SystemFolder:
        """The folder at an absolute path."""
        folder = super().open_root(path)
        if not self._roots.knows(path):
            return folder
        try:
            self._check(path, Place(*folder.place()))
        except BaseException:
            folder.close()
            raise
        return folder

    def resolve(self, path: str) -> str:
        """The same absolute path without links."""
        real = super().resolve(path)
        if self._roots.knows(path):
            self._check(path, Place(real, os.stat(real).st_uid))
        return real

    def _check(self, path: str, place: Place) -> None:
        if obstacle := self._roots.obstacle(path, place):
            raise OSError(errno.EXDEV, f"{obstacle} (notion-sync resume {path} confirms it)", path)
