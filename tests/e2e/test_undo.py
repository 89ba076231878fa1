"""`undo`: what one run has added goes to Notion's trash, as far as nobody has changed it since."""

import subprocess
from typing import Any

import pytest

from tests.crash.test_faults import TROUBLES
from tests.e2e.rules import all_rows, config, database, make_row, push, row, rows, tree
from tests.e2e.world import Run, World, kill, until_fault

FILES = {"a.txt": b"a", "b.txt": b"b", "c.txt": b"c"}
PAGES = "subfolders: pages"


def undo(world: World, *arguments: str, target: str = "", rule: str = "") -> Run:
    """`undo --yes --json` with the configuration of the push."""
    text = config(world, target, rule=rule)
    return world.run("undo", "--yes", "--json", *arguments, config=text)


def names(world: World) -> list[str]:
    """Of the blocks on the page."""
    return [block["name"] for block in world.sandbox.blocks()]


def person(world: World, **order: dict[str, Any]) -> None:
    """Do something in the app."""
    world.sandbox.control("POST", "people", order)


def test_what_the_last_run_added_goes_and_stays_away_until_it_is_put_back(world: World) -> None:
    world.write(FILES)
    push(world)
    before = {block["name"]: block["id"] for block in world.sandbox.blocks()}

    run = undo(world)

    assert (run.code, run.counts()) == (0, {"removed": 3}), run.stderr
    assert "run 1 (push, " in run.stderr
    assert f"{world.sandbox.page_id.replace('-', '')}: 3 files: ~/folder/a.txt" in run.stderr
    assert names(world) == []
    again = push(world)
    assert (again.counts(), again.summary["requests"]) == ({"unchanged": 3}, 0)
    assert [line["reason"] for line in world.run("history", "--json", "--limit", "3").lines] == [
        "taken back (undo of run 1)"
    ] * 3

    path, text = str(world.folder / "a.txt"), config(world)
    status, missing = world.run("status", config=text), world.run("missing", config=text)
    assert (status.code, "3 files taken back by undo" in status.stdout) == (0, True)
    assert "left out  3 files: it was taken back (undo); notion-sync retry --restore" in missing.stdout
    explained = world.run("explain", path, config=text).stdout
    assert "in Notion's trash" in explained
    assert "next      nothing: it was taken back (undo)" in explained
    assert world.run("link", path).code == 1

    world.run("retry", "--restore")
    assert push(world).counts() == {"attached": 3, "unchanged": 3}
    assert world.run("link", path).code == 0
    assert {block["name"]: block["id"] for block in world.sandbox.blocks()} == before
    assert undo(world).counts() == {"removed": 3}
    assert undo(world).code == 1


def test_what_a_run_did_to_what_was_there_is_named_before_it_is_asked(world: World) -> None:
    world.write(FILES)
    push(world)
    world.write({"a.txt": b"other", "new.txt": b"new"}, mtime=1_600_000_000)
    (world.folder / "b.txt").rename(world.folder / "called.txt")
    push(world)

    shown = world.run("undo", "--dry-run", config=config(world)).stderr

    assert "1 file: ~/folder/new.txt" in shown
    said = [
        line.removeprefix("  not taken back: ") for line in shown.splitlines() if "not taken back" in line
    ]
    assert said == [
        "the new content of 1 file stays: nothing holds the content that was there before: ~/folder/a.txt",
        "the new name of 1 file stays: that is how the file is called now: ~/folder/called.txt",
    ]


def test_a_run_that_has_only_changed_what_was_there_says_what_stays_and_why(world: World) -> None:
    world.write(FILES)
    push(world)
    world.write({"a.txt": b"other"}, mtime=1_600_000_000)
    push(world)

    run = undo(world, "2")

    assert run.code == 1
    assert "run 2 has added nothing that is still there; the new content of 1 file stays: " in run.stderr
    assert "~/folder/a.txt" in run.stderr


def test_one_run_and_no_other(world: World) -> None:
    for name in ("a.txt", "b.txt", "c.txt"):
        world.write({name: FILES[name]})
        push(world)

    listed = world.run("undo", "--list").stdout.splitlines()
    assert [line.split()[0] for line in listed[1:]] == ["3", "2", "1"]
    assert undo(world, "2").counts() == {"removed": 1}
    assert names(world) == ["a.txt", "c.txt"]
    assert undo(world).counts() == {"removed": 1}
    assert names(world) == ["a.txt"]
    unknown = undo(world, "99")
    assert (unknown.code, "run 99 is not known" in unknown.stderr) == (1, True)


def test_a_new_content_goes_up_again(world: World) -> None:
    """As with everything that was deleted in Notion."""
    world.write({"a.txt": b"a"})
    push(world)
    undo(world)
    world.write({"a.txt": b"other"})

    assert push(world).counts() == {"replaced": 1} or names(world) == ["a.txt"]

    assert names(world) == ["a.txt"]


