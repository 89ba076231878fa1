"""Blocks on a page of the sandbox that are not in the record: what holds a file's bytes stands for it."""

from dataclasses import replace
from pathlib import Path

import pytest

from notion_sync.model import ActionName, Placement
from notion_sync.notion.payloads import BlockChange
from notion_sync.rules import OnDelete, PageTarget, Position, Subfolders
from notion_sync.sandbox.control.people import act
from notion_sync.sandbox.control.state import state as workspace_state
from notion_sync.state import Store
from notion_sync.state.database import FILE_NAME
from notion_sync.sync.changes import of_block
from notion_sync.writes import AttemptEnd
from tests.support.store import digest
from tests.sync.bench import Bench

ATTACHED, UNCHANGED = ActionName.ATTACHED, ActionName.UNCHANGED


def theirs(bench: Bench, name: str, content: bytes, shown: str = "", page_id: str = "") -> str:
    """Another machine's block on the page; its id."""
    created = bench.caller.ok("POST", "/v1/file_uploads", {"filename": name})
    bench.caller.send(created["id"], content, created["content_type"])
    file = {"type": "file_upload", "file_upload": {"id": created["id"]}, "name": shown or name}
    children = {"children": [{"type": "file", "file": file}]}
    page_id = page_id or bench.core.workspace.page_id
    answer = bench.caller.ok("PATCH", f"/v1/blocks/{page_id}/children", children)
    return str(answer["results"][0]["id"])


def recorded(bench: Bench, name: str = "a.txt") -> Placement:
    ((placement, _),) = bench.store.placements.at_or_below(f"{bench.root}/{name}")
    return placement


def ends(bench: Bench) -> list[ActionName]:
    return [each.action for each in bench.push().outcomes]


@pytest.mark.parametrize(
    ("name", "content", "shown", "taken"),
    [
        ("a.txt", b"bytes", "", True),
        ("a.txt", b"bytes", "a person's name", True),
        ("z.txt", b"bytes", "", True),
        # Neither a name nor a size is a content.
        ("a.txt", b"other", "", False),
        ("a.txt", b"longer ones", "", False),
    ],
    ids=["same", "renamed", "of another file", "of its size", "of its name"],
)
def test_what_is_taken_over(bench: Bench, name: str, content: bytes, shown: str, taken: bool) -> None:
    """And is shared from then on."""
    block = theirs(bench, name, content, shown)
    bench.write("a.txt", b"bytes")

    assert ends(bench) == [UNCHANGED if taken else ATTACHED]

    assert bench.tally.uploads == (not taken)
    assert bench.contents() == ([digest(content)] if taken else [digest(content), digest(b"bytes")])
    assert recorded(bench).shared is taken
    assert (recorded(bench).block_id == block) is taken


def test_what_is_there_is_looked_at_behind_what_is_recorded(bench: Bench) -> None:
    """Another machine has gone on where this one's record ends."""
    for name in ("0.txt", "1.txt"):
        bench.write(name, name.encode())
    bench.push()
    bench.ports.listings.pages.clear()  # another process
    theirs(bench, "a.txt", b"bytes")
    bench.write("a.txt", b"bytes")

    assert bench.push().outcomes[-1].action is UNCHANGED

    assert bench.blocks() == ["0.txt", "1.txt", "a.txt"]


def test_what_the_first_look_left_is_found_later(bench: Bench) -> None:
    """Its file was not there then, and another one was put behind it."""
    theirs(bench, "a.txt", b"bytes")
    bench.write("0.txt", b"another")
    assert ends(bench) == [ATTACHED]
    bench.ports.listings.pages.clear()  # another process
    bench.write("a.txt", b"bytes")
    bench.write("b.txt", b"new")

    bench.push()

    assert bench.blocks() == ["a.txt", "0.txt", "b.txt"]


def test_a_store_that_was_put_back_looks_at_the_whole_page(bench: Bench) -> None:
    """What an older copy does not know may have been moved above all that it knows."""
    bench.write("0.txt", b"zero")
    bench.push()
    bench.ports.listings.pages.clear()  # another process
    workspace = bench.core.workspace
    (first,) = (
        block["id"] for block in workspace_state(workspace)["pages"][0]["children"] if block["sha256"]
    )
    moved = theirs(bench, "a.txt", b"bytes")
    act(workspace, {"move_block": {"block": first, "after": moved}})
    bench.write("a.txt", b"bytes")
    bench.store._identity = replace(bench.store.identity, inode=0)  # that of a copy

    bench.push()

    assert sorted(bench.blocks()) == ["0.txt", "a.txt"]


