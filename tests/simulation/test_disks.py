"""Disks that come and go below a rule's folder: what is missing with its disk was not deleted."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

import pytest

from notion_sync.model import ActionName
from notion_sync.rules import OnChange, OnDelete, PageTarget, Rule
from notion_sync.selection.patterns import Patterns
from notion_sync.state import Store
from notion_sync.sync.removal.confirm import confirm
from tests.simulation.world import FOLDER, World

READER = f"{FOLDER}/reader"
OWN = frozenset(f"own{number:02}.md" for number in range(20))
BLUE = frozenset(("b1.md", "b2.md"))
RED = frozenset(("r1.md", "r2.md"))

CHANGES = (ActionName.ATTACHED, ActionName.REPLACED, ActionName.RENAMED, ActionName.REMOVED)

UNMOUNTED = f"below {READER}, and its disk is not mounted"
ANOTHER = f"below {READER}, and another disk is there than before"


@dataclass
class Machine:
    """A folder with twenty files of its own, and a card reader in it."""

    world: World
    reason: str = field(default="", init=False)
    """Why the latest push removed nothing."""

    def __post_init__(self) -> None:
        page = PageTarget(self.world.core.workspace.page_id)
        self.world.rules = (Rule("r", FOLDER, (page,), on_delete=OnDelete.REMOVE, follow_symlinks=True),)
        self.world.write({name: name.encode() for name in OWN})
        cards = {f"/{name[0]}/{name}": name.encode() for name in BLUE | RED}
        self.world.disk.make({**cards, READER: None})

    def do(self, step: str) -> None:  # noqa: PLR0912 - a table
        """One step of a scenario."""
        what, _, more = step.partition(" ")
        match what, more.split():
            case "push", []:
                self.push()
            case "mount", [card]:
                self.mount(card, card, READER)
            case "mount", [card, "as", name]:
                self.mount(card, name, READER)
            case "mount", [card, "at", place]:
                self.mount(card, card, f"{FOLDER}/{place}")
            case "unmount", [card]:
                self.world.disk.rename(next(iter(self.world.disk.mounted)), f"/{card}")
                self.world.disk.mounted.clear()
                self.world.disk.rename("/below", READER)
            case "name", [name]:
                self.world.disk.mounted[FOLDER] = name
            case "close", [path]:
                self.world.disk.close(f"{FOLDER}/{path}")
            case "delete", [*paths]:
                for path in paths:
                    self.world.disk.remove(f"{FOLDER}/{path}")
            case "resume", [*paths]:
                self.resume([f"{FOLDER}/{path}".rstrip("/.") for path in paths])
            case "link", [path, target]:
                self.world.disk.make({f"{FOLDER}/{path}": target})
            case "write", [path, content]:
                self.world.write({path: content.encode()})
            case _:
                raise AssertionError(step)

    def mount(self, card: str, name: str, at: str) -> None:
        """Something that is mounted hides the folder it is mounted on."""
        if at == READER:
            self.world.disk.rename(READER, "/below")
        self.world.disk.rename(f"/{card}", at)
        self.world.disk.mounted[at] = name

    def resume(self, paths: Sequence[str]) -> None:
        """A person confirms what is there now."""
        with Store(self.world.state) as store:
            confirm(store, self.world.rules, paths, now=0.0, disk=self.world.disk)

    def push(self) -> None:
        """One pass; there is nothing left for a second one."""
        for _ in range(2):
            self.world.wait(60)
            assert self.world.run() is not None
        outcomes = self.world.heard[-1].outcomes
        assert not [o for o in outcomes if o.action in CHANGES]
        self.reason = " ".join(o.reason for o in outcomes if o.action is ActionName.FAILED)

    @property
    def names(self) -> list[str]:
        """What Notion holds."""
        wanted = self.world.core.workspace.page_id
        (page,) = [page for page in self.world.notion()["pages"] if page["id"] == wanted]
        return sorted(b["name"] for b in page["children"] if b["sha256"] and not b["in_trash"])


@pytest.fixture
def machine() -> Iterator[Machine]:
    with World(1) as world:
        yield Machine(world)


HELD: Sequence[tuple[str, Sequence[str], frozenset[str], str]] = [
    ("unmounted", ["unmount b", "push"], BLUE, UNMOUNTED),
    ("its mount point went, too", ["unmount b", "delete reader", "push"], BLUE, UNMOUNTED),
    ("another one in its place", ["unmount b", "mount r", "push"], BLUE | RED, ANOTHER),
    (
        "one after the other",
        ["unmount b", "mount r", "push", "unmount r", "mount b", "push"],
        BLUE | RED, ANOTHER,
    ),
    ("it is back", ["unmount b", "push", "mount b", "push"], BLUE, ""),
    ("a file of its own is deleted", ["delete reader/b1.md", "push"], BLUE - {"b1.md"}, ""),
    (
        "deleted elsewhere",
        ["unmount b", "push", "mount b", "delete reader/b1.md", "push"],
        BLUE - {"b1.md"}, "",
    ),
    (
        "known by another name, with all its files, and so believed from then on",
        ["unmount b", "mount b as b2", "push", "delete reader/b1.md", "push"],
        BLUE - {"b1.md"}, "",
    ),
    (
        "known by another name, and a file is missing",
        ["unmount b", "mount b as b2", "delete reader/b1.md", "push"],
        BLUE, ANOTHER,
    ),
    (
        "until the file is there again",
        ["unmount b", "mount b as b2", "delete reader/b1.md", "push", "write reader/b1.md b1.md", "push",
         "delete reader/b1.md", "push"],
        BLUE - {"b1.md"}, "",
    ),
    ("mounted in another place", ["unmount b", "mount b at elsewhere", "push"], BLUE, ""),
    (
        "files where it was",
        ["unmount b", "write reader/plain.md plain", "push", "mount b", "push"],
        BLUE | {"plain.md"}, ANOTHER,
    ),
    (
        "what is deleted beside it",
        ["unmount b", "delete own00.md", "push"],
        BLUE - {"own00.md"}, UNMOUNTED,
    ),
    (
        "an equal file takes nothing of it",
        ["unmount b", "write copy.md b1.md", "push"],
        BLUE | {"copy.md"}, UNMOUNTED,
    ),
    (
        "a folder that cannot be read hides what is in it",
        ["close reader", "write copy.md b1.md", "push"],
        BLUE | {"copy.md"}, "the folder cannot be read",
    ),
    ("the root's own", ["name other", "delete own00.md", "push"], BLUE | {"own00.md"}, f"below {FOLDER}, and another"),
    ("the root's own, with all its files", ["name other", "push", "delete own00.md", "push"], BLUE, ""),
]  # fmt: skip


@pytest.mark.parametrize(("steps", "names", "reason"), [h[1:] for h in HELD], ids=[h[0] for h in HELD])
def test_a_card(machine: Machine, steps: Sequence[str], names: frozenset[str], reason: str) -> None:
    """A card with two files was there at the first push."""
    for step in ("mount b", "push", *steps):
        machine.do(step)
    own = OWN - ({"own00.md"} if "delete own00.md" in steps else frozenset())
    assert machine.names == sorted(own | names)
    assert reason in machine.reason
    assert bool(machine.reason) is bool(reason)


SEVEN = [f"own{number:02}.md" for number in range(7)]
"""More of twenty-two than the quarter that max_delete allows."""

CONFIRMED: Sequence[tuple[str, Sequence[str], frozenset[str], str]] = [
    ("given up", ["unmount b", "push", "resume reader", "push"], OWN, ""),
    ("given up with all that is below the folder", ["unmount b", "push", "resume .", "push"], OWN, ""),
    ("given up before it was missed", ["unmount b", "resume reader", "push"], OWN, ""),
    ("another one is the right one", ["unmount b", "mount r", "push", "resume reader", "push"], OWN | RED, ""),
    (
        "the other one is right until a third comes",
        ["unmount b", "mount r", "push", "resume reader", "push", "unmount r", "push"],
        OWN | RED, UNMOUNTED,
    ),
    ("what is elsewhere stays held", ["unmount b", "resume own00.md", "push"], OWN | BLUE, UNMOUNTED),
    ("another disk than was confirmed", ["unmount b", "resume reader", "mount r", "push"], OWN | BLUE | RED, ANOTHER),
    (
        "deleted on purpose",
        [f"delete {' '.join(SEVEN)}", "push", "resume .", "push"],
        (OWN | BLUE) - {*SEVEN}, "",
    ),
    (
        "each of them named",
        [f"delete {' '.join(SEVEN)}", f"resume {' '.join(SEVEN)}", "push"],
        (OWN | BLUE) - {*SEVEN}, "",
    ),
    (
        "one of them named",
        [f"delete {' '.join(SEVEN)}", f"resume {SEVEN[0]}", "push"],
        OWN | BLUE, "more than max_delete allows",
    ),
    (
        "some more than were confirmed",
        [f"delete {' '.join(SEVEN)}", "resume .", "delete own07.md", "push"],
        (OWN | BLUE) - {*SEVEN, "own07.md"}, "",
    ),
    (
        "all of them, one after the other",
        [f"delete {' '.join(SEVEN)}", *(f"resume {name}" for name in SEVEN), "push"],
        (OWN | BLUE) - {*SEVEN}, "",
    ),
    (
        "many more than were confirmed",
        [f"delete {' '.join(SEVEN)}", "resume .", f"delete {' '.join(sorted(OWN)[7:14])}", "push"],
        OWN | BLUE, "more than max_delete allows",
    ),
    (
        "what was confirmed is done, and holds for nothing else",
        [f"delete {' '.join(SEVEN)}", "resume .", "push", f"delete {' '.join(sorted(OWN)[7:14])}", "push"],
        (OWN | BLUE) - {*SEVEN}, "more than max_delete allows",
    ),
    (
        "what was confirmed came back, and holds for nothing else",
        [f"delete {' '.join(SEVEN)}", "resume .", *(f"write {name} {name}" for name in SEVEN), "push",
         f"delete {' '.join(SEVEN)}", "push"],
        OWN | BLUE, "more than max_delete allows",
    ),
    (
        "an emptied folder",
        [f"delete {' '.join(sorted(OWN))}", "unmount b", "delete reader", "push", "resume .", "push"],
        frozenset(), "",
    ),
    ("nothing is missing", ["resume .", "push"], OWN | BLUE, ""),
]  # fmt: skip


@pytest.mark.parametrize(
    ("steps", "names", "reason"), [c[1:] for c in CONFIRMED], ids=[c[0] for c in CONFIRMED]
)
def test_what_a_person_confirms(
    machine: Machine, steps: Sequence[str], names: frozenset[str], reason: str
) -> None:
    """A card with two files was there at the first push, beside twenty files of the folder's own."""
    for step in ("mount b", "push", *steps):
        machine.do(step)
    assert machine.names == sorted(names)
    assert reason in machine.reason
    assert bool(machine.reason) is bool(reason)


