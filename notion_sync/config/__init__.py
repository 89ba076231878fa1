"""The configuration: `config.yaml` in, rules or a list of problems out.

    loader ─► document    bytes → plain values and their lines; YAML without its guesses
      │         └─► syntax  text → YAML nodes; `diagnosis` says why where that fails
      │─────► validate    keys and types, by `schema.json`, which editors use, too
      │─────► build       durations, sizes, templates, targets, folders → rules
      └─────► crosscheck  names and rules compared with each other

Each of them notes problems in one `Problems` and goes on, so that all are reported at once.
"""

from notion_sync.config.loader import Checked, Config, check, load, rule_for_command_line
from notion_sync.config.locate import config_folder, find_config
from notion_sync.config.schema import schema_text

__all__ = [
    "Checked",
    "Config",
    "check",
    "config_folder",
    "find_config",
    "load",
    "rule_for_command_line",
    "schema_text",
]
