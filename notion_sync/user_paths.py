"""Paths as people write them: relative to the folder they are in, or to their home."""

import os
from typing import Literal

from notion_sync.errors import UnusableEnvironment, UsageError

APP = "notion-sync"


def absolute(path: str) -> str:
    """A path that a user wrote, as an absolute one; a link on the way stays one.

    Raises:
        UsageError: It is relative, and the folder the program was started in is gone.
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
    """The user's folder for what this program keeps; it need not exist.

    Raises:
        UnusableEnvironment: Nothing says where the home is, and `~` would be a folder of that name.
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