@pytest.mark.parametrize("way", ["copy written over it", "snapshot"])
def test_a_store_that_was_set_back_in_place_looks_at_the_whole_page(
    bench: Bench, state: Path, way: str
) -> None:
    """The file is the one that has looked before; what stands behind its last block tells that it is older."""
    bench.write("0.txt", b"zero")
    bench.push()
    if way == "snapshot":  # of a running machine: most is in the log yet
        before = {each: each.read_bytes() for each in (state / FILE_NAME, state / f"{FILE_NAME}-wal")}
        assert before[state / f"{FILE_NAME}-wal"]
    else:
        bench.store.checkpoint()
        before = {state / FILE_NAME: (state / FILE_NAME).read_bytes()}
    for name in "abc":
        bench.write(f"{name}.txt", name.encode())
    bench.push()
    _arrange(bench)
    inode = (state / FILE_NAME).stat().st_ino
    bench.store.close()
    for each, content in before.items():
        each.write_bytes(content)
    bench.write("d.txt", b"d")

    with Store(str(state)) as store:
        assert store.identity.inode == inode
        again = Bench(bench.root, store, beside=bench)
        again.push()

    assert sorted(bench.blocks()) == ["0.txt", "c.txt", "d.txt"]
    (toggle,) = [block for block in bench.page()["children"] if block["type"] == "toggle"]
    assert sorted(block["name"] for block in toggle["children"]) == ["a.txt", "b.txt"]


def _arrange(bench: Bench) -> None:
    """A person makes a toggle at the top of the page, and moves two of four blocks into it."""
    workspace = bench.core.workspace
    ids = {block["name"]: block["id"] for block in bench.page()["children"] if block["sha256"]}
    toggle = act(workspace, {"add_block": {"page": workspace.page_id, "type": "toggle"}})["id"]
    act(workspace, {"move_block": {"block": toggle, "after": None}})
    for name in ("a.txt", "b.txt"):
        act(workspace, {"move_block": {"block": ids[name], "to": toggle}})


def test_a_page_below_one_with_a_position_is_looked_at_to_its_end(bench: Bench) -> None:
    """A subfolder's page has no such block as the rule names; there, new blocks go to the end."""
    text = theirs(bench, "text.txt", b"between")
    target = PageTarget(bench.core.workspace.page_id, position=Position("after", text))
    bench.rule = replace(bench.rule, targets=(target,), subfolders=Subfolders.PAGES)
    for name in "01":
        bench.write(f"sub/{name}.txt", name.encode())
        bench.push()
        bench.ports.listings.pages.clear()  # another process
    page = bench.store.pages.get(bench.core.workspace.page_id, "sub")
    assert page is not None
    theirs(bench, "a.txt", b"bytes", page_id=page)
    bench.write("sub/a.txt", b"bytes")

    assert bench.push().outcomes[-1].action is UNCHANGED

    assert bench.blocks(page) == ["0.txt", "1.txt", "a.txt"]


def test_the_page_of_a_subfolder_that_another_machine_has_made(bench: Bench) -> None:
    """It is found when something is to be put there; that is looked at first."""
    bench.rule = replace(bench.rule, subfolders=Subfolders.PAGES)
    page = bench.other_page("sub")
    theirs(bench, "a.txt", b"bytes", page_id=page)
    bench.write("sub/a.txt", b"bytes")
    assert ends(bench) == [UNCHANGED]
    assert bench.blocks(page) == ["a.txt"]


def put_into(bench: Bench, block: str, name: str, content: bytes) -> None:
    """Another process gives a block another content and name."""
    created = bench.caller.ok("POST", "/v1/file_uploads", {"filename": name})
    bench.caller.send(created["id"], content, created["content_type"])
    file = {"file_upload": {"id": created["id"]}, "name": name}
    bench.caller.ok("PATCH", f"/v1/blocks/{block}", {"file": file})


@pytest.mark.parametrize(
    ("shown", "is_there", "taken"),
    [
        ("c.txt", False, True),
        ("b.txt", False, True),
        ("c.txt", True, True),
        ("b.txt", True, False),  # it may be that file's, which was changed
    ],
)
def test_a_block_may_stand_for_what_it_shows_since(
    bench: Bench, shown: str, is_there: bool, taken: bool
) -> None:
    """The record is older than the block; the file that it was made for may be another one's by now."""
    bench.write("b.txt", b"one")
    bench.push()
    block = str(recorded(bench, "b.txt").block_id)
    put_into(bench, block, shown, b"newer")
    if not is_there:
        (bench.root / "b.txt").unlink()
    bench.write("c.txt", b"newer")
    bench.ports.listings.pages.clear()  # another process

    bench.push()

    assert bench.contents() == [digest(b"newer")] * (1 if taken else 2)
    assert (recorded(bench, "c.txt").block_id == block) is taken


