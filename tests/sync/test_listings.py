"""Which blocks of a page a file is compared with, and in which order."""

from collections.abc import Sequence

import pytest

from notion_sync.notion.values import Block
from notion_sync.sync.listings import Unclaimed
from tests.support.store import digest


def block(name: str, shown: str | None = None) -> Block:
    """A block that holds a file of a name."""
    url = f"https://files.example/{name}"
    file = {"type": "file", "file": {"url": url}, "name": shown or name}
    return Block.decode({"object": "block", "id": ID.format(ord(name[0])), "type": "file", "file": file})


ID = "00000000-0000-4000-8000-{:012}"


def asked(
    blocks: Sequence[Block], sizes: Sequence[int | None], size: int | None, *names: str, read: str = ""
) -> str:
    """The first letters of the blocks that a content is looked for in; `read` are those whose bytes are its own."""
    unclaimed = Unclaimed(blocks, dict(zip((b.id for b in blocks), sizes, strict=True)))
    for each in blocks:
        if (each.name or "")[0] in read:
            unclaimed.was_read(each, digest("mine"))
    return "".join((b.name or "")[0] for b in unclaimed.candidates(digest("mine"), size, set(names)))


@pytest.mark.parametrize(
    ("sizes", "size", "names", "read", "expected"),
    [
        ((1, 1, 1, 1), 1, (), "", "abcd"),
        ((1, 1, 1, 1), 1, ("c",), "", "cabd"),
        ((1, 1, 1, 1), 1, ("c",), "d", "dcab"),
        ((1, 2, 1, 2), 1, ("b",), "", "ac"),
        ((None, None, 1, 1), 1, ("b",), "", "cdb"),
        ((None, None, None, None), 1, ("z",), "", ""),
        ((1, None, 3, None), None, ("d",), "", "acd"),
    ],
    ids=[
        "by size",
        "by name first",
        "by content first",
        "no other size",
        "unknown",
        "unknown and another",
        "zipped",
    ],
)
def test_candidates(
    sizes: Sequence[int | None], size: int | None, names: Sequence[str], read: str, expected: str
) -> None:
    blocks = [block(name) for name in "abcd"]
    assert asked(blocks, sizes, size, *names, read=read) == expected


def test_what_is_claimed_is_nobodys_candidate() -> None:
    blocks = [block(name) for name in "abc"]
    unclaimed = Unclaimed(blocks, {each.id: 1 for each in blocks})
    candidates = unclaimed.candidates(digest("x"), 1, set())
    assert next(candidates) is blocks[0]
    unclaimed.was_read(blocks[0], digest("y"))
    assert unclaimed.claim(blocks[1])
    assert not unclaimed.claim(blocks[1])
    assert list(candidates) == [blocks[2]]
    assert [*unclaimed.candidates(digest("y"), 2, set())] == [blocks[0]]
    assert unclaimed.claim(blocks[0])
    assert [*unclaimed.candidates(digest("y"), 1, set())] == [blocks[2]]
    unclaimed.was_read(blocks[0], digest("z"))
    assert [*unclaimed.candidates(digest("z"), 3, set())] == []
    assert unclaimed
    assert unclaimed.claim(blocks[2])
    assert not unclaimed


@pytest.mark.parametrize(("known", "expected"), [("", "abcd"), ("c", "cabd")])
def test_what_is_read_for_another_content_meanwhile_stays_a_candidate(known: str, expected: str) -> None:
    """Files are compared side by side: where a block is indexed changes while another one is asked about."""
    blocks = [block(name) for name in "abcd"]
    unclaimed = Unclaimed(blocks[:3], {each.id: 1 for each in blocks})
    for each in blocks:
        if each.name == known:
            unclaimed.was_read(each, digest("mine"))
    candidates = unclaimed.candidates(digest("mine"), 1, {"a"})
    tried = []
    for each in candidates:
        tried.append(each)
        if each.name == "a":
            unclaimed.was_read(blocks[1], digest("mine"))
            unclaimed.add(blocks[3:], {blocks[3].id: 1})
    assert "".join(each.name or "" for each in tried) == expected


def test_what_was_seen_later_is_added_and_what_is_gone_left_out() -> None:
    blocks = [block(name) for name in "abc"]
    unclaimed = Unclaimed(blocks[:2], {each.id: 1 for each in blocks})
    unclaimed.was_read(blocks[0], digest("x"))
    unclaimed.add(blocks, {each.id: 1 for each in blocks})
    assert [*unclaimed.candidates(digest("x"), 1, set())] == blocks
    unclaimed.keep({blocks[2].id})
    assert [*unclaimed.candidates(digest("x"), 1, set())] == [blocks[2]]


def test_each_of_many_equally_large_files_is_compared_with_few_blocks() -> None:
    """However the page is ordered: what was read once is known."""
    count = 300
    blocks = [block(chr(1000 + number)) for number in range(count)]
    unclaimed = Unclaimed(blocks, {each.id: 1 for each in blocks})
    looks = 0
    for number in reversed(range(count)):
        mine = digest(str(number))
        for each in unclaimed.candidates(mine, 1, {"another"}):
            looks += 1
            theirs = ord((each.name or "")[0]) - 1000
            if theirs == number:
                assert unclaimed.claim(each)
                break
            unclaimed.was_read(each, digest(str(theirs)))
    assert looks < 2 * count
