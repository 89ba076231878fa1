"""Which blocks of a page are kept in mind."""

from hypothesis import given
from hypothesis import strategies as st

from notion_sync.sync.page.queue import BLOCKS_KEPT, PlacedBlocks


def placed(count: int) -> PlacedBlocks:
    """One block after the other, of the files 10, 20, 30 and so on."""
    made = PlacedBlocks()
    for number in range(1, count + 1):
        made.add(number * 10, f"b{number}")
    return made


def followed(blocks: PlacedBlocks, number: int, deleted: int = BLOCKS_KEPT) -> list[str | None]:
    """What a file's block is to follow, and what then, should people delete one after the other."""
    seen = []
    for _ in range(deleted):
        block = blocks.nearest_before(number)
        seen.append(block)
        if block is not None:
            blocks.remove(block)
    return seen


@given(st.lists(st.integers(0, 3000), max_size=6), st.integers(0, 300))
def test_what_a_missing_block_may_have_to_follow_is_never_forgotten(missing: list[int], count: int) -> None:
    for number in [*missing, 10**6]:
        blocks, all_of_them = placed(count), placed(count)
        blocks.keep(missing)
        assert (blocks.nearest_before(0), min(blocks.ids, default="")) == (
            None,
            min(all_of_them.ids, default=""),
        )
        assert followed(blocks, number) == followed(all_of_them, number)


@given(st.lists(st.integers(0, 3000), max_size=6))
def test_those_between_other_blocks_stay_told_from_each_other(missing: list[int]) -> None:
    blocks, all_of_them = placed(300), placed(300)
    blocks.keep(missing)
    gaps = {number: blocks.count_before(number) for number in missing}
    for one in missing:
        for other in missing:
            assert (gaps[one] == gaps[other]) is (
                all_of_them.count_before(one) == all_of_them.count_before(other)
            )
    assert blocks.last_number == 3000


def test_however_many_there_are_few_are_kept() -> None:
    blocks = PlacedBlocks()
    for number in range(10_000):
        blocks.add(number, f"b{number}")
        blocks.keep([5])
    assert sum(f"b{number}" in blocks for number in range(10_000)) <= 3 * BLOCKS_KEPT
