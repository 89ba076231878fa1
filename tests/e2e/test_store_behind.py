"""A store that knows less than there is in Notion: lost, put back from a copy, or that of a second machine.

What is there already is taken over by its bytes, whoever made it and whatever it is called; it is never made twice.
"""

import os
import shutil

import pytest

from tests.e2e.adopting import adopt, lose, sums
from tests.e2e.rules import all_rows, database, page, push, row
from tests.e2e.world import World, sha256

BEFORE = {"a.txt": b"a", "sub/b.txt": b"bb"}
AFTER = {"a.txt": b"a, changed", "c.txt": b"ccc", "sub/d.txt": b"dddd", "new/e.txt": b"eeeee"}
EQUAL = {"f.txt": b"a", "sub/h.txt": b"a"}
"""Files with the content that another one had."""

RULES = {
    "page": ("", ""),
    "page, newest first": ("position: start", ""),
    "subfolders": ("", "subfolders: pages"),
    "rows": ("row: '{stem}'", ""),
    "one row": ("row: all", ""),
    "rows with bodies": ("row: '{stem}'\nbody: true", ""),
}


def target_of(world: World, kind: str) -> tuple[str, str]:
    target, rule = RULES[kind]
    return (database(world, target) if "row" in kind else f"{page(world)}\n{target}", rule)


def contents(world: World) -> list[str]:
    """The sha256 of everything that is shown, by page or row and property."""
    found: list[str] = []

    def walk(blocks: list[dict[str, object]], where: str) -> None:
        for block in blocks:
            if not block["in_trash"]:
                if block.get("sha256"):
                    found.append(f"{where}: {block['sha256']}")
                walk(block.get("children") or [], where)  # type: ignore[arg-type]

    for each in world.sandbox.state()["pages"]:
        if not each["in_trash"]:
            walk(each["children"] or [], f"on {each['title']}")
    for each in all_rows(world.sandbox):
        if not each["in_trash"]:
            entries = each["properties"]["Attachments"]
            found += [f"in {each['title']}: {entry['sha256']}" for entry in entries]
    return sorted(found)


@pytest.fixture(params=list(RULES))
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_a_store_from_an_older_copy_doubles_nothing(world: World, kind: str) -> None:
    target, rule = target_of(world, kind)
    world.write(BEFORE)
    push(world, target, rule=rule)
    shutil.copytree(world.state, world.folder.parent / "copy")
    world.write(AFTER | EQUAL)
    assert push(world, target, rule=rule).code == 0
    before = contents(world)
    lose(world)
    shutil.copytree(world.folder.parent / "copy", world.state)

    run = push(world, target, rule=rule)

    assert run.code == 0, run.stderr
    assert contents(world) == before
    again = push(world, target, rule=rule)
    assert again.counts() == {"unchanged": len(BEFORE | AFTER | EQUAL)}
    assert again.summary["requests"] == 0


def test_a_lost_store_doubles_nothing(world: World, kind: str) -> None:
    target, rule = target_of(world, kind)
    world.write(BEFORE | AFTER)
    push(world, target, rule=rule)
    before = contents(world)
    lose(world)

    run = push(world, target, rule=rule)

    assert run.code == 0, run.stderr
    assert contents(world) == before


def test_adopting_checks_what_an_older_copy_has_recorded(world: World, kind: str) -> None:
    target, rule = target_of(world, kind)
    world.write(BEFORE)
    push(world, target, rule=rule)
    shutil.copytree(world.state, world.folder.parent / "copy")
    # An entry that holds a recorded file under another name may be a renamed one.
    after = AFTER if kind == "one row" else AFTER | EQUAL
    world.write(after)
    push(world, target, rule=rule)
    before = contents(world)
    lose(world)
    shutil.copytree(world.folder.parent / "copy", world.state)

    assert adopt(world, target, rule=rule).code == 0

    run = push(world, target, rule=rule)
    assert run.counts() == {"unchanged": len(BEFORE | after)}, run.stderr
    assert run.summary["requests"] == 0
    assert contents(world) == before


def test_a_second_machine_with_the_folder_changes_nothing_of_the_first(world: World, kind: str) -> None:
    """What it takes over may be the first one's: its change goes beside, its removal leaves it."""
    target, rule = target_of(world, kind)
    rule += "\non_delete: remove"
    world.write(BEFORE | {f"{name}.txt": name.encode() for name in "cdefghij"})
    push(world, target, rule=rule)
    before = contents(world)
    lose(world)
    assert push(world, target, rule=rule).code == 0
    world.write({"a.txt": b"a, changed here"})
    os.remove(world.folder / "c.txt")

    run = push(world, target, rule=rule)

    assert run.code == 0, run.stdout
    assert run.counts()["attached"] == 1
    now = contents(world)
    assert set(before) <= set(now)
    new = [each for each in now if each not in before]
    assert new
    assert all(each.endswith(sha256(b"a, changed here")) for each in new)


def test_what_is_adopted_is_nobody_elses(world: World) -> None:
    world.write({"a.txt": b"a"})
    world.push()
    lose(world)
    world.push()

    assert sums(adopt(world)) == {"recorded": 1}

    world.write({"a.txt": b"changed"})
    assert world.push().counts() == {"replaced": 1}
    assert [block["sha256"] for block in world.sandbox.blocks()] == [sha256(b"changed")]


def test_another_content_under_the_same_name_and_size_is_not_taken_over(world: World) -> None:
    world.write({"a.txt": b"one"})
    world.push()
    lose(world)
    world.write({"a.txt": b"two"})
    assert world.push().counts() == {"attached": 1}
    assert [block["sha256"] for block in world.sandbox.blocks()] == [sha256(b"one"), sha256(b"two")]


def test_each_of_two_equal_files_has_something_of_its_own(world: World) -> None:
    world.write({"a.txt": b"same"})
    world.push()
    lose(world)
    world.write({"b.txt": b"same"})
    world.push()
    assert [block["sha256"] for block in world.sandbox.blocks()] == [sha256(b"same")] * 2


def test_one_look_a_page_and_process(world: World) -> None:
    """An empty listing is believed: files that come later cost no look."""
    world.write({"a.txt": b"a"})
    world.push()
    world.write({"b.txt": b"b"})
    before = len(world.sandbox.requests())
    world.push()
    asked = [
        f"{each['method']} {each['path'].partition('?')[0]}" for each in world.sandbox.requests()[before:]
    ]
    listings = [each for each in asked if each.startswith("GET") and each.endswith("/children")]
    assert len(listings) == 1, asked


def test_rows_of_one_title_hold_each_content_once(world: World) -> None:
    target = database(world, "row: all")
    world.write(BEFORE)
    push(world, target)
    lose(world)
    push(world, target)
    assert len(row(world.sandbox, "all")["properties"]["Attachments"]) == len(BEFORE)
