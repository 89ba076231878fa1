"""What a daemon or a push lives by is deleted, moved or replaced under it: it says so, and does not go on blindly."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.world import World, until_fault
from tests.watch.watching import PATIENCE, config, watching


def moved(state: Path) -> None:
    state.rename(state.with_name("elsewhere"))


def deleted(state: Path) -> None:
    shutil.rmtree(state)


def replaced(state: Path) -> None:
    for name in ("state.db", "lock"):
        shutil.copy(state / name, state / "copy")
        (state / "copy").replace(state / name)


def lock_deleted(state: Path) -> None:
    (state / "lock").unlink()


@pytest.mark.parametrize("happens", [moved, deleted, replaced, lock_deleted])
def test_a_daemon_ends_when_its_store_is_not_there_any_more(
    world: World, happens: Callable[[Path], None]
) -> None:
    world.write({"a.txt": b"a"})
    with watching(world, config=config(world)) as daemon:
        happens(world.state)
        assert daemon.process.wait(timeout=PATIENCE) == 78
        daemon._reader.join()
        (line,) = [line for line in daemon.said if "deleted, moved or replaced" in line]
        assert "notion-sync adopt" in line


def test_a_daemon_says_what_else_is_gone_and_goes_on(world: World) -> None:
    world.write({"a.txt": b"a"})
    with watching(world, config=config(world)) as daemon:
        used = world.home / "config.yaml"
        used.write_text(used.read_text() + "# another line\n")
        daemon.hears("has changed: this daemon keeps")
        used.unlink()
        daemon.hears("is gone: this daemon goes on by what it has read")
        (world.state / "control.sock").unlink()
        daemon.hears("control.sock is gone")
        assert daemon.process.poll() is None


@pytest.mark.parametrize("happens", [moved, lock_deleted])
def test_a_push_says_at_its_end_that_its_store_is_gone(world: World, happens: Callable[[Path], None]) -> None:
    world.write({"a.txt": b"a"})
    world.sandbox.faults(
        [{"method": "PATCH", "path": "children$", "nth": 1, "when": "before", "do": {"delay": 3}}]
    )
    push = world.start()
    until_fault(world.sandbox, push, "an append")
    happens(world.state)
    _, err = push.communicate(timeout=PATIENCE)
    assert push.returncode == 78, err
    assert "deleted, moved or replaced" in err


def test_a_backup_of_a_store_in_use_is_put_back(world: World, tmp_path: Path) -> None:
    world.write({"a.txt": b"a", "b.txt": b"b"})
    copy = tmp_path / "store.backup"
    with watching(world, config=config(world)):
        made = world.run("backup", str(copy), "--json")
        assert json.loads(made.stdout) == {
            "state_dir": str(world.state), "file": str(copy), "bytes": copy.stat().st_size
        }  # fmt: skip
        assert world.run("backup", str(copy)).code == 2
    shutil.rmtree(world.state)
    world.state.mkdir()
    shutil.copy(copy, world.state / "state.db")
    again = world.run("push", config=config(world))
    assert again.code == 0
    assert len(world.sandbox.blocks()) == 2
