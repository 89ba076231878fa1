"""What a person deleted in Notion stays deleted until its file changes, or until `retry --restore`."""

import pytest

from tests.crash.test_faults import TROUBLES
from tests.e2e.rules import all_rows, database, page, push, row, rows, tree
from tests.e2e.world import Run, World
from tests.watch.watching import config, watching

FILES = {"a.txt": b"a", "b.txt": b"b", "c.txt": b"c"}
PAGES = "subfolders: pages"


def delete(world: World, *names: str) -> dict[str, str]:
    """Move blocks of the page to the trash as a person; their ids by name."""
    ids = {block["name"]: block["id"] for block in world.sandbox.blocks() if block["name"] in names}
    for block_id in ids.values():
        world.sandbox.api("DELETE", f"/v1/blocks/{block_id}")
    return ids


def restore(world: World, *paths: str) -> Run:
    """`retry --restore PATH...`."""
    run = world.run("retry", "--restore", *(str(world.folder / path) for path in paths))
    assert run.code == 0, run.stderr
    return run


def trash_page(world: World, page_id: str) -> None:
    """As a person."""
    world.sandbox.api("PATCH", f"/v1/pages/{page_id}", {"in_trash": True})


def names(world: World) -> list[str]:
    """Of the blocks on the page."""
    return [block["name"] for block in world.sandbox.blocks()]


def test_a_block_comes_back_as_it_was(world: World) -> None:
    """The same block at the same place, at one request for it; nothing is sent."""
    world.write(FILES)
    push(world)
    before = delete(world, "a.txt", "b.txt")
    assert push(world).counts() == {"unchanged": 3}

    assert "the next push or watch restores" in restore(world).stderr
    run = push(world)

    assert run.counts() == {"attached": 2, "unchanged": 3}
    assert {line["reason"] for line in run.files} == {"restored from Notion's trash"}
    assert {line["path"]: line["block_id"] for line in run.files} == before
    assert names(world) == ["a.txt", "b.txt", "c.txt"]
    assert run.summary["uploads"] == 0
    again = push(world)
    assert again.counts() == {"unchanged": 3}
    assert again.summary["requests"] == 0


def test_only_what_is_below_the_path(world: World) -> None:
    world.write(FILES)
    push(world)
    delete(world, "a.txt", "b.txt")

    restore(world, "b.txt")
    push(world)

    assert names(world) == ["b.txt", "c.txt"]


def test_what_is_gone_from_the_folder_stays_deleted(world: World) -> None:
    world.write(FILES)
    push(world)
    delete(world, "a.txt", "b.txt")
    (world.folder / "b.txt").unlink()

    restore(world)
    push(world)

    assert names(world) == ["a.txt", "c.txt"]


def test_what_is_on_a_disk_that_is_away_is_restored_when_it_is_back(world: World) -> None:
    world.write(FILES)
    push(world)
    delete(world, "a.txt")
    away = world.folder.rename(world.folder.with_name("away"))

    restore(world)
    assert "nothing is restored yet" in push(world).stderr
    world.folder.rmdir() if world.folder.exists() else None
    away.rename(world.folder)
    push(world)

    assert names(world) == ["a.txt", "b.txt", "c.txt"]
    assert push(world).summary["requests"] == 0


def test_a_dry_run_says_that_something_will_be_put_back(world: World) -> None:
    world.write(FILES)
    push(world)
    delete(world, "a.txt")
    restore(world)
    before = len(world.sandbox.requests())

    run = push(world, page(world), "--dry-run")

    assert "will be restored first" in run.stderr
    assert len(world.sandbox.requests()) == before
    push(world)
    assert names(world) == ["a.txt", "b.txt", "c.txt"]


