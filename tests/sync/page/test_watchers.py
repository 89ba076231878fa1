"""Two machines that watch the same folder at the same time, each with a store of its own: nothing is there twice.

Each looks at what is new on a page before an append, if its last look is some seconds old.
"""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from notion_sync.model import ActionName, Label
from notion_sync.notion.payloads import Edge
from notion_sync.plan.actions import TARGET_ITSELF, Attach
from notion_sync.rules import PageTarget, Position, RowTarget, Rule, Subfolders
from notion_sync.sandbox.control.people import act
from notion_sync.sandbox.control.state import state
from notion_sync.state import Store
from notion_sync.sync.listings import WHILE_WATCHING, Listings
from notion_sync.sync.page.lister import OVERLAP
from notion_sync.sync.page.unrecorded import UnrecordedBlocks
from notion_sync.template import parse
from notion_sync.writes import Append
from tests.support.store import digest, intent
from tests.sync.bench import Bench
from tests.sync.page.test_unrecorded import theirs

LISTED = "GET /v1/blocks/…/children"


def page(bench: Bench, position: Position) -> Rule:
    return replace(bench.rule, targets=(PageTarget(bench.core.workspace.page_id, position=position),))


def rows(bench: Bench, title: str, *, body: bool = False) -> Rule:
    target = RowTarget(bench.core.workspace.database_id, "Attachments", parse(title), body=body)
    return replace(bench.rule, targets=(target,))


RULES: dict[str, Callable[[Bench], Rule]] = {
    "end": lambda bench: bench.rule,
    "start": lambda bench: page(bench, Position("start")),
    "after": lambda bench: page(bench, Position("after", theirs(bench, "text.txt", b"between"))),
    "subfolders": lambda bench: replace(bench.rule, subfolders=Subfolders.PAGES),
    "subfolders, after": lambda bench: replace(
        page(bench, Position("after", theirs(bench, "text.txt", b"between"))), subfolders=Subfolders.PAGES
    ),
    "a row each": lambda bench: rows(bench, "{stem}"),
    "a row each, with body": lambda bench: rows(bench, "{stem}", body=True),
    "one row": lambda bench: rows(bench, "all"),
}


@pytest.fixture
def watchers(bench: Bench, tmp_path: Path) -> Iterator[tuple[Bench, Bench]]:
    """Two daemons; the folder of the second is synchronised with the first one's by other means."""
    root = tmp_path / "second"
    root.mkdir()
    with Store(str(tmp_path / "second state")) as store:
        both = bench, Bench(root, store, beside=bench)
        for each in both:
            each.ports = replace(each.ports, listings=Listings(WHILE_WATCHING))
        yield both


def shown(bench: Bench) -> list[str]:
    """The sha256 of each content that is shown, by page or row."""
    found: list[str] = []
    for each in state(bench.core.workspace)["pages"]:
        place = each["title"]
        blocks = each["children"] or []
        found += [f"{place}: {b['sha256']}" for b in blocks if b.get("sha256") and not b["in_trash"]]
        entries = each["properties"].get("Attachments") or []
        found += [f"{place}, entry: {entry['sha256']}" for entry in entries]
    return sorted(found)


@pytest.mark.parametrize("kind", RULES)
def test_a_file_that_both_see_is_there_once(watchers: tuple[Bench, Bench], kind: str) -> None:
    """A small letter: the first machine sees a file, a capital one: the second does; ten seconds are between two."""
    first, second = watchers
    first.rule = RULES[kind](first)
    second.rule = replace(first.rule, folder=str(second.root))
    for each in watchers:  # both look when they begin
        each.write("sub/0.txt", b"zero")
        each.push(looks_again=True)
    before = shown(first)
    for event in "aBAbcdDCEe":
        machine = first if event.islower() else second
        machine.write(f"sub/{event.lower()}.txt", event.lower().encode())
        machine.push(looks_again=True)
        first.time.advance(10)
    new = [each for each in shown(first) if each not in before]
    assert len(new) == len(set(new)) == (10 if "body" in kind else 5)


