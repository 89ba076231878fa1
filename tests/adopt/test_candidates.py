"""Which of what is in Notion may be a file of ours."""

from collections import Counter
from typing import Any

import pytest

from notion_sync.adopt.candidates import Candidate, Candidates, blocks_of, entries_of, image_of
from notion_sync.model import Digest, FilePath, Label, Placement
from notion_sync.notion.pages import Page
from notion_sync.notion.values import Block, FileRef
from notion_sync.rules import Kind
from tests.support.store import notion_id

BOT, PERSON = notion_id(1), notion_id(2)
PAGE = notion_id(3)


def address(number: int, name: str = "a.txt", signature: str = "") -> str:
    return f"https://files.example.com/{notion_id(9)}/{notion_id(number)}/{name}?X-Amz-Signature={signature}"


def hosted(number: int, name: str = "a.txt", signature: str = "") -> dict[str, Any]:
    return {"type": "file", "file": {"url": address(number, name, signature)}}


LINK = {"type": "external", "external": {"url": "https://example.com/a.txt"}}


def block(number: int, file: dict[str, Any] | None, by: str | None = BOT) -> Block:
    source: dict[str, Any] = {
        "object": "block",
        "id": notion_id(number),
        "type": "paragraph",
        "paragraph": {},
    }
    if file is not None:
        source |= {"type": "file", "file": {**file, "name": "shown.txt", "caption": []}}
    if by is not None:
        source["created_by"] = {"object": "user", "id": by}
    return Block.decode(source)


def page(*entries: dict[str, Any], icon: Any = None, cover: Any = None) -> Page:
    files = {"id": "x", "type": "files", "files": list(entries)}
    return Page.decode(
        {"object": "page", "id": PAGE, "properties": {"Files": files}, "icon": icon, "cover": cover}
    )


@pytest.mark.parametrize(
    ("file", "by", "ours", "others"),
    [
        (hosted(7), BOT, 1, 0),
        (hosted(7), None, 1, 0),  # Notion did not say who made it
        (hosted(7), PERSON, 0, 1),
        (LINK, BOT, 0, 1),
        (None, BOT, 0, 0),
    ],
)
def test_blocks(file: dict[str, Any] | None, by: str | None, ours: int, others: int) -> None:
    found = blocks_of([block(5, file, by)], BOT, PAGE, "s")
    assert (len(found.ours), found.others) == (ours, others)


def test_what_is_known_of_a_block() -> None:
    (candidate,) = blocks_of([block(5, hosted(7, "upload.txt"))], BOT, PAGE, "s").ours
    assert (candidate.id, candidate.block_id) == (notion_id(5), notion_id(5))
    assert (candidate.page_id, candidate.location_name, candidate.kind) == (PAGE, "s", "file")
    assert candidate.names == {"shown.txt", "upload.txt"}
    assert (candidate.noun, candidate.shown) == ("block", "shown.txt")


def entry(number: int, name: str) -> dict[str, Any]:
    return {"name": name, **hosted(number)}


def test_entries_that_are_not_recorded_each_as_often_as_it_is() -> None:
    row = page(entry(7, "a"), entry(7, "a"), entry(7, "b"), {"name": "link", **LINK})
    key = (notion_id(7), "a")
    for recorded, names in [
        ({}, ["a", "a", "b"]),
        ({key: 1}, ["a", "b"]),
        ({key: 2}, ["b"]),
        # A person calls the third one "b" now.
        ({key: 3}, []),
        ({(notion_id(7), "c"): 1}, ["a", "b"]),
        ({(notion_id(8), "a"): 1}, ["a", "a", "b"]),
    ]:
        found = entries_of(row, "Files", "a", Counter(recorded))
        assert [each.name for each in found.ours] == names
        assert found.others == 1
        assert len({each.id for each in found.ours}) == len(names)


@pytest.mark.parametrize("kind", [Kind.ICON, Kind.COVER])
@pytest.mark.parametrize(
    ("file", "ours"), [(hosted(7), 1), (LINK, 0), ({"type": "emoji", "emoji": "🗂"}, 0), (None, 0)]
)
def test_a_page_image(kind: Kind, file: Any, ours: int) -> None:
    found = image_of(page(**{str(kind): file}), kind, "s")
    assert (len(found.ours), found.others) == (ours, 0)
    for each in found.ours:
        assert (each.noun, each.block_id, set(each.names)) == (str(kind), None, {"a.txt"})


def test_the_same_entry_under_a_fresh_signature() -> None:
    row = page(entry(7, "a"), entry(8, "a"), entry(8, "b"))
    candidate = entries_of(row, "Files", "a", Counter()).ours[1]
    for name in ("a", "renamed"):
        later = page(entry(6, "new"), {"name": name, **hosted(8, signature="fresh")})
        assert url(candidate, later) == address(8, signature="fresh")
    assert url(candidate, page(entry(9, "a"))) is None


@pytest.mark.parametrize("kind", [Kind.ICON, Kind.COVER])
def test_the_same_image_under_a_fresh_signature(kind: Kind) -> None:
    (candidate,) = image_of(page(**{str(kind): hosted(7)}), kind, "").ours
    later = page(**{"icon": hosted(1), "cover": hosted(1), str(kind): hosted(7, signature="fresh")})
    assert url(candidate, later) == address(7, signature="fresh")
    assert url(candidate, page()) is None


def url(candidate: Candidate, later: Page) -> str | None:
    file: FileRef | None = candidate.hosted.on_page(later)
    return file.url if file else None


@pytest.mark.parametrize(
    ("block", "file", "holds"),
    [
        (7, 7, True),
        (7, None, True),  # nothing is recorded of its file
        (7, 8, False),  # another file is in it now, and its own in another block
        (8, 7, False),
        (None, 7, True),  # an entry
        (None, 8, False),  # it is in a block
    ],
)
def test_whether_what_is_recorded_is_there(block: int | None, file: int | None, holds: bool) -> None:
    there = frozenset({(notion_id(7), "file 7"), (notion_id(9), "file 8"), (None, "file 7")})
    placement = Placement(
        FilePath("/f", "a.txt"), "t", Digest("0" * 64), "file", None, notion_id(block) if block else None,
        Label("a.txt"),
        file_id=f"file {file}" if file else None,
    )  # fmt: skip
    assert Candidates(there=there).holds(placement) is holds


def test_ids_of_all_that_is_there() -> None:
    assert blocks_of([block(1, hosted(7)), block(2, LINK, PERSON)], BOT, PAGE, "").there == {
        (notion_id(1), notion_id(7)),
        (notion_id(2), None),
    }
    entries = entries_of(page({"name": "a", **hosted(7)}, {"name": "b", **LINK}), "Files", "", Counter())
    assert entries.there == {(None, notion_id(7))}
    assert image_of(page(icon=hosted(8)), Kind.ICON, "").there == {(None, notion_id(8))}
