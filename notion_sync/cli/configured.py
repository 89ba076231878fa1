"""The configuration that a command line asks for."""

import os
import time
from typing import TYPE_CHECKING

from notion_sync.cli.app import Settings
from notion_sync.rules import Rule

if TYPE_CHECKING:
    from notion_sync.config import Config


def config_of(settings: Settings) -> "Config | None":
    """The configuration, if there is one.

    Raises:
        ConfigError: It has problems, or the one that was named does not exist.
    """
    # Imported here: `push FOLDER --to PAGE` reads no configuration.
    from notion_sync.config import find_config, load

    path = find_config(settings.config, os.environ)
    return load(path) if path is not None else None


def rules_of(config: "Config", state: str) -> tuple[Rule, ...]:
    """The rules; those that take only new files with the time since when (now, where they have not begun).

    Raises:
        StoreError: The store cannot be used.
    """
    if not any(rule.only_new for rule in config.rules):
        return config.rules
    from notion_sync.state import Store
    from notion_sync.sync.beginnings import with_beginnings

    with Store(state, read_only=True) as store:
        return with_beginnings(config.rules, store, time.time())
