"""A longer life: the user changes files and the rule again and again, and after each time the program catches up.

What has to be there then is what the model of `tests.property` says, which knows nothing of requests and crashes.
"""

import hashlib
import random
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from notion_sync.rules import Rule
from tests.property.model import Config, Model, Piece
from tests.sandbox.caller import Caller
from tests.simulation.configs import DESTINATIONS, rule_of
from tests.simulation.skeleton import until_done
from tests.simulation.world import FOLDER, World

Json = dict[str, Any]

PATHS = [f"{folder}{name}" for folder in ("", "s/", "s/t/", "z/") for name in ("a.txt", "b.txt", "a.csv")]
CONTENTS = ("one", "two", "three", "four")


@dataclass
class Life:
    """A user with a rule, and the model of what Notion has to hold.

    Args:
        world: Where.
    """

    world: World
    model: Model = field(default_factory=Model)
    config: Config = field(default_factory=Config)

    def __post_init__(self) -> None:
        self.dice = self.world.dice
        parent = {"page_id": self.world.core.workspace.page_id}
        title = {"title": {"title": [{"text": {"content": "other"}}]}}
        self.other = str(
            Caller(self.world.core).ok("POST", "/v1/pages", {"parent": parent, "properties": title})["id"]
        )

    def go_on(self) -> int:
        """The user changes something, the program catches up. Returns how many passes it took.

        Raises:
            AssertionError: What is there then is not what has to be.
        """
        if self.dice.random() < 0.3 or not self.model.files:
            self.config = draw_config(self.dice)
            self.world.rules = [self.rule()]
        for _ in range(self.dice.randint(1, 4)):
            self._change()
        self.world.wait(60)
        passes = sum(1 for _ in until_done(self.world))
        self.model.push((self.config,), lambda _: not self.model.files)
        self.world.wait(60)
        assert self.shown() == self.expected()
        assert self.world.open_writes == 0
        asked = self.world.requests
        self.world.run()
        assert self.world.requests == asked, "a pass over what is done asks for something"
        return passes + 1

    # The user

    def _change(self) -> None:
        files, dice = self.model.files, self.dice
        what = dice.choice(["write", "write", "delete", "rename", "rename"])
        if what == "write" or not files:
            path = dice.choice(PATHS)
            files[path] = dice.choice(CONTENTS)
            self.world.put(path, files[path].encode())
            return
        old = dice.choice(sorted(files))
        if what == "delete":
            del files[old]
            self.world.disk.remove(f"{FOLDER}/{old}")
        elif (new := dice.choice(PATHS)) != old:
            content = files.pop(old)
            self.world.disk.remove(f"{FOLDER}/{old}")
            files[new] = content
            self.world.put(new, content.encode())

    def rule(self) -> Rule:
        """The one rule there is."""
        return rule_of(self.config, "r", self.world.core.workspace, self.other)

    # Notion

    def expected(self) -> Counter[Piece]:
        """What has to be there."""
        return Counter(
            {
                (destination, place, name, hashlib.sha256(content.encode()).hexdigest()): count
                for (destination, place, name, content), count in self.model.pieces().items()
            }
        )

    def shown(self) -> Counter[Piece]:
        """What is there."""
        pages = {page["id"]: page for page in self.world.notion()["pages"] if not page["in_trash"]}
        shown = Counter(self._on_page(pages, self.world.core.workspace.page_id, "page", ""))
        shown.update(self._on_page(pages, self.other, "other", ""))
        titles = set()
        for page in pages.values():
            if "Attachments" in page["properties"]:
                title = page["title"]
                assert title not in titles, f"two rows {title}"
                titles.add(title)
                entries = page["properties"]["Attachments"]
                shown.update(("rows", title, entry["name"], entry["sha256"]) for entry in entries)
                shown.update(self._on_page(pages, page["id"], "body", title))
        return shown

    def _on_page(self, pages: Mapping[str, Json], page: str, destination: str, place: str) -> Iterator[Piece]:
        titles = set()
        for child in pages[page]["children"]:
            if child["in_trash"] or child["id"] == self.other:
                continue
            if child["type"] == "child_page":
                assert child["name"] not in titles, f"two pages {child['name']}"
                titles.add(child["name"])
                yield from self._on_page(
                    pages, child["id"], destination, f"{place}/{child['name']}".lstrip("/")
                )
            elif child["type"] == "file":
                yield (destination, place, child["name"], child["sha256"])


def draw_config(dice: random.Random) -> Config:
    """A rule."""
    return Config(
        destinations=tuple(dice.choice(DESTINATIONS).split()),
        pages=dice.random() < 0.5,
        row=dice.choice(["{stem}", "all", "{ext}"]),
        on_change=dice.choice(["replace", "append", "keep"]),
        on_delete=dice.choice(["keep", "remove"]),
        max_delete=1.0,
    )


def live_long(seed: int, rounds: int = 3) -> int:
    """Live one such life; returns how many passes there were."""
    with World(seed) as world:
        life = Life(world)
        return sum(life.go_on() for _ in range(rounds))
