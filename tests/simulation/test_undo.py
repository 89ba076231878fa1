"""`undo` dies between any two steps, and meets every trouble at every request: all is gone in the end, once for all.

In between, a push must bring nothing again; and nothing of others changes.
"""

from collections import Counter
from dataclasses import dataclass
from typing import Any

import pytest

from notion_sync.errors import NotionSyncError
from notion_sync.model import ActionName
from notion_sync.report import Tally
from notion_sync.rules import RowTarget, Rule
from notion_sync.state import Store
from notion_sync.sync.undo.plan import undo_plan
from notion_sync.sync.undo.run import Undoing, recover
from notion_sync.template import parse
from tests.sandbox.caller import Caller
from tests.simulation.lives import LIVES, Piece, seen
from tests.simulation.ports import SimulatedThreads
from tests.simulation.sweep import TROUBLES
from tests.simulation.world import FOLDER, Heard, World

NAMES = ("blocks", "entries", "rows' pages", "subpages", "body")
"""Of the lives whose second push is taken back."""


def _trouble(name: str) -> object:
    """Two of them are enough each day."""
    return pytest.param(name, marks=() if name in ("lost after", "late 30 s") else pytest.mark.soak)


@dataclass
class UndoWorld(World):
    """A world in which the next process may be an `undo` of a run."""

    undoes: int | None = None

    async def _pass(self, store: Store, threads: SimulatedThreads) -> Tally:
        if self.undoes is None:
            with store.transaction():
                store.runs.begin("push", 1, self.time.moment)
            return await super()._pass(store, threads)
        self.heard.append(report := Heard())
        ports, tally = self.ports(store, threads), Tally()
        await recover(ports, report)
        plan = undo_plan(store, self.undoes)
        if plan.things or plan.pages:
            await Undoing(ports, self.rules, report, tally, plan).run()
        return tally


def lived(world: UndoWorld, name: str) -> tuple[Counter[Piece], int]:
    """A push, and the one that is to be taken back; what was seen between them, and the number of the second."""
    life = LIVES[name]
    life.prepare(world)
    before = seen(world)
    life.change(world)
    world.wait(60)
    assert world.run() is not None
    world.wait(60)
    assert seen(world) != before
    return before, 2 if life.files else 1


def undo(world: UndoWorld, run: int, crash_at: int | None = None) -> Tally | None:
    """One process of `undo`; None where it died, or could not go on."""
    world.undoes = run
    try:
        return world.run(crash_at)
    except NotionSyncError:
        return None
    finally:
        world.undoes = None


def push(world: UndoWorld) -> None:
    """A push that may have to leave something to the next."""
    try:
        tally = world.run()
    except NotionSyncError:
        return
    assert tally is not None
    assert not tally.counts[ActionName.ATTACHED] + tally.counts[ActionName.REPLACED], (
        "a push brings something again"
    )


def ends_well(world: UndoWorld, run: int, before: Counter[Piece]) -> None:
    """Pushes and other attempts at the same `undo`, until all is done; what is seen then is what was there before."""
    push(world)
    for _ in range(4):
        world.wait(100)
        tally = undo(world, run)
        world.wait(100)
        push(world)
        if tally is not None and not tally.counts[ActionName.DEFERRED] + tally.counts[ActionName.FAILED]:
            break
    world.wait(300)
    push(world)
    assert seen(world) == before
    asked = world.requests
    assert world.run() is not None
    assert world.requests == asked, "a pass over what is done asks for something"
    assert world.open_writes == 0


@pytest.mark.parametrize("name", NAMES)
def test_it_ends_with_what_was_there_before(name: str) -> None:
    with UndoWorld(1) as world:
        before, run = lived(world, name)
        tally = undo(world, run)
        assert tally is not None
        assert {name for name, count in tally.counts.items() if count} == {ActionName.REMOVED}
        assert seen(world) == before


def _steps(name: str) -> int:
    with UndoWorld(1) as world:
        _, run = lived(world, name)
        undo(world, run)
        return world.steps


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("deaths", [4, pytest.param(10_000, marks=pytest.mark.soak)])
def test_it_dies_between_two_steps(name: str, deaths: int) -> None:
    """Of all steps every so many-th, each with another seed, so that what had left is performed now and then."""
    steps = _steps(name)
    for number, crash_at in enumerate(range(2, steps + 1, max(1, steps // deaths))):
        with UndoWorld(number) as world:
            before, run = lived(world, name)
            undo(world, run, crash_at)
            ends_well(world, run, before)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("trouble", [_trouble(each) for each in TROUBLES])
def test_a_request_meets_trouble(name: str, trouble: str) -> None:
    with UndoWorld(1) as world:
        before, run = lived(world, name)
        asked = world.requests
        undo(world, run)
        requests = world.requests - asked
    for number in range(requests):
        with UndoWorld(1) as world:
            before, run = lived(world, name)
            fault: dict[str, Any] = {"nth": number + 1, **TROUBLES[trouble]}
            world.core.faults.load([fault])
            undo(world, run)
            ends_well(world, run, before)


def lived_with_an_equal(world: UndoWorld, older: str) -> Counter[Piece]:
    """Two pushes, each of a file of one content and name; what was seen between them."""
    target = RowTarget(world.core.workspace.database_id, "Attachments", parse("all"))
    world.rules = [Rule("r", FOLDER, (target,))]
    states = []
    for path in (older, "b/a.txt"):
        world.write({path: b"one"})
        world.wait(60)
        assert world.run() is not None
        world.wait(60)
        states.append(seen(world))
    return states[0]


@pytest.mark.parametrize("older", ["a/a.txt", "c/a.txt"])
def test_it_dies_where_an_earlier_run_has_made_an_equal_entry(older: str) -> None:
    """Whichever of the two is gone by then, it is the later run's file that gets none again."""
    with UndoWorld(1) as world:
        lived_with_an_equal(world, older)
        undo(world, 2)
        steps = world.steps
    for crash_at in range(2, steps + 1):
        with UndoWorld(crash_at) as world:
            before = lived_with_an_equal(world, older)
            undo(world, 2, crash_at)
            ends_well(world, 2, before)


@pytest.mark.parametrize("name", ["rows' pages", "subpages"])
def test_what_a_person_adds_to_a_page_before_it_can_be_trashed_stays(name: str) -> None:
    """The page was looked at, and its removal is refused for some seconds."""
    with UndoWorld(1) as world:
        _, run = lived(world, name)
        with Store(world.state, read_only=True) as store:
            innermost = max(undo_plan(store, run).pages, key=lambda made: made.location.count("/"))
        page = innermost.page_id
        block = {"type": "paragraph", "paragraph": {"rich_text": [{"text": {"content": "theirs"}}]}}

        def add() -> None:
            with world.by_hand():
                Caller(world.core).ok("PATCH", f"/v1/blocks/{page}/children", {"children": [block]})

        refused = {"status": 429, "headers": {"Retry-After": "20"}}
        path = f"^/v1/pages/{page}$"
        world.core.faults.load([{"method": "PATCH", "path": path, "nth": 1, "when": "before", "do": refused}])
        world.meanwhile.append((10.0, add))
        assert undo(world, run) is not None
        (shown,) = [each for each in world.notion()["pages"] if each["id"] == page]
        assert not shown["in_trash"]
