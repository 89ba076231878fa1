"""What happens while the program runs: to files, and by people in Notion, between any two of its requests."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from tests.property.model import Configs, Item
from tests.simulation.events import Events
from tests.simulation.machine import Folder
from tests.simulation.people import People
from tests.simulation.world import World


@dataclass
class Meanwhile:
    """Draws it.

    Args:
        world: Where.
        events: What happens.
        folder: Of the user.
        people: In the workspace.
    """

    world: World
    events: Events
    folder: Folder
    people: People
    acted: bool = field(default=False, init=False)
    """Whether people did something: then a request of the program may be refused."""

    # Files

    def draw_files(self, at: str) -> None:
        """Files change at some moments of the next process, or at the moment at which one of them is read."""
        for number in range(4):
            if dice := self.events.happens(f"{at}.meanwhile.{number}", 0.4):
                self.world.meanwhile.append((dice.random() * 8, partial(self.change, dice, "meanwhile")))
        if dice := self.events.happens(f"{at}.read", 0.4):
            self.world.disk.when_read = self._at_a_read(dice)
        if dice := self.events.happens(f"{at}.opened", 0.4):
            self.world.disk.before_read = self._at_a_read(dice)

    def change(self, dice: random.Random, when: str) -> None:
        """A file changes now."""
        self.events.count(f"{self.folder.change(dice)}, {when}")

    def _at_a_read(self, dice: random.Random) -> Callable[[int], None]:
        """What changes a file at one of the next times that some file is read, to know it or to send it."""
        left = [dice.randint(1, 12)]
        this_one = dice.random() < 0.5

        def read(inode: int) -> None:
            left[0] -= 1
            if left[0] == 0 and this_one:
                self.folder.write_to_read(dice, inode)
                self.events.count("file: write, to the one that is read")
            elif left[0] == 0:
                self.change(dice, "while a file is read")

        return read

    # People

    def draw_people(self, at: str, configs: Configs) -> None:
        """People do something at some moments of the next process.

        Whatever the program does, it ends alike: they leave alone what it may be about to change or to remove, and rows
        that it has read and may write next (`docs/reliability.md`, What remains).
        """
        for number in range(3):
            if dice := self.events.happens(f"{at}.people.{number}", 0.2):
                self.world.meanwhile.append((dice.random() * 6, partial(self._act, dice, configs)))

    def _act(self, dice: random.Random, configs: Configs) -> None:
        troubled = bool(self.world.core.faults.rules)
        self.people.only = partial(self._stays, configs)
        self.people.free = lambda row: not troubled and self.world.is_free(row)
        with self.world.by_hand():
            kind = self.people.do(dice, but={"people: own row"})
        self.people.only, self.people.free = (lambda _item: True), (lambda _row: True)
        if kind:
            self.events.count(f"{kind}, meanwhile")
            self.acted = True

    def _stays(self, configs: Configs, item: Item) -> bool:
        """Whether the program has nothing to do with a thing now, nor with another that could be mistaken for it."""
        model = self.people.model
        rule = next(config for config in configs if config.has(item.path))
        stays = item in model.items.values() and model.files.get(item.path) == item.content
        named = [(path.rpartition("/")[2], content) for path, content in model.files.items()]
        place = rule.location(item.destination, item.path)
        there = item.destination in rule.destinations and place == item.location
        return stays and there and named.count((item.name, item.content)) == 1
