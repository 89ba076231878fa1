"""Times whole commands in turn, so that what the machine does meanwhile hits all of them alike."""

import os
import statistics
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Figures:
    """Medians over the runs, in seconds and bytes."""

    wall: float
    cpu: float
    peak: float
    """Resident memory at its most; never less than what the benchmark itself has when it starts the command."""


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


def _once(command: Sequence[str], environ: Mapping[str, str] | None) -> tuple[float, float, float]:
    begun = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=environ)
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - begun
    assert process.stderr is not None
    said = process.stderr.read().decode(errors="replace")
    process.stderr.close()
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise RuntimeError(f"{command} ended with {process.returncode}: {said}")
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024.0


def table(title: str, figures: Mapping[str, Figures], *, peer: str, by: str = "wall") -> str:
    """A Markdown table with the ratio of each to the peer."""
    base = getattr(figures[peer], by)
    rows = [
        f"### {title}",
        "",
        f"| | wall s | CPU s | × {peer} ({by}) |",
        "|---|---|---|---|",
    ]
    for name, figure in figures.items():
        ratio = getattr(figure, by) / base
        rows.append(f"| {name} | {figure.wall:.2f} | {figure.cpu:.2f} | {ratio:.2f} |")
    return "\n".join(rows) + "\n"
