"""`subfolders: pages`: a page for each subfolder, made once, found again, and left alone."""

import shutil

import pytest

from tests.crash.test_faults import EACH_TROUBLE, TROUBLES
from tests.e2e.rules import push, tree
from tests.e2e.world import World, kill, until_fault

PAGES = "subfolders: pages"
FILES = {"a.txt": b"a", "sub/b.txt": b"b", "sub/deep/c.txt": b"c", "sub/d.txt": b"d", "zoo/e.txt": b"e"}
TREE = {
    "": ["a.txt"],
    "sub": {"": ["b.txt", "d.txt"], "deep": {"": ["c.txt"]}},
    "zoo": {"": ["e.txt"]},
}


def test_each_subfolder_has_a_page(world: World) -> None:
    """Nested ones are nested; an empty folder has none; outcomes name the page that has the block."""
    world.write(FILES)
    (world.folder / "empty").mkdir()

    run = push(world, rule=PAGES)

    assert run.counts() == {"attached": 5}, run.stderr
    assert tree(world.sandbox) == TREE
    pages = {page["id"]: page["title"] for page in world.sandbox.state()["pages"]}
    titles = {line["path"]: pages[line["page_id"]] for line in run.files}
    assert titles["sub/deep/c.txt"] == "deep"
    assert titles["zoo/e.txt"] == "zoo"
    again = push(world, rule=PAGES)
    assert again.counts() == {"unchanged": 5}
    assert again.summary["requests"] == 0


def test_a_page_of_that_title_is_used(world: World) -> None:
    """A person made one before; what stands on it stays."""
    made = world.sandbox.api(
        "POST",
        "/v1/pages",
        {
            "parent": {"page_id": world.sandbox.page_id},
            "properties": {"title": {"title": [{"text": {"content": "sub"}}]}},
        },
    )["id"]
    world.write({"sub/b.txt": b"b"})

    assert push(world, rule=PAGES).counts() == {"attached": 1}
    assert tree(world.sandbox) == {"": [], "sub": {"": ["b.txt"]}}
    assert [block["name"] for block in world.sandbox.blocks(made)] == ["b.txt"]


def test_a_page_is_found_again_after_it_was_renamed(world: World) -> None:
    """A person may call it as she likes."""
    world.write(FILES)
    push(world, rule=PAGES)
    (sub,) = [page["id"] for page in world.sandbox.state()["pages"] if page["title"] == "sub"]
    title = {"properties": {"title": {"title": [{"text": {"content": "My things"}}]}}}
    world.sandbox.api("PATCH", f"/v1/pages/{sub}", title)
    world.write({"sub/new.txt": b"new", "sub/deep/new.txt": b"newer"})

    assert push(world, rule=PAGES).counts() == {"attached": 2, "unchanged": 5}
    assert tree(world.sandbox)["My things"] == {
        "": ["b.txt", "d.txt", "new.txt"],
        "deep": {"": ["c.txt", "new.txt"]},
    }


def test_a_page_in_the_trash_stops_its_files_with_one_message(world: World) -> None:
    """It is not made again; the others go on; restored, it takes what waited."""
    world.write(FILES)
    push(world, rule=PAGES)
    (sub,) = [page["id"] for page in world.sandbox.state()["pages"] if page["title"] == "sub"]
    world.sandbox.api("PATCH", f"/v1/pages/{sub}", {"in_trash": True})
    world.write({"sub/1.txt": b"1", "sub/2.txt": b"2", "zoo/3.txt": b"3"})

    run = push(world, rule=PAGES)

    assert run.code == 1
    assert run.counts() == {"attached": 1, "failed": 2, "unchanged": 5}
    reasons = [line["reason"] for line in run.files if line["action"] == "failed"]
    assert ["trash" in reason for reason in reasons] == [True, True]
    assert "sub" not in tree(world.sandbox)
    world.sandbox.api("PATCH", f"/v1/pages/{sub}", {"in_trash": False})
    assert push(world, rule=PAGES).counts() == {"attached": 2, "unchanged": 6}


