"""A life of one page with files that take long: to be read, or to be sent; while people delete blocks of it.

What stands on the page in the end stands in the order of the files, whenever each of them came, but where a process
died, or a write was performed after its connection broke.
"""

import random
from collections.abc import Iterator
from functools import partial

from notion_sync.errors import NotNow
from notion_sync.model import ActionName
from notion_sync.rules import PageTarget, Position, Rule
from tests.sandbox.caller import Caller
from tests.simulation.world import FOLDER, World
from tests.support.store import digest

_PROCESSES = 8
"""More than any life needs until everything is in place."""

_THEIRS = ("before", "after")
"""The words in a person's blocks, at either end of what is on the page at first."""

_LOST = (
    {"when": "before", "do": {"cut": True}},
    {"when": "after", "do": {"cut": True}},
    {"do": {"late": 40.0}},
)


def live_late(seed: int) -> int:
    """Live one. Returns how many passes there were.

    Raises:
        AssertionError: It did not end right.
    """
    with World(seed) as world:
        return _Life(world).live()


class _Life:
    """One of them."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._dice = dice = world.dice
        self._caller = Caller(world.core)
        page = world.core.workspace.page_id
        self._theirs = [str(self._caller.append(_paragraph(word))["results"][0]["id"]) for word in _THEIRS]
        position = dice.choice([Position(), Position("start"), Position("after", self._theirs[0])])
        world.rules = [Rule("r", FOLDER, (PageTarget(page, position=position),))]
        self._files = {
            f"{number:02}.txt": b"%d of %d" % (number, world.seed) for number in range(dice.randint(4, 14))
        }
        world.write(self._files)
        self._deleted: set[str] = set()
        self._may_come_again: set[str] = set()
        """Whose block a person deleted while it was not known whether it was there."""
        self._in_order = True

    def live(self) -> int:
        passes = sum(1 for _ in self._until_done())
        self._world.wait(100)
        self._check()
        asked = self._world.requests
        self._world.run()
        assert self._world.requests == asked, "a pass over what is done asks for something"
        return passes + 1

    def _until_done(self) -> Iterator[None]:
        dice, world = self._dice, self._world
        world.core.faults.load(list(self._troubles()))
        world.long_reads = dice.choice([0.0, 0.0, 0.2, 0.5])
        for _ in range(dice.choice([0, 0, 1, 4])):
            world.meanwhile.append((dice.random() * 200, partial(self._delete, random.Random(dice.random()))))
        crash_at = dice.randint(50, 1500) if dice.random() < 0.3 else None
        for _ in range(_PROCESSES):
            yield
            try:
                tally = world.run(crash_at)
            except NotNow:
                tally = None
            self._in_order = self._in_order and tally is not None
            crash_at, world.long_reads = None, 0.0
            if tally is not None and not (
                tally.counts[ActionName.FAILED] or tally.counts[ActionName.DEFERRED]
            ):
                return
            world.wait(80)
        raise AssertionError(f"not done after {_PROCESSES} processes: {world.heard[-1].outcomes}")

    def _troubles(self) -> Iterator[dict[str, object]]:
        dice = self._dice
        for _ in range(dice.randint(0, 4)):
            delay = dice.choice([5.0, 15.0, 40.0, 150.0])
            yield {
                "method": "POST",
                "path": "/send$",
                "nth": dice.randint(1, len(self._files)),
                "do": {"delay": delay},
            }
        if dice.random() < 0.5:
            lost = dice.choice(_LOST)
            self._in_order = "late" not in lost["do"]
            self._may_come_again = set(self._files)
            yield {"method": "PATCH", "path": "/children$", "nth": dice.randint(1, 4), **lost}

    def _delete(self, dice: random.Random) -> None:
        """A person deletes a block of ours."""
        ours = [block for block in self._blocks() if block["id"] not in self._theirs]
        if ours:
            block = dice.choice(ours)
            self._world.tell("people", f"delete {block['name']}")
            self._deleted.add(str(block["name"]))
            self._caller.ok("DELETE", f"/v1/blocks/{block['id']}")

    def _blocks(self) -> list[dict[str, object]]:
        pages = self._world.notion()["pages"]
        (page,) = [page for page in pages if page["id"] == self._world.core.workspace.page_id]
        return [
            block
            for block in page["children"]
            if not block["in_trash"] and block["type"] in ("file", "paragraph")
        ]

    def _check(self) -> None:
        blocks = self._blocks()
        ours = [str(block["name"]) for block in blocks if block["id"] not in self._theirs]
        assert len(ours) == len(set(ours)), f"twice: {ours}"
        assert set(self._files) - self._deleted <= set(ours), f"lost: {set(self._files) - set(ours)}"
        assert not (self._deleted & set(ours)) - self._may_come_again, (
            f"put back: {self._deleted & set(ours)}"
        )
        for block in blocks:
            if block["id"] not in self._theirs:
                assert block["sha256"] == digest(self._files[str(block["name"])])
        assert [block["id"] for block in blocks if block["id"] in self._theirs] == self._theirs
        assert self._world.open_writes == 0
        if self._in_order:
            assert ours == sorted(ours), f"not in order: {ours}"
            where = self._world.rules[0].targets[0].position.where  # type: ignore[union-attr]
            shown = ["" if block["id"] in self._theirs else "ours" for block in blocks]
            first = {"start": 0, "after": 1, "end": 2}[where]
            assert shown[first : first + len(ours)] == ["ours"] * len(ours), f"elsewhere: {shown}"


def _paragraph(word: str) -> dict[str, object]:
    return {"type": "paragraph", "paragraph": {"rich_text": [{"text": {"content": word}}]}}