def test_a_card_that_is_put_in_while_a_pass_runs(machine: Machine) -> None:
    """Its files are taken in by that pass; the next one knows where they lay, though the card is out again."""
    machine.world.meanwhile = [(0.0, lambda: machine.do("mount b"))]
    machine.world.wait(60)
    machine.world.run()
    assert machine.names == sorted(OWN | BLUE)
    for step in ("unmount b", "push"):
        machine.do(step)
    assert machine.names == sorted(OWN | BLUE)
    assert UNMOUNTED in machine.reason


@pytest.mark.parametrize(
    "steps", [["unmount b"], ["unmount b", "mount r"], ["unmount b", "delete reader"]], ids=str
)
def test_a_card_that_is_pulled_out_while_a_pass_runs(machine: Machine, steps: Sequence[str]) -> None:
    """That pass has seen all its files and misses none; the next one knows all the same where they lay."""
    for step in ("mount b", "push", "push", "write own00.md new"):  # its folder needs no look any more
        machine.do(step)
    machine.world.meanwhile = [(0.2, partial(machine.do, step)) for step in steps]
    machine.world.wait(60)
    machine.world.run()
    machine.do("push")
    assert set(machine.names) >= OWN | BLUE
    assert f"2 files are missing below {READER}" in machine.reason


