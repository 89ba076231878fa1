"""A person works in Notion while the program does: nobody's entry is lost, nobody's deletion undone.

A fault holds one request back; meanwhile the person acts through the API.
"""

from collections.abc import Callable

import pytest

from tests.e2e.rules import all_rows, config, database, make_row, page, push, row, rows
from tests.e2e.world import LONG_AGO, Json, World, until_fault, wait_until

FILES = {"a.txt": b"a", "b.txt": b"b"}
ALL = "row: all"


def interrupted(world: World, target: str, held: Json, act: Callable[[], object], *, rule: str = "") -> int:
    """Push; while the request that `held` names is held back, `act`; the exit code."""
    world.sandbox.faults([{"nth": 1, "times": 1, "do": {"delay": 2.5}, **held}])
    process = world.start_with(config(world, target, rule=rule))
    until_fault(world.sandbox, process, "the request that is held back")
    act()
    _, errors = process.communicate(timeout=60)
    assert "Traceback" not in errors, errors
    world.sandbox.faults([])
    return process.returncode


def add_link(world: World, title: str, name: str) -> None:
    """A person adds a link to a row."""
    read = world.sandbox.api("GET", f"/v1/pages/{row(world.sandbox, title)['id']}")
    link = {"type": "external", "name": name, "external": {"url": f"https://example.com/{name}"}}
    files = [*read["properties"]["Attachments"]["files"], link]
    world.sandbox.api("PATCH", f"/v1/pages/{read['id']}", {"properties": {"Attachments": {"files": files}}})


def rename(world: World, title: str, new: str) -> None:
    """A person renames a row."""
    value = {"properties": {"Name": {"title": [{"text": {"content": new}}]}}}
    world.sandbox.api("PATCH", f"/v1/pages/{row(world.sandbox, title)['id']}", value)


QUERY = {"method": "POST", "path": "/query$", "when": "after"}
READ = {"method": "GET", "path": "/v1/pages/", "when": "before"}
SEND = {"method": "POST", "path": "/send$", "when": "before"}


@pytest.mark.parametrize("held", [QUERY, READ, SEND])
def test_an_entry_added_before_our_reading_is_kept(world: World, held: Json) -> None:
    """Whenever a reading right before the write can see it, it stays."""
    make_row(world.sandbox, "all", first="https://example.com/first")
    world.write(FILES)

    code = interrupted(world, database(world, ALL), held, lambda: add_link(world, "all", "second"))

    assert code == 0
    assert rows(world.sandbox) == {"all": ["first", "second", "a.txt", "b.txt"]}
    assert push(world, database(world, ALL)).counts() == {"unchanged": 2}


def test_an_entry_added_after_a_write_that_was_not_done(world: World) -> None:
    """A write that is refused is not repeated as it was: the row is read again."""
    make_row(world.sandbox, "all", first="https://example.com/first")
    world.write(FILES)
    conflict = [
        {
            "method": "PATCH",
            "path": "/v1/pages/",
            "nth": 1,
            "times": 1,
            "when": "before",
            "do": {"status": 409},
        },
        # The first is ours, the second is made by the person, who comes in time while the third is slow.
        {"method": "GET", "path": "/v1/pages/", "nth": 3, "times": 1, "when": "before", "do": {"delay": 2.5}},
    ]
    world.sandbox.faults(conflict)
    process = world.start_with(config(world, database(world, ALL)))
    wait_until(
        lambda: any(r["status"] == 409 for r in world.sandbox.requests()) or process.poll() is not None,
        "the refusal",
    )
    add_link(world, "all", "second")
    process.communicate(timeout=60)

    assert process.returncode == 0
    assert rows(world.sandbox) == {"all": ["first", "second", "a.txt", "b.txt"]}


def test_an_answer_that_is_lost_while_somebody_adds(world: World) -> None:
    """The write was done, nobody saw it, and then somebody added a link: all of it is there, once."""
    make_row(world.sandbox, "all", first="https://example.com/first")
    world.write(FILES)
    world.sandbox.faults(
        [
            {
                "method": "PATCH",
                "path": "/v1/pages/",
                "nth": 1,
                "times": 1,
                "when": "after",
                "do": {"cut": True},
            },
            {
                "method": "GET",
                "path": "/v1/pages/",
                "nth": 2,
                "times": 1,
                "when": "before",
                "do": {"delay": 2.5},
            },
        ]
    )
    process = world.start_with(config(world, database(world, ALL)))
    wait_until(
        lambda: len(rows(world.sandbox).get("all", ())) == 3 or process.poll() is not None, "the write"
    )
    add_link(world, "all", "second")
    process.communicate(timeout=60)

    assert process.returncode == 0
    assert rows(world.sandbox) == {"all": ["first", "a.txt", "b.txt", "second"]}


def test_a_row_renamed_under_our_hands(world: World) -> None:
    """It stays the row of its files."""
    world.write(FILES)
    push(world, database(world, ALL))
    world.write({"c.txt": b"c"})

    code = interrupted(world, database(world, ALL), SEND, lambda: rename(world, "all", "Everything"))

    assert code == 0
    assert rows(world.sandbox) == {"Everything": ["a.txt", "b.txt", "c.txt"]}
    assert push(world, database(world, ALL)).counts() == {"unchanged": 3}


