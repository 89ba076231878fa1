"""How errors show themselves."""

import pytest

from notion_sync.errors import NotionSyncError
from notion_sync.model import plain_reason
from notion_sync.notion.errors import (
    BadAnswer,
    BodyTooLarge,
    CommittedWrite,
    Conflict,
    Forbidden,
    ForeignAnswer,
    NetworkError,
    NotFound,
    NotionError,
    Overloaded,
    RateLimited,
    ServerError,
    Unauthorized,
    ValidationFailed,
)


def test_an_error_says_what_happened_with_code_and_request_and_what_to_do() -> None:
    error = NotFound("Could not find page with ID: 1.", status=404, code="object_not_found", request_id="r1")
    assert str(error) == (
        "Could not find page with ID: 1 [object_not_found, request r1] "
        "(share the page with the connection: open it in Notion, ··· → Connections → add the connection)"
    )
    assert error.message == "Could not find page with ID: 1."


NOT_SHARED = (
    "Could not find page with ID: 5e1f3c0a-9b7d-4c1e-8f2a-6d0b4c8e1f37. Make sure the relevant pages and databases are "
    'shared with your integration "[my] sync".'
)


def test_what_people_read_often_is_said_in_plain_words_and_notions_stand_with_the_facts() -> None:
    hidden = NotFound(NOT_SHARED, status=404, code="object_not_found", request_id="a1")
    assert str(hidden).startswith(
        'no page 5e1f3c0a-9b7d-4c1e-8f2a-6d0b4c8e1f37 is shared with the connection "[my] sync" [Could not find page'
    )
    assert plain_reason(str(hidden)) == (
        'no page 5e1f3c0a-9b7d-4c1e-8f2a-6d0b4c8e1f37 is shared with the connection "[my] sync" '
        "(share the page with the connection: open it in Notion, ··· → Connections → add the connection)"
    )
    refused = Unauthorized("API token is invalid.", status=401, code="unauthorized", request_id="a1")
    assert plain_reason(str(refused)).startswith("Notion refuses the token (check the token: ")
    assert "API token is invalid, unauthorized" in str(refused)
    assert (hidden.message, refused.message) == (NOT_SHARED, "API token is invalid.")


def test_an_id_that_is_none_is_named() -> None:
    said = (
        "path failed validation: path.page_id should be a valid uuid, instead was "
        '`"01234567-89ab-cdef-0123-456789abcdef"`.'
    )
    error = ValidationFailed(said, status=400, code="validation_error", request_id="a1")
    assert plain_reason(str(error)) == (
        "Notion knows no id 01234567-89ab-cdef-0123-456789abcdef: copy the address again (Share → Copy link)"
    )


@pytest.mark.parametrize("kind", ["block", "page"])
def test_what_is_in_the_trash_is_said_to_be_there(kind: str) -> None:
    said = f"Can't edit {kind} that is archived. You must unarchive the {kind} before editing."
    error = ValidationFailed(said, status=400, code="validation_error", request_id="a1")
    assert plain_reason(str(error)) == (
        "the page or block is in Notion's trash: restore it there, or name another target"
    )
    assert said.rstrip(".") in str(error)


def test_an_error_without_facts_is_just_its_message() -> None:
    assert str(NotionError("odd")) == "odd"
    assert str(NotionError("odd", status=418)) == "odd [HTTP 418]"
    assert str(NotionError("odd", hint="do this")) == "odd (do this)"


@pytest.mark.parametrize(
    ("error", "exit_code", "retryable"),
    [
        (Unauthorized("x"), 77, False),
        (Forbidden("x"), 1, False),
        (ForeignAnswer("x"), 75, False),
        (BodyTooLarge("x"), 1, False),
        (NotFound("x"), 1, False),
        (ValidationFailed("x"), 1, False),
        (Conflict("x"), 75, True),
        (Conflict("x", code="row_limit_exceeded"), 75, False),
        (RateLimited("x"), 75, True),
        (
            RateLimited("x", additional_data={"rate_limit_reason": "public_api_request_blocked"}),
            75,
            False,
        ),
        (Overloaded("x"), 75, True),
        (ServerError("x"), 75, True),
        (CommittedWrite("x"), 75, False),
        (NetworkError("x", sent=True), 75, True),
        (BadAnswer("x"), 75, True),
    ],
    ids=lambda value: type(value).__name__,
)
def test_exit_code_and_retryable(error: NotionError, exit_code: int, retryable: bool) -> None:
    assert isinstance(error, NotionSyncError)
    assert error.exit_code == exit_code
    assert error.retryable == retryable


def test_properties_of_refusals() -> None:
    refused = ValidationFailed("The content type audio/x-wav is not supported for the File Upload API.")
    extension = ValidationFailed(
        "Provided `filename` has an extension that is not supported for the File Upload API."
    )
    large = ValidationFailed("File size of 19.511 MiB exceeds the limit of 5 MiB.")
    trashed = ValidationFailed(
        "Can't edit block that is archived. You must unarchive the block before editing."
    )
    assert (refused.unsupported_type, refused.too_large, refused.trashed) == (True, False, False)
    assert (extension.unsupported_type, extension.too_large) == (True, False)
    assert (large.unsupported_type, large.too_large) == (False, True)
    assert trashed.trashed
    assert NotFound("Could not find file_upload with ID: 1.").unknown_upload
    assert not NotFound("Could not find page with ID: 1.").unknown_upload


def test_the_block_limit_and_committed_ids_are_readable() -> None:
    assert Forbidden("x", additional_data={"block_limit": "block_creation"}).block_limit == "block_creation"
    assert Forbidden("x").block_limit is None
    saved = CommittedWrite(
        "x", additional_data={"committed_resource_id": "p", "committed_child_ids": ("a", "b")}
    )
    assert (saved.committed_resource_id, saved.committed_child_ids) == ("p", ("a", "b"))
    assert (ServerError("x").committed_resource_id, ServerError("x").committed_child_ids) == (None, ())
