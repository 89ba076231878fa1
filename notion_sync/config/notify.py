"""The configuration of the daemon's notices."""

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from notion_sync.config.problems import Problems, shown
from notion_sync.web import fault


@dataclass(frozen=True, slots=True)
class Notify:
    """`notify:` of a configuration: three commands and an address; None for what is not set."""

    on_error: str | None = None
    on_success: str | None = None
    ping_url: str | None = None
    weekly: str | None = None
    """Reads the report of a week."""


SILENT = Notify()

_SWITCHES = {"yes", "no", "y", "n", "on", "off", "true", "false"}
"""Values of users who take a key for a switch; run as commands, they would notify nobody."""

_MEANT = {
    "on_error": 'write one, such as notify-send "notion-sync has trouble"',
    "on_success": 'write one, such as notify-send "notion-sync goes on"',
    "weekly": 'write one that reads the report, such as mail -s "this week" ada@example.com',
}


def build_notify(document: Mapping[str, Any], problems: Problems) -> Notify:
    """Return the notices of a validated document; a command that a shell could not split is a problem."""
    keys = document.get("notify") or {}
    for key in ("on_error", "on_success", "weekly"):
        try:
            words = shlex.split(keys[key]) if key in keys else ["-"]
            if not words:
                problems.add(("notify", key), f"{shown(keys[key])} is not a command")
            elif len(words) == 1 and words[0].casefold() in _SWITCHES:
                problems.add(
                    ("notify", key),
                    f"{shown(keys[key])} is no command to run: {_MEANT[key]}, or leave {key} out for none",
                )
        except ValueError:
            reason = "it ends within quotes or with a backslash"
            problems.add(("notify", key), f"{shown(keys[key])} is not a command: {reason}")
    if isinstance(url := keys.get("ping_url"), str) and (why := fault(url)):
        problems.add(("notify", "ping_url"), f"{shown(url)} cannot be asked: {why}")
    return Notify(keys.get("on_error"), keys.get("on_success"), keys.get("ping_url"), keys.get("weekly"))