def test_nothing_goes_unasked(world: World) -> None:
    world.write(FILES)
    push(world)
    text = config(world)

    silent, shown = world.run("undo", config=text), world.run("undo", "--dry-run", config=text)

    assert (silent.code, "--yes answers" in silent.stderr) == (2, True)
    assert (shown.code, "3 files" in shown.stderr) == (0, True)
    assert len(names(world)) == 3


def _moved(world: World, block: str) -> None:
    made = world.sandbox.api(
        "POST",
        "/v1/pages",
        {
            "parent": {"page_id": world.sandbox.page_id},
            "properties": {"title": {"title": [{"text": {"content": "mine"}}]}},
        },
    )
    person(world, move_block={"block": block, "to": made["id"]})


def _renamed(world: World, block: str) -> None:
    person(world, rename_block={"block": block, "name": "mine.txt"})


def _captioned(world: World, block: str) -> None:
    person(world, write_caption={"block": block, "text": "mine"})


def _exchanged(world: World, block: str) -> None:
    person(world, replace_file={"block": block, "name": "mine.txt", "content": "mine"})


def _changed_here(world: World, block: str) -> None:
    world.write({"a.txt": b"a later content"})
    push(world)


@pytest.mark.parametrize("change", [_moved, _renamed, _captioned, _exchanged, _changed_here])
def test_what_was_changed_since_stays(world: World, change: Any) -> None:
    world.write({"a.txt": b"a", "b.txt": b"b"})
    push(world)
    (block,) = [block["id"] for block in world.sandbox.blocks() if block["name"] == "a.txt"]
    change(world, block)

    run = undo(world, "1")

    assert run.code == 0, run.stderr
    assert run.counts()["removed"] == 1
    assert world.sandbox.api("GET", f"/v1/blocks/{block}")["in_trash"] is False
    assert "b.txt" not in names(world)


def test_a_renamed_file_is_still_what_the_run_has_made(world: World) -> None:
    world.write({"a.txt": b"a"})
    push(world)
    (world.folder / "a.txt").rename(world.folder / "z.txt")
    push(world)

    assert undo(world, "1").counts() == {"removed": 1}

    assert names(world) == []


def test_rows_that_the_run_made_go_and_others_lose_its_entries(world: World) -> None:
    make_row(world.sandbox, "theirs", link="https://example.com/x")
    world.write({"theirs.txt": b"t", "new.txt": b"n", "touched.txt": b"x", "both.txt": b"1"})
    target = database(world, "body: true")
    push(world, target)
    touched = row(world.sandbox, "touched")["id"]
    person(world, set_value={"row": touched, "property": "Stars", "type": "number", "value": 5})
    world.write({"both.pdf": b"%PDF 2"})
    push(world, target)

    run = undo(world, "1", target=target)

    assert (run.code, run.counts()) == (0, {"removed": 8}), run.stderr
    assert rows(world.sandbox) == {"theirs": ["link"], "touched": [], "both": ["both.pdf"]}
    assert [block["name"] for block in world.sandbox.blocks(row(world.sandbox, "both")["id"])] == ["both.pdf"]
    again = push(world, target)
    assert again.summary["requests"] == 0

    world.run("retry", "--restore")
    push(world, target)
    assert rows(world.sandbox) == {
        "theirs": ["link", "theirs.txt"], "touched": ["touched.txt"], "both": ["both.pdf", "both.txt"],
        "new": ["new.txt"],
    }  # fmt: skip
    assert len(all_rows(world.sandbox)) == 4
    assert push(world, target).summary["requests"] == 0


def test_an_entry_that_a_person_named_stays(world: World) -> None:
    world.write({"s/a.txt": b"same", "s/b.txt": b"same"})
    target = database(world, 'row: "{folder}"')
    push(world, target)
    page_id = row(world.sandbox, "s")["id"]
    files = world.sandbox.api("GET", f"/v1/pages/{page_id}")["properties"]["Attachments"]["files"]
    named = {"properties": {"Attachments": {"files": [{**files[0], "name": "mine"}, files[1]]}}}
    world.sandbox.api("PATCH", f"/v1/pages/{page_id}", named)

    assert undo(world, target=target).counts() == {"removed": 1, "skipped": 1}

    assert rows(world.sandbox) == {"s": ["mine"]}


