"""One life of a small tree: a pass that meets trouble, others until all is done, and one that finds nothing to do."""

from collections.abc import Iterator

from notion_sync.errors import NotNow
from notion_sync.model import ActionName
from tests.simulation.scenario import draw_files, draw_wish, expected, in_any_order, rule, seen
from tests.simulation.world import World

_PROCESSES = 8
"""More than any life needs until everything is in place."""

_LOST = (
    {"when": "before", "do": {"cut": True}},
    {"when": "after", "do": {"cut": True}},
    {"do": {"late": 5.0}},
    {"do": {"late": 45.0}},
    {"do": {"late": 70.0}},
)
"""How an answer is lost: the request was not performed, was performed, or is performed a while later."""


def live(seed: int) -> int:
    """Live one life; see `play`."""
    with World(seed) as world:
        return play(world)


def play(world: World) -> int:
    """Play a world's life, and hold its end against what the user wants.

    Returns:
        How many passes there were.

    Raises:
        AssertionError: It did not end right.
    """
    files, wanted = draw_files(world.dice), draw_wish(world.dice)
    world.rules = [rule(world, wanted)]
    world.write(files)
    passes, late = 0, set[str]()
    for _ in until_done(world):
        passes += 1
        late |= world.open_appends()
    world.wait(60)
    # What an earlier process may have put there is waited for, and the others of its target pass.
    unordered = {"pages"} if any("#" not in target for target in late) else set[str]()
    unordered |= {"bodies"} if any("#" in target for target in late) else set()
    assert in_any_order(seen(world, wanted), unordered) == in_any_order(expected(wanted, files), unordered)
    assert world.open_writes == 0
    asked = world.requests
    world.run()
    assert world.requests == asked, "a pass over what is done asks for something"
    return passes + 1


def until_done(world: World) -> Iterator[None]:
    """Passes until one comes to its end and leaves nothing to do; the first one meets trouble."""
    world.core.faults.load([{"nth": world.dice.randint(1, 25), **world.dice.choice(_LOST)}])
    crash_at: int | None = world.dice.randint(2, 400)
    for _ in range(_PROCESSES):
        yield
        try:
            tally = world.run(crash_at)
        except NotNow:
            tally = None
        crash_at = None
        if tally is not None and not (tally.counts[ActionName.FAILED] or tally.counts[ActionName.DEFERRED]):
            return
    raise AssertionError(f"not done after {_PROCESSES} processes: {world.heard[-1]}")