def test_entries_of_a_row(world: World) -> None:
    """They are written again, without being sent again; what a person added meanwhile stays."""
    world.write({"a.pdf": b"%PDF a", "a.txt": b"a", "b.txt": b"b"})
    target = database(world)
    push(world, target)
    link = {"type": "external", "name": "theirs", "external": {"url": "https://example.com/"}}
    page_id = row(world.sandbox, "a")["id"]
    files = {"properties": {"Attachments": {"files": [link]}}}
    world.sandbox.api("PATCH", f"/v1/pages/{page_id}", files)
    assert push(world, target).counts() == {"unchanged": 3}

    restore(world)
    run = push(world, target)

    assert run.counts() == {"attached": 2, "unchanged": 1}
    assert run.summary["uploads"] == 0
    assert rows(world.sandbox) == {"a": ["theirs", "a.pdf", "a.txt"], "b": ["b.txt"]}
    assert push(world, target).summary["requests"] == 0


def test_one_of_two_equal_entries(world: World) -> None:
    """Both hold one file of Notion's; the one that is missing is told by its name, whatever the other is called."""
    world.write({"s/a.txt": b"same", "s/b.txt": b"same"})
    target = database(world, 'row: "{folder}"')
    push(world, target)
    page_id = row(world.sandbox, "s")["id"]
    files = world.sandbox.api("GET", f"/v1/pages/{page_id}")["properties"]["Attachments"]["files"]
    kept = [{**files[0], "name": "mine"}]
    world.sandbox.api("PATCH", f"/v1/pages/{page_id}", {"properties": {"Attachments": {"files": kept}}})

    restore(world)
    assert push(world, target).counts() == {"attached": 1, "unchanged": 1}

    assert rows(world.sandbox)["s"][0] == "mine"
    assert len(rows(world.sandbox)["s"]) == 2


def test_an_equal_entry_that_is_left_is_that_of_its_own_file(world: World) -> None:
    """What was not asked for, or has been renamed meanwhile, is not taken for what is missing under another name."""
    world.write({"s/a.txt": b"same", "s/b.txt": b"same", "s/c.txt": b"same"})
    target = database(world, 'row: "{folder}"')
    push(world, target)
    page_id = row(world.sandbox, "s")["id"]
    files = world.sandbox.api("GET", f"/v1/pages/{page_id}")["properties"]["Attachments"]["files"]
    kept = {"properties": {"Attachments": {"files": files[1:]}}}
    world.sandbox.api("PATCH", f"/v1/pages/{page_id}", kept)
    (world.folder / "s/c.txt").rename(world.folder / "s/d.txt")

    restore(world, "s/a.txt")
    assert push(world, target).counts() == {"attached": 1, "renamed": 1, "unchanged": 1}

    assert sorted(rows(world.sandbox)["s"]) == ["a.txt", "b.txt", "d.txt"]
    assert push(world, target).summary["requests"] == 0


def test_a_block_whose_file_was_renamed_meanwhile(world: World) -> None:
    """In the trash nothing is renamed; what comes out of it shows today's name."""
    world.write(FILES)
    push(world)
    delete(world, "a.txt")
    (world.folder / "a.txt").rename(world.folder / "z.txt")
    push(world)

    restore(world)
    push(world)

    assert names(world) == ["z.txt", "b.txt", "c.txt"]


def test_a_block_that_cannot_be_labelled_is_back_all_the_same(world: World) -> None:
    world.write(FILES)
    push(world)
    delete(world, "a.txt")
    (world.folder / "a.txt").rename(world.folder / "z.txt")
    push(world)
    restore(world)
    refusal = {"status": 400, "code": "validation_error", "message": "Not this label."}
    world.sandbox.faults(
        [{"path": "^/v1/blocks/[^/]+$", "method": "PATCH", "nth": 2, "when": "before", "do": refusal}]
    )

    assert push(world).counts() == {"attached": 1, "unchanged": 3}
    world.sandbox.faults([])

    assert names(world) == ["a.txt", "b.txt", "c.txt"]
    assert push(world).summary["requests"] == 0


