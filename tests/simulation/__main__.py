"""Plays lives from seeds: `python -m tests.simulation [short|long [FIRST LAST]]`. Exits with 1 where one ends wrong."""

import sys
import time
from collections.abc import Callable

from tests.simulation.busy import live_busy
from tests.simulation.changes import live_long
from tests.simulation.skeleton import live


def main(play: Callable[[int], int], first: int, last: int) -> int:
    """Play the seeds from `first` up to `last`, name those that fail, and print the speed."""
    began, passes, failed = time.process_time(), 0, 0
    for seed in range(first, last):
        try:
            passes += play(seed)
        except Exception as error:
            failed += 1
            sys.stdout.write(f"seed {seed}: {type(error).__name__}: {str(error)[:2000]}\n")
    speed = passes / (time.process_time() - began)
    sys.stdout.write(
        f"{last - first} lives, {failed} of them ended wrong; {passes} passes, {speed:.0f} a second of CPU time\n"
    )
    return 1 if failed else 0


KINDS = {"short": live, "long": live_long, "busy": live_busy}

if __name__ == "__main__":
    given = sys.argv[1:4]
    kind, first, last = given + ["short", "0", "1000"][len(given) :]
    sys.exit(main(KINDS[kind], int(first), int(last)))
