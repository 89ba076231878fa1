"""Contents known by their stats, and folders that need no look."""

import pytest

from notion_sync.model import FilePath, Fingerprint, Recorded
from notion_sync.state import Store
from notion_sync.state.files import RECHECK_AFTER
from tests.support.store import OTHER_PAGE, PAGE, digest, page_rule, placement, put_in_place

STAT = Fingerprint(10, 1_700_000_000_000_000_001, 1_700_000_000_000_000_002, 2**63 - 1)
OTHER_STAT = Fingerprint(11, 0, 0, 0)
KEY, OTHER_KEY = b"a rule", b"another"
BOTH = [PAGE.key, OTHER_PAGE.key]


def test_a_stat_means_a_content_until_it_is_forgotten(store: Store) -> None:
    file = FilePath("/d", "a.txt")
    with store.transaction():
        store.files.remember(file, STAT, digest("x"))
    assert store.files.recorded("/d", BOTH) == Recorded(digests={("a.txt", *STAT): digest("x")})
    assert store.files.get(file) == (STAT, digest("x"))
    with store.transaction():
        store.files.remember(file, OTHER_STAT, digest("y"))
    assert store.files.recorded("/d", BOTH) == Recorded(digests={("a.txt", *OTHER_STAT): digest("y")})
    with store.transaction():
        store.files.forget(file)
    assert store.files.recorded("/d", BOTH) == Recorded()
    assert store.files.get(file) is None


@pytest.mark.parametrize(
    ("folder", "name"),
    [
        ("/d", "a.txt"),
        ("/", "a.txt"),
        ("/d/bad\udcff", "also\udc80\udcfe.txt"),
        ("/d/line\nbreak", "tab\t"),
        ("/d/é", "e\u0301"),
        ("/d", "𝄞" * 60),
        ("/" + "d/" * 2000, "x"),
    ],
)
def test_names_come_back_as_they_were(store: Store, folder: str, name: str) -> None:
    with store.transaction():
        store.files.remember(FilePath(folder, name), STAT, digest("x"))
    assert store.files.recorded(folder, BOTH).digests == {(name, *STAT): digest("x")}


def test_names_that_look_alike_are_different_files(store: Store) -> None:
    """Case, and the two forms of an é, are the file system's affair."""
    names = ["A", "a", "é", "e\u0301"]
    with store.transaction():
        for name in names:
            store.files.remember(FilePath("/d", name), STAT, digest(name))
    assert len(store.files.recorded("/d", BOTH).digests) == 4


@pytest.mark.parametrize(
    ("targets", "in_place"),
    [
        ([PAGE.key], True),
        ([PAGE.key, OTHER_PAGE.key], False),
        ([OTHER_PAGE.key], False),
    ],
)
def test_in_place_is_what_every_target_has(store: Store, targets: list[str], in_place: bool) -> None:
    put_in_place(store, page_rule("/d"), FilePath("/d", "a.txt"), STAT, b"x")
    recorded = store.files.recorded("/d", targets)
    assert bool(recorded.in_place) is in_place
    assert bool(recorded.digests) is not in_place


def test_a_placement_of_an_older_content_is_not_in_place(store: Store) -> None:
    file = FilePath("/d", "a.txt")
    put_in_place(store, page_rule("/d"), file, STAT, b"old")
    with store.transaction():
        store.files.remember(file, OTHER_STAT, digest("new"))
    assert store.files.recorded("/d", [PAGE.key]) == Recorded(digests={("a.txt", *OTHER_STAT): digest("new")})


def test_a_placement_without_a_stat_says_nothing_of_the_file(store: Store) -> None:
    """The stat was too young to be kept: the file must be read again."""
    with store.transaction():
        store.placements.save(placement(FilePath("/d", "a.txt")), 1.0)
    assert store.files.recorded("/d", [PAGE.key]) == Recorded()


def test_folders_do_not_see_each_other_s_files(store: Store) -> None:
    with store.transaction():
        store.files.remember(FilePath("/d", "a"), STAT, digest("x"))
        store.files.remember(FilePath("/d/a", "a"), STAT, digest("y"))
    assert store.files.recorded("/d", BOTH).digests == {("a", *STAT): digest("x")}
    assert store.files.recorded("/nowhere", BOTH) == Recorded()


def test_a_settled_folder_is_one_rule_s(store: Store) -> None:
    assert store.files.clean("/d", KEY) is None
    with store.transaction():
        store.files.mark_clean("/d", KEY, b"signature", 3)
        store.files.mark_clean("/d", OTHER_KEY, b"the same or another", 4)
        store.files.mark_clean("/e", KEY, b"e", 5)
    assert store.files.clean("/d", KEY) == (b"signature", 3)
    assert store.files.clean("/d", OTHER_KEY) == (b"the same or another", 4)
    with store.transaction():
        store.files.mark_clean("/d", KEY, b"new", 6)
        store.files.mark_dirty("/e")
    assert store.files.clean("/d", KEY) == (b"new", 6)
    assert store.files.clean("/e", KEY) is None