def test_moves_within_a_folder_are_renames_and_between_folders_are_not(world: World) -> None:
    """Notion cannot move blocks: what moves to another page is attached there, without its bytes."""
    world.write(FILES)
    push(world, rule=PAGES)
    (world.folder / "sub/b.txt").rename(world.folder / "sub/renamed.txt")
    (world.folder / "zoo/e.txt").rename(world.folder / "sub/e.txt")

    run = push(world, rule=PAGES)

    assert run.counts() == {"renamed": 1, "attached": 1, "unchanged": 3}
    assert run.summary["uploads"] == 0
    found = tree(world.sandbox)
    assert found["sub"][""] == ["renamed.txt", "d.txt", "e.txt"]
    assert found["zoo"][""] == ["e.txt"]


def test_pages_for_subfolders_from_now_on(world: World) -> None:
    """Where a rule begins to make pages, what lies in subfolders goes there, without its bytes."""
    world.write(FILES)
    push(world)

    run = push(world, rule=PAGES)

    assert run.counts() == {"attached": 4, "unchanged": 1}
    assert run.summary["uploads"] == 0
    assert tree(world.sandbox) == {**TREE, "": ["a.txt", "b.txt", "d.txt", "c.txt", "e.txt"]}
    assert push(world, rule=PAGES).summary["requests"] == 0


def test_very_many_subfolders(world: World) -> None:
    """More files than are kept waiting at once, none of whose pages is ever full."""
    world.write({f"{n:03}/{i}.txt": f"{n % 40} {i}".encode() for n in range(150) for i in range(3)})

    run = world.run("push", "--json", config="rate_limit: 100000\n" + _config(world))

    assert run.counts() == {"attached": 450}, run.stderr
    found = tree(world.sandbox)
    assert {tuple(inner[""]) for title, inner in found.items() if title} == {("0.txt", "1.txt", "2.txt")}
    assert len(found) == 151


def _config(world: World) -> str:
    from tests.e2e.rules import config

    return config(world, rule=PAGES)


@pytest.mark.parametrize("trouble", EACH_TROUBLE)
def test_trouble_while_a_page_is_made(world: World, trouble: str) -> None:
    """Whatever becomes of the answer: one page."""
    world.write(FILES)
    world.sandbox.faults(
        [{"method": "POST", "path": "/v1/pages$", "nth": 2, "times": 1, **TROUBLES[trouble]}]
    )

    run = push(world, rule=PAGES)

    assert run.code == 0, run.stdout + run.stderr
    assert tree(world.sandbox) == TREE


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(
    "nth", [pytest.param(1, marks=pytest.mark.soak), 2, pytest.param(3, marks=pytest.mark.soak)]
)
def test_killed_while_a_page_is_made(world: World, nth: int, when: str) -> None:
    """The program dies while Notion makes a page; the next run finds or makes it, once."""
    world.write(FILES)
    hang = {
        "method": "POST",
        "path": "/v1/pages$",
        "nth": nth,
        "times": 1,
        "when": when,
        "do": {"delay": 600},
    }
    world.sandbox.faults([hang])
    from tests.e2e.rules import config

    process = world.start_with(config(world, rule=PAGES))
    until_fault(world.sandbox, process, f"page {nth} is made")
    kill(process)
    world.sandbox.faults([])

    assert push(world, rule=PAGES).code == 0
    assert tree(world.sandbox) == TREE
    assert push(world, rule=PAGES).counts() == {"unchanged": 5}


def test_a_subfolder_that_is_gone_leaves_its_page(world: World) -> None:
    """A page may hold what others wrote: it stays, as do its blocks with on_delete: keep."""
    world.write(FILES)
    push(world, rule=PAGES)
    shutil.rmtree(world.folder / "sub")

    assert push(world, rule=PAGES).counts() == {"unchanged": 2}
    assert tree(world.sandbox) == TREE


def test_there_and_back_again(world: World) -> None:
    """A configuration that was in force before finds its files where another one has put them since."""
    world.write({"sub/b.txt": b"b"})
    push(world)
    push(world, rule=PAGES)
    assert tree(world.sandbox) == {"": ["b.txt"], "sub": {"": ["b.txt"]}}

    run = push(world)

    assert run.counts() == {"attached": 1}
    assert run.summary["uploads"] == 0
    assert tree(world.sandbox) == {"": ["b.txt", "b.txt"], "sub": {"": ["b.txt"]}}
    assert push(world).summary["requests"] == 0
