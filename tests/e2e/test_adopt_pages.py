"""`adopt` for the pages of subfolders, and for icons and covers."""

import pytest

from tests.e2e.adopting import adopt, lose, results, sums
from tests.e2e.rules import page, push, tree
from tests.e2e.world import Json, World, sha256

PAGES = "subfolders: pages"
FILES = {"a.txt": b"a", "sub/b.txt": b"b", "sub/deep/er/c.txt": b"c", "sub/d.txt": b"dd", "zoo/e.txt": b"e"}


def page_id(world: World, title: str) -> str:
    (found,) = [each["id"] for each in world.sandbox.state()["pages"] if each["title"] == title]
    return str(found)


def make_page(world: World, parent: str, title: str) -> str:
    """A page as a person makes it."""
    properties = {"title": {"title": [{"text": {"content": title}}]}}
    made = world.sandbox.api("POST", "/v1/pages", {"parent": {"page_id": parent}, "properties": properties})
    return str(made["id"])


def assert_pushes_nothing(world: World, target: str, files: int, *, rule: str = "") -> None:
    """What was adopted is as if it had been pushed from here: nothing is asked, nothing is sent."""
    before = world.sandbox.state()["pages"]
    again = push(world, target, rule=rule)
    assert again.counts() == {"unchanged": files}, again.stdout
    assert (again.summary["uploads"], again.summary["requests"]) == (0, 0)
    assert world.sandbox.state()["pages"] == before


def test_after_adopting_subfolders_a_push_uploads_nothing(world: World) -> None:
    """Nested pages; each is listed once, for its blocks and for the pages on it."""
    world.write(FILES)
    push(world, rule=PAGES)
    lose(world)

    run = adopt(world, rule=PAGES)

    assert (run.code, results(run)) == (0, dict.fromkeys(FILES, "matched")), run.stderr
    assert run.summary["requests"] == 6  # who we are and five pages
    titles = {page["id"]: page["title"] for page in world.sandbox.state()["pages"]}
    assert {line["path"]: titles[line["page_id"]] for line in run.files if "/" in line["path"]} == {
        "sub/b.txt": "sub", "sub/d.txt": "sub", "sub/deep/er/c.txt": "er", "zoo/e.txt": "zoo",
    }  # fmt: skip
    assert_pushes_nothing(world, "", 5, rule=PAGES)


def test_new_files_go_to_the_pages_that_were_adopted(world: World) -> None:
    """Under whatever title a person gives them afterwards; changed files change their blocks."""
    world.write(FILES)
    push(world, rule=PAGES)
    lose(world)
    adopt(world, rule=PAGES)
    title = {"properties": {"title": {"title": [{"text": {"content": "My things"}}]}}}
    world.sandbox.api("PATCH", f"/v1/pages/{page_id(world, 'sub')}", title)
    world.write({"sub/new.txt": b"new", "sub/b.txt": b"changed"})

    assert push(world, rule=PAGES).counts() == {"attached": 1, "replaced": 1, "unchanged": 4}
    assert tree(world.sandbox)["My things"][""] == ["b.txt", "d.txt", "new.txt"]


def test_only_what_is_missing_is_uploaded_afterwards(world: World) -> None:
    """A page that is gone, with those on it, and a new subfolder."""
    world.write(FILES)
    push(world, rule=PAGES)
    world.sandbox.api("PATCH", f"/v1/pages/{page_id(world, 'deep')}", {"in_trash": True})
    lose(world)
    world.write({"new/f.txt": b"f"})

    run = adopt(world, rule=PAGES)

    assert {path: r for path, r in results(run).items() if r != "matched"} == {
        "new/f.txt": "missing", "sub/deep/er/c.txt": "missing",
    }  # fmt: skip
    assert push(world, rule=PAGES).counts() == {"attached": 2, "unchanged": 4}
    found = tree(world.sandbox)
    assert found["sub"] == {"": ["b.txt", "d.txt"], "deep": {"": [], "er": {"": ["c.txt"]}}}
    assert found["new"] == {"": ["f.txt"]}


def test_two_pages_of_one_title(world: World) -> None:
    """Nothing is guessed, for them and for what is below them; the others are adopted."""
    world.write(FILES)
    push(world, rule=PAGES)
    other = make_page(world, world.sandbox.page_id, "sub")
    lose(world)

    run = adopt(world, rule=PAGES)

    assert run.code == 1
    assert {path: r for path, r in results(run).items() if r != "matched"} == {
        path: "ambiguous" for path in FILES if path.startswith("sub/")
    }
    assert all(
        other.replace("-", "") in line["reason"] for line in run.files if line["result"] == "ambiguous"
    )


