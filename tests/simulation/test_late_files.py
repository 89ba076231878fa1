"""Pages with files that take long, with people, crashes and lost answers: the order on the page is that of the files.

`python -m tests.simulation --kind late --seeds 60-1000` plays as many as one likes.
"""

import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from notion_sync.rules import PageTarget, Position, Rule
from notion_sync.state.database import FILE_NAME
from tests.simulation.late import live_late
from tests.simulation.world import FOLDER, World

FOUND = {308: "a block went behind a deleted one, and so before one that was put to the end meanwhile"}
"""By seed, what it has found."""


@pytest.mark.parametrize("seed", [*range(40), *FOUND])
def test_every_file_is_there_once_and_in_its_order_whenever_it_comes(seed: int) -> None:
    live_late(seed)


@pytest.mark.parametrize("late", ["a.txt", "c.txt"])
@pytest.mark.parametrize("position", [Position(), Position("start")])
def test_a_copy_of_the_record_from_before_a_late_block_attaches_it_once(
    position: Position, late: str
) -> None:
    """The block stands before the last one that the copy knows of, not behind it."""
    with World(1) as world:
        page = world.core.workspace.page_id
        world.rules = [Rule("r", FOLDER, (PageTarget(page, position=position),))]
        world.write({"0.txt": b"zero"})
        world.run()
        names = ["a.txt", "b.txt", "c.txt", "d.txt"]
        world.write({name: name.encode() for name in names})
        number = names.index(late) + 1
        world.core.faults.load([{"method": "POST", "path": "/send$", "nth": number, "do": {"delay": 100.0}}])
        store, copy = (os.path.join(world.state, name) for name in (FILE_NAME, "copy"))
        seen = []

        def copy_it() -> None:
            seen.append(blocks(world))
            with closing(sqlite3.connect(store)) as now, closing(sqlite3.connect(copy)) as kept:
                now.backup(kept)

        world.meanwhile.append((60.0, copy_it))
        world.run()
        shown = blocks(world)
        assert len(seen[0]) == 4  # one was late
        assert len(shown) == 5
        for log in ("-wal", "-shm"):
            Path(store + log).unlink(missing_ok=True)
        shutil.copyfile(copy, store)  # in place: as a copy of another inode, it would look at the whole page
        world.run()
        assert blocks(world) == shown


def blocks(world: World) -> list[str]:
    """Those on the page, by their names."""
    pages = {page["id"]: page for page in world.notion()["pages"]}
    children = pages[world.core.workspace.page_id]["children"]
    return [str(each["name"]) for each in children if each["type"] == "file" and not each["in_trash"]]
