"""Plays lives from seeds, and says how each ends that does not end right. Exits with 1 where one does not.

python -m tests.simulation --seeds 0-1000                  what happened in them is counted by its kind
python -m tests.simulation --seeds 0-1000000 --keep FILE   goes on where it stood when it was stopped
python -m tests.simulation --new 1000 --cpu 60             seeds that nobody has played yet, within a minute
python -m tests.simulation --kind daemon            lives of the daemon; "edits" of people who edit what is changed
python -m tests.simulation --seed 7 --trace                one life, line by line
python -m tests.simulation --seed 7 --shrink               the same without what does not matter, where it ends wrong
"""

import argparse
import gc
import json
import os
import secrets
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from tests.simulation.busy import live_busy
from tests.simulation.changes import live_long
from tests.simulation.daemon import live_daemon
from tests.simulation.edits import live_edits
from tests.simulation.eventful import EventfulLife
from tests.simulation.events import Events
from tests.simulation.late import live_late
from tests.simulation.shrink import shrink
from tests.simulation.skeleton import live
from tests.simulation.whole import live_with

EVENTFUL: Mapping[str, Callable[..., EventfulLife]] = {
    "whole": live_with,
    "daemon": live_daemon,
    "edits": live_edits,
}
"""Lives of which each event can be told, counted and left out: of pushes (by default), of the daemon, and of people who
edit what a push changes."""

KINDS = {"short": live, "long": live_long, "busy": live_busy, "late": live_late}
"""Lives with fewer kinds of events."""

SAID_AFTER = 30.0
"""Seconds of CPU time between two lines about how far it is."""

_COLLECTED_AFTER = 10
"""Lives between two collections of what they have left: each is full of cycles, and none of it is needed later."""


@dataclass
class Sums:
    """How lives ended.

    Args:
        next: The first seed that was not played.
    """

    next: int
    lives: int = 0
    passes: int = 0
    cpu: float = 0.0
    days: float = 0.0
    wrong: dict[str, str] = field(default_factory=dict)
    """By seed, how it ended."""
    counts: dict[str, int] = field(default_factory=dict)
    """What happened, by its kind."""

    def add(self, seed: int, kind: str) -> None:
        """Play one more."""
        began = time.process_time()
        events = Events(seed)
        try:
            if kind in EVENTFUL:
                life = EVENTFUL[kind](events, seed)
                self.passes += life.passes
                self.days += life.world.time.elapsed / 86400
            else:
                self.passes += KINDS[kind](seed)
        except Exception as error:
            self.wrong[str(seed)] = f"{type(error).__name__}: {str(error)[:1000]}"
            say(f"seed {seed}: {self.wrong[str(seed)]}")
        self.counts = dict(Counter(self.counts) + events.counts)
        self.lives, self.next = self.lives + 1, seed + 1
        self.cpu += time.process_time() - began

    @property
    def line(self) -> str:
        """All of it in a line."""
        speed = self.passes / self.cpu if self.cpu else 0.0
        return (
            f"{self.lives} lives up to seed {self.next - 1}, {len(self.wrong)} of them ended wrong; "
            f"{self.passes} passes, {speed:.0f} a second of CPU time; {self.days:.1f} simulated days"
        )


def say(text: str) -> None:
    """To whoever waits."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def play(sums: Sums, seeds: Iterable[int], kind: str, keep: Path | None, cpu: float, *, first: bool) -> Sums:
    """Play seeds until they or the time are over.

    Args:
        sums: Of earlier ones.
        seeds: Which.
        kind: What kind of life.
        keep: A file that says where it stands, for the next time.
        cpu: Seconds of CPU time.
        first: Whether the first one that ends wrong is the last one.
    """
    until, said = sums.cpu + cpu, sums.cpu
    for seed in seeds:
        sums.add(seed, kind)
        if sums.lives % _COLLECTED_AFTER == 0:
            gc.collect()
        if sums.cpu - said > SAID_AFTER:
            said = sums.cpu
            say(sums.line)
            if keep is not None:
                _write(keep, sums)
        if sums.cpu >= until or (first and sums.wrong):
            break
    if keep is not None:
        _write(keep, sums)
    return sums


def _write(keep: Path, sums: Sums) -> None:
    new = keep.with_name(f"{keep.name}.new")
    new.write_text(json.dumps(asdict(sums), indent=1), encoding="utf-8")
    os.replace(new, keep)


def told(counts: Mapping[str, int]) -> str:
    """What happened, by its kind."""
    return "\n".join(f"{count:10}  {kind}" for kind, count in sorted(counts.items()))


def one(kind: str, seed: int, without: frozenset[str], *, traced: bool, shorter: bool) -> int:
    """Play one life, and tell about it."""
    play = EVENTFUL[kind]
    if shorter:
        without |= shrink(lambda events: play(events, seed), seed)
    events = Events(seed, without)
    try:
        play(events, seed, traced=traced)
        ended = ""
    except Exception as error:
        ended = f"{type(error).__name__}: {error}"
    say(
        f"seed {seed} {'ended wrong: ' + ended if ended else 'ended right'}\nevents: {' '.join(events.names)}"
    )
    if ended and without:
        left_out = ",".join(sorted(without))
        say(f"again: python -m tests.simulation --kind {kind} --seed {seed} --trace --without {left_out}")
    return 1 if ended else 0


def main() -> int:
    """Do it."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.simulation",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--seed", type=int, help="this one")
    parser.add_argument("--trace", action="store_true", help="tell what happens in it")
    parser.add_argument("--shrink", action="store_true", help="leave out what does not matter")
    parser.add_argument("--without", default="", help="events to leave out, with commas between")
    parser.add_argument("--seeds", default="0-1000", help="first and last but one (default: 0-1000)")
    parser.add_argument("--keep", type=Path, help="file that says where it stands; read where it is there")
    parser.add_argument("--new", type=int, help="so many of which the first is drawn")
    parser.add_argument("--cpu", type=float, default=float("inf"), help="seconds of CPU time at most")
    parser.add_argument("--first", action="store_true", help="end with the first one that ends wrong")
    parser.add_argument(
        "--kind", choices=(*EVENTFUL, *KINDS), default="whole", help="of life (default: whole)"
    )
    given = parser.parse_args()
    if given.seed is not None:
        without = frozenset(filter(None, given.without.split(",")))
        return one(given.kind, given.seed, without, traced=given.trace, shorter=given.shrink)
    first, last = (int(each) for each in given.seeds.split("-"))
    if given.new is not None:
        first = secrets.randbelow(10**9) * 1000
        last = first + given.new
    sums = Sums(first)
    if given.keep is not None and given.keep.exists():
        sums = Sums(**json.loads(given.keep.read_text(encoding="utf-8")))
    gc.freeze()
    gc.disable()  # `play` collects
    play(sums, range(sums.next, last), given.kind, given.keep, given.cpu, first=given.first)
    say(told(sums.counts))
    say(sums.line)
    return 1 if sums.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
