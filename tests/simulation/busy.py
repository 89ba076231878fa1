"""A life in which the user goes on writing to the files while the program takes them."""

from collections import Counter
from functools import partial

from notion_sync.errors import NotNow
from notion_sync.model import ActionName
from tests.simulation.scenario import CONTENTS, Seen, draw_files, draw_wish, expected, rule, seen
from tests.simulation.world import World

_PROCESSES = 8
"""More than any life needs until everything is in place."""


def live_busy(seed: int) -> int:
    """Live one such life. Returns how many passes there were.

    Raises:
        AssertionError: What Notion holds once the files rest is not what they hold.
    """
    with World(seed) as world:
        files, wanted = draw_files(world.dice), draw_wish(world.dice)
        world.rules = [rule(world, wanted)]
        world.write(files)
        passes = _run_until_done(world, files)
        assert _unordered(seen(world, wanted)) == _unordered(expected(wanted, files))
        assert world.open_writes == 0
        asked = world.requests
        world.run()
        assert world.requests == asked, "a pass over what is done asks for something"
        return passes + 1


def _run_until_done(world: World, files: dict[str, bytes]) -> int:
    dice = world.dice
    for number in range(1, _PROCESSES + 1):
        if number <= 2:
            for _ in range(dice.randint(0, 3)):
                path, content = dice.choice(sorted(files)), dice.choice(CONTENTS)
                world.meanwhile.append((dice.random() * 6, partial(_write, world, files, path, content)))
        crash_at = dice.randint(2, 400) if number == 1 else None
        try:
            tally = world.run(crash_at)
        except NotNow:
            tally = None
        world.wait(60)
        done = tally is not None and not (
            tally.counts[ActionName.FAILED] or tally.counts[ActionName.DEFERRED]
        )
        if number > 2 and done:
            return number
    raise AssertionError(f"not done after {_PROCESSES} processes: {world.heard[-1].outcomes}")


def _write(world: World, files: dict[str, bytes], path: str, content: bytes) -> None:
    files[path] = content
    world.put(path, content)


def _unordered(held: Seen) -> tuple[object, ...]:
    """Without the order: what came when it was written anew does not stand in the order of names."""
    pages = {place: Counter(blocks) for place, blocks in held.pages.items()}
    bodies = {title: Counter(blocks) for title, blocks in held.bodies.items()}
    return pages, bodies, held.entries
