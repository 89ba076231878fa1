"""What it costs to ask the program anything at all."""

import sys

from benchmarks.measure import measure, table


def run(*, runs: int) -> str:
    """`--help` and `--version` beside an empty Python."""
    program = [sys.executable, "-m", "notion_sync"]
    commands = {
        "python -c pass": [sys.executable, "-c", "pass"],
        "notion-sync --version": [*program, "--version"],
        "notion-sync --help": [*program, "--help"],
        "notion-sync push --help": [*program, "push", "--help"],
    }
    return table("Start", measure(commands, runs=runs), peer="python -c pass")
