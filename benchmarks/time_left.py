"""The time left that a push shows, beside the truth: small files and a large one under Notion's limit."""

import os
import re
import sys
import time
from pathlib import Path

from tests.e2e.world import running_sandbox
from tests.support.terminal import Terminal

_LEFT = re.compile(r"about (?:(\d+) h)? ?(?:(\d+) min)? ?(?:(\d+) s)? ?left")


def run(home: Path, *, files: int, large: int, bandwidth: str) -> str:
    """Measure with the large file first and last."""
    rows = []
    for position, name in (("first", "00 film.mp4"), ("last", "zz film.mp4")):
        place = home / position
        place.mkdir()
        row = _push(place, files=files, film=name, large=large, bandwidth=bandwidth)
        rows.append(f"| {position} | {row} |\n")
    return (
        f"### The time left of {files} small files and one of {large >> 20} MiB on a line of {bandwidth}\n\n"
        "| the large file comes | seconds | exit code | times noted | worst factor in the first minute | afterwards |\n"
        f"|---|---|---|---|---|---|\n{''.join(rows)}"
    )


def _push(home: Path, *, files: int, film: str, large: int, bandwidth: str) -> str:
    """Push on a terminal, note what it says each second, and return the cells of a row.

    Args:
        home: An empty folder.
        files: Small files.
        film: The name of the large one.
        large: Its bytes.
        bandwidth: Of the line, as the configuration writes it.
    """
    folder = home / "folder"
    folder.mkdir()
    for number in range(files):
        (folder / f"{number:05}.txt").write_bytes(b"%d" % number)
    (folder / film).write_bytes(os.urandom(large))
    for path in folder.iterdir():
        os.utime(path, (1_600_000_000, 1_600_000_000))
    with running_sandbox(home / "sandbox", "--rate", "180/60", "--latency", "real", "--discard") as sandbox:
        config = home / "config.yaml"
        config.write_text(
            f"bandwidth_limit: {bandwidth}\nrules: [{{name: r, folder: {folder}, to: {{page: {sandbox.page_id}}}}}]\n"
        )
        environ = sandbox.environment()
        options = ["--state", str(home / "state"), "--config", str(config)]
        told: list[tuple[float, float]] = []
        began = time.monotonic()

        def note(seen: Terminal) -> bool:
            at = time.monotonic() - began
            left = next((seconds for line in seen.moving() if (seconds := _seconds(line)) is not None), None)
            if left is not None and (not told or at - told[-1][0] >= 1):
                told.append((at, left))
            return seen.process.poll() is not None

        with Terminal(
            [sys.executable, "-m", "notion_sync", *options, "push"], environ, columns=140
        ) as terminal:
            terminal.until(note, patience=3600)
            code = terminal.end()
        took = time.monotonic() - began
    # Below half a minute what is shown is as coarse as what is left.
    later = [(at, left, took - at) for at, left in told if at >= 60 and took - at >= 30]
    worst = max((max(left / truth, truth / left) for _, left, truth in later), default=float("nan"))
    early = [max(left / (took - at), (took - at) / left) for at, left in told if at < 60]
    return f"{took:.0f} | {code} | {len(told)} | {max(early, default=float('nan')):.2f} | {worst:.2f}"


def _seconds(line: str) -> float | None:
    found = _LEFT.search(line)
    if found is None:
        return None
    hours, minutes, seconds = (int(each or 0) for each in found.groups())
    return float(3600 * hours + 60 * minutes + seconds) or None
