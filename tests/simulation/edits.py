"""A life in which people edit the very blocks that the same pass changes, renames or removes.

Which of the two comes first decides how it ends, so there is no one end to compare with. What holds in any order:
what a person wrote, named or put somewhere stays, what a person deleted does not come back, and each content is there
once: also a new one whose block has become a person's.
"""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from notion_sync.errors import NotNow
from notion_sync.model import ActionName
from notion_sync.notion.calls import FRESH_FOR
from notion_sync.rules import OnDelete, PageTarget, Rule
from notion_sync.sandbox.control.people import act
from notion_sync.state import Store
from tests.sandbox.caller import Caller
from tests.simulation.contents import digest
from tests.simulation.eventful import EventfulLife, lived
from tests.simulation.events import Events
from tests.simulation.trouble import TROUBLES
from tests.simulation.world import FOLDER

Json = dict[str, Any]

CHAPTERS = 3
_PROCESSES = 8
"""More than any chapter needs."""

_BELIEVED = FRESH_FOR + 4.0
"""Seconds after an answer for which a write may come that is made from it, and takes effect."""

REFUSALS = ("409", "429 with a reason", "429 without a time", "529", "slow answer")
"""Troubles after which it is known that nothing was performed, or which hide nothing."""

LOST = ("answer lost", "request lost", "late effect", "5xx before", "5xx after", "half an answer")
"""Troubles that leave it unknown: then a write is sent again as it was, and may come late."""


@dataclass
class File:
    """A file, and what holds of its content on the page.

    Args:
        content: What it holds.
        copies: How often that may be shown by what is ours.
    """

    content: str
    copies: frozenset[int] = frozenset({1})


