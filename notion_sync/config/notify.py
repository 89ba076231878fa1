"""The configuration of the daemon's notices."""

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from notion_sync.config.problems import Problems, shown
from notion_sync.web import fault


@dataclass(frozen=True, slots=True)
class Notify:
    """`notify:` of a configuration: two commands and an address; None for what is not set."""

    on_error: str | None = None
    on_success: str | None = None
    ping_url: str | None = None


SILENT = Notify()


def build_notify(document: Mapping[str, Any], problems: Problems) -> Notify:
    """Return the notices of a validated document; a command that a shell could not split is a problem."""
    keys = document.get("notify") or {}
    for key in ("on_error", "on_success"):
        try:
            if key in keys and not shlex.split(keys[key]):
                problems.add(("notify", key), f"{shown(keys[key])} is not a command")
        except ValueError:
            reason = "it ends within quotes or with a backslash"
            problems.add(("notify", key), f"{shown(keys[key])} is not a command: {reason}")
    if isinstance(url := keys.get("ping_url"), str) and (why := fault(url)):
        problems.add(("notify", "ping_url"), f"{shown(url)} cannot be asked: {why}")
    return Notify(keys.get("on_error"), keys.get("on_success"), keys.get("ping_url"))
