"""Matching files to blocks, as tables and as properties."""

from hypothesis import given
from hypothesis import strategies as st

from notion_sync.adopt.match import Held, Local, match
from notion_sync.model import Digest, FileId


def local(path: str, size: int = 1, digest: str | None = None) -> Local:
    folder, _, name = path.rpartition("/")
    return Local(FileId(f"/{folder}", name), size, frozenset((name,)), Digest(digest) if digest else None)


def held(id_: str, name: str, size: int | None = 1, digest: str | None = None) -> Held:
    return Held(id_, frozenset((name,)), size, Digest(digest) if digest else None)


def pairs(files: list[Local], blocks: list[Held]) -> dict[str, str]:
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


NAMES = st.sampled_from("abc")
SIZES = st.integers(1, 2)
DIGESTS = st.sampled_from("xyz")


@st.composite
def worlds(draw: st.DrawFn) -> tuple[list[Local], list[Held]]:
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
def test_every_file_and_every_block_ends_somewhere_once(world: tuple[list[Local], list[Held]]) -> None:
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
def test_no_pair_contradicts_what_is_known(world: tuple[list[Local], list[Held]]) -> None:
    files, blocks = world
    by_id = {block.id: block for block in blocks}
    for file in files:
        block = by_id.get(match(files, blocks).pairs.get(file.id, ""))
        if block is not None:
            same_content = block.digest is not None and block.digest == file.digest
            same_name = block.digest is None and block.size == file.size and block.names == file.names
            assert same_content or same_name
