"""Waiting for an import, and its failures in words."""

from itertools import islice

import pytest

from notion_sync.notion.values import FileUpload, ImportResult
from notion_sync.sync.failures import Scope, classify
from notion_sync.sync.import_policy import (
    ImportDelayed,
    ImportFailed,
    ImportPolicy,
    failure,
    failure_words,
    growing_pauses,
)

POLICY = ImportPolicy(too_slow="ask again", not_fetched="fetch it yourself")


def test_pauses_grow_up_to_fifteen_seconds() -> None:
    assert list(islice(growing_pauses(), 7)) == [1, 2, 4, 8, 15, 15, 15]


@pytest.mark.parametrize(
    "result",
    [
        ImportResult(False, "download_error", status_code=404),
        ImportResult(False, "download_error", status_code=403),
        ImportResult(False, "download_error", status_code=499),
        # What passes at a download does not where the address itself breaks a rule.
        ImportResult(False, "validation_error", status_code=503),
        ImportResult(False, "validation_error", status_code=429),
        ImportResult(False, "a new one"),
        ImportResult(False),
    ],
)
def test_what_lies_in_the_address_is_remembered(result: ImportResult) -> None:
    error = failure(FileUpload("u", "failed", import_result=result), POLICY)
    assert isinstance(error, ImportFailed)
    assert classify(error).scope is Scope.CONTENT
    assert error.hint == "fetch it yourself"


def test_what_is_empty_or_too_large_is_so_whoever_fetches_it() -> None:
    result = ImportResult(False, "validation_error", "file_upload_invalid_size")
    error = failure(FileUpload("u", "failed", import_result=result), POLICY)
    assert isinstance(error, ImportFailed)
    assert error.hint == ""


@pytest.mark.parametrize(
    "result",
    [
        ImportResult(False, "internal_system_error"),
        ImportResult(False, "upload_error"),
        ImportResult(False, "download_error"),
        ImportResult(False, "download_error", status_code=408),
        ImportResult(False, "download_error", status_code=425),
        ImportResult(False, "download_error", status_code=429),
        ImportResult(False, "download_error", status_code=500),
        ImportResult(False, "download_error", status_code=503),
        ImportResult(False, "upload_error", status_code=404),
    ],
)
def test_what_passes_is_tried_again(result: ImportResult) -> None:
    error = failure(FileUpload("u", "failed", import_result=result), POLICY)
    assert isinstance(error, ImportDelayed)
    assert classify(error).scope is Scope.LATER
    assert error.hint == "ask again"


@pytest.mark.parametrize("status", ["failed", "expired", ""])
def test_an_end_without_a_reason_is_tried_again(status: str) -> None:
    error = failure(FileUpload("u", status), POLICY)
    assert isinstance(error, ImportDelayed)
    assert (status or "nothing") in str(error)


def test_an_import_that_went_well_and_left_no_file_is_tried_again() -> None:
    error = failure(FileUpload("u", "expired", import_result=ImportResult(True)), POLICY)
    assert isinstance(error, ImportDelayed)
    assert str(error) == "Notion has not fetched it: the upload ended as expired (ask again)"


def test_what_notion_said_of_an_import_is_said() -> None:
    refused = FileUpload("u", "failed", import_result=ImportResult(False, "validation_error", "x", "No."))
    assert str(failure(refused, POLICY)) == (
        "Notion could not fetch it: it breaks a rule of Notion's; No [x] (fetch it yourself)"
    )


def test_a_delay_ends_with_not_now() -> None:
    assert (ImportDelayed.exit_code, ImportFailed.exit_code) == (75, 1)


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
