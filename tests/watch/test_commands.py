"""The paths of a request, which may hold anything that JSON can say."""

import pytest

from notion_sync.control.protocol import BadMessage
from notion_sync.watch.commands import paths_of


@pytest.mark.parametrize("given", [[], ["/a"], ["/a", "/b c"], ["/\udcff"], ["/" + "a/" * 2000], ()])
def test_paths(given: list[str]) -> None:
    assert paths_of(given) == tuple(given)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("/a", "paths are a list"),
        ({"/a": 1}, "paths are a list"),
        (None, "paths are a list"),
        ([1], "a path is absolute"),
        ([None, "/a"], "a path is absolute"),
        ([["/a"]], "a path is absolute"),
        (["a"], "a path is absolute"),
        ([""], "a path is absolute"),
        (["/a\0b"], "a path is absolute"),
        (["/" + "a/" * 60_000], "a path has at most 4095 bytes"),
        (["/" + "\ud800" * 2000], "a path has at most 4095 bytes"),
    ],
)
def test_what_is_no_list_of_paths_is_refused(given: list[str], words: str) -> None:
    with pytest.raises(BadMessage, match=words):
        paths_of(given)
