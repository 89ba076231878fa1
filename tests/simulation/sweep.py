"""Every request of every kind of push goes wrong in every way, one at a time: `python -m tests.simulation.sweep`.

What Notion shows in the end has to be what it shows after the same life without trouble: nothing lost, nothing twice,
nothing of others touched; and then there is nothing left to do.
"""

import hashlib
import sys
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from notion_sync.errors import NotionSyncError
from notion_sync.model import ActionName
from tests.simulation.lives import LIVES, THEIRS, Life, Piece, seen
from tests.simulation.world import World

_PROXY = {"body": "<html>nothing here</html>", "headers": {"Content-Type": "text/html"}}
_USER = {
    "body": '{"object": "user", "id": "11111111-1111-4111-8111-111111111111"}',
    "headers": {"Content-Type": "application/json"},
}
TROUBLES: Mapping[str, dict[str, Any]] = {
    "lost before": {"when": "before", "do": {"cut": True}},
    "lost after": {"when": "after", "do": {"cut": True}},
    "late 5 s": {"do": {"late": 5.0}},
    "late 12 s": {"do": {"late": 12.0}},
    "late 30 s": {"do": {"late": 30.0}},
    "late 70 s": {"do": {"late": 70.0}},
    "5xx before": {"when": "before", "do": {"status": 503}},
    "5xx after": {"when": "after", "do": {"status": 504}},
    "404 of another before": {"when": "before", "do": {"status": 404, **_PROXY}},
    "404 of another after": {"when": "after", "do": {"status": 404, **_PROXY}},
    "another's answer before": {"when": "before", "do": {"foreign": True}},
    "another's answer after": {"when": "after", "do": {"foreign": True}},
    "another kind of thing": {"when": "before", "do": {"status": 200, **_USER}},
    "saved, says a 503": {"do": {"committed": True}},
}

_PROCESSES = 8
"""More than any life needs until everything is in place."""

_THEIR_CONTENT = hashlib.sha256(THEIRS.encode()).hexdigest()


@dataclass(frozen=True)
class Ending:
    """How one life ended, by what is seen in Notion and by what the program says of it.

    Args:
        lost: Pieces that are missing although the program says that all is done.
        twice: Pieces too many.
        foreign: Things of others that changed, and what is there that nobody wanted there.
        undone: What the program says of what it cannot finish, or why it does not rest.
    """

    lost: int = 0
    twice: int = 0
    foreign: int = 0
    undone: str = ""

    @property
    def right(self) -> bool:
        """Whether all is as it has to be."""
        return self == Ending()


@dataclass(frozen=True)
class Reference:
    """A life without trouble: the requests of the push that is swept, and what is seen in the end."""

    requests: tuple[str, ...]
    pieces: Counter[Piece]


@cache
def reference(name: str) -> Reference:
    """A life as it has to be."""
    life = LIVES[name]
    with World(0) as world:
        life.prepare(world)
        life.change(world)
        world.wait(60)
        asked = world.requests
        assert world.run() is not None
        requests = tuple(f"{line['method']} {line['path']}" for line in world.core.journal.entries()[asked:])
        if life.then is not None:
            life.then(world)
        world.wait(60)
        assert world.run() is not None
        assert world.open_writes == 0
        return Reference(requests, seen(world))


def play(name: str, number: int, trouble: str) -> Ending:
    """One life, in which the request of this number (from 1) meets this trouble."""
    life = LIVES[name]
    with World(0) as world:
        life.prepare(world)
        life.change(world)
        world.wait(60)
        world.core.faults.load([{"nth": number, **TROUBLES[trouble]}])
        undone = _run_until_done(world, life)
        world.wait(300)
        ending = _compare(reference(name).pieces, seen(world))
        return (
            replace(ending, lost=0, undone=undone) if undone else replace(ending, undone=_what_is_left(world))
        )


def _run_until_done(world: World, life: Life) -> str:
    reason = ""
    for number in range(_PROCESSES):
        try:
            tally, reason = world.run(), ""
        except NotionSyncError as error:
            tally, reason = None, str(error)
        if number == 0 and life.then is not None:
            life.then(world)
        elif tally is not None and not tally.counts[ActionName.FAILED] + tally.counts[ActionName.DEFERRED]:
            return ""
        world.wait(60)
    failed = [f"{each.path}: {each.reason}" for each in world.heard[-1].outcomes if each.reason]
    return f"not done after {_PROCESSES} processes: {reason or failed}"


def _what_is_left(world: World) -> str:
    asked = world.requests
    world.run()
    if world.requests != asked:
        return "a pass over what is done asks for something"
    return "a write has no known end" if world.open_writes else ""


def _compare(wanted: Counter[Piece], there: Counter[Piece]) -> Ending:
    missing, more = wanted - there, there - wanted
    theirs = [piece for piece in (*missing.elements(), *more.elements()) if _THEIR_CONTENT in piece]
    strange = [piece for piece in more.elements() if piece not in wanted]
    return Ending(
        lost=sum(count for piece, count in missing.items() if _THEIR_CONTENT not in piece),
        twice=sum(count for piece, count in more.items() if piece in wanted),
        foreign=len({*theirs, *strange}),
    )


def cases(name: str) -> list[tuple[int, str]]:
    """Every request of a life, by its number, with each of the troubles."""
    return [(number + 1, trouble) for number in range(len(reference(name).requests)) for trouble in TROUBLES]


def told(name: str, number: int, trouble: str, ending: Ending) -> str:
    """A line about a life that ended wrong."""
    return f"{name}, request {number} ({reference(name).requests[number - 1]}), {trouble}: {ending}"


def main(names: tuple[str, ...]) -> int:
    """Sweep, name what ends wrong, and count: 1 where something does."""
    began = time.process_time()
    counts = {trouble: Counter[str]() for trouble in (*TROUBLES, "all")}
    for name in names:
        for number, trouble in cases(name):
            ending = play(name, number, trouble)
            for key in (trouble, "all"):
                counts[key].update(
                    runs=1, lost=ending.lost, twice=ending.twice, foreign=ending.foreign,
                    undone=bool(ending.undone), wrong=not ending.right,
                )  # fmt: skip
            if not ending.right:
                sys.stdout.write(told(name, number, trouble, ending) + "\n")
    for key, each in counts.items():
        sys.stdout.write(f"{key:24}" + "".join(f"{what} {count:5}  " for what, count in each.items()) + "\n")
    sys.stdout.write(f"{time.process_time() - began:.0f} s of CPU time\n")
    return 1 if counts["all"]["wrong"] else 0


if __name__ == "__main__":
    sys.exit(main(tuple(sys.argv[1:]) or tuple(LIVES)))
