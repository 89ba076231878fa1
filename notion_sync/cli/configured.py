"""The configuration that a command line asks for."""

import os

from notion_sync.cli.app import Settings
from notion_sync.config import Config, find_config, load


def config_of(settings: Settings) -> Config | None:
    """The configuration, if there is one.

    Raises:
        ConfigError: It has problems, or the one that was named does not exist.
    """
    path = find_config(settings.config, os.environ)
    return load(path) if path is not None else None
