"""Append rules to an existing configuration without changing its text, comments included.

Lines are added at the end only, and only if the file then means what it meant before plus the new rules. For a file
written in another style, the lines are shown instead.
"""

import os
import re
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

from notion_sync.config.loader import Config, load
from notion_sync.config.writing import FirstRule, rule_lines
from notion_sync.errors import ConfigError, UsageError

_FIRST_RULE = re.compile(r"^rules:[^\n]*\n(?:[ \t]*(?:#[^\n]*)?\n)*( *)- ", re.MULTILINE)


class NotAdded(UsageError):
    """The rules cannot be added by lines at the end of the file.

    Args:
        file: The configuration.
        lines: What would have been added.
        why: What is wrong with it then; may be empty.
    """

    def __init__(self, file: str, lines: str, why: str) -> None:
        super().__init__(f"{file} is left as it is{why}", hint="add the lines that follow by hand")
        self.lines = lines


def add_rules(file: str, rules: Sequence[FirstRule]) -> None:
    """Write rules behind those of a configuration.

    Raises:
        ConfigError: The configuration that is there has problems.
        NotAdded: They have to be put there by hand; nothing was changed.
    """
    before = load(file)
    real = os.path.realpath(file)
    with open(real, encoding="utf-8", newline="") as there:
        text = there.read()
    first = _FIRST_RULE.search(text)
    lines = rule_lines(rules, indent=len(first[1]) if first else 2)
    if first is None:
        raise NotAdded(file, lines, "")
    whole = text + ("" if text.endswith("\n") else "\n") + "\n" + lines
    handle, part = tempfile.mkstemp(prefix=".config.", suffix=".yaml", dir=os.path.dirname(real))
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as out:
            out.write(whole)
        os.chmod(part, os.stat(real).st_mode & 0o777)
        if not (why := _difference(before, part, rules)):
            os.replace(part, real)
    finally:
        with suppress(FileNotFoundError):
            os.unlink(part)
    if why:
        raise NotAdded(file, lines, why)


def _difference(before: Config, file: str, rules: Sequence[FirstRule]) -> str:
    """Why a configuration is not the one before with these rules behind its own; empty where it is."""
    try:
        after = load(file)
    except ConfigError as error:
        return f": with the rule it would not be good ({error.problems[0].partition(': ')[2]})"
    known = len(before.rules)
    names = [rule.name for rule in after.rules[known:]]
    rest = replace(after, path=before.path, rules=after.rules[:known])
    same = rest == before and names == [rule.name for rule in rules]
    return "" if same else ": rules: does not stand at its end"