def test_a_page_that_the_store_still_knows(world: World) -> None:
    """It may be called otherwise by now, and another may have its title."""
    world.write(FILES)
    push(world, rule=PAGES)
    make_page(world, world.sandbox.page_id, "sub")
    world.run("forget", str(world.folder / "sub"))

    assert sums(adopt(world, rule=PAGES)) == {"matched": 3, "recorded": 2}
    assert_pushes_nothing(world, "", 5, rule=PAGES)
    assert sums(adopt(world, rule=PAGES)) == {"recorded": 5}


def test_blocks_of_others_and_blocks_without_a_file(world: World) -> None:
    world.write(FILES)
    push(world, rule=PAGES)
    external = {
        "file": {"type": "external", "external": {"url": "https://example.com/b.txt"}, "name": "b.txt"}
    }
    world.sandbox.api("PATCH", f"/v1/blocks/{page_id(world, 'sub')}/children", {"children": [external]})
    lose(world)
    (world.folder / "sub/d.txt").unlink()

    run = adopt(world, rule=PAGES)

    assert (run.code, sums(run)) == (0, {"matched": 4, "unknown": 1, "others": 1})
    assert results(run)["block d.txt"] == "unknown"


def test_flat_files_and_pages_of_one_target(world: World) -> None:
    """Two rules that meet on a page; what lies in a subfolder is looked for where its rule puts it."""
    world.write({"a.txt": b"a", "x/b.png": b"\x89PNG b", "x/c.txt": b"c"})
    to = f"to: {{page: {world.sandbox.page_id}}}"
    config = (
        f"rules:\n  - {{name: pictures, folder: '{world.folder}', match: ['*.png'], {to}}}\n"
        f"  - {{name: rest, folder: '{world.folder}', subfolders: pages, {to}}}\n"
    )
    assert world.run("push", config=config).code == 0
    lose(world)

    run = world.run("adopt", "--json", config=config)

    assert (run.code, sums(run)) == (0, {"matched": 3})
    again = world.run("push", "--json", config=config)
    assert (again.counts(), again.summary["requests"]) == ({"unchanged": 3}, 0)


def parts(world: World) -> dict[str, str | None]:
    """The contents of the page's icon and cover."""
    (found,) = [each for each in world.sandbox.state()["pages"] if each["id"] == world.sandbox.page_id]
    return {part: _sha256(found[part]) for part in ("icon", "cover")}


def _sha256(file: Json | None) -> str | None:
    return str(file["sha256"]) if file else None


PNG = b"\x89PNG\r\n\x1a\n"


@pytest.mark.parametrize("part", ["icon", "cover"])
def test_icon_and_cover(world: World, part: str) -> None:
    world.write({"a.png": PNG})
    target = f"{page(world)}\nas: {part}"
    push(world, target)
    lose(world)

    run = adopt(world, target)

    assert (run.code, results(run)) == (0, {"a.png": "matched"})
    assert_pushes_nothing(world, target, 1)
    world.write({"a.png": PNG + b"changed"})
    assert push(world, target).counts() == {"attached": 1}
    assert parts(world)[part] == sha256(PNG + b"changed")


@pytest.mark.parametrize("part", ["icon", "cover"])
def test_verify_notices_another_icon_of_the_same_size(world: World, part: str) -> None:
    world.write({"a.png": PNG + b"one"})
    target = f"{page(world)}\nas: {part}"
    push(world, target)
    lose(world)
    world.write({"a.png": PNG + b"ONE"})

    run = adopt(world, target, "--verify")

    assert (run.code, results(run)) == (0, {"a.png": "missing"})
    assert (
        run.files[0]["reason"]
        == f"{'an' if part == 'icon' else 'a'} {part} of its name and size holds something else"
    )
    assert push(world, target).counts() == {"attached": 1}
    assert parts(world)[part] == sha256(PNG + b"ONE")


def test_an_icon_that_a_person_chose_is_none_of_ours(world: World) -> None:
    """An emoji: the next push sets the file's icon, as it would without a record."""
    world.write({"a.png": PNG})
    target = f"{page(world)}\nas: icon"
    push(world, target)
    emoji = {"icon": {"type": "emoji", "emoji": "🗂"}}
    world.sandbox.api("PATCH", f"/v1/pages/{world.sandbox.page_id}", emoji)
    lose(world)

    run = adopt(world, target)

    assert (run.code, results(run)) == (0, {"a.png": "missing"})


def test_a_block_an_icon_and_a_cover_of_one_file(world: World) -> None:
    world.write({"a.png": PNG})
    target = f"- {page(world)}\n- {page(world)}\n  as: icon\n- {page(world)}\n  as: cover"
    push(world, target)
    lose(world)

    assert sums(adopt(world, target)) == {"matched": 3}
    assert_pushes_nothing(world, target, 3)
