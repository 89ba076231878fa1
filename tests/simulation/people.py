"""What people do in Notion, to what is ours and to what is theirs; and what of it has to be there for ever."""

import random
from collections import Counter
from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass, field
from functools import partial
from typing import Any, NamedTuple

from notion_sync.sandbox.control.people import act
from tests.property.model import ENTRIES, Item, Model, Piece
from tests.sandbox.caller import Caller
from tests.simulation.contents import digest
from tests.simulation.world import World

Json = dict[str, Any]


class Thing(NamedTuple):
    """One thing that is seen in Notion.

    Args:
        piece: What it shows, and where: destination, place, name, sha256.
        page: The page or row that has it.
        block: Its block; None for an entry.
        place: Of an entry, its number among those of its row.
    """

    piece: Piece
    page: str
    block: str | None
    place: int = 0


ROW_LIMIT = 100
"""Entries that Notion takes in one row (developers.notion.com "Request limits")."""

Entry = tuple[str, str, str]
"""An entry of others: its row, its name, and the upload or address that it shows."""


def entry_of(row: str, entry: Json) -> Entry:
    """How an entry is told from others."""
    return row, str(entry["name"]), str(entry["url"] or entry["file_upload_id"])


def look_of(block: Json) -> tuple[object, ...]:
    """All that a person sees of a block, and whether it is there."""
    return tuple(block[key] for key in ("type", "name", "caption", "sha256", "in_trash"))


