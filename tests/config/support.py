"""A config file for a test, and what is wrong with it."""

import os
from pathlib import Path
from textwrap import dedent

from notion_sync.config import Config, check, load
from notion_sync.errors import ConfigError

PAGE = "0123456789abcdef0123456789abcdef"
PAGE_ID = "01234567-89ab-cdef-0123-456789abcdef"
DATABASE = "89abcdef0123456789abcdef01234567"


def one_rule(body: str = "", *, to: str = f"{{page: {PAGE}}}", top: str = "") -> str:
    """A config of one good rule in which `body`, `to` or `top` are what a test is about."""
    lines = [*dedent(top).strip().splitlines(), "rules:", "  - name: r", "    folder: drop", f"    to: {to}"]
    return "\n".join([*lines, *("    " + line for line in dedent(body).strip().splitlines())]) + "\n"


def read(folder: Path, text: str | bytes) -> Config:
    """The config that a text is."""
    return load(_written(folder, text))


def problems(folder: Path, text: str | bytes) -> list[str]:
    """What `load` complains about, without the file's name."""
    path = _written(folder, text)
    try:
        load(path)
    except ConfigError as error:
        return [problem.removeprefix(f"{path}:") for problem in error.problems]
    return []


def checked(folder: Path, text: str | bytes) -> list[str]:
    """What `check` complains about, without the file's name."""
    path = _written(folder, text)
    return [problem.removeprefix(f"{path}:") for problem in check(path).problems]


def warned(folder: Path, text: str | bytes) -> list[str]:
    """What `check` only warns of, without the file's name."""
    path = _written(folder, text)
    return [warning.removeprefix(f"{path}:") for warning in check(path).warnings]


def _written(folder: Path, text: str | bytes) -> str:
    path = os.path.join(folder, "config.yaml")
    with open(path, "wb") as file:
        file.write(text.encode() if isinstance(text, str) else text)
    return path
