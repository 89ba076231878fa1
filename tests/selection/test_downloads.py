"""Which files of a folder are still being filled."""

import pytest

from notion_sync.model import Entry
from notion_sync.selection.downloads import being_filled, file_of


def entry(name: str, mtime_ns: int = 1) -> Entry:
    return (name, 1, mtime_ns, 1, 1)


@pytest.mark.parametrize(
    ("names", "filled"),
    [
        (("a.mkv",), {}),
        (("a.mkv.aria2",), {}),
        (("a.mkv", "a.mkv.aria2"), {"a.mkv": "a.mkv.aria2"}),
        (("a.iso", "a.iso.st"), {"a.iso": "a.iso.st"}),
        (("a.iso", "a.iso.lftp-pget-status"), {"a.iso": "a.iso.lftp-pget-status"}),
        (("a.mp4", "a.mp4.ytdl"), {"a.mp4": "a.mp4.ytdl"}),
        (("a.pdf", "a.pdf.part"), {"a.pdf": "a.pdf.part"}),
        (("a.pdf", "a.pdf.crdownload", "b"), {"a.pdf": "a.pdf.crdownload"}),
        (("A.PDF", "A.PDF.PART"), {"A.PDF": "A.PDF.PART"}),
        (("a", "b.aria2", ".aria2"), {}),
        (("a.txt", "a.txt.tmp", "a.txt.bak"), {}),
    ],
)
def test_signs(names: tuple[str, ...], filled: dict[str, str]) -> None:
    """What lies beside a file says that it is not complete."""
    assert being_filled([entry(name) for name in names]) == filled


def test_the_rest_of_a_download_that_was_given_up() -> None:
    """A `.part` that is older than its file is no sign; aria2's is, whenever it was written."""
    assert being_filled([entry("a", 2), entry("a.part", 1)]) == {}
    assert being_filled([entry("a", 2), entry("a.aria2", 1)]) == {"a": "a.aria2"}


@pytest.mark.parametrize(
    ("sign", "name"), [("a.aria2", "a"), ("a.b.PART", "a.b"), (".part", None), ("a", None)]
)
def test_file_of(sign: str, name: str | None) -> None:
    assert file_of(sign) == name
