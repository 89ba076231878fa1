"""Which blocks on a page are the ones an interrupted append was to make."""

from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notion_sync.model import Append, FileId, Intent, Label, Upload
from notion_sync.sync.evidence import SeenBlock, match_append
from tests.support.store import BOT, PAGE, PAGE_ID, intent, notion_id, upload

MADE = 6000.0
"""When the uploads were made, by Notion's clock."""


def to_make(name: str, number: int, caption: str = "") -> Intent:
    made = intent(FileId("/d", name), name, number)
    return replace(made, label=Label(name, caption))


def picture(name: str, number: int, caption: str = "") -> Intent:
    """Only `file` blocks show a name: a picture is known by its file's name."""
    return replace(to_make(name, number), kind="image", label=Label(None, caption))


def append(*intents: Intent) -> Append:
    return Append(PAGE.key, "", PAGE_ID, "end", None, intents)


def uploads(*intents: Intent) -> Mapping[str, Upload]:
    return {
        i.upload_id: replace(upload(0, created_at=MADE, filename=i.id.name), id=i.upload_id) for i in intents
    }


def block(name: str, number: int, /, **facts: object) -> SeenBlock:
    """A file block of ours."""
    usual = SeenBlock(notion_id(number), "file", name, name, "", MADE, BOT)
    return replace(usual, **facts)  # type: ignore[arg-type]


def image(filename: str | None, number: int, caption: str = "", **facts: object) -> SeenBlock:
    return block("", number, kind="image", name=None, filename=filename, caption=caption, **facts)


def found(
    intents: list[Intent], blocks: list[SeenBlock], *, bot: str | None = BOT, known: bool = True
) -> list[int]:
    """The numbers of the blocks of each intent, 0 for none."""
    ids = match_append(append(*intents), blocks, uploads=uploads(*intents) if known else {}, bot=bot)
    return [int(each[:8], 16) if each else 0 for each in ids]


A, B, C = to_make("a", 91), to_make("b", 92), to_make("c", 93)
SAME = to_make("a", 94)
PICTURE = picture("a.png", 95)
ELSEWHERE = block("x", 50, kind="paragraph", name=None, filename=None)


@pytest.mark.parametrize(
    ("intents", "blocks", "numbers"),
    [
        # Nothing happened.
        ([A, B], [], [0, 0]),
        ([A], [block("x", 1)], [0]),
        # All of it happened.
        ([A, B, C], [block("a", 1), block("b", 2), block("c", 3)], [1, 2, 3]),
        # Somebody has put blocks between them since, before and behind.
        (
            [A, B],
            [ELSEWHERE, block("x", 9), block("a", 1), ELSEWHERE, block("y", 8), block("b", 2), ELSEWHERE],
            [1, 2],
        ),
        # Somebody has removed some of them since.
        ([A, B, C], [block("a", 1), block("c", 3)], [1, 0, 3]),
        ([A, B, C], [block("b", 2)], [0, 2, 0]),
        # Two files of one name, from different folders: the order tells.
        ([A, SAME], [block("a", 1), block("a", 2)], [1, 2]),
        ([A, B, SAME], [block("a", 1), block("b", 2), block("a", 3)], [1, 2, 3]),
        ([A, SAME], [block("a", 1)], [1, 0]),
        # No block counts for two files.
        ([A, A], [block("a", 1)], [1, 0]),
        # More blocks of the name than files: the first ones.
        ([A], [block("a", 1), block("a", 2)], [1]),
        # The order tells of two in a row, and of one that was moved to the front meanwhile.
        ([A, B, SAME], [block("a", 1), block("a", 2), block("b", 3)], [1, 3, 2]),
        ([A, B, C], [block("c", 3), block("a", 1), block("b", 2)], [1, 2, 3]),
        ([B, A, C], [block("a", 9), block("b", 2), block("a", 1), block("c", 3)], [2, 1, 3]),
        # A block is passed over, not skipped for those behind it.
        ([A, B, C], [block("c", 3), block("b", 2), block("a", 1)], [1, 2, 3]),
        ([B, C, A], [block("a", 1), block("b", 2), block("c", 3)], [2, 3, 1]),
    ],
)
def test_which_block_is_whose(intents: list[Intent], blocks: list[SeenBlock], numbers: list[int]) -> None:
    assert found(intents, blocks) == numbers


