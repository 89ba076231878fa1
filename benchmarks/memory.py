"""Memory: a first push and a dry run of so many files, in folders of a hundred and all in one."""

import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.measure import measure
from tests.e2e.world import program, running_sandbox

CONTENTS = 1000
"""Different ones among the files: the others are sent no second time, which takes the longest."""


@dataclass(frozen=True)
class _Tree:
    files: int
    a_folder: int
    """Files in each folder."""

    def make(self, root: Path) -> None:
        for number in range(self.files):
            path = root / f"{number // self.a_folder:05}" / f"{number:07}.txt"
            if number % self.a_folder == 0:
                path.parent.mkdir(parents=True)
            path.write_bytes(b"%d" % (number % CONTENTS))
            os.utime(path, (1_600_000_000, 1_600_000_000))


def run(home: Path, *, sizes: Sequence[int]) -> str:
    """MiB at the most, of the program alone; the sandbox is another process."""
    lines = [
        f"### Memory of a first push of files of {CONTENTS:,} contents",
        "",
        "| files | in each folder | push MiB | push CPU s | dry run MiB | dry run CPU s |",
        "|---|---|---|---|---|---|",
    ]
    trees = [_Tree(files, a_folder) for files in sizes for a_folder in (100, files)]
    lines += [_measured(home / f"{tree.files}-{tree.a_folder}", tree) for tree in trees]
    return "\n".join(lines) + "\n"


def _measured(home: Path, tree: _Tree) -> str:
    folder = home / "folder"
    tree.make(folder)
    with running_sandbox(home / "sandbox", "--rate", "off", "--discard") as sandbox:
        environ = sandbox.environment()
        config = home / "config.yaml"
        rule = f"{{name: small, folder: {folder}, to: {{page: {sandbox.page_id}}}}}"
        config.write_text(f"rate_limit: 60000\nrules: [{rule}]\n")
        command = [*program(config, home / "state"), "push"]
        (dry,) = measure({"dry run": [*command, "--dry-run"]}, runs=1, environ=environ).values()
        # The run that does not count does nothing: there is one first push.
        second = [
            "sh",
            "-c",
            'mkdir "$1" 2>/dev/null || { shift; exec "$@"; }',
            "sh",
            str(home / "begun"),
            *command,
        ]
        (push,) = measure({"push": second}, runs=1, environ=environ).values()
    shutil.rmtree(home)
    mib = 2**20
    return (
        f"| {tree.files:,} | {tree.a_folder:,} | {push.peak / mib:.0f} | {push.cpu:.1f} "
        f"| {dry.peak / mib:.0f} | {dry.cpu:.1f} |"
    )
