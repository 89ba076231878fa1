"""Write a first `config.yaml`, from the answers to `init` or from the commented example."""

import os
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import yaml

from notion_sync.errors import UsageError
from notion_sync.notion.ids import page_url
from notion_sync.rules import PageTarget, Subfolders, Target
from notion_sync.template import ROW

_HEAD = """\
# Which folders go to which Notion pages and databases.
#   notion-sync check                          names every mistake with its line
#   notion-sync doctor                         tries it all
#   notion-sync check --schema                 prints the schema, for editors
#   notion-sync init --example --config FILE   writes an example with every key
version: 1
"""

_MORE = """\
    # match: ["*.pdf", "*.jpg"]   # only these files; gitignore patterns
    # ignore: ["*.log"]           # not these
    # on_change: replace          # of new content: replace | append | keep
    # on_delete: keep             # once a file is gone: keep what is there | remove
"""


@dataclass(frozen=True, slots=True)
class FirstRule:
    """One rule to write.

    Args:
        name: Unique among the rules.
        folder: Absolute path.
        target: A page, or a database with a files property.
        title: The target's title, for a comment; may be empty.
        subfolders: Whether subfolders become pages.
    """

    name: str
    folder: str
    target: Target
    title: str = ""
    subfolders: Subfolders = Subfolders.FLAT


def config_text(rules: Sequence[FirstRule], profile: str | None) -> str:
    """Return the text of a configuration.

    Args:
        rules: At least one.
        profile: Whose token to use; None for the default.

    Raises:
        UsageError: A name or folder cannot be written as YAML.
    """
    whose = f"profile: {_quoted(profile)}\n" if profile else ""
    return _HEAD + whose + "\nrules:\n" + "\n".join("".join(_rule_lines(rule)) for rule in rules)


def write_config(path: str, text: str) -> None:
    """Create a configuration file, and its folder if needed.

    Raises:
        UsageError: The file exists, or it cannot be written.
    """
    folder = os.path.dirname(path)
    try:
        os.makedirs(folder, mode=0o700, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
        with open(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise UsageError(
            f"{path} is there already", hint="write further rules into it, or name another file with --config"
        ) from None
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}") from error


def example_text() -> str:
    """Return the example with every key: from this folder in an installed package, else from the repository's root."""
    here = os.path.dirname(__file__)
    inside = os.path.join(here, "example.yaml")
    path = inside if os.path.exists(inside) else os.path.join(here, "..", "..", "config.example.yaml")
    with open(path, encoding="utf-8") as file:
        return file.read()


def rule_lines(rules: Sequence[FirstRule], *, indent: int) -> str:
    """Rules as lines of a configuration, so far in."""
    lines = "".join("".join(_rule_lines(rule)) for rule in rules)
    return textwrap.indent(textwrap.dedent(lines), " " * indent)


def _rule_lines(rule: FirstRule) -> Iterator[str]:
    yield f"  - name: {_quoted(rule.name)}\n"
    yield f"    folder: {_quoted(_from_home(rule.folder))}\n"
    if rule.subfolders is not Subfolders.FLAT:
        yield f"    subfolders: {rule.subfolders}\n"
    words = " ".join(rule.title.split())
    title = f"       # {words}" if words and words.isprintable() else ""
    yield "    to:\n"
    if isinstance(rule.target, PageTarget):
        yield f"      page: {page_url(rule.target.page_id)}{title}\n"
    else:
        yield f"      database: {page_url(rule.target.database_id)}{title}\n"
        yield f"      property: {_quoted(rule.target.property_name)}\n"
        if (row := rule.target.row.text) != ROW:
            yield f"      row: {_quoted(row)}\n"
    yield _MORE


def _from_home(folder: str) -> str:
    home = os.path.expanduser("~")
    return f"~{folder[len(home) :]}" if folder.startswith(f"{home}/") else folder


def _quoted(text: str) -> str:
    """Return a text as YAML, quoted if necessary.

    Raises:
        UsageError: It has bytes that are not text.
    """
    try:
        text.encode()
    except UnicodeEncodeError:
        raise UsageError(
            "a name that is not UTF-8 cannot be written into a configuration", hint="rename the folder"
        ) from None
    return yaml.safe_dump({"": text}, allow_unicode=True, width=10**6).partition(": ")[2].rstrip("\n")
