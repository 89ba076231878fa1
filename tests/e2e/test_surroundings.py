"""What the program is started in: streams, folders, home and limits that are not as usual. Each is said in words."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.world import Run, World

GONE = "mkdir gone; cd gone; rmdir ../gone; "


def shell(world: World, before: str, words: list[str], after: str = "") -> Run:
    """The program, started by a shell in a folder of the world."""
    named = {"FOLDER": str(world.folder), "PAGE": world.sandbox.page_id, "STATE": str(world.state)}
    command = [sys.executable, "-m", "notion_sync", *(named.get(word, word) for word in words)]
    done = subprocess.run(
        ["/bin/sh", "-c", f'{before} exec "$@" {after}', "sh", *command],
        cwd=world.home, env=world.environ, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    return Run(done.returncode, done.stdout, done.stderr)


PUSH = ["push", "FOLDER", "--to", "PAGE", "--state", "STATE"]


@pytest.mark.parametrize(
    ("before", "words", "after", "code", "said", "attached"),
    [
        ("", PUSH, "2>&-", 0, "", 1),
        ("", PUSH, "<&- >&- 2>&-", 0, "", 1),
        ("", PUSH, "2>/dev/full", 0, "", 1),
        ("", [*PUSH, "--json"], ">/dev/full", 1, "the output cannot be written: No space left on device; files", 1),
        ("", [*PUSH, "--json"], "| true", 0, "the output cannot be written: nobody reads it any more", 1),
        ("", ["--help"], ">/dev/full", 1, "the output cannot be written: No space left on device", 0),
        (GONE, PUSH, "", 0, "1 attached", 1),
        (GONE, ["push", "a", "--to", "PAGE", "--state", "STATE"], "", 2, "in which this was started is gone", 0),
        (GONE, ["--state", "state", "status"], "", 2, "in which this was started is gone", 0),
        (GONE, ["check", "--log-file", "log"], "", 2, "in which this was started is gone", 0),
        ("export HOME=/dev/null; unset XDG_STATE_HOME;", PUSH[:4], "", 78, "--state DIR", 0),
        ("unset PATH;", PUSH, "", 0, "1 attached", 1),
        ("ulimit -n 8;", PUSH, "", 75, "Too many open files", 0),
        ("export LC_ALL=C PYTHONUTF8=0 PYTHONCOERCECLOCALE=0;", [*PUSH, "--json"], "", 0, "", 1),
    ],
)  # fmt: skip
def test_surroundings_are_named_or_stop_nothing(
    world: World, before: str, words: list[str], after: str, code: int, said: str, attached: int
) -> None:
    world.write({"Łódź.md": b"content"})

    run = shell(world, before, words, after)

    assert said in run.stderr
    assert "Traceback" not in run.stderr
    assert run.code == code, run.stderr
    assert len(world.sandbox.blocks()) == attached


def test_what_nobody_foresaw_shows_its_stack_where_it_is_asked_for(world: World) -> None:
    """A package that is broken stands for everything else that can be raised."""
    broken = world.home / "broken"
    broken.mkdir()
    (broken / "yaml.py").write_text("raise LookupError('odd')\n")
    config = world.home / "config.yaml"
    config.write_text("rules: []\n")
    before = f"export PYTHONPATH={broken}:{Path(__file__).parents[2]};"

    plain = shell(world, before, ["--config", str(config), "check"])
    debug = shell(world, before, ["--config", str(config), "check", "--debug"])

    assert (plain.code, debug.code) == (1, 1)
    assert plain.stderr.startswith("notion-sync: unexpected error: LookupError: odd (")
    assert plain.stderr.count("\n") == 1
    assert "broken/yaml.py" in debug.stderr
    assert os.linesep.join(debug.stderr.splitlines()[-1:]) == plain.stderr.strip()