@pytest.mark.parametrize("delay", [0.0, 10.0])
@pytest.mark.parametrize("other", ["a.txt", "c.txt"])
def test_of_two_files_that_a_block_may_stand_for_since_each_has_one(
    bench: Bench, other: str, delay: float
) -> None:
    """It has the name of the one, and is recorded for the other; both hold what it shows."""
    bench.write("b.txt", b"one")
    bench.push()
    block = str(recorded(bench, "b.txt").block_id)
    put_into(bench, block, other, b"newer")
    bench.write("b.txt", b"newer", age=50)
    bench.write(other, b"newer")
    bench.ports.listings.pages.clear()  # another process
    bench.faults({"method": "POST", "path": "/send$", "when": "before", "do": {"delay": delay}})

    bench.push()
    bench.push()

    assert bench.contents() == [digest(b"newer")] * 2
    assert recorded(bench, "b.txt").block_id != recorded(bench, other).block_id


def test_a_block_that_we_may_have_changed_is_not_taken_over(bench: Bench) -> None:
    """What it shows may be what has just been sent for its own file, whose answer is on its way."""
    bench.write("s/c.txt", b"one")
    bench.push()
    block = str(recorded(bench, "s/c.txt").block_id)
    put_into(bench, block, "c.txt", b"newer")
    with bench.store.transaction():
        change = of_block(block, BlockChange("file", caption="new"))
        begun = bench.store.journal.begin_change(change, bench.clock.now())
        end = AttemptEnd(bench.clock.boot_id(), bench.clock.since_boot())
        bench.store.journal.attempt_ended(begun, end)
    bench.write("c.txt", b"newer")
    bench.ports.listings.pages.clear()  # another process

    bench.push()

    assert bench.contents() == [digest(b"newer")] * 2
    assert recorded(bench, "s/c.txt").block_id == block


def test_what_a_block_showed_when_it_was_listed_is_asked_again(bench: Bench) -> None:
    """Lists lag behind changes, and so does what is remembered of one."""
    bench.write("b.txt", b"one")
    bench.push()
    block = str(recorded(bench, "b.txt").block_id)
    (bench.root / "b.txt").unlink()
    put_into(bench, block, "c.txt", b"newer")
    bench.ports.listings.pages.clear()  # another process
    bench.write("d.txt", b"another")
    bench.push()
    put_into(bench, block, "c.txt", b"newest")
    bench.write("c.txt", b"newer")

    bench.push()

    assert bench.contents() == [digest(b"newest"), digest(b"another"), digest(b"newer")]


def test_each_of_two_equal_files_has_a_block_of_its_own(bench: Bench) -> None:
    theirs(bench, "a.txt", b"bytes")
    for name in ("a.txt", "b.txt"):
        bench.write(name, b"bytes")
    assert sorted(ends(bench)) == [ATTACHED, UNCHANGED]
    assert bench.contents() == [digest(b"bytes")] * 2


def test_what_cannot_be_compared_now_is_not_made_again(bench: Bench) -> None:
    """Other files go on."""
    theirs(bench, "a.txt", b"bytes")
    for name, content in (("a.txt", b"bytes"), ("b.txt", b"others")):
        bench.write(name, content)
    bench.files.trouble = 500
    assert {each.path: each.action for each in bench.push().outcomes} == {
        "a.txt": ActionName.FAILED, "b.txt": ATTACHED,
    }  # fmt: skip
    bench.files.trouble = None
    assert ends(bench) == [UNCHANGED]
    assert bench.blocks() == ["a.txt", "b.txt"]


@pytest.mark.parametrize("what", ["changed", "renamed", "removed"])
def test_nothing_of_what_is_shared_is_changed(bench: Bench, what: str) -> None:
    bench.rule = replace(bench.rule, on_delete=OnDelete.REMOVE, max_delete=1.0)
    theirs(bench, "a.txt", b"bytes", "another name")
    bench.write("a.txt", b"bytes")
    bench.push()
    if what == "changed":
        bench.write("a.txt", b"new", age=50)
    elif what == "renamed":
        (bench.root / "a.txt").rename(bench.root / "b.txt")
    else:
        (bench.root / "a.txt").unlink()

    bench.push()

    (first, *others) = zip(bench.blocks(), bench.contents(), strict=True)
    assert first == ("another name", digest(b"bytes"))
    assert others == ([("a.txt", digest(b"new"))] if what == "changed" else [])