def test_subfolders_pages(world: World) -> None:
    """The innermost go first; one in which a person has written stays, and so do those above it."""
    world.write({"a.txt": b"a", "x/y/z.txt": b"z", "p/q/r.txt": b"r"})
    push(world, rule=PAGES)
    (written,) = [each["id"] for each in world.sandbox.state()["pages"] if each["title"] == "q"]
    words = {"type": "paragraph", "paragraph": {"rich_text": [{"text": {"content": "mine"}}]}}
    world.sandbox.api("PATCH", f"/v1/blocks/{written}/children", {"children": [words]})

    run = undo(world, rule=PAGES)

    assert (run.code, run.counts()) == (0, {"removed": 3}), run.stderr
    assert tree(world.sandbox) == {"": [], "p": {"": [], "q": {"": []}}}
    assert push(world, rule=PAGES).summary["requests"] == 0
    world.write({"x/y/new.txt": b"new"})
    push(world, rule=PAGES)
    assert tree(world.sandbox)["x"] == {"": [], "y": {"": ["new.txt"]}}


def test_subfolders_pages_come_back_with_those_above_them(world: World) -> None:
    world.write({"x/y/z.txt": b"z"})
    push(world, rule=PAGES)
    undo(world, rule=PAGES)

    world.run("retry", "--restore")
    run = push(world, rule=PAGES)

    assert run.summary["uploads"] == 0
    assert tree(world.sandbox) == {"": [], "x": {"": [], "y": {"": ["z.txt"]}}}
    world.write({"x/y/new.txt": b"new"})
    push(world, rule=PAGES)
    assert tree(world.sandbox)["x"]["y"] == {"": ["z.txt", "new.txt"]}


@pytest.mark.parametrize("rule", ["", PAGES])
def test_what_cannot_be_seen_any_more_is_not_taken_for_gone(world: World, rule: str) -> None:
    """Another token, a page that is not shared any more."""
    world.write({"s/a.txt": b"a"})
    push(world, rule=rule)
    unseen = {"status": 404, "code": "object_not_found", "message": "Could not find it."}
    world.sandbox.faults([{"path": "^/v1/(pages|blocks)/", "every": 1, "do": unseen}])

    first = undo(world, rule=rule)
    world.sandbox.faults([])

    assert (first.code, first.counts()) == (1, {"failed": 1}), first.stderr
    assert undo(world, rule=rule).counts() == {"removed": 1}
    assert tree(world.sandbox) == {"": []}


WRITE = {
    "page": {"method": "DELETE", "path": "^/v1/blocks/[^/]+$"},
    "database": {"method": "PATCH", "path": "^/v1/pages/[^/]+$"},
    "pages": {"method": "PATCH", "path": "^/v1/pages/[^/]+$"},
}
"""The request by which something is taken back."""


@pytest.mark.parametrize(
    ("place", "trouble"),
    [
        ("page", "cut after"),
        ("page", "429"),
        ("database", "cut after"),
        ("database", "500 after"),
        ("pages", "cut after"),
        ("pages", "committed"),
    ],
)
def test_trouble(world: World, place: str, trouble: str) -> None:
    """Whatever goes wrong on the way, it is gone in the end, and no push brings it again."""
    world.write({"s/a.txt": b"a", "s/b.txt": b"b"})
    target = database(world, 'row: "{folder}"') if place == "database" else ""
    rule = PAGES if place == "pages" else ""
    if place == "database":
        make_row(world.sandbox, "s", link="https://example.com/x")
    push(world, target, rule=rule)
    world.sandbox.faults([{**WRITE[place], "nth": 1, "times": 1, **TROUBLES[trouble]}])

    first = undo(world, target=target, rule=rule)
    fired = world.sandbox.fired()
    world.sandbox.faults([])
    undo(world, "1", target=target, rule=rule)

    assert (fired, first.code in (0, 75)) == (1, True), first.stderr
    if place == "database":
        assert rows(world.sandbox) == {"s": ["link"]}
    else:
        assert tree(world.sandbox) == {"": []}
    assert push(world, target, rule=rule).summary["requests"] == 0


@pytest.mark.parametrize(
    ("place", "when"),
    [
        ("page", "after"),
        ("database", "before"),
        pytest.param("page", "before", marks=pytest.mark.soak),
        pytest.param("database", "after", marks=pytest.mark.soak),
    ],
)
def test_a_kill_in_the_middle(world: World, place: str, when: str) -> None:
    """The next push brings nothing again; the same undo goes on."""
    world.write({"s/a.txt": b"a", "s/b.txt": b"b"})
    target = database(world, 'row: "{folder}"') if place == "database" else ""
    if place == "database":
        make_row(world.sandbox, "s", link="https://example.com/x")
    push(world, target)
    world.sandbox.faults([{**WRITE[place], "nth": 1, "when": when, "do": {"delay": 60}}])
    process = subprocess.Popen(
        world.command("undo", "--yes", config=config(world, target)),
        env=world.environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    until_fault(world.sandbox, process, "something is taken back")
    kill(process)
    world.sandbox.faults([])

    second = undo(world, "1", target=target)

    assert second.code in (0, 1, 75), second.stderr
    assert (rows(world.sandbox) == {"s": ["link"]}) if place == "database" else (names(world) == [])
    assert push(world, target).summary["requests"] == 0
