"""Names that people gave, spelled otherwise or changed: rows, pages and properties are found all the same."""

import subprocess

import pytest

from tests.e2e.adopting import adopt, lose, results
from tests.e2e.rules import config, database, make_row, push, rows, tree
from tests.e2e.world import World, wait_until

COMPOSED, DECOMPOSED = "R\u00e9sum\u00e9", "Re\u0301sume\u0301"
PAGES = "subfolders: pages"


def rename(world: World, old: str, new: str) -> None:
    """What a person does to a property."""
    source = f"/v1/data_sources/{world.sandbox.data_source_id}"
    world.sandbox.api("PATCH", source, {"properties": {old: {"name": new}}})


def entries(world: World, prop: str) -> dict[str, list[str]]:
    return {
        page["title"]: [entry["name"] for entry in page["properties"][prop]]
        for page in world.sandbox.state()["pages"]
        if prop in page["properties"] and not page["in_trash"]
    }


def make_page(world: World, title: str) -> None:
    title_value = {"title": {"title": [{"text": {"content": title}}]}}
    parent = {"page_id": world.sandbox.page_id}
    world.sandbox.api("POST", "/v1/pages", {"parent": parent, "properties": title_value})


@pytest.mark.parametrize("title", [COMPOSED, f"{COMPOSED} "])
def test_a_row_and_a_page_that_a_person_typed(world: World, title: str) -> None:
    make_row(world.sandbox, title)
    make_page(world, title)
    world.write({f"{DECOMPOSED}/{DECOMPOSED}.txt": b"x"})
    assert push(world, database(world)).counts() == {"attached": 1}
    assert rows(world.sandbox) == {title: [f"{DECOMPOSED}.txt"]}
    assert push(world, rule=PAGES).counts() == {"attached": 1}
    assert tree(world.sandbox) == {"": [], title: {"": [f"{DECOMPOSED}.txt"]}}


def test_what_was_lost_is_adopted_from_what_a_person_calls_alike(world: World) -> None:
    world.write({f"{DECOMPOSED}/{DECOMPOSED}.txt": b"x"})
    push(world, database(world))
    push(world, rule=PAGES)
    for page in world.sandbox.state()["pages"]:
        if page["title"] == DECOMPOSED:
            name = "Name" if "Attachments" in page["properties"] else "title"
            value = {"properties": {name: {"title": [{"text": {"content": COMPOSED}}]}}}
            world.sandbox.api("PATCH", f"/v1/pages/{page['id']}", value)
    lose(world)
    path = f"{DECOMPOSED}/{DECOMPOSED}.txt"
    assert results(adopt(world, database(world))) == {path: "matched"}
    assert results(adopt(world, rule=PAGES)) == {path: "matched"}
    assert push(world, database(world)).counts() == {"unchanged": 1}
    assert push(world, rule=PAGES).counts() == {"unchanged": 1}


@pytest.mark.parametrize("body", ["", "body: true"])
def test_a_rule_that_follows_a_renamed_property(world: World, body: str) -> None:
    world.write({"a.txt": b"a", "b.txt": b"b"})
    push(world, database(world, body))
    rename(world, "Attachments", "Scans")
    world.write({"c.txt": b"c"})
    run = push(world, database(world, body))
    assert run.counts() == {"attached": 1, "unchanged": 2}
    assert '"Attachments"' in run.stderr
    assert '"Scans"' in run.stderr
    run = push(world, database(world, body).replace("Attachments", "Scans"))
    assert run.counts() == {"unchanged": 3}
    assert run.summary["uploads"] == 0
    assert entries(world, "Scans") == {"a": ["a.txt"], "b": ["b.txt"], "c": ["c.txt"]}


def test_a_property_that_is_renamed_while_watch_runs(world: World) -> None:
    world.write({"a.txt": b"a"})
    text = config(world, database(world)).replace("rules:", "defaults: {settle: 0s}\nrules:")
    daemon = subprocess.Popen(world.command("watch", config=text), env=world.environ, cwd=world.home)
    try:
        wait_until(lambda: rows(world.sandbox) == {"a": ["a.txt"]}, "the first file")
        rename(world, "Attachments", "Scans")
        world.write({"a.txt": b"changed", "b.txt": b"b"})
        wait_until(lambda: entries(world, "Scans") == {"a": ["a.txt"], "b": ["b.txt"]}, "the others")
        rename(world, "Scans", "Attachments")
        world.write({"c.txt": b"c"})
        wait_until(
            lambda: rows(world.sandbox) == {"a": ["a.txt"], "b": ["b.txt"], "c": ["c.txt"]}, "the last one"
        )
    finally:
        daemon.terminate()
        daemon.wait(timeout=30)
