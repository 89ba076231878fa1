"""What of ours is where in Notion."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notion_sync.model import FilePath, Label, Placement
from notion_sync.rules import Kind
from notion_sync.state import Store
from notion_sync.state.columns import label_text, label_value
from tests.support.store import OTHER_PAGE, PAGE, digest, notion_id, placement

A, B, C = (FilePath("/d", name) for name in ("a", "b", "c"))
ICON = replace(PAGE, kind=Kind.ICON).key


def save(store: Store, *placements: Placement, now: float = 1.0) -> None:
    with store.transaction():
        for each in placements:
            store.placements.save(each, now)


@pytest.mark.parametrize(
    "given_placement",
    [
        placement(A),
        placement(A, kind="image", label=Label(None, "a caption\nin two lines, é \ufffd 𝄞")),
        replace(placement(A, target=ICON, kind="icon"), block_id=None),
        replace(placement(A), upload_id=None),
        placement(FilePath("/bad\udcff", "\udc80")),
    ],
)
def test_a_placement_comes_back_as_it_was(store: Store, given_placement: Placement) -> None:
    save(store, given_placement)
    assert store.placements.get(given_placement.id, given_placement.target) == given_placement


def test_a_path_has_one_placement_a_target(store: Store) -> None:
    save(store, placement(A, "old", 1), placement(A, "at the other page", 2, target=OTHER_PAGE.key))
    save(store, placement(A, "new", 3))
    assert store.placements.get(A, PAGE.key) == placement(A, "new", 3)
    assert store.placements.get(A, OTHER_PAGE.key) == placement(
        A, "at the other page", 2, target=OTHER_PAGE.key
    )
    assert store.placements.get(B, PAGE.key) is None
    assert store.placements.get(A, "a target never heard of") is None


def test_the_icon_of_a_page_is_another_target_than_its_blocks(store: Store) -> None:
    save(store, placement(A), placement(A, number=2, target=ICON, kind="icon"))
    assert store.things.blocks_at(PAGE.key) == {notion_id(1)}


def test_a_block_is_the_same_one_whatever_file_it_shows(store: Store) -> None:
    """Which file it shows may be learned, or change, while the record of it is at hand."""
    block = placement(A)
    shows = replace(block, file_id=notion_id(9))
    with store.transaction():
        store.placements.add(block, 1.0)
        store.placements.add(shows, 2.0)
    assert store.placements.get(A, PAGE.key) == shows
    assert store.retired.below(A.folder, [PAGE.key]) == []
    with store.transaction():
        store.retired.add(shows, 3.0)
        store.retired.forget(block)
    assert store.retired.below(A.folder, [PAGE.key]) == []


def test_every_path_with_a_content_is_found_in_path_order(store: Store) -> None:
    elsewhere = FilePath("/a/b", "z")
    save(
        store, placement(C, "x", 1), placement(A, "x", 2), placement(B, "y", 3), placement(elsewhere, "x", 4)
    )
    save(store, placement(A, "x", 5, target=OTHER_PAGE.key))
    assert [p.id for p in store.placements.of_content(digest("x"), PAGE.key)] == [elsewhere, A, C]


def test_our_blocks_at_a_target(store: Store) -> None:
    save(store, placement(A, number=1), placement(B, number=2), placement(C, number=3, target=OTHER_PAGE.key))
    save(store, replace(placement(C), block_id=None))
    assert store.things.blocks_at(PAGE.key) == {notion_id(1), notion_id(2)}
    assert store.things.blocks_at("a target never heard of") == frozenset()


def test_a_block_is_ours_also_when_its_file_has_another_one_by_now(store: Store) -> None:
    with store.transaction():
        for number in (1, 2):
            store.placements.add(placement(A, f"version {number}", number), float(number))
        store.placements.add(placement(B, number=3, target=OTHER_PAGE.key), 3.0)
        store.placements.add(placement(B, number=4, target=OTHER_PAGE.key), 4.0)
    assert store.things.blocks_at(PAGE.key) == {notion_id(1), notion_id(2)}
    with store.transaction():
        store.retired.forget(placement(A, "version 1", 1))
    assert store.things.blocks_at(PAGE.key) == {notion_id(2)}


def test_the_last_block_is_the_one_that_was_put_there_last(store: Store) -> None:
    assert store.things.last_block(PAGE.key) is None
    save(store, placement(A, number=1), now=10.0)
    save(store, placement(B, number=2), now=30.0)
    save(store, placement(C, number=3), now=20.0)
    assert store.things.last_block(PAGE.key) == notion_id(2)
    save(store, replace(placement(A), block_id=None), now=40.0)
    assert store.things.last_block(PAGE.key) == notion_id(2)


def test_what_is_forgotten_is_gone_and_its_folder_not_settled_any_more(store: Store) -> None:
    save(store, placement(A), placement(B, number=2), placement(A, target=OTHER_PAGE.key))
    with store.transaction():
        store.files.mark_clean("/d", b"a rule", b"signature", 3)
        store.placements.forget(placement(A))
    assert store.placements.get(A, PAGE.key) is None
    assert store.placements.get(A, OTHER_PAGE.key) is not None
    assert store.placements.get(B, PAGE.key) is not None
    assert store.files.clean("/d", b"a rule") is None


@pytest.mark.parametrize("came_again", [False, True])
def test_what_another_path_gets_is_taken_from_the_one_that_had_it_and_nothing_else(
    store: Store, came_again: bool
) -> None:
    """The file may have come again, and have got another block, before the other one has it."""
    old, newer = placement(A, number=1), placement(A, "newer", number=2)
    save(store, old)
    with store.transaction():
        if came_again:
            store.placements.add(newer, 2.0)
        store.placements.take(old)
    assert store.placements.get(A, PAGE.key) == (newer if came_again else None)
    assert store.retired.below(A.folder, [PAGE.key]) == []


def test_what_is_saved_has_its_folder_looked_at_again(store: Store) -> None:
    """What was enough for an earlier configuration may not be for this one."""
    for put in (store.placements.save, store.placements.add):
        with store.transaction():
            for folder in ("/d", "/other"):
                store.files.mark_clean(folder, b"a rule", b"signature", 1)
            put(placement(A), 1.0)
        assert store.files.clean("/d", b"a rule") is None
        assert store.files.clean("/other", b"a rule") is not None


def test_what_is_at_or_below_a_path(store: Store) -> None:
    deep = FilePath("/d/sub", "a")
    beside = FilePath("/de", "a")
    save(store, placement(A, number=1), placement(B, number=2), placement(deep, number=3), now=5.0)
    save(store, placement(beside, number=4), placement(A, number=5, target=OTHER_PAGE.key), now=6.0)

    def ids(path: str) -> list[tuple[str, str, float]]:
        return [(p.id.path, p.target, at) for p, at in store.placements.at_or_below(path)]

    assert ids("/d/a") == [("/d/a", PAGE.key, 5.0), ("/d/a", OTHER_PAGE.key, 6.0)]
    assert [path for path, _, _ in ids("/d")] == ["/d/a", "/d/a", "/d/b", "/d/sub/a"]
    assert [path for path, _, _ in ids("/")] == ["/d/a", "/d/a", "/d/b", "/d/sub/a", "/de/a"]
    with store.transaction():
        assert store.placements.forget_below("/d") == 4
    assert [path for path, _, _ in ids("/")] == ["/de/a"]


text = st.text(st.characters(exclude_categories=["Cs"]))


@given(st.one_of(st.none(), text), text)
def test_a_label_comes_back_as_it_was(name: str | None, caption: str) -> None:
    assert label_value(label_text(Label(name, caption))) == Label(name, caption)
    assert label_value(label_text(Label(name, caption, theirs=True))) == Label(name, caption, theirs=True)
