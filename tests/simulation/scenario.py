"""What a user wants of a world, drawn from its seed; what Notion has to hold then, and what it holds."""

import hashlib
import random
from collections import Counter
from collections.abc import Mapping, Set
from typing import Any, NamedTuple

from notion_sync.rules import PageTarget, RowTarget, Rule, Subfolders, Target
from notion_sync.template import parse
from tests.simulation.world import FOLDER, World

Json = dict[str, Any]

FOLDERS = ("", "", "b", "b/d", "c")
NAMES = ("1.txt", "2.png", "3.pdf", "4.txt", "5.mp3", "6.txt")
CONTENTS = (b"one", b"two", b"three", b"four", b"five")
"""Few, so that some files are equal."""

KINDS = {"txt": "file", "png": "image", "pdf": "pdf", "mp3": "audio"}


class Wanted(NamedTuple):
    """The rule's targets, by what people see of them."""

    page: bool
    subpages: bool
    """Whether each subfolder has a page of its own."""
    entries: bool
    bodies: bool
    """Whether the files are on the pages of their rows, too."""
    row: str
    """The template of the rows' titles."""

    @property
    def rows(self) -> bool:
        """Whether there are rows."""
        return self.entries or self.bodies


class Seen(NamedTuple):
    """What a person sees: in their order the blocks of each page and row by its title, and the rows' entries."""

    pages: Mapping[str, list[tuple[str, str]]]
    """By the subfolder's path: kind and sha256 of each block."""
    bodies: Mapping[str, list[tuple[str, str]]]
    """The same of rows, by their titles."""
    entries: Mapping[str, Counter[tuple[str, str]]]
    """By the rows' titles: name and sha256."""


def draw_files(dice: random.Random) -> dict[str, bytes]:
    """A few files by their paths."""
    paths = {f"{folder}/{name}".lstrip("/") for folder in FOLDERS for name in NAMES}
    chosen = dice.sample(sorted(paths), dice.randint(1, 7))
    return {path: dice.choice(CONTENTS) for path in chosen}


def draw_wish(dice: random.Random) -> Wanted:
    """What a rule says."""
    page, entries, bodies = dice.choice(
        [
            (True, False, False),
            (True, True, False),
            (False, True, True),
            (False, False, True),
            (True, True, True),
        ]
    )
    return Wanted(page, dice.random() < 0.5, entries, bodies, dice.choice(["{stem}", "{ext}", "all"]))


def rule(world: World, wanted: Wanted) -> Rule:
    """The rule that says so."""
    workspace = world.core.workspace
    page = PageTarget(workspace.page_id)
    rows = RowTarget(
        workspace.database_id, "Attachments" if wanted.entries else "", parse(wanted.row), body=wanted.bodies
    )
    targets: list[Target] = [page] if wanted.page else []
    targets += [rows] if wanted.rows else []
    return Rule(
        "r", FOLDER, tuple(targets), subfolders=Subfolders.PAGES if wanted.subpages else Subfolders.FLAT
    )


def expected(wanted: Wanted, files: Mapping[str, bytes]) -> Seen:
    """What has to be there once all files are in Notion."""
    pages: dict[str, list[tuple[str, str]]] = {}
    bodies: dict[str, list[tuple[str, str]]] = {}
    entries: dict[str, Counter[tuple[str, str]]] = {}
    for path in in_order(files):
        folder, _, name = path.rpartition("/")
        stem, _, ext = name.rpartition(".")
        title = {"{stem}": stem, "{ext}": ext, "all": "all"}[wanted.row]
        sha256 = hashlib.sha256(files[path]).hexdigest()
        if wanted.page:
            location = folder if wanted.subpages else ""
            while location:
                pages.setdefault(location, [])
                location = location.rpartition("/")[0]
            pages.setdefault("", [])
            pages[folder if wanted.subpages else ""].append((KINDS[ext], sha256))
        if wanted.bodies:
            bodies.setdefault(title, []).append((KINDS[ext], sha256))
        if wanted.entries:
            entries.setdefault(title, Counter())[name, sha256] += 1
    return Seen(pages or {"": []}, bodies, entries)


def in_order(files: Mapping[str, bytes]) -> list[str]:
    """The paths as a walk comes by them."""
    return sorted(files, key=lambda path: path.split("/"))


def seen(world: World, wanted: Wanted) -> Seen:
    """What is there; what stands twice where it may stand once fails."""
    return seen_in(world.notion(), world.core.workspace.page_id, wanted)


def seen_in(state: Json, page_id: str, wanted: Wanted) -> Seen:
    """The same in a workspace, below a page."""
    pages = {page["id"]: page for page in state["pages"] if not page["in_trash"]}
    by_path: dict[str, list[tuple[str, str]]] = {}
    _collect(pages, page_id, "", by_path)
    rows = [page for page in pages.values() if "Attachments" in page["properties"]]
    titles = [row["title"] for row in rows]
    assert len(titles) == len(set(titles)), f"rows twice: {titles}"
    return Seen(
        by_path,
        {row["title"]: _blocks(row) for row in rows} if wanted.bodies else {},
        {
            row["title"]: Counter(
                (entry["name"], entry["sha256"]) for entry in row["properties"]["Attachments"]
            )
            for row in rows
        }
        if wanted.entries
        else {},
    )


def in_any_order(seen: Seen, parts: Set[str]) -> Seen:
    """The same with the blocks of some of its parts (`pages`, `bodies`) sorted."""
    pages = {path: sorted(blocks) for path, blocks in seen.pages.items()}
    bodies = {title: sorted(blocks) for title, blocks in seen.bodies.items()}
    return seen._replace(
        pages=pages if "pages" in parts else seen.pages, bodies=bodies if "bodies" in parts else seen.bodies
    )


def _collect(
    pages: Mapping[str, Json], page_id: str, path: str, by_path: dict[str, list[tuple[str, str]]]
) -> None:
    assert path not in by_path, f"two pages {path}"
    by_path[path] = _blocks(pages[page_id])
    for child in pages[page_id]["children"]:
        if child["type"] == "child_page" and not child["in_trash"]:
            _collect(pages, child["id"], f"{path}/{child['name']}".lstrip("/"), by_path)


def _blocks(page: Json) -> list[tuple[str, str]]:
    return [
        (child["type"], child["sha256"])
        for child in page["children"]
        if child["type"] in KINDS.values() and not child["in_trash"]
    ]
