"""Waiting for an import, and its failures in words."""

from collections.abc import Callable, Iterator
from itertools import islice

import pytest

from notion_sync.errors import Cancelled
from notion_sync.imports.fetch import ImportFailed, ImportTooSlow, failure_words, fetched, growing_pauses
from notion_sync.imports.importer import name_of, stand_in
from notion_sync.notion.values import FileUpload, ImportResult
from tests.support.clock import FakeClock

PENDING = FileUpload("u", "pending")


def after(count: int, end: FileUpload) -> Callable[[], FileUpload]:
    """An upload that is pending so many times."""
    answers: Iterator[FileUpload] = iter([PENDING] * count + [end])
    return lambda: next(answers)


def test_pauses_grow_up_to_fifteen_seconds() -> None:
    assert list(islice(growing_pauses(), 7)) == [1, 2, 4, 8, 15, 15, 15]


def test_it_is_asked_until_it_ends() -> None:
    clock = FakeClock()
    done = FileUpload("u", "uploaded")
    assert fetched(after(2, done), PENDING, clock=clock, timeout=600) is done
    assert clock.naps == [1, 2, 4]


def test_what_has_ended_at_once_is_not_asked_for() -> None:
    clock = FakeClock()
    done = FileUpload("u", "uploaded")
    assert fetched(after(0, PENDING), done, clock=clock, timeout=0) is done
    assert clock.naps == []


def test_patience_ends_to_the_second() -> None:
    clock = FakeClock()
    with pytest.raises(ImportTooSlow, match="within 10 s"):
        fetched(after(99, PENDING), PENDING, clock=clock, timeout=10)
    assert sum(clock.naps) == 10


def test_an_interrupt_ends_the_wait() -> None:
    clock = FakeClock()
    clock.cancelled = True
    with pytest.raises(Cancelled):
        fetched(after(99, PENDING), PENDING, clock=clock, timeout=10)


@pytest.mark.parametrize("status", ["failed", "expired", ""])
def test_other_ends_are_failures(status: str) -> None:
    with pytest.raises(ImportFailed):
        fetched(after(0, FileUpload("u", status)), PENDING, clock=FakeClock(), timeout=10)


@pytest.mark.parametrize(
    ("result", "words"),
    [
        (
            ImportResult(False, "validation_error", "file_upload_invalid_size", "The file is too large."),
            "it breaks a rule of Notion's; The file is too large [file_upload_invalid_size]",
        ),
        (
            ImportResult(False, "download_error", "x", "No.", 503),
            "the download failed; No; its server answered 503 [x]",
        ),
        (ImportResult(False, "internal_system_error"), "something failed inside Notion"),
        (ImportResult(False, "upload_error"), "Notion could not store it"),
        (ImportResult(False, "a new one"), "a new one"),
        (ImportResult(False), "for an unknown reason"),
    ],
)
def test_failures_in_words(result: ImportResult, words: str) -> None:
    assert failure_words(result) == words


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://example.com/a/b.pdf", "b.pdf"),
        ("https://example.com/a/b%20c.pdf?x=/y.png#z", "b c.pdf"),
        ("https://example.com/a/", "a"),
        ("https://example.com/", "example.com"),
        ("https://example.com", "example.com"),
    ],
)
def test_names(url: str, name: str) -> None:
    assert name_of(url) == name


def test_stand_ins_differ_from_each_other() -> None:
    assert stand_in("https://a/1") != stand_in("https://a/2")
