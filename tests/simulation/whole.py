"""A whole life: files, rules, people, disks, the network, clocks and machines, all drawn.

In a chapter things happen, then processes of the program come and go until one leaves nothing to do. With all trouble
over, Notion has to hold what the model of `tests.property` says, which knows nothing of requests and crashes.
"""

import os
import random
import shutil
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

from notion_sync.errors import NotNow
from notion_sync.model import ActionName
from notion_sync.notion.errors import NotionError
from notion_sync.report import Tally
from notion_sync.rules import Rule
from notion_sync.state import Store
from notion_sync.state.database import FILE_NAME
from tests.property.model import Config, Configs, Item, Model, Piece
from tests.sandbox.caller import Caller
from tests.simulation.checks import check_foreign, check_record, check_report, check_requests
from tests.simulation.configs import DESTINATIONS, draw_configs, rule_of
from tests.simulation.contents import CONTENTS, LARGE, digest
from tests.simulation.eventful import EventfulLife, lived
from tests.simulation.events import Events
from tests.simulation.machine import Folder
from tests.simulation.meanwhile import Meanwhile
from tests.simulation.people import People, Thing
from tests.simulation.seen import Eyes
from tests.simulation.trouble import draw_trouble, late_change

Json = dict[str, Any]

CHAPTERS = 4

_TROUBLED = 5
"""In so many processes of a chapter something may go wrong."""

_PROCESSES = 14
"""More than any chapter needs."""


