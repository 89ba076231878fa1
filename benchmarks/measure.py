"""Times whole commands in turn, so that what the machine does meanwhile hits all of them alike."""

import statistics
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Figures:
    """Medians over the runs, in seconds and bytes."""

    wall: float
    cpu: float
    peak: float
    """Resident memory at its most."""


def measure(
    commands: Mapping[str, Sequence[str]], *, runs: int, environ: Mapping[str, str] | None = None
) -> dict[str, Figures]:
    """Run each command `runs` times, interleaved, after one run that warms caches and does not count."""
    samples: dict[str, list[tuple[float, float, float]]] = {name: [] for name in commands}
    for round_ in range(runs + 1):
        for name, command in commands.items():
            sample = _once(command, environ)
            if round_:
                samples[name].append(sample)
    return {
        name: Figures(
            statistics.median(s[0] for s in taken),
            statistics.median(s[1] for s in taken),
            statistics.median(s[2] for s in taken),
        )
        for name, taken in samples.items()
    }


_LAUNCHER = """
import os, sys, time
begun = time.perf_counter()
quiet = [(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]
_, status, usage = os.wait4(os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ, file_actions=quiet), 0)
print(time.perf_counter() - begun, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024)
sys.exit(os.waitstatus_to_exitcode(status))
"""
"""Starts a command from a small process: the most memory that the system tells of one includes its parent's."""


def _once(command: Sequence[str], environ: Mapping[str, str] | None) -> tuple[float, float, float]:
    launched = [sys.executable, "-I", "-S", "-c", _LAUNCHER, *command]
    done = subprocess.run(launched, capture_output=True, env=environ, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{command} ended with {done.returncode}: {done.stderr.decode(errors='replace')}")
    wall, cpu, peak = map(float, done.stdout.split())
    return wall, cpu, peak


def table(title: str, figures: Mapping[str, Figures], *, peer: str, by: str = "wall") -> str:
    """A Markdown table with the ratio of each to the peer."""
    base = getattr(figures[peer], by)
    rows = [
        f"### {title}",
        "",
        f"| | wall s | CPU s | MiB | × {peer} ({by}) |",
        "|---|---|---|---|---|",
    ]
    for name, figure in figures.items():
        ratio = getattr(figure, by) / base
        rows.append(
            f"| {name} | {figure.wall:.2f} | {figure.cpu:.2f} | {figure.peak / 2**20:.0f} | {ratio:.2f} |"
        )
    return "\n".join(rows) + "\n"
