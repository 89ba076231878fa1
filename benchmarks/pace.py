"""The rate limit: pushes of many small files beside the time the limit alone would take, on both plans.

The first push of each plan knows nothing of the limit, the second what the first has learned.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from tests.e2e.world import Sandbox, running_sandbox

WINDOW = 60.0
"""Seconds, Notion's own: what is learned of a limit is learned in such windows."""


def run(home: Path, *, plans: Sequence[tuple[int, int]]) -> str:
    """Push with Notion's answer times.

    Args:
        home: An empty folder.
        plans: Files of each push, and requests that Notion takes in a window.
    """
    lines = [
        "### Small files, with Notion's answer times\n",
        "| files | requests a minute | requests | refused (429) | seconds | the limit alone | beyond it |",
        "|---|---|---|---|---|---|---|",
    ]
    for files, limit in plans:
        place = home / f"{limit}"
        place.mkdir()
        with running_sandbox(
            place / "sandbox", "--rate", f"{limit}/{WINDOW:g}", "--latency", "real"
        ) as sandbox:
            lines.append(_push(place, sandbox, files=files, limit=limit, known="unknown"))
            time.sleep(WINDOW + 1)  # a window of its own for the next
            lines.append(_push(place, sandbox, files=files, limit=limit, known="known"))
    return "\n".join(lines) + "\n"


def _push(place: Path, sandbox: Sandbox, *, files: int, limit: int, known: str) -> str:
    folder = place / known
    folder.mkdir()
    for number in range(files):
        path = folder / f"{number:05}.txt"
        path.write_bytes(b"%s %d" % (known.encode(), number))
        os.utime(path, (1_600_000_000, 1_600_000_000))
    environ = sandbox.environment()
    command = [
        sys.executable, "-m", "notion_sync", "--state", str(place / "state"), "push", str(folder),
        "--to", sandbox.page_id, "--json",
    ]  # fmt: skip
    before, begun = len(sandbox.requests()), time.perf_counter()
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=True)
    took = time.perf_counter() - begun
    requests = json.loads(done.stdout.splitlines()[-1])["requests"]
    refused = sum(line["status"] == 429 for line in sandbox.requests()[before:])
    # The first window may be spent at once, each further one only when the one before has passed.
    ideal = (requests - refused - 1) // limit * WINDOW
    return f"| {files} | {limit}, {known} | {requests} | {refused} | {took:.1f} | {ideal:.1f} | {took - ideal:.1f} s |"
