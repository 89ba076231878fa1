"""`make bench`: every measurement beside a peer in the same run, as Markdown, and as pictures."""

import argparse
import datetime as dt
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks import (  # noqa: E402
    curves,
    first_blocks,
    first_push,
    memory,
    pace,
    peers,
    startup,
    time_left,
    transfer,
    unchanged,
)

QUICK_SIZES = [10, 100]


class Bench:
    """The measurements.

    Args:
        quick: Small sizes, to see that it works.
        pictures: The folder for pictures; None for none.
    """

    def __init__(self, *, quick: bool, pictures: Path | None) -> None:
        self._quick = quick
        self._pictures = pictures

    def startup(self, _home: Path) -> str:
        """What any command costs."""
        return startup.run(runs=1 if self._quick else 9)

    def unchanged(self, home: Path) -> str:
        """A run that finds nothing to do."""
        sizes = [100, 300] if self._quick else [1_000, 10_000, 100_000, 1_000_000]
        scale = unchanged.scale(home, sizes=sizes, runs=1 if self._quick else 5)
        if self._pictures is not None:
            self._say(_draw().unchanged(scale, self._pictures))
        return unchanged.run(scale)

    def first_push(self, home: Path) -> str:
        """The cost of small files."""
        return first_push.run(home, files=20 if self._quick else 1_000, runs=1 if self._quick else 5)

    def memory(self, home: Path) -> str:
        """Whether it grows."""
        return memory.run(home, sizes=[50] if self._quick else [5_000, 20_000, 100_000])

    def transfer(self, home: Path) -> str:
        """The cost of bytes."""
        text = transfer.run(home, size=(64 if self._quick else 1024) * 2**20, runs=1 if self._quick else 5)
        if self._pictures is not None and not self._quick:
            rows = re.findall(r"^\| (\w.*?) \| [\d.]+ \| ([\d.]+) \|", text, re.MULTILINE)
            self._say(_draw().cpu({name: float(cpu) for name, cpu in rows}, self._pictures))
        return text

    def pace(self, home: Path) -> str:
        """The rate limit, in real time."""
        return pace.run(home, plans=[(60, 180)] if self._quick else [(240, 180), (800, 600)])

    def time_left(self, home: Path) -> str:
        """What the progress display promises, beside what it takes."""
        files, large = (100, 10) if self._quick else (300, 100)
        return time_left.run(home, files=files, large=large * 2**20, bandwidth="1 MB/s")

    def first_blocks(self, home: Path) -> str:
        """When files are seen on the page, with a large one among them."""
        files, size = (20, 30) if self._quick else (200, 120)
        return first_blocks.run(home, files=files, size=size * 10**6, speed=2)

    def curves(self, _home: Path) -> str:
        """The rate limits, in simulated time."""
        sizes = QUICK_SIZES if self._quick else [10, 30, 60, 100, 180, 300, 600, 1_000, 1_800, 3_000]
        lines = {name: curves.points(plan, sizes) for name, plan in curves.PLANS.items()}
        if self._pictures is not None:
            self._say(_draw().push_time(lines, self._pictures))
        return curves.run(lines)

    @staticmethod
    def _say(picture: Path) -> None:
        print(f"drawn: {picture}", file=sys.stderr)


def main() -> None:
    """Run what was asked for."""
    names = [
        "startup",
        "unchanged",
        "first_push",
        "memory",
        "transfer",
        "curves",
        "pace",
        "time_left",
        "first_blocks",
    ]
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small sizes, to see that it works")
    parser.add_argument(
        "--results", type=Path, metavar="FILE", help="write the tables there, too, and on what machine"
    )
    parser.add_argument("--pictures", type=Path, metavar="FOLDER", help="draw there what is to be drawn")
    parser.add_argument("only", nargs="*", choices=[*names, []], help="all without")
    chosen = parser.parse_args()
    bench = Bench(quick=chosen.quick, pictures=chosen.pictures)
    parts = [_machine()]
    for name in chosen.only or names:
        measured: Callable[[Path], str] = getattr(bench, name)
        with tempfile.TemporaryDirectory(prefix=f"bench-{name}-") as home:
            parts.append(measured(Path(home)))
        print(parts[-1], flush=True)
        if chosen.results is not None:  # after each: all of it takes an hour
            chosen.results.write_text("\n".join(parts), encoding="utf-8")


def _machine() -> str:
    """What was measured, where and when."""
    cpu = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
    facts = {
        "date": dt.datetime.now(dt.UTC).date().isoformat(),
        "machine": f"{os.cpu_count()} cores ({cpu[1] if cpu else platform.machine()}), {pages:.0f} GiB",
        "system": f"{platform.freedesktop_os_release()['PRETTY_NAME']}, Linux {platform.release().split('-')[0]}",
        "load before": f"{os.getloadavg()[0]:.1f}",
        "Python": platform.python_version(),
        "notion-sync": _said("git", "-C", str(ROOT), "describe", "--always", "--dirty"),
        **{
            Path(program).name: version
            for program in ("rsync", "rclone", "curl", "git", *map(str, peers.CLIENTS))
            if (version := _said(program, "--version"))
        },
    }
    lines = "\n".join(f"| {name} | {fact} |" for name, fact in facts.items())
    return (
        "# Measured\n\n"
        "By `make bench`, which runs everything in turn; the ratios are what to keep. Seconds are from start to end, "
        "CPU seconds and memory (at the most) those of the program alone; medians.\n\n"
        f"| | |\n|---|---|\n{lines}\n"
    )


def _said(*command: str) -> str:
    """The number in the first line that a program says of its version; empty where it is not there."""
    if shutil.which(command[0]) is None:
        return ""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    first = done.stdout.partition("\n")[0]
    version = re.search(r"\bv?(\d+\.[\w.-]+)", first)
    return version[1] if version else first


def _draw():  # type: ignore[no-untyped-def]  # its library is there for pictures alone
    from benchmarks import draw  # noqa: PLC0415

    return draw


if __name__ == "__main__":
    main()
