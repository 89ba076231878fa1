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


def user_folder(kind: Literal["config", "state", "data"]) -> str:
    """Return the platform's folder for this program's files of a kind; it need not exist.

    Raises:
        UnusableEnvironment: The home folder is unknown, so that `~` would be taken as a folder of that name.
    """
    import platformdirs  # noqa: PLC0415 - takes 19 ms, needed only if no folder was given

    where = {
        "config": platformdirs.user_config_dir,
        "state": platformdirs.user_state_dir,
        "data": platformdirs.user_data_dir,
    }
    try:
        folder = where[kind](APP, appauthor=False)
    except RuntimeError:  # newer versions raise this if the home folder is unknown
        folder = ""
    if not os.path.isabs(folder):
        raise UnusableEnvironment(
            "your home folder is not known",
            hint="set HOME to an absolute path, or name what is needed: --state DIR, --config FILE, NOTION_TOKEN",
        )
    return folder
