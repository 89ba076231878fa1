"""Matching files to blocks, as tables and as properties."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notion_sync.adopt.match import LocalFile, RemoteFile, match
from notion_sync.model import Digest, FilePath


def local(path: str, size: int = 1, digest: str | None = None) -> LocalFile:
    folder, _, name = path.rpartition("/")
    return LocalFile(
        FilePath(f"/{folder}", name), size, frozenset((name,)), Digest(digest) if digest else None
    )


def held(id_: str, name: str, size: int | None = 1, digest: str | None = None) -> RemoteFile:
    return RemoteFile(id_, frozenset((name,)), size, Digest(digest) if digest else None)


def pairs(files: list[LocalFile], blocks: list[RemoteFile]) -> dict[str, str]:
    return {id_.path.lstrip("/"): block for id_, block in match(files, blocks).pairs.items()}


def test_one_file_and_one_block_of_its_name_and_size() -> None:
    assert pairs([local("a")], [held("1", "a")]) == {"a": "1"}


def test_another_size_is_another_file() -> None:
    found = match([local("a", 2)], [held("1", "a", 1)])
    assert list(found.missing.values()) == ["a block of its name has another size (1 bytes, not 2)"]
    assert found.unknown == ("1",)


def test_two_blocks_for_one_file_are_a_choice() -> None:
    found = match([local("a", digest="x")], [held("1", "a"), held("2", "a")])
    assert list(found.ambiguous.values()) == [("1", "2")]
    assert found.unknown == ()


def test_two_files_for_one_block_are_a_choice_even_if_they_are_equal() -> None:
    found = match([local("p/a", digest="x"), local("q/a", digest="x")], [held("1", "a")])
    assert len(found.ambiguous) == 2


def test_as_many_equal_files_as_blocks_are_none() -> None:
    files = [local("p/a", digest="x"), local("q/a", digest="x")]
    assert pairs(files, [held("1", "a"), held("2", "a")]) == {"p/a": "1", "q/a": "2"}


def test_contents_decide_whatever_the_names() -> None:
    files = [local("a", digest="x"), local("b", digest="y")]
    assert pairs(files, [held("1", "a", digest="y"), held("2", "c", digest="x")]) == {"a": "2", "b": "1"}


def test_among_equal_contents_the_name_decides() -> None:
    files = [local("a", digest="x"), local("b", digest="x")]
    assert pairs(files, [held("1", "b", digest="x"), held("2", "a", digest="x")]) == {"a": "2", "b": "1"}


def test_known_content_is_never_matched_by_name() -> None:
    found = match([local("a", digest="x")], [held("1", "a", digest="y")])
    assert list(found.missing.values()) == ["a block of its name and size holds something else"]


@pytest.mark.parametrize(
    ("files", "blocks", "expected", "ambiguous", "unknown"),
    [
        # Nothing on one side or on both.
        ([], [], {}, {}, ()),
        ([], [held("1", "a")], {}, {}, ("1",)),
        ([local("a")], [], {}, {}, ()),
        # Where no size is known a name proves nothing.
        ([local("a")], [held("1", "a", None)], {}, {}, ("1",)),
        # One name and two sizes: each by its own.
        (
            [local("p/a", 1), local("q/a", 2)],
            [held("1", "a", 2), held("2", "a", 1)],
            {"p/a": "2", "q/a": "1"},
            {},
            (),
        ),
        # One is proven by content, so the name leaves no choice for the other.
        (
            [local("p/a", digest="x"), local("q/a", digest="y")],
            [held("1", "a"), held("2", "a", digest="y")],
            {"p/a": "1", "q/a": "2"},
            {},
            (),
        ),
        # More files than blocks, or fewer: a choice, unless contents say more.
        (
            [local("p/a", digest="x"), local("q/a", digest="x"), local("r/a", digest="x")],
            [held("1", "a"), held("2", "a")],
            {},
            {"p/a": ("1", "2"), "q/a": ("1", "2"), "r/a": ("1", "2")},
            (),
        ),
        (
            [local("a", digest="x")],
            [held("1", "a", digest="x"), held("2", "a", digest="x")],
            {"a": "1"},
            {},
            ("2",),
        ),
        # As many, but not equal, or not known to be.
        (
            [local("p/a", digest="x"), local("q/a", digest="y")],
            [held("1", "a"), held("2", "a")],
            {},
            {"p/a": ("1", "2"), "q/a": ("1", "2")},
            (),
        ),
        (
            [local("p/a"), local("q/a")],
            [held("1", "a"), held("2", "a")],
            {},
            {"p/a": ("1", "2"), "q/a": ("1", "2")},
            (),
        ),
        # Equal contents of another name are taken once those of the same name are.
        (
            [local("a", digest="x"), local("b", digest="x")],
            [held("1", "b", digest="x"), held("2", "c", digest="x"), held("3", "c", digest="x")],
            {"b": "1", "a": "2"},
            {},
            ("3",),
        ),
    ],
)
def test_how_files_and_blocks_come_out(
    files: list[LocalFile],
    blocks: list[RemoteFile],
    expected: dict[str, str],
    ambiguous: dict[str, tuple[str, ...]],
    unknown: tuple[str, ...],
) -> None:
    found = match(files, blocks)
    assert {id_.path.lstrip("/"): block for id_, block in found.pairs.items()} == expected
    assert {id_.path.lstrip("/"): choice for id_, choice in found.ambiguous.items()} == ambiguous
    assert found.unknown == unknown
    assert set(found.missing) == {file.id for file in files} - {*found.pairs, *found.ambiguous}


def named(id_: str, *names: str, size: int | None = 1) -> RemoteFile:
    return RemoteFile(id_, frozenset(names), size)


@pytest.mark.parametrize(
    ("names", "block", "matches"),
    [
        ({"a.txt"}, named("1", "a.txt", "upload.txt"), True),
        ({"a.txt", "a.txt.zip"}, named("1", "a.txt.zip"), True),
        ({"a.txt", "b.txt"}, named("1", "a.txt", "b.txt"), True),
        ({"a.txt"}, named("1", "A.TXT"), False),
        ({"a.txt"}, named("1"), False),
    ],
)
def test_one_name_of_several_is_enough(names: set[str], block: RemoteFile, matches: bool) -> None:
    found = match([LocalFile(FilePath("/", "a"), 1, frozenset(names))], [block])
    assert bool(found.pairs) is matches
    assert bool(found.missing) is not matches


def test_a_block_that_two_files_may_be_by_different_names_is_a_choice() -> None:
    files = [local("a"), local("b")]
    found = match(files, [named("1", "a", "b"), named("2", "b")])
    assert {id_.name: choice for id_, choice in found.ambiguous.items()} == {"a": ("1",), "b": ("1", "2")}


@pytest.mark.parametrize(
    ("blocks", "noun", "reason"),
    [
        ([], "block", "no block has its name"),
        ([held("1", "b")], "entry", "no entry has its name"),
        ([held("1", "a", None)], "block", "a block of its name has another size (unknown, not 1)"),
        ([held("1", "a", 2)], "entry", "an entry of its name has another size (2 bytes, not 1)"),
        (
            [held("1", "a", 3), held("2", "a", None), held("3", "a", 2)],
            "cover",
            "a cover of its name has another size (3 bytes, unknown, 2 bytes, not 1)",
        ),
        ([held("1", "a", 1, "y")], "icon", "an icon of its name and size holds something else"),
        ([held("1", "a", 1, "z")], "block", "every block of its name is another file"),
    ],
)
def test_why_a_file_is_missing(blocks: list[RemoteFile], noun: str, reason: str) -> None:
    """Another file of content z is there, too."""
    other = local("other", 1, "z")
    found = match([local("a", 1, "x"), other], blocks, noun)
    assert found.missing[FilePath("/", "a")] == reason


NAMES = st.sampled_from("abc")
SIZES = st.integers(1, 2)
DIGESTS = st.sampled_from("xyz")


@st.composite
def worlds(draw: st.DrawFn) -> tuple[list[LocalFile], list[RemoteFile]]:
    files = [
        local(f"{number}/{draw(NAMES)}", draw(SIZES), draw(DIGESTS))
        for number in range(draw(st.integers(0, 5)))
    ]
    blocks = [
        held(str(number), draw(NAMES), draw(st.none() | SIZES), draw(st.none() | DIGESTS))
        for number in range(draw(st.integers(0, 5)))
    ]
    return files, blocks


@given(worlds())
def test_every_file_and_every_block_ends_somewhere_once(
    world: tuple[list[LocalFile], list[RemoteFile]],
) -> None:
    files, blocks = world
    found = match(files, blocks)
    assert sorted([*found.pairs, *found.missing, *found.ambiguous], key=str) == sorted(
        (file.id for file in files), key=str
    )
    used = list(found.pairs.values())
    doubtful = {block for choice in found.ambiguous.values() for block in choice}
    assert len(used) == len(set(used))
    assert not doubtful & set(used)
    assert {*used, *doubtful, *found.unknown} == {block.id for block in blocks}


@given(worlds())
def test_no_pair_contradicts_what_is_known(world: tuple[list[LocalFile], list[RemoteFile]]) -> None:
    files, blocks = world
    by_id = {block.id: block for block in blocks}
    for file in files:
        block = by_id.get(match(files, blocks).pairs.get(file.id, ""))
        if block is not None:
            same_content = block.digest is not None and block.digest == file.digest
            same_name = block.digest is None and block.size == file.size and block.names == file.names
            assert same_content or same_name
