"""The configuration: reads `config.yaml` into rules, or into a list of problems.

    loader ─► document    bytes → plain values with their lines; YAML without implicit types
      │         └─► syntax  text → YAML nodes; `diagnosis` explains errors
      │─────► validate    keys and types, by `schema.json`, which editors use, too
      │─────► build       durations, sizes, templates, targets, folders → rules
      └─────► crosscheck  compares names and rules with each other

Each of them adds its problems to one `Problems` and goes on, so that all are reported at once.
"""

from notion_sync.config.loader import Checked, Config, check, load
from notion_sync.config.locate import config_folder, find_config
from notion_sync.config.schema import schema_text

__all__ = [
    "Checked",
    "Config",
    "check",
    "config_folder",
    "find_config",
    "load",
    "schema_text",
]
