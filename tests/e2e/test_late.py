"""An answer is lost, and Notion does what was asked for all the same, some seconds later: it is there once.

A fault cuts a request off before its effect. When the program has looked for the effect in vain, the test has it
happen, with the program's own token, as Notion would do it.
"""

import re
import signal
import subprocess
import sys
from collections.abc import Callable

import pytest

from tests.e2e.rules import config, database, push, row, rows, tree
from tests.e2e.world import LONG_AGO, Json, World, kill, sha256, until_fault, wait_until

Call = tuple[str, str]
APPEND, WRITE, MAKE = ("PATCH", "/children$"), ("PATCH", "^/v1/pages/"), ("POST", "^/v1/pages$")
LIST, READ, QUERY = ("GET", "/children$"), ("GET", "^/v1/pages/"), ("POST", "/query$")

KILLED = [pytest.param(False, id="the same run"), pytest.param(True, id="the next run")]
"""Which run looks: the one that wrote, or the one after it was killed."""


def happens(
    world: World,
    write: Call,
    look: Call,
    text: str,
    act: Callable[[], object],
    *,
    killed: bool,
    looks: int = 1,
) -> None:
    """Push; the write is cut off, and happens when it was looked for so many times; the push ends well."""
    method, path = write
    deed: Json = {"delay": 600} if killed else {"cut": True}
    world.sandbox.faults([{"method": method, "path": path, "nth": 1, "when": "before", "do": deed}])
    begun = len(world.sandbox.requests())
    process = world.start_with(text)
    until_fault(world.sandbox, process, "the write")
    if killed:
        kill(process)
        world.sandbox.faults([])
        begun = len(world.sandbox.requests())
        process = world.start_with(text)

    def looked() -> int:
        calls = [(line["method"], line["path"]) for line in world.sandbox.requests()[begun:]]
        # A write that hangs is not in the log, and the next run begins with a look.
        after = 0 if killed else next((n for n, call in enumerate(calls) if _is(call, write)), len(calls))
        return sum(_is(call, look) for call in calls[after:])

    wait_until(lambda: process.poll() is not None or looked() >= looks, "a look")
    act()
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors


def _is(call: Call, wanted: Call) -> bool:
    return call[0] == wanted[0] and re.search(wanted[1], call[1]) is not None


def upload(world: World, content: bytes) -> str:
    """The id of the upload of a content."""
    (found,) = [each["id"] for each in world.sandbox.state()["uploads"] if each["sha256"] == sha256(content)]
    return str(found)


def new(world: World, content: bytes, name: str = "a.txt") -> Json:
    """An upload as it is attached."""
    return {"type": "file_upload", "file_upload": {"id": upload(world, content)}, "name": name}


@pytest.mark.parametrize(("killed", "looks"), [(False, 1), (False, 3), (True, 1)])
def test_a_block(world: World, killed: bool, looks: int) -> None:
    """Also where only a later look finds it."""
    world.write({"a.txt": b"one"})

    def append() -> None:
        block = {"object": "block", "type": "file", "file": new(world, b"one")}
        world.sandbox.api("PATCH", f"/v1/blocks/{world.sandbox.page_id}/children", {"children": [block]})

    happens(world, APPEND, LIST, config(world), append, killed=killed, looks=looks)

    assert [block["name"] for block in world.sandbox.blocks()] == ["a.txt"]
    again = push(world)
    assert again.counts() == {"unchanged": 1}
    assert again.summary["requests"] == 0


@pytest.mark.parametrize("killed", KILLED)
def test_a_row(world: World, killed: bool) -> None:
    world.write({"a.txt": b"one"})

    def make() -> None:
        values = {
            "Name": {"title": [{"text": {"content": "a"}}]},
            "Attachments": {"files": [new(world, b"one")]},
        }
        parent = {"data_source_id": world.sandbox.data_source_id}
        world.sandbox.api("POST", "/v1/pages", {"parent": parent, "properties": values})

    happens(world, MAKE, QUERY, config(world, database(world)), make, killed=killed)

    assert rows(world.sandbox) == {"a": ["a.txt"]}
    assert push(world, database(world)).summary["requests"] == 0


@pytest.mark.parametrize("killed", KILLED)
def test_an_entry_in_the_place_of_another(world: World, killed: bool) -> None:
    world.write({"a.txt": b"one"})
    push(world, database(world))
    world.write({"a.txt": b"two"}, mtime=LONG_AGO + 1)
    page = row(world.sandbox, "a")["id"]

    def replace() -> None:
        files = {"files": [new(world, b"two")]}
        world.sandbox.api("PATCH", f"/v1/pages/{page}", {"properties": {"Attachments": files}})

    happens(world, WRITE, READ, config(world, database(world)), replace, killed=killed)

    found = row(world.sandbox, "a")["properties"]["Attachments"]
    assert [entry["sha256"] for entry in found] == [sha256(b"two")]
    assert push(world, database(world)).summary["requests"] == 0


@pytest.mark.parametrize("killed", KILLED)
def test_the_page_of_a_subfolder(world: World, killed: bool) -> None:
    world.write({"sub/a.txt": b"one"})
    rule = "subfolders: pages"

    def make() -> None:
        title = {"title": {"title": [{"text": {"content": "sub"}}]}}
        world.sandbox.api(
            "POST", "/v1/pages", {"parent": {"page_id": world.sandbox.page_id}, "properties": title}
        )

    happens(world, MAKE, LIST, config(world, rule=rule), make, killed=killed)

    assert tree(world.sandbox) == {"": [], "sub": {"": ["a.txt"]}}
    assert push(world, rule=rule).summary["requests"] == 0


def test_a_push_that_is_stopped_while_it_waits_leaves_it_to_the_next(world: World) -> None:
    """It says in one line what it waits for, and ends with 75: the next run looks."""
    world.write({"a.txt": b"one", "b.png": b"two"})
    world.sandbox.faults(
        [{"method": "PATCH", "path": "/children$", "nth": 1, "when": "before", "do": {"cut": True}}]
    )
    command = [sys.executable, "-m", "notion_sync", "--state", str(world.state), "push", str(world.folder)]
    process = subprocess.Popen(
        [*command, "--to", world.sandbox.page_id], env=world.environ, cwd=world.home, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stderr is not None
    said = ""
    while "may still perform it" not in said:
        line = process.stderr.readline()
        assert line, said
        said += line
    process.send_signal(signal.SIGINT)
    output, rest = process.communicate(timeout=30)
    said += output + rest

    assert process.returncode == 75, said
    assert said.count("may still perform it") == 1
    assert said.count("it is not known yet whether Notion has it") == 1
    assert "2 files: it is not known yet" in said
    assert world.sandbox.blocks() == []
    assert push(world).counts() == {"attached": 2}
    assert len(world.sandbox.blocks()) == 2