@pytest.mark.parametrize(
    ("facts", "ours"),
    [
        ({}, True),
        # As old as its upload: Notion rounds both to the minute.
        ({"created_at": MADE + 3600}, True),
        ({"created_at": MADE - 60}, False),
        ({"kind": "pdf"}, False),
        ({"kind": "image"}, False),
        ({"name": "A"}, False),
        ({"name": None}, False),
        ({"caption": "somebody's words"}, False),
        ({"created_by": "somebody"}, False),
        ({"created_by": None}, True),
        # The file's name in Notion does not matter where the block shows one.
        ({"filename": "other"}, True),
    ],
)
def test_what_makes_a_block_ours(facts: dict[str, object], ours: bool) -> None:
    assert found([A], [block("a", 1, **facts)]) == [1 if ours else 0]


@pytest.mark.parametrize(
    ("one", "seen", "ours"),
    [
        (PICTURE, image("a.png", 1), True),
        (PICTURE, image("b.png", 1), False),
        (PICTURE, image("a.png", 1, "c"), False),
        (picture("a.png", 95, "c"), image("a.png", 1, "c"), True),
        # Notion's address did not tell a name: kind, caption, maker and time must do.
        (PICTURE, image(None, 1), True),
        (PICTURE, block("a.png", 1), False),
    ],
)
def test_pictures_are_known_by_their_file_s_name(one: Intent, seen: SeenBlock, ours: bool) -> None:
    assert found([one], [seen]) == [1 if ours else 0]


def test_a_caption_is_compared_as_it_was_written() -> None:
    """What JSON or a reader stumbles over was taken out of it on the way."""
    assert found([to_make("a", 91, caption="bad\x00")], [block("a", 1, caption="bad_")]) == [1]


@pytest.mark.parametrize(("bot", "numbers"), [(BOT, [0]), (None, [1])])
def test_without_our_own_id_every_maker_may_be_us(bot: str | None, numbers: list[int]) -> None:
    assert found([A], [block("a", 1, created_by="somebody")], bot=bot) == numbers


def test_without_the_upload_the_time_proves_nothing() -> None:
    """Its record was dropped: name and caption must do."""
    assert found([A], [block("a", 1, created_at=0.0)], known=False) == [1]
    assert found([PICTURE], [image("b.png", 1)], known=False) == [1]


def test_blocks_that_somebody_has_put_into_another_order_are_ours_all_the_same() -> None:
    """An append is all or nothing: where one of its blocks is, the others are, or were."""
    assert found([A, B], [block("b", 2), block("a", 1)]) == [1, 2]


kinds = st.sampled_from("abc")
strangers = st.builds(lambda name: block(name, 77, created_by="somebody"), kinds)


@given(st.lists(kinds, max_size=8), st.lists(st.tuples(st.integers(0, 8), strangers), max_size=5))
def test_a_whole_append_is_found_whatever_others_put_between(
    names: list[str], others: list[tuple[int, SeenBlock]]
) -> None:
    intents = [to_make(name, 100 + number) for number, name in enumerate(names)]
    blocks = [block(name, number + 1) for number, name in enumerate(names)]
    for location, stranger in others:
        blocks.insert(location, stranger)
    assert found(intents, blocks) == [number + 1 for number in range(len(names))]


@given(st.lists(kinds, max_size=8), st.lists(kinds, max_size=8))
def test_no_block_is_given_twice_and_each_fits(names: list[str], on_page: list[str]) -> None:
    intents = [to_make(name, 100 + number) for number, name in enumerate(names)]
    blocks = [block(name, number + 1) for number, name in enumerate(on_page)]
    numbers = found(intents, blocks)
    given_out = [number for number in numbers if number]
    assert len(given_out) == len(set(given_out))
    assert all(on_page[number - 1] == name for number, name in zip(numbers, names, strict=True) if number)
