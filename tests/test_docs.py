"""The documentation and the program say the same, both ways."""

import re
import shlex
from pathlib import Path

import click
import pytest

from notion_sync.cli.app import COMMANDS, GLOBAL_OPTIONS, cli
from tests.messages import messages, written

ROOT = Path(__file__).parent.parent
DOCS = sorted((ROOT / "docs").glob("*.md"))
PAGES = [*(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md")), *DOCS]
TROUBLE = (ROOT / "docs" / "troubleshooting.md").read_text("utf-8")
ROW = re.compile(r"^\| `(.+?)` \| .*\|$", re.M)


def documented() -> list[str]:
    """The messages of docs/troubleshooting.md."""
    tables = TROUBLE.split("\n## ", 1)[1]
    return [match[1] for match in ROW.finditer(tables)]


def test_every_message_is_explained() -> None:
    said = messages()
    assert len(said) > 140
    missing = {text: where for text, where in said.items() if text not in documented()}
    assert not missing, "docs/troubleshooting.md lacks them"


def test_every_message_that_is_explained_is_one_and_stands_there_once() -> None:
    found = documented()
    assert set(found) - written() == set()
    assert len(found) == len(set(found))


def anchors(text: str) -> set[str]:
    """Where links into a page may lead, as GitHub names it."""
    text = re.sub(r"^```.*?^```", "", text, flags=re.M | re.S)
    heads = re.findall(r"^#+ (.+)$", text, re.M)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    text = page.read_text("utf-8")
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        if "://" in link:
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target.read_text("utf-8")), link


def test_the_reading_order_has_every_page() -> None:
    listed = re.findall(
        r"^\d+\. \[[^]]+\]\(([^)]+)\)", (ROOT / "docs" / "README.md").read_text("utf-8"), re.M
    )
    assert {name for name in listed if "/" not in name} == {page.name for page in DOCS} - {"README.md"}
    assert len(listed) == len(set(listed))


def options(name: str) -> set[str]:
    """What a command takes."""
    command = cli.get_command(click.Context(cli), name)
    assert command is not None
    several = [command, *getattr(command, "commands", {}).values()]
    every = [*GLOBAL_OPTIONS, *(param for each in several for param in each.params)]
    return {word for param in every for word in (*param.opts, *param.secondary_opts)} | {
        "--help",
        "--version",
    }


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_command_lines_can_be_typed(page: Path) -> None:
    text = page.read_text("utf-8")
    lines = re.findall(r"(?:^|[`\s])notion-sync ([^`\n#|]*)", text)
    for line in lines:
        words = shlex.split(line.replace("'", "").replace('"', ""))
        command = next((word for word in words if re.fullmatch(r"[a-z]+", word)), None)
        if command not in COMMANDS:
            continue
        given = [word.strip("[].,;:()").partition("=")[0] for word in words if re.match(r"\[?--[a-z]", word)]
        unknown = set(given) - options(command)
        assert not unknown, f"{page.name}: notion-sync {line}"
