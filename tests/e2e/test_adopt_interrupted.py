"""`adopt` between a push that died in the middle of a write and the next one: nothing is there twice."""

import pytest

from tests.e2e.adopting import adopt, sums
from tests.e2e.rules import config, database, page, push, rows
from tests.e2e.world import Json, World, kill, wait_until

FILES = {"a.txt": b"a", "a.pdf": b"%PDF a", "sub/b.txt": b"bb"}


def killed_after(world: World, method: str, path: str, written: str, text: str) -> None:
    """A push that dies when Notion has done what it asked for, and has not yet answered."""
    world.sandbox.faults(
        [{"method": method, "path": path, "every": 1, "when": "after", "do": {"delay": 600}}]
    )
    process = world.start_with(text)
    wait_until(lambda: written in str(_standing(world)), "the write")
    kill(process)
    world.sandbox.faults([])


def _standing(world: World) -> list[Json]:
    """Pages with what is on them and in them."""
    return [{**each, "id": ""} for each in world.sandbox.state()["pages"]]


@pytest.mark.parametrize("rule", ["", "subfolders: pages"])
def test_blocks(world: World, rule: str) -> None:
    world.write(FILES)
    path = f"/v1/blocks/{world.sandbox.page_id}/children"
    killed_after(world, "PATCH", path, "a.txt", config(world, page(world), rule=rule))

    run = adopt(world, page(world), rule=rule)

    assert run.code == 0, run.stderr
    assert sums(run)["matched"] >= 2
    again = push(world, page(world), rule=rule)
    assert again.code == 0, again.stderr
    standing = [block for each in _standing(world) for block in each["children"] if block["sha256"]]
    assert len(standing) == 3
    assert push(world, page(world), rule=rule).summary["requests"] == 0


@pytest.mark.parametrize("body", ["", "body: true"])
def test_rows(world: World, body: str) -> None:
    world.write(FILES)
    target = database(world, body)
    killed_after(world, "POST", "/v1/pages$", "a.txt", config(world, target))

    run = adopt(world, target)

    assert run.code == 0, run.stderr
    assert sums(run)["matched"] >= 2
    assert push(world, target).code == 0
    assert rows(world.sandbox) == {"a": ["a.pdf", "a.txt"], "b": ["b.txt"]}
    standing = [block for each in _standing(world) for block in each["children"] if block["sha256"]]
    assert len(standing) == (3 if body else 0)
    assert push(world, target).summary["requests"] == 0


def test_a_page_of_a_subfolder(world: World) -> None:
    """The page was made, nobody heard of it, and nothing stands on it."""
    world.write(FILES)
    rule = "subfolders: pages"
    killed_after(world, "POST", "/v1/pages$", "'title': 'sub'", config(world, page(world), rule=rule))

    assert adopt(world, page(world), rule=rule).code == 0

    assert push(world, page(world), rule=rule).code == 0
    titles = [each["title"] for each in world.sandbox.state()["pages"]]
    assert titles.count("sub") == 1
    standing = [block for each in _standing(world) for block in each["children"] if block["sha256"]]
    assert len(standing) == 3
