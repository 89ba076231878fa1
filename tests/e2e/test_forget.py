"""`forget`: the record is dropped, Notion stays as it is."""

import os

from tests.e2e.rules import config
from tests.e2e.world import World, kill, wait_until


def test_a_file(world: World) -> None:
    world.write({"a.txt": b"one", "b.txt": b"two"})
    world.push()
    blocks = world.sandbox.blocks()

    run = world.run("forget", "a.txt", cwd=world.folder)

    assert (run.code, run.stdout) == (0, "")
    assert "the next push attaches" in run.stderr
    assert world.sandbox.blocks() == blocks
    assert world.run("link", str(world.folder / "a.txt")).code == 1
    again = world.push()
    assert again.counts() == {"attached": 1, "unchanged": 1}
    assert (again.summary["uploads"], again.summary["reused"]) == (0, 1)


def test_a_folder_with_all_below_it_and_nothing_beside_it(world: World) -> None:
    world.write({"a/1.txt": b"1", "a/b/2.txt": b"2", "a b/3.txt": b"3", "a.txt": b"4"})
    world.push()

    run = world.run("forget", str(world.folder / "a"))

    assert "2 files" in run.stderr
    assert world.push().counts() == {"attached": 2, "unchanged": 2}


def test_refusals_are_forgotten_too(world: World) -> None:
    """The block is refused as too long ago as not to be tried again; after forgetting it is tried."""
    world.write({"a.txt": b"one"})
    refused = {"status": 400, "code": "validation_error", "message": "no"}
    world.sandbox.faults([{"method": "PATCH", "path": ".*/children", "every": 1, "do": refused}])
    assert world.push().code == 1
    world.sandbox.faults([])
    assert world.push().code == 1

    run = world.run("forget", str(world.folder / "a.txt"))

    assert run.stderr.endswith("1 refusal\n")
    assert "the next push attaches" not in run.stderr
    assert world.push().counts() == {"attached": 1}


def test_what_is_gone_can_be_forgotten(world: World) -> None:
    world.write({"a.txt": b"one"})
    world.push()
    (world.folder / "a.txt").unlink()

    assert "1 file " in world.run("forget", str(world.folder / "a.txt")).stderr


def test_what_was_never_recorded(world: World) -> None:
    empty = world.run("forget", "nix")
    world.write({"a.txt": b"one"})
    world.push()
    unknown = world.run("forget", "nix")

    assert (empty.code, unknown.code) == (1, 1)
    assert "holds no record" in empty.stderr
    assert "nothing was recorded of it" in unknown.stderr


def test_not_while_another_process_works_with_the_store(world: World) -> None:
    world.write({"a.txt": b"one"})
    world.sandbox.faults([{"method": "POST", "path": ".*", "every": 1, "do": {"delay": 20}}])
    process = world.start()
    wait_until(
        lambda: bool((world.state / "lock").exists() and (world.state / "lock").read_text()), "it runs"
    )

    run = world.run("forget", str(world.folder))

    kill(process)
    assert run.code == 75
    assert f"pid {process.pid}" in run.stderr


def test_what_is_adopted_after_it_was_forgotten_goes_with_its_file(world: World) -> None:
    """Nothing keeps it as something that stands for no file."""
    text = config(world, rule="on_delete: remove\nmax_delete: 100%")
    world.write({"a.txt": b"one", "b.txt": b"two"})
    world.run("push", "--json", config=text)
    world.run("forget", str(world.folder / "a.txt"), config=text)
    assert world.run("adopt", "--json", config=text).summary["matched"] == 1
    os.remove(world.folder / "a.txt")

    run = world.run("push", "--json", config=text)

    assert run.counts() == {"removed": 1, "unchanged": 1}, run.stdout
    assert [block["name"] for block in world.sandbox.blocks()] == ["b.txt"]
