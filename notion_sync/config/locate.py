"""Find the configuration file."""

import os
from collections.abc import Mapping
from pathlib import Path

from notion_sync.system import paths as user_paths

NAME = "config.yaml"


def find_config(explicit: str | os.PathLike[str] | None, environ: Mapping[str, str]) -> Path | None:
    """Return the configuration to read, or None if there is none.

    An explicit name (`--config`, then `NOTION_SYNC_CONFIG`) is returned whether it exists or not, so that a typo is
    noticed. Otherwise the file is searched for in `$CONFIGURATION_DIRECTORY`, which systemd sets, and in the user's
    configuration folder.
    """
    named = explicit or environ.get("NOTION_SYNC_CONFIG")
    if named:
        return Path(os.path.expanduser(named))
    folders = [Path(part) for part in environ.get("CONFIGURATION_DIRECTORY", "").split(":") if part]
    for folder in (*folders, config_folder()):
        if os.path.lexists(folder / NAME):
            return folder / NAME
    return None


def config_folder() -> Path:
    """Return the user's configuration folder, which need not exist."""
    return Path(user_paths.user_folder("config"))
