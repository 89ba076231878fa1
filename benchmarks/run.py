"""`make bench`: every measurement beside a peer in the same run, printed as Markdown."""

import argparse
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks import first_blocks, first_push, pace, startup, transfer, unchanged  # found only now


def main() -> None:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small sizes, to see that it works")
    parser.add_argument(
        "only", nargs="*", help="startup, unchanged, first_push, transfer, pace, first_blocks; all without"
    )
    chosen = parser.parse_args()
    quick = chosen.quick
    measurements: dict[str, Callable[[Path], str]] = {
        "startup": lambda _: startup.run(runs=3 if quick else 9),
        "unchanged": lambda home: unchanged.run(
            home, files=5_000 if quick else 100_000, runs=2 if quick else 5
        ),
        "first_push": lambda home: first_push.run(
            home, files=100 if quick else 1_000, runs=1 if quick else 5
        ),
        "transfer": lambda home: transfer.run(
            home, size=(64 if quick else 1024) * 2**20, runs=1 if quick else 3
        ),
        "pace": lambda home: pace.run(home, files=100 if quick else 400, limit=180, seconds=60.0),
        "first_blocks": lambda home: first_blocks.run(
            home, files=20 if quick else 200, size=(30 if quick else 120) * 10**6, speed=2
        ),
    }
    for name, run in measurements.items():
        if not chosen.only or name in chosen.only:
            with tempfile.TemporaryDirectory(prefix=f"bench-{name}-") as home:
                print(run(Path(home)), flush=True)


if __name__ == "__main__":
    main()
