"""What Notion refused for good, until it is tried again."""

import pytest

from notion_sync.model import FilePath, RecordedRefusal
from notion_sync.state import Store
from tests.support.store import BOT, OTHER_PAGE, PAGE, digest

A = FilePath("/d", "a.txt")
REFUSED = RecordedRefusal(digest("x"), b"a rule", "Notion said no: é")


def test_a_refusal_is_of_one_path_at_one_target(store: Store) -> None:
    with store.transaction():
        store.failures.save(A, PAGE.key, REFUSED, 1.0)
    assert store.failures.get(A, PAGE.key) == REFUSED
    assert store.failures.get(A, OTHER_PAGE.key) is None
    assert store.failures.get(FilePath("/d", "b.txt"), PAGE.key) is None
    assert store.failures.of_file(A) == [(PAGE.key, REFUSED, 1.0)]


def test_a_refusal_lasts_until_it_goes_well_or_another_takes_its_place(store: Store) -> None:
    other = RecordedRefusal(digest("y"), b"another rule", "no")
    with store.transaction():
        store.failures.save(A, PAGE.key, REFUSED, 1.0)
        store.failures.save(A, PAGE.key, other, 2.0)
    assert store.failures.get(A, PAGE.key) == other
    with store.transaction():
        store.failures.clear(A, PAGE.key)
        store.failures.clear(A, OTHER_PAGE.key)
    assert store.failures.get(A, PAGE.key) is None


@pytest.mark.parametrize(
    ("below", "count", "left"),
    [
        ((), 4, []),
        (("/d",), 3, ["/de/c.txt"]),
        (("/d/a.txt",), 2, ["/d/sub/b.txt", "/de/c.txt"]),
        (("/d/sub", "/de"), 3, ["/d/a.txt"]),
        (("/elsewhere",), 1, ["/d/a.txt", "/d/sub/b.txt", "/de/c.txt"]),
    ],
)
def test_refusals_can_be_tried_again(
    store: Store, below: tuple[str, ...], count: int, left: list[str]
) -> None:
    files = [A, FilePath("/d/sub", "b.txt"), FilePath("/de", "c.txt")]
    with store.transaction():
        for file in files:
            store.failures.save(file, PAGE.key, REFUSED, 1.0)
        store.failures.refuse_type(BOT, "exe", "no", 1.0)
    with store.transaction():
        assert store.failures.retry(below) == count
    assert [file.path for file in files if store.failures.get(file, PAGE.key)] == left
    assert store.failures.refused_type(BOT, "exe", 0.0) is None


def test_a_refused_type_is_believed_for_a_while_and_of_one_bot(store: Store) -> None:
    with store.transaction():
        store.failures.refuse_type(BOT, "exe", "no programs", 100.0)
    assert store.failures.refused_type(BOT, "exe", 99.0) == "no programs"
    assert store.failures.refused_type(BOT, "exe", 100.0) is None
    assert store.failures.refused_type(BOT, "", 0.0) is None
    assert store.failures.refused_type("somebody else", "exe", 0.0) is None
