"""The rate limit: a push of many small files beside the time the limit alone would take."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

from tests.e2e.world import running_sandbox


def run(home: Path, *, files: int, limit: int, seconds: float) -> str:
    """Push under a window of `limit` requests in `seconds`; every refused request is counted."""
    folder = home / "folder"
    folder.mkdir()
    for number in range(files):
        path = folder / f"{number:05}.txt"
        path.write_bytes(b"%d" % number)
        os.utime(path, (1_600_000_000, 1_600_000_000))
    with running_sandbox(home / "sandbox", "--rate", f"{limit}/{seconds:g}", "--latency", "real") as sandbox:
        environ = {**os.environ, "NOTION_TOKEN": sandbox.token, "NOTION_BASE_URL": sandbox.base_url}
        command = [
            sys.executable, "-m", "notion_sync", "--state", str(home / "state"), "push", str(folder),
            "--to", sandbox.page_id, "--json",
        ]  # fmt: skip
        begun = time.perf_counter()
        done = subprocess.run(command, env=environ, capture_output=True, text=True, check=True)
        took = time.perf_counter() - begun
        refused = sum(line["status"] == 429 for line in sandbox.requests())
    summary = json.loads(done.stdout.splitlines()[-1])
    # The first window may be spent at once, each further one only when the one before has passed.
    ideal = (summary["requests"] - 1) // limit * seconds
    return (
        f"### {files} small files under {limit} requests in {seconds:g} s\n\n"
        "| requests | refused (429) | seconds | the limit alone | × the limit alone |\n|---|---|---|---|---|\n"
        f"| {summary['requests']} | {refused} | {took:.1f} | {ideal:.1f} | {took / ideal:.2f} |\n"
    )