def test_a_row(world: World) -> None:
    """The row itself comes out of the trash, with what else is in it, and its page's blocks with it."""
    world.write({"a.txt": b"a", "b.txt": b"b"})
    target = database(world, "body: true")
    push(world, target)
    before = row(world.sandbox, "a")["id"]
    trash_page(world, before)

    restore(world)
    run = push(world, target)

    assert run.summary["uploads"] == 0
    assert rows(world.sandbox) == {"a": ["a.txt"], "b": ["b.txt"]}
    assert row(world.sandbox, "a")["id"] == before
    assert [block["name"] for block in world.sandbox.blocks(before)] == ["a.txt"]
    assert push(world, target).summary["requests"] == 0


def test_a_row_that_has_a_successor(world: World) -> None:
    """Files that came later made a new row of the title; the old ones join it, and no row is there twice."""
    world.write({"a.txt": b"a"})
    target = database(world)
    push(world, target)
    trash_page(world, row(world.sandbox, "a")["id"])
    world.write({"a.pdf": b"%PDF a"})
    push(world, target)
    assert rows(world.sandbox) == {"a": ["a.pdf"]}

    restore(world)
    assert push(world, target).counts() == {"attached": 1, "unchanged": 1}

    assert rows(world.sandbox) == {"a": ["a.pdf", "a.txt"]}
    assert len(all_rows(world.sandbox)) == 2


def test_a_page_of_a_subfolder(world: World) -> None:
    world.write({"a.txt": b"a", "sub/b.txt": b"b", "sub/c.txt": b"c"})
    push(world, rule=PAGES)
    (sub,) = [each["id"] for each in world.sandbox.state()["pages"] if each["title"] == "sub"]
    (block,) = [each["id"] for each in world.sandbox.blocks(sub) if each["name"] == "c.txt"]
    world.sandbox.api("DELETE", f"/v1/blocks/{block}")
    trash_page(world, sub)

    restore(world)
    run = push(world, rule=PAGES)

    assert tree(world.sandbox) == {"": ["a.txt"], "sub": {"": ["b.txt", "c.txt"]}}
    assert run.summary["uploads"] == 0
    assert push(world, rule=PAGES).summary["requests"] == 0


def test_the_page_of_the_rule_is_not_ours_to_restore(world: World) -> None:
    world.write(FILES)
    push(world)
    trash_page(world, world.sandbox.page_id)

    restore(world)
    run = push(world)

    assert "is in Notion's trash. Restore it there" in run.stderr
    assert run.counts() == {"unchanged": 3}


def test_icon_and_cover(world: World) -> None:
    world.write({"icon.png": b"\x89PNG i"})
    target = f"page: {world.sandbox.page_id}\nas: icon"
    push(world, target)
    world.sandbox.api("PATCH", f"/v1/pages/{world.sandbox.page_id}", {"icon": None})
    assert push(world, target).counts() == {"unchanged": 1}

    restore(world)
    assert push(world, target).counts() == {"attached": 1}

    (found,) = [each for each in world.sandbox.state()["pages"] if each["id"] == world.sandbox.page_id]
    assert found["icon"]["sha256"]


def test_the_watching_daemon_does_it_at_once(world: World) -> None:
    with watching(world, config=config(world)) as daemon:
        (world.folder / "a.txt").write_bytes(b"a")
        daemon.brings("a.txt")
        delete(world, "a.txt")
        assert "to restore it" in restore(world, "a.txt").stderr
        daemon.until(lambda: names(world) == ["a.txt"], "the block is back")


@pytest.mark.parametrize("trouble", ["cut after", "500 after", "half an answer", "committed", "429"])
def test_trouble(world: World, trouble: str) -> None:
    """Whatever goes wrong on the way, it is put back once, by this push or by the next."""
    world.write(FILES)
    push(world)
    delete(world, "a.txt", "b.txt")
    restore(world)
    world.sandbox.faults([{"path": "^/v1/blocks/[^/]+$", "method": "PATCH", "nth": 1, **TROUBLES[trouble]}])

    first = push(world)
    world.sandbox.faults([])
    push(world)

    assert first.code in (0, 75), first.stderr
    assert names(world) == ["a.txt", "b.txt", "c.txt"]
    assert push(world).summary["requests"] == 0
