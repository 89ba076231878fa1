"""A write is cut off before its effect, and somebody makes something of its name and size: that is not ours.

The other machine has the same token, so that what it makes is told from ours by its bytes alone.
"""

import pytest

from tests.e2e.rules import config, database, page, row
from tests.e2e.world import Json, World, kill, sha256, until_fault
from tests.support.contract import HTTP

OURS, THEIRS, CHANGED = b"content of A", b"content of B", b"our new content"


def cut_off(world: World, method: str, path: str, text: str) -> None:
    """The program is killed while its write has not arrived."""
    world.sandbox.faults([{"method": method, "path": path, "nth": 1, "when": "before", "do": {"delay": 600}}])
    process = world.start_with(text)
    until_fault(world.sandbox, process, "the write")
    kill(process)
    world.sandbox.faults([])


def theirs(world: World, name: str, content_type: str) -> Json:
    """Their file, as it is attached."""
    made = world.sandbox.api("POST", "/v1/file_uploads", {"filename": name, "content_type": content_type})
    HTTP.post(
        f"{world.sandbox.base_url}/v1/file_uploads/{made['id']}/send",
        files={"file": (name, THEIRS, content_type)},
        headers={"Authorization": f"Bearer {world.sandbox.token}", "Notion-Version": "2026-03-11"},
    ).raise_for_status()
    return {"type": "file_upload", "file_upload": {"id": made["id"]}}


@pytest.mark.parametrize(
    ("name", "kind", "content_type"),
    [("a.txt", "file", "text/plain"), ("a.png", "image", "image/png"), ("a.pdf", "pdf", "application/pdf")],
)
def test_a_block(world: World, name: str, kind: str, content_type: str) -> None:
    world.write({name: OURS})
    text = config(world, page(world))
    cut_off(world, "PATCH", "/children$", text)
    file = theirs(world, name, content_type) | ({"name": name} if kind == "file" else {})
    children = {"children": [{"type": kind, kind: file}]}
    world.sandbox.api("PATCH", f"/v1/blocks/{world.sandbox.page_id}/children", children)

    assert world.run("push", "--json", config=text).code == 0
    assert [each["sha256"] for each in world.sandbox.blocks()] == [sha256(THEIRS), sha256(OURS)]
    world.write({name: CHANGED})
    assert world.run("push", "--json", config=text).code == 0
    assert [each["sha256"] for each in world.sandbox.blocks()] == [sha256(THEIRS), sha256(CHANGED)]


@pytest.mark.parametrize("row_there", [True, False])
def test_an_entry(world: World, row_there: bool) -> None:
    world.write({"0.txt": b"first"})
    text = config(world, database(world, "row: all"), rule="on_delete: remove\nmax_delete: 100%")
    if row_there:
        assert world.run("push", "--json", config=text).code == 0
    world.write({"a.txt": OURS})
    cut_off(world, "PATCH" if row_there else "POST", "^/v1/pages(/|$)", text)
    entry = theirs(world, "a.txt", "text/plain") | {"name": "a.txt"}
    source = world.sandbox.data_source_id
    rows = world.sandbox.api("POST", f"/v1/data_sources/{source}/query", {})["results"]
    if rows:
        files = {"files": [*rows[0]["properties"]["Attachments"]["files"], entry]}
        world.sandbox.api("PATCH", f"/v1/pages/{rows[0]['id']}", {"properties": {"Attachments": files}})
    else:
        title = {"title": [{"text": {"content": "all"}}]}
        properties = {"Name": title, "Attachments": {"files": [entry]}}
        world.sandbox.api(
            "POST", "/v1/pages", {"parent": {"data_source_id": source}, "properties": properties}
        )

    assert world.run("push", "--json", config=text).code == 0
    assert contents(world) == {sha256(OURS), sha256(THEIRS)}
    (world.folder / "a.txt").unlink()
    assert world.run("push", "--json", config=text).code == 0
    assert contents(world) == {sha256(THEIRS)}


def contents(world: World) -> set[str]:
    """What is in the row, but for what was there first."""
    entries = row(world.sandbox, "all")["properties"]["Attachments"]
    assert len({entry["sha256"] for entry in entries}) == len(entries)
    return {str(entry["sha256"]) for entry in entries} - {sha256(b"first")}
