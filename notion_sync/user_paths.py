"""Resolve paths as users write them: relative to the current folder, or to their home."""

import os
from typing import Literal

from notion_sync.errors import UnusableEnvironment, UsageError

APP = "notion-sync"


def absolute(path: str) -> str:
    """Return a user's path as an absolute one; symlinks in it are not resolved.

    Raises:
        UsageError: It is relative, and the current folder no longer exists.
    """
    expanded = os.path.expanduser(path)
    try:
        return os.path.abspath(expanded)
    except FileNotFoundError:
        raise UsageError(
            f"{path}: the folder in which this was started is gone, so a relative path leads nowhere",
            hint="change into a folder that exists, or write the whole path",
        ) from None


_PLACES = {
    "config": ("XDG_CONFIG_HOME", "~/.config"),
    "state": ("XDG_STATE_HOME", "~/.local/state"),
    "data": ("XDG_DATA_HOME", "~/.local/share"),
}
"""Where programs keep what they keep (XDG Base Directory Specification)."""


def user_folder(kind: Literal["config", "state", "data"]) -> str:
    """Return the user's folder for this program's files of a kind; it need not exist.

    Raises:
        UnusableEnvironment: The home folder is unknown, so that `~` would be taken as a folder of that name.
    """
    variable, usual = _PLACES[kind]
    folder = os.environ.get(variable, "").strip()
    if not os.path.isabs(folder):  # such ones are to be ignored
        folder = os.path.expanduser(usual)
    if not os.path.isabs(folder):
        raise UnusableEnvironment(
            "it is not known where your home is",
            hint="set HOME to a whole path, or name what is needed: --state DIR, --config FILE, NOTION_TOKEN",
        )
    return os.path.join(folder, APP)