def test_a_row_trashed_under_our_hands(world: World) -> None:
    """What was in it stays deleted; what is new gets a row of its own."""
    world.write(FILES)
    push(world, database(world, ALL))
    world.write({"c.txt": b"c"})
    trash = row(world.sandbox, "all")["id"]

    code = interrupted(
        world, database(world, ALL), SEND,
        lambda: world.sandbox.api("PATCH", f"/v1/pages/{trash}", {"in_trash": True}),
    )  # fmt: skip

    assert code == 0
    assert rows(world.sandbox) == {"all": ["c.txt"]}
    assert len(all_rows(world.sandbox)) == 2
    assert push(world, database(world, ALL)).counts() == {"unchanged": 3}
    world.write({"a.txt": b"changed"}, mtime=LONG_AGO + 1)
    assert push(world, database(world, ALL)).counts() == {"replaced": 1, "unchanged": 2}
    assert rows(world.sandbox) == {"all": ["c.txt", "a.txt"]}


def test_a_row_of_the_same_title_made_meanwhile(world: World) -> None:
    """While our bytes are on their way somebody makes the row: it is found, not made again."""
    world.write(FILES)

    code = interrupted(
        world, database(world, ALL), SEND, lambda: make_row(world.sandbox, "all", mine="https://e.com/m")
    )

    assert code == 0
    assert rows(world.sandbox) == {"all": ["mine", "a.txt", "b.txt"]}


def test_entries_that_a_person_removed_or_renamed(world: World) -> None:
    """Not put back; a changed file is, and a renamed entry is left to whoever renamed it."""
    world.write({**FILES, "c.txt": b"c"})
    push(world, database(world, ALL))
    read = world.sandbox.api("GET", f"/v1/pages/{row(world.sandbox, 'all')['id']}")
    first, _, third = read["properties"]["Attachments"]["files"]
    kept = [first, {**third, "name": "my name.txt"}]
    world.sandbox.api("PATCH", f"/v1/pages/{read['id']}", {"properties": {"Attachments": {"files": kept}}})

    assert push(world, database(world, ALL)).counts() == {"unchanged": 3}
    world.write({"b.txt": b"b again"}, mtime=LONG_AGO + 1)
    assert push(world, database(world, ALL)).code == 0
    assert rows(world.sandbox) == {"all": ["a.txt", "my name.txt", "b.txt"]}


def test_a_block_deleted_before_its_file_is_renamed(world: World) -> None:
    """A new name is no new content: it stays deleted."""
    world.write(FILES)
    push(world)
    world.sandbox.api("DELETE", f"/v1/blocks/{world.sandbox.blocks()[0]['id']}")
    (world.folder / "a.txt").rename(world.folder / "c.txt")

    run = push(world)

    assert run.counts() == {"renamed": 1, "unchanged": 1}
    assert "deleted in Notion" in run.files[0]["reason"]
    assert [block["name"] for block in world.sandbox.blocks()] == ["b.txt"]


def test_a_page_trashed_under_our_hands(world: World) -> None:
    """Each file says why; restored, it takes them all, without their bytes."""
    world.write({f"{n}.txt": str(n).encode() for n in range(5)})
    made = world.sandbox.api(
        "POST", "/v1/pages",
        {
            "parent": {"page_id": world.sandbox.page_id},
            "properties": {"title": {"title": [{"text": {"content": "Other"}}]}},
        },
    )["id"]  # fmt: skip
    target = f"page: {made}"

    def trash() -> None:
        world.sandbox.api("PATCH", f"/v1/pages/{made}", {"in_trash": True})

    assert interrupted(world, target, SEND, trash) == 1
    run = push(world, target)
    assert run.counts() == {"failed": 5}
    assert ["trash" in line["reason"] for line in run.files] == [True] * 5
    world.sandbox.api("PATCH", f"/v1/pages/{made}", {"in_trash": False})
    run = push(world, target)
    assert run.counts() == {"attached": 5}
    assert run.summary["uploads"] == 0


def test_the_property_is_called_otherwise(world: World) -> None:
    """A person renames it: it is used all the same, and that is said; renamed back, nothing is there twice."""
    world.write(FILES)
    push(world, database(world, ALL))
    source = f"/v1/data_sources/{world.sandbox.data_source_id}"
    world.sandbox.api("PATCH", source, {"properties": {"Attachments": {"name": "Files"}}})
    world.write({"c.txt": b"c"})

    run = push(world, database(world, ALL))

    assert run.counts() == {"attached": 1, "unchanged": 2}
    assert '"Files"' in run.stderr + run.stdout
    world.sandbox.api("PATCH", source, {"properties": {"Files": {"name": "Attachments"}}})
    assert push(world, database(world, ALL)).counts() == {"unchanged": 3}
    assert rows(world.sandbox) == {"all": ["a.txt", "b.txt", "c.txt"]}


def test_both_kinds_of_target_and_a_person_at_each(world: World) -> None:
    """What others put between our blocks and entries stays where it is."""
    world.write(FILES)
    target = f"- {page(world)}\n- database: {world.sandbox.database_id}\n  property: Attachments\n  row: all"
    push(world, target)
    note = {
        "object": "block",
        "type": "paragraph",
        "paragraph": {"rich_text": [{"text": {"content": "mine"}}]},
    }
    world.sandbox.api("PATCH", f"/v1/blocks/{world.sandbox.page_id}/children", {"children": [note]})
    add_link(world, "all", "theirs")
    world.write({"a.txt": b"changed"}, mtime=LONG_AGO + 1)
    world.write({"c.txt": b"c"})

    assert push(world, target).counts() == {"attached": 2, "replaced": 2, "unchanged": 2}
    assert rows(world.sandbox) == {"all": ["a.txt", "b.txt", "theirs", "c.txt"]}
    (state,) = [each for each in world.sandbox.state()["pages"] if each["id"] == world.sandbox.page_id]
    shown = [
        child["name"] or child["caption"] for child in state["children"] if child["type"] != "child_database"
    ]
    assert shown == ["a.txt", "b.txt", "mine", "c.txt"]
