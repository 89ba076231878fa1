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


def user_folder(kind: Literal["config", "state", "data"]) -> str:
    """The user's folder for what this program keeps, as the platform says; it need not exist.

    Raises:
        UnusableEnvironment: Nothing says where the home is, and `~` would be a folder of that name.
    """
    import platformdirs  # noqa: PLC0415 - 19 ms that a folder with a name does not need

    where = {
        "config": platformdirs.user_config_dir,
        "state": platformdirs.user_state_dir,
        "data": platformdirs.user_data_dir,
    }
    try:
        folder = where[kind](APP, appauthor=False)
    except RuntimeError:  # what newer ones raise where they do not know it
        folder = ""
    if not os.path.isabs(folder):
        raise UnusableEnvironment(
            "your home folder is not known",
            hint="set HOME to an absolute path, or name what is needed: --state DIR, --config FILE, NOTION_TOKEN",
        )
    return folder
