"""What an error means for the file, its target and the run."""

import pytest

from notion_sync.errors import (
    Cancelled,
    FileChanged,
    FileUnreadable,
    FileVanished,
    NotNow,
    StoreError,
)
from notion_sync.executor.trouble import Scope, stop_error, trouble_of
from notion_sync.notion.errors import (
    BadAnswer,
    BodyMismatch,
    CommittedWrite,
    Conflict,
    EdgeRefused,
    Forbidden,
    NetworkError,
    NotFound,
    Overloaded,
    RateLimited,
    ServerError,
    Unauthorized,
    ValidationFailed,
)

UNKNOWN_UPLOAD = "Could not find file_upload with ID: 1234."
NO_TYPE = "Provided `filename` has an extension that is not supported for the File Upload API."


@pytest.mark.parametrize(
    ("error", "scope"),
    [
        # The file.
        (FileVanished("it is gone"), Scope.GONE),
        (FileChanged("it was written to"), Scope.CHANGED),
        (BodyMismatch("fewer bytes than announced"), Scope.CHANGED),
        (FileUnreadable("cannot be read"), Scope.FILE),
        # The content.
        (ValidationFailed("body failed validation", status=400), Scope.CONTENT),
        (ValidationFailed(NO_TYPE, status=400), Scope.TYPE),
        # This time.
        (ValidationFailed(UNKNOWN_UPLOAD, status=400), Scope.FILE),
        (NotFound(UNKNOWN_UPLOAD, status=404), Scope.FILE),
        (ServerError("oops", status=500), Scope.FILE),
        (CommittedWrite("done all the same", status=503), Scope.FILE),
        (Conflict("somebody else writes", status=409), Scope.FILE),
        (EdgeRefused("blocked", status=403), Scope.FILE),
        # The target.
        (NotFound("Could not find page with ID: 1234.", status=404), Scope.TARGET),
        (Forbidden("Insufficient permissions", status=403), Scope.TARGET),
        (Forbidden("full", additional_data={"block_limit": "blocks"}), Scope.TARGET),
        # Everything.
        (Unauthorized("API token is invalid.", status=401), Scope.RUN),
        (NetworkError("no route to host", sent=False), Scope.RUN),
        (NetworkError("reset", sent=True, ambiguous=True), Scope.RUN),
        (BadAnswer("no JSON"), Scope.RUN),
        (RateLimited("slow down", status=429), Scope.RUN),
        (Overloaded("too much to do", status=529), Scope.RUN),
        (Cancelled("stopped"), Scope.RUN),
        (NotNow("no space left"), Scope.RUN),
        (StoreError("damaged"), Scope.RUN),
        # A bug.
        (KeyError("x"), Scope.RUN),
        (AssertionError(), Scope.RUN),
    ],
)
def test_how_far_a_trouble_reaches(error: BaseException, scope: Scope) -> None:
    trouble = trouble_of(error)
    assert (trouble.scope, trouble.error) == (scope, error)


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (FileVanished("it is gone"), "it is gone"),
        (
            FileUnreadable("cannot be read", hint="let somebody read it"),
            "cannot be read (let somebody read it)",
        ),
        (
            ValidationFailed("body failed", code="validation_error", request_id="r-1"),
            "body failed [validation_error, request r-1]",
        ),
        # Of a bug its kind is worth more than its text.
        (KeyError("x"), "KeyError('x')"),
        (ZeroDivisionError(), "ZeroDivisionError()"),
    ],
)
def test_a_trouble_in_words(error: BaseException, reason: str) -> None:
    assert trouble_of(error).reason == reason


@pytest.mark.parametrize(
    "error",
    [
        Unauthorized("API token is invalid.", status=401),
        Cancelled("stopped"),
        NotNow("no space left"),
        StoreError("damaged"),
        RateLimited("go away", additional_data={"rate_limit_reason": "public_api_request_blocked"}),
        Conflict("full", code="row_limit_exceeded"),
        KeyError("x"),
    ],
)
def test_some_errors_end_the_run_as_they_are(error: BaseException) -> None:
    assert stop_error(error) is error


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (NetworkError("no route to host", sent=False), "no route to host (check the network connection)"),
        (
            ServerError("oops", status=500),
            "oops (Notion has trouble: try again later, see status.notion.com)",
        ),
        (Overloaded("busy"), "busy (try again later; everything done so far is recorded)"),
    ],
)
def test_what_may_work_later_ends_the_run_with_not_now(error: BaseException, text: str) -> None:
    ended = stop_error(error)
    assert isinstance(ended, NotNow)
    assert (str(ended), ended.exit_code) == (text, 75)
