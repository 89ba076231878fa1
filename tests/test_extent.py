"""How much of the folders a pass looks at."""

import pytest

from notion_sync.extent import EVERYTHING, Extent, upwards


@pytest.mark.parametrize(
    ("path", "expected"), [("/a/b", ["/a/b", "/a", "/"]), ("/a", ["/a", "/"]), ("/", ["/"])]
)
def test_upwards(path: str, expected: list[str]) -> None:
    assert list(upwards(path)) == expected


EXTENT = Extent(frozenset(["/r/file.txt", "/r/tree"]), frozenset(["/r/flat"]))


@pytest.mark.parametrize(
    ("path", "concerned", "wanted", "all_of", "held"),
    [
        ("/", True, False, False, False),
        ("/r", True, False, False, False),
        ("/r/file.txt", True, True, True, True),
        ("/r/file.txt.more", False, False, False, False),
        ("/r/tree", True, True, True, True),
        ("/r/tree/deep/er", True, True, True, True),
        ("/r/treehouse", False, False, False, False),
        ("/r/flat", True, False, True, False),
        ("/r/flat/a", False, True, False, False),
        ("/r/flat/a/b", False, False, False, False),
        ("/other", False, False, False, False),
    ],
)
def test_questions(path: str, *, concerned: bool, wanted: bool, all_of: bool, held: bool) -> None:
    answers = EXTENT.concerns(path), EXTENT.wants(path), EXTENT.wants_all_of(path), EXTENT.holds(path)
    assert answers == (concerned, wanted, all_of, held)
    assert EVERYTHING.concerns(path)
    assert EVERYTHING.wants(path)
    assert EVERYTHING.wants_all_of(path)
    assert EVERYTHING.holds(path)


@pytest.mark.parametrize("part", [Extent(only=EXTENT.only), Extent(flat=EXTENT.flat)])
def test_a_part_of_either_kind_is_not_everything(part: Extent) -> None:
    assert not part.everything
    assert not part.concerns("/other")
    assert not part.wants("/other")


def test_root() -> None:
    assert Extent(frozenset(["/"])).wants("/a/b")
    assert Extent(flat=frozenset(["/"])).wants_all_of("/")


def test_what_is_at_below_or_above_a_requested_path_touches_it() -> None:
    touching = ["/", "/r", "/r/file.txt", "/r/tree/deep", "/r/flat", "/r/flat/a"]
    assert [
        path for path in (*touching, "/r/flat/a/b", "/r/other", "/other") if EXTENT.touches(path)
    ] == touching