def test_unsettling_a_folder_is_for_every_rule(store: Store) -> None:
    with store.transaction():
        store.files.mark_clean("/d", KEY, b"x", 3)
        store.files.mark_clean("/d", OTHER_KEY, b"x", 3)
        store.files.mark_dirty("/d")
        store.files.mark_dirty("/never heard of")
    assert store.files.clean("/d", KEY) is None
    assert store.files.clean("/d", OTHER_KEY) is None


@pytest.mark.parametrize(
    ("path", "left"),
    [
        ("/d", {"/de/a", "/e/a"}),
        ("/d/a", {"/d/ab", "/d/sub/a", "/de/a", "/e/a"}),
        ("/d/sub", {"/d/a", "/d/ab", "/de/a", "/e/a"}),
        ("/d/su", {"/d/a", "/d/ab", "/d/sub/a", "/de/a", "/e/a"}),
        ("/", set()),
        ("/nowhere", {"/d/a", "/d/ab", "/d/sub/a", "/de/a", "/e/a"}),
    ],
)
def test_what_is_at_or_below_a_path_can_be_forgotten(store: Store, path: str, left: set[str]) -> None:
    files = [FilePath(*each.rsplit("/", 1)) for each in ("/d/a", "/d/ab", "/d/sub/a", "/de/a", "/e/a")]
    with store.transaction():
        for file in files:
            store.files.remember(file, STAT, digest("x"))
            store.files.mark_clean(file.folder, KEY, b"x", 1)
    with store.transaction():
        count = store.files.forget_below(path)
    known = {file.path for file in files if store.files.get(file)}
    assert (known, count) == (left, 5 - len(left))
    gone = {file.folder for file in files if file.path not in left}
    assert not any(store.files.clean(folder, KEY) for folder in gone)


def test_a_folder_keeps_its_number(store: Store) -> None:
    with store.transaction():
        number = store.files.folder_id("/d")
        assert store.files.folder_id("/e") != number
        assert store.files.folder_id("/d") == number


def test_numbers_of_a_transaction_that_did_not_happen_are_given_anew(store: Store) -> None:
    """Otherwise a file would be recorded in the folder that got the number later."""

    def fail() -> None:
        with store.transaction():
            store.files.folder_id("/first")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with store.transaction():
        store.files.remember(FilePath("/second", "a"), STAT, digest("2"))
        store.files.remember(FilePath("/first", "a"), STAT, digest("1"))
    assert store.files.recorded("/first", BOTH).digests == {("a", *STAT): digest("1")}
    assert store.files.recorded("/second", BOTH).digests == {("a", *STAT): digest("2")}


def test_more_folders_than_are_kept_in_mind(store: Store) -> None:
    with store.transaction():
        numbers = [store.files.folder_id(f"/{number}") for number in range(10_050)]
        assert len(set(numbers)) == 10_050
        assert [store.files.folder_id(f"/{number}") for number in (0, 10_049)] == [numbers[0], numbers[-1]]


# Read once more


def known(store: Store) -> set[str]:
    return {entry[0] for entry in store.files.recorded("/d", BOTH).digests}


@pytest.mark.parametrize(
    ("now", "due"),
    [
        (1000.0, set()),
        (1119.0, set()),
        (1120.0, {"young"}),
        (99999.0, {"young"}),
        (880.0, set()),
        (0.0, {"young"}),  # the clock was ahead when it was put down
    ],
)
def test_a_file_is_to_be_read_once_more_when_it_is_due(store: Store, now: float, due: set[str]) -> None:
    with store.transaction():
        store.files.remember(FilePath("/d", "old"), STAT, digest("x"))
        store.files.remember(FilePath("/d", "young"), STAT, digest("x"), recheck_at=1000.0 + RECHECK_AFTER)
        for folder in ("/d", "/e"):
            store.files.mark_clean(folder, KEY, b"signature", 1)
        assert store.files.any_recheck_due(now) == bool(due)
        store.files.let_recheck(now)
        assert known(store) == {"old", "young"} - due
        assert (store.files.clean("/d", KEY) is None) == bool(due)
        assert store.files.clean("/e", KEY)

        # Found once; a file that is not there any more keeps no folder from being clean.
        assert not store.files.any_recheck_due(now)
        store.files.mark_clean("/d", KEY, b"signature", 1)
        store.files.let_recheck(now)
        assert store.files.clean("/d", KEY)

        store.files.remember(FilePath("/d", "young"), STAT, digest("x"))
        assert known(store) == {"old", "young"}


def test_one_file_is_to_be_read_again(store: Store) -> None:
    with store.transaction():
        for name in ("a", "b"):
            store.files.remember(FilePath("/d", name), STAT, digest("x"))
        store.files.mark_clean("/d", KEY, b"signature", 2)
        store.files.read_again(FilePath("/d", "never heard of"))
        assert store.files.clean("/d", KEY)
        store.files.read_again(FilePath("/d", "a"))
        assert known(store) == {"b"}
        assert store.files.clean("/d", KEY) is None


def test_whether_a_file_is_to_be_read_again_is_asked_of_an_index(store: Store) -> None:
    """An unchanged tree of any size costs nothing for it."""
    plan = store._database.execute(
        "EXPLAIN QUERY PLAN SELECT 1 FROM files WHERE recheck > 0 AND (recheck <= 1 OR recheck > 2) LIMIT 1"
    ).fetchall()
    assert "USING COVERING INDEX files_to_recheck" in plan[0][-1]