@dataclass
class Life(EventfulLife):
    """A page of which each file has a block of its own."""

    files: dict[str, File] = field(default_factory=dict)
    """By path, those that are in the folder."""
    owners: dict[str, str] = field(default_factory=dict)
    """The path of the file that has had a content, by its digest; each has its own."""
    theirs: dict[str, Json] = field(default_factory=dict)
    """What has to be seen of blocks that people edited, by their ids."""
    number: int = 0
    """Of the latest content or edit."""
    unknown: bool = False
    """Whether it may be unknown to the program what it has done."""

    def __post_init__(self) -> None:
        page = self.world.core.workspace.page_id
        rule = Rule("r", FOLDER, (PageTarget(page),), on_delete=OnDelete.REMOVE, max_delete=1.0)
        self.world.rules = [rule]
        self._caller = Caller(self.world.core)

    def live(self) -> None:
        for number in range(self.events.dice("files").randint(2, 8)):
            self._write(f"{number}.txt")
        self._catch_up()
        for number in range(CHAPTERS):
            if number == 0 or self.events.happens(f"{number}", 0.7):
                self._chapter(f"{number}")

    # A chapter

    def _chapter(self, name: str) -> None:
        """The user changes files; while the program brings that, people edit the blocks of these and of others."""
        self._settle()
        for path in sorted(self.files):
            if dice := self.events.happens(f"{name}.file.{path}", 0.5):
                kind = dice.choice(list(CHANGES))
                CHANGES[kind](self, path)
                self.events.count(kind)
        self.unknown = self.events.happens(f"{name}.unknown", 0.3) is not None
        drawn = [self.events.happens(f"{name}.request.{number}", 0.4) for number in range(2)]
        troubles = [(dice.choice(LOST if self.unknown else REFUSALS), dice) for dice in drawn if dice]
        self.world.core.faults.load(
            [{**_where(kind, dice), **TROUBLES[kind](dice)} for kind, dice in troubles]
        )
        for kind, _ in troubles:
            self.events.count(f"{kind}, while people edit")
        # What is sent again unread, and may come late, overwrites what people put into its place.
        edits = [kind for kind in EDITS if not (self.unknown and kind in OVERWRITTEN)]
        for number in range(6):
            if dice := self.events.happens(f"{name}.edit.{number}", 0.5):
                edit = partial(self._edit, dice, dice.choice(edits))
                self.world.meanwhile.append((dice.random() * dice.choice([4.0, 30.0]), edit))
        dice = self.events.happens(f"{name}.crash", 0.4) if self.unknown else None
        self._catch_up(dice.randint(2, 400) if dice else None)

    def _settle(self) -> None:
        """Whether a content is there is known now, and stays so as long as nothing happens to it."""
        shown = self._ours()
        for file in self.files.values():
            file.copies = frozenset({len(shown.get(digest(file.content), []))})

    def _catch_up(self, crash_at: int | None = None) -> None:
        self.world.wait(60)
        for _ in range(_PROCESSES):
            self.passes += 1
            try:
                tally = self.world.run(crash_at)
            except NotNow:
                tally = None
            crash_at = None
            self.world.core.faults.load([])
            self.world.wait(100)
            undone = tally is None or tally.counts[ActionName.FAILED] or tally.counts[ActionName.DEFERRED]
            if not undone:
                break
        else:
            raise AssertionError(f"not done after {_PROCESSES} processes: {self.world.heard[-1].outcomes}")
        self._check()

    # The user

    def _write(self, path: str) -> None:
        self.number += 1
        content = f"content {self.number}"
        self.owners[digest(content)] = path
        self.files[path] = File(content)
        self.world.put(path, content.encode())

    def _rename(self, path: str) -> None:
        self.number += 1
        new = f"{self.number} {path}"
        self.files[new] = self.files.pop(path)
        self.owners[digest(self.files[new].content)] = new
        self.world.disk.rename(f"{FOLDER}/{path}", f"{FOLDER}/{new}")

    def _delete(self, path: str) -> None:
        del self.files[path]
        self.world.disk.remove(f"{FOLDER}/{path}")

    # People

    def _edit(self, dice: random.Random, kind: str) -> None:
        """A person edits a block of ours, unless the program has just read it and is about to write it."""
        ours = sorted(block["id"] for blocks in self._ours().values() for block in blocks)
        if not ours:
            return
        block = dice.choice(ours)
        if kind in OVERWRITTEN and self._is_about_to_be_written(block):
            self.events.count(f"{kind}, not between a read and its write")
            return
        self.number += 1
        self.world.tell("people", f"{kind} {block}")
        with self.world.by_hand():
            EDITS[kind](self, block)
        self.events.count(f"{kind}, of what may change")

    def _is_about_to_be_written(self, block: str) -> bool:
        """Whether a write may come that is made from what the block was (`docs/reliability.md`, What remains)."""
        page = self.world.core.workspace.page_id
        paths = (f"/v1/blocks/{block}", f"/v1/blocks/{page}/children")
        asked = [each for each in self.world.core.journal.entries() if each["path"] in paths]
        is_read = bool(asked) and asked[-1]["method"] == "GET"
        return not self.world.is_settled or (is_read and asked[-1]["t"] > self.world.time.moment - _BELIEVED)

    def _remove(self, block: str) -> None:
        self._lose(block)
        self._caller.ok("DELETE", f"/v1/blocks/{block}")
        self.theirs[block] = {"in_trash": True}

    def _caption(self, block: str) -> None:
        text = f"Ada says {self.number}"
        act(self.world.core.workspace, {"write_caption": {"block": block, "text": text}})
        self.theirs.setdefault(block, {})["caption"] = text

    def _name(self, block: str) -> None:
        name = f"Ada {self.number}.txt"
        act(self.world.core.workspace, {"rename_block": {"block": block, "name": name}})
        self.theirs.setdefault(block, {})["name"] = name

    def _put(self, block: str) -> None:
        self._lose(block)
        name, content = f"theirs {self.number}.txt", f"theirs {self.number}"
        act(self.world.core.workspace, {"replace_file": {"block": block, "name": name, "content": content}})
        self.theirs[block] = {"name": name, "sha256": digest(content), "in_trash": False}

    def _move(self, block: str) -> None:
        act(self.world.core.workspace, {"move_block": {"block": block, "after": None}})

    def _lose(self, block: str) -> None:
        """What a block of ours shows is not put back; a content that it does not show yet gets another block."""
        shown = str(self._blocks()[block]["sha256"])
        file = self.files.get(self.owners[shown])
        if file is not None:
            final = digest(file.content) == shown
            file.copies = frozenset({0, 1} if self.unknown else {0} if final else {1})

    # What has to be there

    def _blocks(self) -> dict[str, Json]:
        """The blocks of files on the page, by their ids."""
        page_id = self.world.core.workspace.page_id
        (page,) = [page for page in self.world.notion()["pages"] if page["id"] == page_id]
        return {block["id"]: block for block in page["children"] if block["type"] == "file"}

    def _ours(self) -> dict[str, list[Json]]:
        """By digest, the blocks in which it is seen as ours."""
        ours: dict[str, list[Json]] = {}
        for id_, block in self._blocks().items():
            if not block["in_trash"] and "sha256" not in self.theirs.get(id_, {}):
                ours.setdefault(block["sha256"], []).append(block)
        return ours

    def _check(self) -> None:
        shown, blocks = self._ours(), self._blocks()
        for path, file in self.files.items():
            there = shown.pop(digest(file.content), [])
            assert len(there) in file.copies, f"{path}: {len(there)} times in place of {set(file.copies)}"
            for block in there:
                name = self.theirs.get(block["id"], {}).get("name", path)
                assert block["name"] == name, f"{path} is called {block['name']} and not {name}"
        assert not shown, f"shown, though no file holds it: {shown}"
        for id_, look in self.theirs.items():
            keys = look if not blocks[id_]["in_trash"] or "in_trash" in look else ()
            for key in keys:
                assert blocks[id_][key] == look[key], f"a person's {key} changed: {look} {blocks[id_]}"
        assert self.world.open_writes == 0
        self._check_record()
        if self.world.left_changes:  # the next process reads back what they have made
            self.passes += 1
            self.world.run()
        asked = self.world.requests
        self.passes += 1
        self.world.run()
        assert self.world.requests == asked, "a pass over what is done asks for something"

    def _check_record(self) -> None:
        with Store(self.world.state, read_only=True) as store:
            recorded = {str(each.digest): each for each, _ in store.placements.at_or_below(FOLDER)}
        for sha256, (block, *_) in self._ours().items():
            assert recorded[sha256].block_id == block["id"], f"recorded otherwise: {recorded[sha256]} {block}"


CHANGES: Mapping[str, Callable[[Life, str], None]] = {
    "file: write": Life._write,
    "file: rename": Life._rename,
    "file: delete": Life._delete,
}

EDITS: Mapping[str, Callable[[Life, str], None]] = {
    "people: delete": Life._remove,
    "people: caption": Life._caption,
    "people: name": Life._name,
    "people: file into our block": Life._put,
    "people: move": Life._move,
}

OVERWRITTEN = ("people: name", "people: file into our block")
"""What a write overwrites that comes right after it."""


def _where(kind: str, dice: random.Random) -> Json:
    """At one of the requests about blocks; what is slow is a read, for a write would overwrite what comes before it."""
    method = "GET" if kind == "slow answer" else dice.choice(["PATCH", "PATCH", "DELETE", "GET"])
    return {"method": method, "path": "^/v1/blocks/", "nth": dice.randint(1, 6)}


def live_edits(events: Events, seed: int, *, traced: bool = False) -> Life:
    """Live the life of a seed with these events."""
    return lived(Life, events, seed, traced=traced)
