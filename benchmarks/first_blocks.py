"""How soon people see blocks come: many small files, and a large one that is the first of them by its name."""

import json
import os
import subprocess
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

from tests.e2e.world import Sandbox, program, running_sandbox

CONFIG = """\
version: 1
bandwidth_limit: {speed} MB/s
rules:
  - name: files
    folder: {folder}
    to:
      - page: {page}
"""


def run(home: Path, *, files: int, size: int, speed: int) -> str:
    """Push over a line of `speed` MB a second, and look at the page every quarter of a second."""
    folder = home / "folder"
    folder.mkdir()
    for number in range(files):
        _write(folder / f"b{number:05}.txt", b"%d" % number)
    if size:
        _write(folder / "a large one.mp4", os.urandom(size))
    with running_sandbox(home / "sandbox", "--latency", "real", "--discard") as sandbox:
        config = home / "config.yaml"
        config.write_text(CONFIG.format(speed=speed, folder=folder, page=sandbox.page_id))
        environ = sandbox.environment()
        command = [*program(config, home / "state"), "push", "--json"]
        said = home / "said.jsonl"
        begun = time.perf_counter()
        with said.open("w") as stdout, subprocess.Popen(command, env=environ, stdout=stdout) as process:
            seen = _looked_at(sandbox, process, begun)
        summary = json.loads(said.read_text().splitlines()[-1])
        appends = sum(_is_append(line) for line in sandbox.requests())
        names = [block["name"] for block in sandbox.blocks()]
    assert len(names) == files + bool(size)
    ordered = "as the files are" if names[bool(size) :] == sorted(names[bool(size) :]) else "another"
    steps = [at for at, _ in seen]
    gap = max((after - before for before, after in pairwise(steps)), default=0.0)
    within = max((count for at, count in seen if at <= 60), default=0)
    return (
        f"### {files} small files and one of {size // 10**6} MB, first by name, over {speed} MB a second\n\n"
        "| first block | blocks after a minute | longest time without one | all | requests | appends | order |\n"
        "|---|---|---|---|---|---|---|\n"
        f"| {steps[0]:.1f} s | {within} | {gap:.1f} s | {steps[-1]:.1f} s | {summary['requests']} | {appends} "
        f"| {ordered} |\n"
    )


def _looked_at(sandbox: Sandbox, process: "subprocess.Popen[str]", begun: float) -> list[tuple[float, int]]:
    """When there were more blocks, and how many, until the push has ended."""
    seen: list[tuple[float, int]] = []
    while True:
        ended = process.poll() is not None
        count = len(sandbox.blocks())
        if count > (seen[-1][1] if seen else 0):
            seen.append((time.perf_counter() - begun, count))
        if ended:
            return seen
        time.sleep(0.25)


def _is_append(line: dict[str, Any]) -> bool:
    return line["method"] == "PATCH" and str(line["path"]).endswith("/children")


def _write(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    os.utime(path, (1_600_000_000, 1_600_000_000))