@dataclass
class People:
    """The people in a workspace.

    Args:
        world: Where.
        model: Of what is ours.
        things: What is seen of ours now.
    """

    world: World
    model: Model
    things: Callable[[], list[Thing]]
    blocks: dict[str, tuple[object, ...]] = field(default_factory=dict)
    """Their blocks, and ours that show their file now, by their ids: as they look."""
    captions: dict[str, str] = field(default_factory=dict)
    """What they wrote below blocks of ours, by these."""
    entries: Counter[Entry] = field(default_factory=Counter)
    column: str = "Attachments"
    """What the property for files is called now."""
    put_files: bool = False
    """Whether there are files of theirs in blocks of ours."""
    number: int = 0
    """Of the latest thing of theirs."""
    only: Callable[[Item], bool] = lambda _item: True
    """Which things of ours they change now."""
    free: Callable[[str], bool] = lambda _row: True
    """Which rows they change now."""

    def __post_init__(self) -> None:
        self._caller = Caller(self.world.core)

    def do(self, dice: random.Random, but: Set[str] = frozenset()) -> str:
        """One of them does something; says what kind of thing it was, and nothing if there was nothing to do it to.

        Args:
            dice: What.
            but: The kinds that nobody does now.
        """
        kind = dice.choice([kind for kind in DEEDS if kind not in but])
        self.number += 1
        return kind if DEEDS[kind](self, dice) else ""

    # What is ours

    def delete(self, dice: random.Random) -> bool:
        """One thing of ours."""
        if (item := self._one(dice)) is None:
            return False
        thing = self._thing(item)
        if thing.block is None and not self.free(thing.page):
            return False
        item.alive = False
        if thing.block is not None:
            self._caller.ok("DELETE", f"/v1/blocks/{thing.block}")
        else:
            files = self._files(thing.page)
            del files[thing.place]
            self._write(thing.page, files)
        return True

    def caption(self, dice: random.Random) -> bool:
        """Words below a block of ours."""
        if (item := self._one(dice, blocks=True)) is None:
            return False
        thing, text = self._thing(item), f"Ada says {self.number}"
        act(self.world.core.workspace, {"write_caption": {"block": thing.block, "text": text}})
        self.captions[str(thing.block)] = text
        return True

    def name(self, dice: random.Random) -> bool:
        """Another name for a block of ours; of entries with equal contents nothing but names tells which is whose."""
        if (item := self._one(dice, blocks=True)) is None:
            return False
        thing, item.given = self._thing(item), f"Ada {self.number}.txt"
        act(self.world.core.workspace, {"rename_block": {"block": thing.block, "name": item.given}})
        return True

    def put(self, dice: random.Random) -> bool:
        """A file of theirs into a block of ours."""
        if (item := self._one(dice, blocks=True)) is None:
            return False
        block = str(self._thing(item).block)
        keys = {"block": block, "name": f"theirs {self.number}.txt", "content": f"theirs {self.number}"}
        act(self.world.core.workspace, {"replace_file": keys})
        item.alive, self.put_files = False, True
        self.captions.pop(block, None)
        self.blocks[block] = self._look(block)
        return True

    def move(self, dice: random.Random) -> bool:
        """A block of ours to another place of its page."""
        if (item := self._one(dice, blocks=True)) is None:
            return False
        thing = self._thing(item)
        siblings = [
            each.block for each in self.things() if each.page == thing.page and each.block != thing.block
        ]
        after = dice.choice([None, *siblings])
        act(self.world.core.workspace, {"move_block": {"block": thing.block, "after": after}})
        return True

    # What is theirs

    def add_block(self, dice: random.Random) -> bool:
        """A block of theirs on one of our pages."""
        pages = sorted(
            {thing.page for thing in self.things() if thing.block} | {self.world.core.workspace.page_id}
        )
        file = {
            "type": "external",
            "external": {"url": f"https://example.com/{self.number}"},
            "name": "theirs",
        }
        children = {"children": [{"type": "file", "file": file}]}
        made = self._caller.ok("PATCH", f"/v1/blocks/{dice.choice(pages)}/children", children)["results"][0]
        if dice.random() < 0.5:
            keys = {"block": made["id"], "name": "theirs", "content": f"theirs {self.number}"}
            act(self.world.core.workspace, {"replace_file": keys})
        self.blocks[made["id"]] = self._look(made["id"])
        return True

    def add_page(self, _: random.Random) -> bool:
        """A page of theirs below ours."""
        title = {"title": {"title": [{"text": {"content": f"theirs {self.number}"}}]}}
        parent = {"page_id": self.world.core.workspace.page_id}
        made = self._caller.ok("POST", "/v1/pages", {"parent": parent, "properties": title})
        self.blocks[made["id"]] = self._look(made["id"])
        return True

    def add_row(self, dice: random.Random) -> bool:
        """A row that the program may come to look for."""
        title, workspace = dice.choice(["a", "b", "all", "txt", "csv"]), self.world.core.workspace
        pages = self.world.notion()["pages"]
        if any(page["title"] == title and self.column in page["properties"] for page in pages):
            return False
        parent = {"data_source_id": workspace.data_source_id}
        name = {"Name": {"title": [{"text": {"content": title}}]}}
        self._caller.ok("POST", "/v1/pages", {"parent": parent, "properties": name})
        return True

    def add_entry(self, dice: random.Random) -> bool:
        """A file of theirs in a row, or some links."""
        rows = [page for page in self.world.notion()["pages"] if self.column in page["properties"]]
        rows = [row for row in rows if not row["in_trash"] and len(row["properties"][self.column]) < 50]
        if not rows or not self.free(row := dice.choice(rows)["id"]):
            return False
        before = self._entries(row)
        keys: Json = {"row": row, "property": self.column}
        if dice.random() < 0.5:
            keys |= {"name": "theirs.txt", "content": f"theirs {self.number}"}
            act(self.world.core.workspace, {"add_file": keys})
        else:
            act(self.world.core.workspace, {"fill_row": {**keys, "count": dice.choice([1, 3, 40])}})
        self.entries += self._entries(row) - before
        return True

    def fill_row(self, dice: random.Random) -> Callable[[], None] | None:
        """So many links in a row that one or two more fit at most; returns what takes them out again."""
        rows = [page for page in self.world.notion()["pages"] if self.column in page["properties"]]
        rows = [row for row in rows if not row["in_trash"]]
        if not rows:
            return None
        row = dice.choice(rows)
        count = ROW_LIMIT - len(row["properties"][self.column]) - dice.choice([0, 0, 1, 2])
        before = self._entries(row["id"])
        keys = {"row": row["id"], "property": self.column, "count": max(0, count)}
        act(self.world.core.workspace, {"fill_row": keys})
        made = self._entries(row["id"]) - before
        self.entries += made
        return partial(self._take_out, row["id"], made)

    def _take_out(self, row: str, made: Counter[Entry]) -> None:
        """Entries of theirs, once nothing comes that was written when they were there."""
        self.world.core.faults.load([])
        self.world.wait(100)
        left, kept = Counter(made), list[Json]()
        for file in self._files(row):
            key = (row, str(file["name"]), str(file.get("external", {}).get("url")))
            if left[key]:
                left[key] -= 1
            else:
                kept.append(file)
        self._write(row, kept)
        self.entries -= made

    def rename_column(self, dice: random.Random) -> bool:
        """Another name for the property that has the files, once the program knows it."""
        if all(item.destination != ENTRIES for item in self.model.everything()):
            return False
        new = dice.choice([each for each in ("Attachments", "Files", "Papers") if each != self.column])
        path = f"/v1/data_sources/{self.world.core.workspace.data_source_id}"
        self._caller.ok("PATCH", path, {"properties": {self.column: {"name": new}}})
        self.column = new
        return True

    # Looking

    def _one(self, dice: random.Random, *, blocks: bool = False) -> Item | None:
        """A thing of ours that cannot be mistaken for another."""
        pieces, seen = self.model.pieces(), Counter(thing.piece for thing in self.things())
        found = [
            item
            for item in self.model.everything()
            if item.alive
            and pieces[item.piece] == 1
            and seen[(*item.piece[:3], digest(item.content))] == 1
            and self.only(item)
            and not (blocks and item.destination == ENTRIES)
        ]
        return dice.choice(found) if found else None

    def _thing(self, item: Item) -> Thing:
        place, sha256 = item.piece[:3], digest(item.content)
        return next(thing for thing in self.things() if thing.piece == (*place, sha256))

    def _entries(self, row: str) -> Counter[Entry]:
        (page,) = [page for page in self.world.notion()["pages"] if page["id"] == row]
        return Counter(entry_of(row, entry) for entry in page["properties"][self.column])

    def _files(self, row: str) -> list[Json]:
        files: list[Json] = self._caller.ok("GET", f"/v1/pages/{row}")["properties"][self.column]["files"]
        return files

    def _write(self, row: str, files: list[Json]) -> None:
        self._caller.ok("PATCH", f"/v1/pages/{row}", {"properties": {self.column: {"files": files}}})

    def _look(self, block: str) -> tuple[object, ...]:
        return look_of(blocks_of(self.world)[block])


def blocks_of(world: World) -> dict[str, Json]:
    """Every block of the workspace, by its id."""
    return {block["id"]: block for page in world.notion()["pages"] for block in page["children"]}


DEEDS: Mapping[str, Callable[[People, random.Random], bool]] = {
    "people: delete": People.delete,
    "people: caption": People.caption,
    "people: name": People.name,
    "people: file into our block": People.put,
    "people: move": People.move,
    "people: own block": People.add_block,
    "people: own page": People.add_page,
    "people: own row": People.add_row,
    "people: own entries": People.add_entry,
    "people: rename property": People.rename_column,
}
