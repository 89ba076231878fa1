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
    ("path", "concerned", "wanted", "all_of"),
    [
        ("/", True, False, False),
        ("/r", True, False, False),
        ("/r/file.txt", True, True, True),
        ("/r/file.txt.more", False, False, False),
        ("/r/tree", True, True, True),
        ("/r/tree/deep/er", True, True, True),
        ("/r/treehouse", False, False, False),
        ("/r/flat", True, False, True),
        ("/r/flat/a", False, True, False),
        ("/r/flat/a/b", False, False, False),
        ("/other", False, False, False),
    ],
)
def test_questions(path: str, *, concerned: bool, wanted: bool, all_of: bool) -> None:
    answers = EXTENT.concerns(path), EXTENT.wants(path), EXTENT.wants_all_of(path)
    assert answers == (concerned, wanted, all_of)
    assert EVERYTHING.concerns(path)
    assert EVERYTHING.wants(path)
    assert EVERYTHING.wants_all_of(path)


def test_root() -> None:
    assert Extent(frozenset(["/"])).wants("/a/b")
    assert Extent(flat=frozenset(["/"])).wants_all_of("/")
