"""A file that was read while somebody had it mapped is read once more, and only once."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager

from notion_sync.rules import PageTarget, Rule
from notion_sync.state import Store
from notion_sync.state.files import RECHECK_AFTER
from tests.simulation.world import FOLDER, World

PATH = f"{FOLDER}/a.txt"


def shown(world: World) -> list[str]:
    """The contents of the page's blocks."""
    (page,) = (each for each in world.notion()["pages"] if each["id"] == world.core.workspace.page_id)
    return [block["sha256"] for block in page["children"] if block["sha256"] and not block["in_trash"]]


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@contextmanager
def a_world() -> Iterator[World]:
    with World(1) as world:
        world.rules = [Rule("r", FOLDER, (PageTarget(world.core.workspace.page_id),))]
        yield world


def asked(world: World) -> int:
    """How many requests a pass sends."""
    before = world.requests
    assert world.run() is not None
    return world.requests - before


def test_what_was_written_through_a_mapping_arrives_with_the_next_pass_after_two_minutes() -> None:
    with a_world() as world:
        world.put("a.txt", b"first half, no more")
        world.wait(10)
        assert asked(world)
        world.disk.write_mapped(PATH, b"both halves, in all")

        assert asked(world) == 0  # its times say that it is unchanged
        assert shown(world) == [sha256(b"first half, no more")]

        world.wait(RECHECK_AFTER)
        assert asked(world)
        assert shown(world) == [sha256(b"both halves, in all")]

        world.wait(RECHECK_AFTER)
        world.disk.write_mapped(PATH, b"read again for ever")
        assert asked(world) == 0
        assert shown(world) == [sha256(b"both halves, in all")]


def test_a_file_that_rested_for_long_is_read_once() -> None:
    with a_world() as world:
        world.put("a.txt", b"long at rest.")
        world.wait(RECHECK_AFTER + 1)
        assert asked(world)
        world.disk.write_mapped(PATH, b"not looked at")
        world.wait(RECHECK_AFTER + 1)
        assert asked(world) == 0
        assert shown(world) == [sha256(b"long at rest.")]


def test_a_file_that_is_unchanged_costs_one_reading_and_no_request() -> None:
    with a_world() as world:
        world.put("a.txt", b"young")
        world.wait(10)
        asked(world)
        for _ in range(3):
            world.wait(RECHECK_AFTER)
            assert asked(world) == 0
        with Store(world.state) as store:
            assert store._database.execute("SELECT recheck FROM files").fetchall() == [(0,)]
            assert store._database.execute("SELECT count(*) FROM settled_folders").fetchone() == (1,)
