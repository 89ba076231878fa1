"""Remember where each rule's folder leads and who owns it: if that changes, nothing is sent until it is confirmed.

Otherwise anyone who can write to the parent folder could replace a rule's folder with a link and thereby choose what
leaves the machine. A folder that the same user recreates at the same place is accepted.
"""

import errno
import os
import shlex
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from notion_sync.rules import overlap, relative_to
from notion_sync.scan.disk import SystemDisk, SystemFolder


@dataclass(frozen=True, slots=True)
class FolderOrigin:
    """What a path leads to: the folder's resolved path and its owner."""

    real: str
    owner: int


_OURS = (0, os.geteuid())
"""Accepted owners: a mounted disk may belong to the user, and the mount point below it to root."""


class Roots:
    """Holds a folder that leads elsewhere than when it was first seen, until that is confirmed. Thread-safe.

    Args:
        folders: Absolute paths of the rules' folders.
    """

    def __init__(self, folders: Iterable[str] = ()) -> None:
        self._lock = threading.Lock()
        self._folders = frozenset(folders)
        self._trusted: dict[str, FolderOrigin] = {}
        self._held: dict[str, FolderOrigin] = {}

    def keep_to(self, folders: Iterable[str]) -> None:
        """Replace the set of rules' folders; what is known of those that remain is kept."""
        self._folders = frozenset(folders)

    def knows(self, folder: str) -> bool:
        """Whether a path is a rule's folder."""
        return folder in self._folders

    def obstacle(self, folder: str, place: FolderOrigin) -> str:
        """Return why nothing in a folder may be sent; empty if it may.

        Args:
            folder: Absolute path; anything but a rule's folder may be sent.
            place: What it leads to now.
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
        """Whether a rule's folder equals, contains or is in one of some paths."""
        return any(overlap(folder, path) for folder in self._folders for path in paths)

    def confirm(self, paths: Sequence[str]) -> list[str]:
        """Trust the held folders at or below some paths as they were last found; return these folders."""
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
    """The system's disk, on which the rules' folders that are held cannot be opened.

    Args:
        roots: Checked at each opening, for the very folder that was opened.
    """

    def __init__(self, roots: Roots) -> None:
        self._roots = roots

    def open_root(self, path: str) -> SystemFolder:
        """Open the folder at an absolute path."""
        folder = super().open_root(path)
        if not self._roots.knows(path):
            return folder
        try:
            self._check(path, FolderOrigin(*folder.place()))
        except BaseException:
            folder.close()
            raise
        return folder

    def resolve(self, path: str) -> str:
        """Return an absolute path with symlinks resolved."""
        real = super().resolve(path)
        if self._roots.knows(path):
            self._check(path, FolderOrigin(real, os.stat(real).st_uid))
        return real

    def _check(self, path: str, place: FolderOrigin) -> None:
        if obstacle := self._roots.obstacle(path, place):
            raise OSError(
                errno.EXDEV, f"{obstacle} (notion-sync resume {shlex.quote(path)} confirms it)", path
            )
