"""Where the config is."""

import os
from collections.abc import Mapping
from pathlib import Path

from notion_sync import user_paths

NAME = "config.yaml"


def find_config(explicit: str | os.PathLike[str] | None, environ: Mapping[str, str]) -> Path | None:
    """The config to read, or None if there is none.

    What is named (`--config`, then `NOTION_SYNC_CONFIG`) is taken whether it exists or not, so that a
    mistyped name is noticed; the places that are looked through are `$CONFIGURATION_DIRECTORY`, which
    systemd sets, and the user's own configuration folder.
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
    """The user's configuration folder; it need not exist."""
    return Path(user_paths.user_folder("config"))
