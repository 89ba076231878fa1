"""Changes of blocks on a page of the sandbox: what a person did there before is found, and stays."""

import asyncio
import re
from collections.abc import Iterator
from dataclasses import replace

import pytest

from notion_sync.model import ActionName
from notion_sync.notion.requests import Request
from notion_sync.rules import OnDelete, Position, Rule
from notion_sync.sandbox.control import people
from notion_sync.sync.batching import Activity
from notion_sync.sync.changes import Changes
from notion_sync.sync.journal import Journal
from notion_sync.sync.page.existing import Changed, ExistingBlocks
from notion_sync.template import parse
from tests.support.store import digest
from tests.sync.bench import Bench


def start(bench: Bench) -> Rule:
    """A rule that puts new blocks first, and removes."""
    target = replace(bench.page_target, position=Position("start"))
    return replace(bench.rule, targets=(target,), on_delete=OnDelete.REMOVE, max_delete=1.0)


def blocks(bench: Bench) -> Iterator[tuple[str, str]]:
    """(id, name) of a page's blocks that hold files, in their order."""
    for child in bench.page()["children"]:
        if child["type"] == "file" and not child["in_trash"]:
            yield child["id"], child["name"]


def replace_file(bench: Bench, name: str) -> str:
    """A person puts another file into the block of that name; its id."""
    block_id = next(id_ for id_, shown in blocks(bench) if shown == name)
    people.act(
        bench.core.workspace, {"replace_file": {"block": block_id, "name": "signed.txt", "content": "Ada's"}}
    )
    return block_id


def test_a_new_content_keeps_the_name_and_the_caption_that_a_person_gave(bench: Bench) -> None:
    """And one for which they gave none has the rule's."""
    bench.rule = replace(bench.rule, targets=(replace(bench.page_target, caption=parse("{stem}")),))
    for name in ("a.txt", "b.txt"):
        bench.write(name, name.encode())
    bench.push()
    block_id = next(id_ for id_, shown in blocks(bench) if shown == "a.txt")
    for action, text in (("rename_block", {"name": "Ada's.txt"}), ("write_caption", {"text": "read this"})):
        people.act(bench.core.workspace, {action: {"block": block_id, **text}})
    for name in ("a.txt", "b.txt"):
        bench.write(name, b"again " + name.encode(), age=50.0)

    bench.push()

    assert bench.tally.counts[ActionName.REPLACED] == 2
    shown = [(c["name"], c["caption"], c["sha256"]) for c in bench.page()["children"] if c["sha256"]]
    assert shown == [
        ("Ada's.txt", "read this", digest(b"again a.txt")), ("b.txt", "b", digest(b"again b.txt"))
    ]  # fmt: skip


@pytest.mark.parametrize("kind", ["image", "paragraph", "unsupported"])
def test_a_block_that_becomes_something_else_before_it_is_written_is_a_persons(
    bench: Bench, kind: str
) -> None:
    """Notion refuses the change for what the block is now; that is no refusal of the content."""
    bench.write("a.txt", b"a")
    bench.push()
    ((block_id, _),) = blocks(bench)
    bench.write("a.txt", b"again", age=50.0)

    def interfere(request: Request) -> None:
        if (request.method, request.path) == ("PATCH", f"/v1/blocks/{block_id}"):
            bench.transport.hook = lambda _: None
            bench.core.workspace.db.execute("UPDATE nodes SET type = ? WHERE id = ?", (kind, block_id))

    bench.transport.hook = interfere
    bench.push()
    shown = {child["type"]: child["sha256"] for child in bench.page()["children"]}
    assert shown["file"] == digest(b"again")
    assert kind in shown
    asked = len(bench.asked())
    bench.push()
    assert len(bench.asked()) == asked


def test_a_block_that_this_process_has_changed_is_not_believed_from_a_list(bench: Bench) -> None:
    """One that was read while it was changed shows its former content, as if a person had put that there."""
    for name in ("a.txt", "b.txt"):
        bench.write(name, name.encode())
    bench.push()
    a, b = (
        bench.store.placements.get(bench.file_path(name), bench.page_target.key)
        for name in ("a.txt", "b.txt")
    )
    assert a is not None
    assert b is not None
    newer, newest, another = (
        bench.uploaded("x.txt", content) for content in (b"newer", b"newest", b"another")
    )

    async def change() -> object:
        journal = Journal(bench.ports, bench.heard)
        blocks = ExistingBlocks(bench.ports, Changes(bench.ports, journal, Activity()))
        # The second one reads all from its block on, in a list.
        changed, _ = await asyncio.gather(
            blocks.update(b, b.label, newer), blocks.update(a, a.label, another)
        )
        assert isinstance(changed, Changed)
        return await blocks.update(replace(b, upload_id=newer.id, file_id=changed.file_id), b.label, newest)

    assert isinstance(bench.run(change()), Changed)
    assert bench.contents() == [digest(b"another"), digest(b"newest")]


@pytest.mark.parametrize("do", [None, {"cut": True}, {"status": 500}], ids=["answered", "cut", "500"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_new_content_stands_right_after_a_persons_file(
    bench: Bench, when: str, do: dict[str, object] | None
) -> None:
    """Wherever the rule puts others, and once, whatever becomes of the answer."""
    for name in ("a.txt", "b.txt", "c.txt"):
        bench.write(name, name.encode())
    bench.push(start(bench))
    theirs = replace_file(bench, "b.txt")
    bench.write("b.txt", b"again", age=50.0)
    bench.write("d.txt", b"new", age=50.0)
    if do is not None:
        bench.faults({"method": "PATCH", "path": "/children$", "nth": 1, "times": 1, "when": when, "do": do})

    bench.push(start(bench))

    shown = [id_ if id_ == theirs else name for id_, name in blocks(bench)]
    assert shown == ["d.txt", "a.txt", theirs, "b.txt", "c.txt"]


def test_a_persons_file_that_is_moved_meanwhile(bench: Bench) -> None:
    """Then there is nothing to stand beside: the new content comes to the place of the rule."""
    for name in ("a.txt", "b.txt"):
        bench.write(name, name.encode())
    bench.push(start(bench))
    theirs = replace_file(bench, "b.txt")
    elsewhere = next(id_ for id_, name in blocks(bench) if name == "a.txt")
    bench.write("b.txt", b"again", age=50.0)

    def move(request: Request) -> None:
        if request.method == "PATCH" and request.path.endswith("/children"):
            bench.transport.hook = lambda _: None
            people.act(bench.core.workspace, {"move_block": {"block": theirs, "to": elsewhere}})

    bench.transport.hook = move
    bench.push(start(bench))

    assert [name for _, name in blocks(bench)] == ["b.txt", "a.txt"]


def test_changes_of_a_page_are_read_together_and_removals_too(bench: Bench) -> None:
    names = [f"{number:03}.txt" for number in range(150)]
    for name in names:
        bench.write(name, name.encode())
    bench.push(start(bench))
    for name in names[:100]:
        bench.write(name, b"again " + name.encode(), age=50.0)
    for name in names[100:]:
        (bench.root / name).unlink()
    before = len(bench.asked())

    bench.push(start(bench))

    assert bench.tally.counts[ActionName.REPLACED] == 100
    assert bench.tally.counts[ActionName.REMOVED] == 50
    reads = [each for each in bench.asked()[before:] if re.match(r"GET /v1/blocks/", each)]
    assert len(reads) <= 15
