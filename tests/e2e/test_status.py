"""`status` without a configuration: a push that broke off stays known until another one has made up for it."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.world import World, kill, until_fault

BROKEN_OFF = "Not everything may be in Notion: an earlier push broke off."
WELL = "Everything is in Notion, as of the last look."


def turned_away(world: World) -> None:
    """Notion does not want to be called after the first file."""
    world.sandbox.faults([{"path": "/send$", "nth": 1, "do": {"status": 401, "code": "unauthorized"}}])
    assert world.push().code == 77


def killed(world: World) -> None:
    """The process dies while a file is on its way."""
    world.sandbox.faults([{"path": "/send$", "do": {"delay": 30}}])
    process = world.start()
    until_fault(world.sandbox, process, "a file is on its way")
    kill(process)


@pytest.fixture
def other(world: World) -> Path:
    """Another folder, whose push is well."""
    folder = world.home / "other"
    folder.mkdir()
    (folder / "b.txt").write_bytes(b"b")
    return folder


@pytest.mark.parametrize("breaks_off", [turned_away, killed])
def test_until_the_same_folder_was_pushed(
    world: World, other: Path, breaks_off: Callable[[World], None]
) -> None:
    world.write({"a.txt": b"a"})
    breaks_off(world)
    world.sandbox.faults([])
    assert world.run("status").stdout.startswith("Not everything may be in Notion: the last run broke off.")

    assert world.run("push", str(other), "--to", world.sandbox.page_id).code == 0
    after = world.run("status")
    assert (after.code, after.stdout.splitlines()[0]) == (75, BROKEN_OFF)
    assert "broke off ~/folder: " in after.stdout
    assert json.loads(world.run("status", "--json").stdout)["store"]["unfinished"] == [str(world.folder)]

    assert world.push().code == 0
    assert world.run("status").stdout.startswith(WELL)


@pytest.mark.parametrize("end", ["gone", "undone"])
def test_until_it_is_gone_or_taken_back(world: World, other: Path, end: str) -> None:
    world.write({"a.txt": b"a"})
    world.push()
    world.write({"b.txt": b"b"})
    turned_away(world)
    world.sandbox.faults([])

    if end == "gone":
        shutil.rmtree(world.folder)
    else:
        assert world.run("undo", "--yes").code == 0
    world.run("push", str(other), "--to", world.sandbox.page_id)

    assert world.run("status").stdout.startswith(WELL)