def test_one_look_before_an_append_after_a_quiet_time(watchers: tuple[Bench, Bench]) -> None:
    first, _ = watchers
    first.threads.requests = 0.5
    first.write("0.txt", b"zero")
    first.push(looks_again=True)
    looks = []
    for name in "abc":
        first.time.advance(100)
        first.core.journal.clear()
        first.write(f"{name}.txt", name.encode())
        first.push(looks_again=True)
        looks.append(sum(each.startswith(LISTED) for each in first.asked()))
    assert looks == [1, 1, 1]


def test_what_is_inserted_between_other_blocks_is_seen(watchers: tuple[Bench, Bench]) -> None:
    """As where a large file comes after those behind it."""
    first, _ = watchers
    for number in range(60):
        first.write(f"{number:02}.txt", f"{number}".encode())
    first.push(looks_again=True)
    first.time.advance(10)
    first.write("z.txt", b"z")
    first.push(looks_again=True)
    blocks = [block["id"] for block in first.page()["children"] if block["sha256"]]
    created = theirs(first, "a.txt", b"bytes")
    act(first.core.workspace, {"move_block": {"block": created, "after": blocks[20]}})
    first.time.advance(10)
    first.write("a.txt", b"bytes")

    assert first.push(looks_again=True).outcomes[-1].action is ActionName.UNCHANGED


def test_what_an_open_append_has_made_is_not_anothers(watchers: tuple[Bench, Bench]) -> None:
    """It is on the page already and not in the record yet: an equal file has to wait for the answer."""
    first, _ = watchers
    first.write("a.txt", b"zero")
    first.push(looks_again=True)
    block = theirs(first, "a.txt", b"same")
    first.write("b.txt", b"same")
    page_id, key = first.core.workspace.page_id, first.page_target.key
    action = Attach(
        first.found("b.txt"), first.page_target, digest(b"same"), "file", Label("b.txt"), TARGET_ITSELF, ""
    )
    append = Append(key, "", page_id, "end", None, (intent(first.file_path("a.txt"), b"same"),))
    with first.store.transaction():
        entry = first.store.journal.begin(append, first.clock.now())
    first.time.advance(100)
    assert first.run(UnrecordedBlocks(first.ports, first.heard).take_over(action, page_id, Edge.END)) is None

    with first.store.transaction():
        first.store.journal.end(entry)

    taken = first.run(UnrecordedBlocks(first.ports, first.heard).take_over(action, page_id, Edge.END))
    assert taken is not None
    assert taken.block_id == block


def test_a_change_that_the_owner_has_made_is_not_made_beside_it(watchers: tuple[Bench, Bench]) -> None:
    """Its block is not among those that are listed, as more recorded ones than are listed again stand after it."""
    first, _ = watchers
    after = [f"{number}".encode() for number in range(OVERLAP + 1)]
    for each in watchers:
        each.write("a.txt", b"old")
        for number, content in enumerate(after):
            each.write(f"b{number:02}.txt", content)
        each.push(looks_again=True)
        first.time.advance(10)
    for content in (b"new", b"newer"):
        for each in watchers:
            each.write("a.txt", content, age=50)
            ended = each.push(looks_again=True).outcomes[-1].action
            first.time.advance(10)
            assert ended is (ActionName.REPLACED if each is first else ActionName.UNCHANGED)
        assert first.contents() == list(map(digest, (content, *after)))


def test_both_at_the_same_moment(watchers: tuple[Bench, Bench]) -> None:
    """Neither loses anything or touches what the other one has made; there may be two, which is said."""
    first, second = watchers
    for each in watchers:
        each.write("0.txt", b"zero")
        each.push(looks_again=True)
    first.time.advance(10)
    for each in watchers:
        each.write("a.txt", b"bytes")

    async def together() -> None:
        await asyncio.gather(first.passing(looks_again=True), second.passing(looks_again=True))

    first.run(together())

    assert first.contents().count(digest(b"bytes")) == 2
    for each, name in zip(watchers, "bc", strict=True):
        first.time.advance(10)
        each.write(f"{name}.txt", name.encode())
        (note,) = each.push(looks_again=True).notes
        assert "a.txt is twice on" in note
    assert first.contents().count(digest(b"bytes")) == 2