def test_earlier_versions_on_a_card_that_is_pulled_out_while_a_pass_runs(machine: Machine) -> None:
    """Nothing else is missing when it is asked what is to be removed: the card was there when its folder was walked."""
    (rule,) = machine.world.rules
    machine.world.rules = (replace(rule, on_change=OnChange.APPEND),)
    for step in ("mount b", "push", "write reader/b1.md new", "push", "write own00.md new"):
        machine.do(step)
    before = machine.names
    assert before.count("b1.md") == 2
    machine.world.meanwhile = [(0.2, partial(machine.do, "unmount b"))]
    machine.world.wait(60)
    machine.world.run()
    assert machine.names == sorted([*before, "own00.md"])


def test_a_folder_that_becomes_a_mount_point(machine: Machine) -> None:
    """What it held is hidden, not gone; when it shows again, what is deleted there is."""
    for step in ("write reader/plain.md plain", "push", "mount b", "push"):
        machine.do(step)
    assert machine.names == sorted(OWN | BLUE | {"plain.md"})
    assert ANOTHER in machine.reason
    for step in ("unmount b", "push"):
        machine.do(step)
    assert machine.names == sorted(OWN | BLUE | {"plain.md"})
    assert ANOTHER not in machine.reason


def test_a_link_that_broke(machine: Machine) -> None:
    """What it led to may come back; what is gone with the link itself is gone."""
    for step in ("write real/x.md x", "link link real", "push"):
        machine.do(step)
    machine.world.disk.rename(f"{FOLDER}/real", "/away")

    machine.do("push")

    assert machine.names.count("x.md") == 1
    assert f"1 file is missing below {FOLDER}/link, and it is a link that leads nowhere" in machine.reason
    machine.do("delete link")
    machine.do("push")
    assert (machine.names.count("x.md"), machine.reason) == (0, "")


