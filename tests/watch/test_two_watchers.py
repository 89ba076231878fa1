"""Two real daemons, each with a record of its own, over two folders that something else keeps equal."""

import time
from dataclasses import replace
from pathlib import Path

import pytest

from notion_sync.sync.listings import WHILE_WATCHING
from tests.e2e.world import World, sha256
from tests.watch.watching import config, watching


@pytest.mark.soak
def test_what_one_has_brought_the_other_does_not_bring_again(world: World, tmp_path: Path) -> None:
    home = tmp_path / "second"
    home.mkdir()
    other = World(home, replace(world.sandbox))
    names = [f"{number}.txt" for number in range(4)]
    for each in (world, other):
        each.write({"0.txt": b"0.txt"})
    with watching(world, config=config(world)) as first, watching(other, config=config(other)) as second:
        for name in names:
            # Both have looked at the page by now, too long ago to believe it.
            time.sleep(WHILE_WATCHING.before_append + 1)
            for each, daemon in ((world, first), (other, second)):
                each.write({name: name.encode()}, mtime=time.time() - 60)
                daemon.catches_up()

    shown = [block["sha256"] for block in world.sandbox.blocks()]
    assert [shown.count(sha256(name.encode())) for name in names] == [1] * len(names)