@dataclass
class Life(EventfulLife):
    """A user with rules, and the model of what Notion has to hold."""

    model: Model = field(default_factory=Model)
    configs: Configs = (Config(),)
    earlier: list[Configs] = field(default_factory=list)
    """All rules so far."""
    quiet: bool = True
    """Whether nothing went wrong with requests since the program began to catch up."""
    all_there: bool = False
    """Whether all files are in Notion, though the store may not know it."""
    restoring: bool = False
    """Whether somebody wants back what was deleted, as far as its file is there: no file of that is away then."""
    ends: bool = False
    """Whether what is to be there has to be there when it ends, whatever happens to the store."""
    older: bool = False
    """Whether the store is older than what is in Notion, and has not caught up yet, or will be."""

    def __post_init__(self) -> None:
        parent = {"page_id": self.world.core.workspace.page_id}
        title = {"title": {"title": [{"text": {"content": "other"}}]}}
        self.other = str(
            Caller(self.world.core).ok("POST", "/v1/pages", {"parent": parent, "properties": title})["id"]
        )
        large = self.events.happens("large", 0.04)
        contents = (*CONTENTS, f"{LARGE} one") if large else CONTENTS
        self.folder = Folder(self.world, self.model.files, contents)
        if self.events.happens("disk", 0.3):
            self.folder.mount()
        self.people = People(self.world, self.model, self.things)
        self.eyes = Eyes(self.world, self.other, self.people)
        self.meanwhile = Meanwhile(self.world, self.events, self.folder, self.people)

    def live(self) -> None:
        for number in range(CHAPTERS):
            if number == 0 or self.events.happens(f"{number}", 0.8):
                self.chapter(f"{number}")
        self.end()

    # A chapter

    def chapter(self, name: str) -> None:
        """Things happen, and the program catches up."""
        happens = self.events.happens
        if (dice := happens(f"{name}.rules", 0.4)) or not self.passes:
            self.configs = self._draw_configs(name, dice or self.events.dice(f"{name}.rules"))
            if self.folder.mounted:
                # What is mounted is recorded by rules that remove: another one could not tell a new disk from the old.
                self.configs = tuple(replace(config, on_delete="remove") for config in self.configs)
            self.earlier.append(self.configs)
            self.events.count("rules changed", str(self.configs))
        self.world.rules = self.rules()
        for number in range(6):
            if dice := happens(f"{name}.file.{number}", 0.6 if number < 3 or not self.passes else 0.2):
                self.events.count(self.folder.change(dice))
        for number in range(2 if self.passes else 0):
            if dice := happens(f"{name}.people.{number}", 0.4):
                self._people(dice)
        if self.passes and not self.people.put_files and happens(f"{name}.restore", 0.05):
            self._ask_to_restore()
        self.world.wait(60)
        meanwhile = self._may_change_meanwhile() and happens(f"{name}.meanwhile", 0.5) is not None
        self.catch_up(name, meanwhile=meanwhile)
        self.model.push(self.configs, lambda _: not self.model.files)
        self.check()
        self.restoring = False

    def _draw_configs(self, name: str, dice: random.Random) -> Configs:
        """Rules; some of them are those of before with other destinations, or those of an earlier time."""
        if dice_ := self.events.happens(f"{name}.rules.again", 0.4 if self.passes else 0.0):
            if dice_.random() < 0.5:
                return dice_.choice(self.earlier)
            destinations = tuple(dice_.choice(DESTINATIONS).split())
            return tuple(replace(config, destinations=destinations) for config in self.configs)
        return draw_configs(dice)

    def _people(self, dice: random.Random) -> None:
        if kind := self.people.do(dice):
            self.events.count(kind)

    def _ask_to_restore(self) -> None:
        self.events.count("restore asked for")
        with Store(self.world.state) as store, store.transaction():
            store.restores.add(())
        self.model.restore(self.configs)
        self.restoring = True

    def _may_change_meanwhile(self) -> bool:
        """Whether Notion follows the folder so closely that it does not matter when the program looks."""
        follows = all(
            config.on_change == "replace" and config.on_delete == "remove" for config in self.configs
        )
        # What stands for no file any more goes or stays with a file that may be there in between only.
        stand = not self.model.old
        return follows and stand and self.is_untouched and all(map(self._is_covered, self.model.everything()))

    def _is_covered(self, item: Item) -> bool:
        """Whether a rule is about it: what none is about stays, or follows its file, as it happens to be seen."""
        return all(item.destination in config.destinations for config in self.configs)

    @property
    def is_untouched(self) -> bool:
        """Whether nobody deleted or named anything of ours: what is known of that goes where its file seems to go."""
        return all(item.alive and not item.given for item in self.model.everything())

    def catch_up(self, name: str, *, meanwhile: bool = False, troubled: int = _TROUBLED) -> None:
        """Processes come and go until one leaves nothing to do."""
        self.quiet, self.meanwhile.acted = not meanwhile, False
        for number in range(_PROCESSES):
            at = f"{name}.{number}"
            if number == troubled:
                self.world.wait(60)  # from now on files rest
            mend: list[Callable[[], None]] = []
            crash_at = self._trouble(at, mend, meanwhile) if number < troubled else None
            tally = self._run(crash_at)
            for each in mend:
                each()
            # What came after the program had looked is the next one's to find.
            if not mend and not (meanwhile and number < troubled) and _is_all_done(tally):
                break
            if meanwhile and number < troubled and (dice := self.events.happens(f"{at}.between", 0.3)):
                self.meanwhile.change(dice, "between processes")
            again = self.world.left_changes if meanwhile and number < troubled else ()
            if again and (dice := self.events.happens(f"{at}.again", 0.8)):
                kind = self.folder.write_again(dice, dice.choice(again))
                self.events.count(f"{kind}, while its change may come late")
            self._pause(at)
        else:
            heard = self.world.heard[-1]
            left = [f"{o.path}: {o.reason}" for o in heard.outcomes if o.action in _UNDONE]
            raise AssertionError(f"not done after {_PROCESSES} processes: {left} {heard.notes}")
        self.world.core.faults.load([])
        self.world.wait(100)

    def _trouble(self, at: str, mend: list[Callable[[], None]], meanwhile: bool) -> int | None:
        """Draw what a process meets; returns at which step it dies."""
        happens, world = self.events.happens, self.world
        drawn = [happens(f"{at}.request.{each}", 0.2) for each in range(3)]
        troubles = [draw_trouble(dice) for dice in drawn if dice]
        if meanwhile and (dice := happens(f"{at}.late", 0.3)):
            troubles.append(("late effect of a change", late_change(dice)))
        self._kinds = [kind for kind, fault in troubles if "do" in fault]
        for kind, fault in troubles:
            if "do" not in fault:
                self.events.count(kind)
        world.core.faults.load([fault for _, fault in troubles])
        self.quiet = self.quiet and not troubles
        if self._may_take_disk() and (dice := happens(f"{at}.disk", 0.3)):
            self._take_disk(dice)
            mend.append(self.folder.put_back)
        may_lock = self._may_be_unreadable and not meanwhile
        if may_lock and (dice := happens(f"{at}.lock", 0.05)) and (opened := self.folder.lock(dice)):
            self.events.count("file that cannot be read")
            mend.append(opened)
        fills = not self.ends and world.is_settled and at.endswith(".0")
        if fills and (dice := happens(f"{at}.full", 0.1)) and (emptied := self.people.fill_row(dice)):
            self.events.count("row is full")
            mend.append(emptied)
        if dice := happens(f"{at}.clock", 0.05):
            self.events.count("clock set")
            ahead = dice.choice([0.0, 1800.0, 7200.0])
            world.meanwhile.append((dice.random() * 5, lambda: setattr(world.time, "wall_ahead", ahead)))
        if dice := happens(f"{at}.reads", 0.1):
            self.events.count("files that take long to be read")
            world.long_reads = dice.choice([0.1, 0.3, 1.0])
        if meanwhile:
            self.meanwhile.draw_files(at)
        elif not mend and not self.restoring and not self.ends:
            self.meanwhile.draw_people(at, self.configs)
        dice = happens(f"{at}.crash", 0.35)
        return dice.randint(2, dice.choice([40, 120, 400])) if dice else None

    def _may_take_disk(self) -> bool:
        """Whether nothing is on the disk that stays, or follows its file, as it happens to be seen."""
        on_disk = [item for item in self.model.everything() if item.path.startswith("z/")]
        return self.folder.mounted and self._may_be_unreadable and all(map(self._is_covered, on_disk))

    @property
    def _may_be_unreadable(self) -> bool:
        """Whether it is the same in the end if a file can only be read later."""
        return self.is_untouched and not self.older and not self.restoring

    def _take_disk(self, dice: random.Random) -> None:
        """The disk goes before the process begins, or while it runs."""
        if dice.random() < 0.5:
            self.events.count("disk goes")
            self.folder.take_away()
            return
        self.events.count("disk goes, meanwhile")
        self.world.meanwhile.append((dice.random() * 6, self.folder.take_away))

    def _run(self, crash_at: int | None) -> Tally | None:
        world, rules = self.world, self.world.core.faults.rules
        boots, asked, alone = world.time.boots, world.requests, not world.awaits_dead
        self.passes += 1
        tally = None
        with suppress(NotNow, NotionError):
            tally = world.run(crash_at)
        world.disk.when_read = world.disk.before_read = lambda _inode: None
        world.long_reads = 0.0
        for kind, rule in zip(self._kinds if rules else (), world.core.faults.rules, strict=False):
            for _ in range(rule.fired):
                self.events.count(kind)
        if tally is None and crash_at is not None and world.steps >= crash_at:
            self.events.count("crash")
        if world.time.boots != boots:
            self.events.count("reboot")
        if any("has no room" in each.reason for each in world.heard[-1].outcomes):
            self.events.count("no room in a row")
        check_report(world, self.folder.ever)
        if self.quiet and alone and not self.meanwhile.acted:
            check_requests(world, asked, all_there=self.all_there and self._are_pages_known())
        return tally

    def _are_pages_known(self) -> bool:
        """Whether all there is to be looked at is known before anything is sent: neither rows nor subpages."""
        known = {"page", "other"}
        return all(known.issuperset(config.destinations) and not config.pages for config in self.configs)

    def _pause(self, at: str) -> None:
        waits = self.world.upload_waits
        dice = self.events.happens(f"{at}.hour", 0.2 if waits else 0.02)
        if dice:
            self.events.count("uploads expire" if waits else "an hour goes by")
        self.world.core.faults.load([])
        self.world.wait(3700 if dice else self.events.dice(f"{at}.pause").choice([0, 1, 20, 60]))
        if dice := self.events.happens(f"{at}.others", 0.05):
            self.people.add_block(dice)
            self.events.count("people: own block, between processes")

    # Its end

    def end(self) -> None:
        """The store is lost, is put back from a copy, or another machine comes with the same folder."""
        dice = self.events.happens("end", 0.5)
        plain = self.is_untouched and self.people.column == "Attachments"
        if dice is None or not plain or any(config.on_change == "keep" for config in self.configs):
            return
        kind = dice.choice(["store lost", "store from a copy", "second machine"])
        self.events.count(kind)
        self.ends = True
        ENDS[kind](self)

    def _lose_store(self) -> None:
        os.unlink(os.path.join(self.world.state, FILE_NAME))
        self._finds_all_there("end")

    def _put_back_store(self) -> None:
        self.older = True
        copy = os.path.join(self.world.state, "copy")
        shutil.copy(os.path.join(self.world.state, FILE_NAME), copy)
        if dice := self.events.happens("end.changes", 0.5):
            for _ in range(3):
                self.events.count(f"{self.folder.change(dice)}, after a copy of the store")
            self.world.wait(60)
            self.catch_up("end.before")
            self.model.push(self.configs, lambda _: not self.model.files)
            self.check()
        else:
            self._add_files("end.before")
        shutil.move(copy, os.path.join(self.world.state, FILE_NAME))
        self._finds_all_there("end")

    def _second_machine(self) -> None:
        mine, theirs = self.world.state, os.path.join(self.world.state, "second")
        os.mkdir(theirs)
        for round_ in ("end.1", "end.2"):
            self.world.state = theirs
            self._finds_all_there(f"{round_}.second")
            self.world.state = mine
            self._add_files(round_)

    def _add_files(self, name: str) -> None:
        """New files only: what was taken over may be another machine's, and a change goes beside it."""
        for number in range(2):
            path = f"{name} {number}.txt"
            self.folder.put(path, f"{name} {number}")
        self.world.wait(60)
        self.catch_up(name)
        self.model.push(self.configs, lambda _: False)
        self.check(of_record=False)

    def _finds_all_there(self, name: str) -> None:
        before = self.shown()
        self.world.wait(60)
        self.all_there = not self.older
        self.catch_up(name)
        self.all_there = False
        assert self.shown() == before, f"{self.shown() - before} more, {before - self.shown()} less"
        self.check(of_record=False)

    # What has to be there

    def check(self, *, of_record: bool = True) -> None:
        """Hold what is there against what has to be."""
        shown, expected = self.shown(), self.expected()
        assert shown == expected, f"too much: {shown - expected}, missing: {expected - shown}"
        check_foreign(self.world, self.people)
        assert self.world.open_writes == 0
        if of_record:
            check_record(self.world, self.model, self.people)
        if self.world.left_changes:  # the next process reads back what they have made
            self.passes += 1
            self.world.run()
        asked = self.world.requests
        self.passes += 1
        self.world.run()
        assert self.world.requests == asked, "a pass over what is done asks for something"

    def rules(self) -> tuple[Rule, ...]:
        """What the configuration says."""
        workspace = self.world.core.workspace
        return tuple(
            rule_of(config, str(number), workspace, self.other) for number, config in enumerate(self.configs)
        )

    def expected(self) -> Counter[Piece]:
        """What of ours has to be seen."""
        pieces = self.model.pieces().items()
        return Counter({(*piece[:3], digest(piece[3])): count for piece, count in pieces})

    def shown(self) -> Counter[Piece]:
        """What of ours is seen."""
        return Counter(thing.piece for thing in self.things())

    def things(self) -> list[Thing]:
        """The same, with where it is."""
        return list(self.eyes.things())


ENDS: Mapping[str, Callable[[Life], None]] = {
    "store lost": Life._lose_store,
    "store from a copy": Life._put_back_store,
    "second machine": Life._second_machine,
}

_UNDONE = (ActionName.FAILED, ActionName.DEFERRED)


def _is_all_done(tally: Tally | None) -> bool:
    return tally is not None and not any(tally.counts[action] for action in _UNDONE)


def live_whole(seed: int) -> int:
    """Live one; returns how many passes there were."""
    return live_with(Events(seed), seed).passes


def live_with(events: Events, seed: int, *, traced: bool = False) -> Life:
    """Live the life of a seed with these events."""
    return lived(Life, events, seed, traced=traced)