def test_what_links_lead_to_on_a_card(machine: Machine) -> None:
    """Its disk is where it really lies."""
    for step in ("mount b", "link link reader", "push", "unmount b", "push"):
        machine.do(step)
    assert machine.names == sorted([*OWN, *BLUE, *BLUE])
    assert f"4 files are missing {UNMOUNTED}" in machine.reason


LEFT_OUT: Sequence[tuple[str, Callable[[Rule], Sequence[Rule]]]] = [
    ("not matched", lambda rule: [replace(rule, match=Patterns(("own*",)))]),
    ("ignored", lambda rule: [replace(rule, ignore=Patterns(("reader/",)))]),
    ("too large", lambda rule: [replace(rule, max_size=2, match=Patterns(("b?.md",)))]),
    (
        "another rule's",
        lambda rule: [replace(rule, name="first", folder=READER, on_delete=OnDelete.KEEP), rule],
    ),
]


@pytest.mark.parametrize("change", [each[1] for each in LEFT_OUT], ids=[each[0] for each in LEFT_OUT])
def test_what_no_rule_takes_any_more_stays(
    machine: Machine, change: Callable[[Rule], Sequence[Rule]]
) -> None:
    """It is on disk, and was not deleted."""
    for step in ("write reader/b1.md left", "write reader/b2.md out", "push"):
        machine.do(step)
    before = machine.names
    machine.world.rules = change(machine.world.rules[0])
    machine.do("push")
    assert (machine.names, machine.reason) == (before, "")
