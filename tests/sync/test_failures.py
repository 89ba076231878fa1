"""What an error means for the file, its target and the run."""

import errno

import pytest

from notion_sync.errors import (
    Cancelled,
    FileBusy,
    FileChanged,
    FileUnreadable,
    FileVanished,
    NotNow,
    StoreError,
)
from notion_sync.notion.errors import (
    BadAnswer,
    BodyMismatch,
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
from notion_sync.sync.failures import (
    Ambiguous,
    LocationFailed,
    NoAnchor,
    Scope,
    Unusable,
    classify,
    stop_error,
)
from notion_sync.sync.import_policy import ImportDelayed, ImportFailed, StillFetching

UNKNOWN_UPLOAD = "Could not find file_upload with ID: 1234."
ARCHIVED = "Can't edit block that is archived. You must unarchive the block before editing."
NO_TYPE = "Provided `filename` has an extension that is not supported for the File Upload API."
NOT_ACCEPTED = "Notion does not accept this type"
NO_TYPE_SAID = NO_TYPE.rstrip(".")


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
        (ImportFailed("it breaks a rule"), Scope.CONTENT),
        # In a while.
        (ImportDelayed("its server had a bad moment"), Scope.LATER),
        (StillFetching("it is not there yet"), Scope.LATER),
        # This time.
        (ValidationFailed(UNKNOWN_UPLOAD, status=400), Scope.FILE),
        (NotFound(UNKNOWN_UPLOAD, status=404), Scope.FILE),
        (NotionError("a word of next year", status=400, code="of_next_year"), Scope.FILE),
        (BodyTooLarge("a proxy takes 1 MiB", status=413), Scope.FILE),
        (ServerError("oops", status=500), Scope.FILE),
        (ServerError("a moment", status=503, retry_after=30.0), Scope.FILE),
        (CommittedWrite("done all the same", status=503), Scope.FILE),
        (Conflict("somebody else writes", status=409), Scope.FILE),
        (Ambiguous("there are two rows of that title"), Scope.FILE),
        (LocationFailed("the row was not made"), Scope.FILE),
        # Once it can be had.
        (FileBusy("another program holds it"), Scope.CHANGED),
        # The target.
        (NotFound("Could not find page with ID: 1234.", status=404), Scope.TARGET),
        (Forbidden("Insufficient permissions", status=403), Scope.TARGET),
        (Forbidden("full", additional_data={"block_limit": "blocks"}), Scope.TARGET),
        (ValidationFailed(ARCHIVED, status=400), Scope.TARGET),
        (Unusable("it is a database, not a page"), Scope.TARGET),
        (NoAnchor("the block is not on the page"), Scope.TARGET),
        # Everything.
        (ServerError("closed for today", status=503, retry_after=3600.0), Scope.RUN),
        (ForeignAnswer("blocked", status=403), Scope.RUN),
        (Unauthorized("API token is invalid.", status=401), Scope.RUN),
        (NetworkError("no route to host", sent=False), Scope.RUN),
        (NetworkError("reset", sent=True, ambiguous=True), Scope.RUN),
        (BadAnswer("no JSON"), Scope.RUN),
        (RateLimited("slow down", status=429), Scope.RUN),
        (Overloaded("too much to do", status=529), Scope.RUN),
        (Cancelled("stopped"), Scope.RUN),
        (NotNow("no space left"), Scope.RUN),
        (StoreError("damaged"), Scope.RUN),
        # The system is short of something.
        (OSError(errno.EMFILE, "Too many open files"), Scope.LATER),
        (OSError(errno.ENOSPC, "No space left on device"), Scope.LATER),
        (MemoryError(), Scope.LATER),
        (RuntimeError("can't start new thread"), Scope.LATER),
        # The system refuses something for good.
        (OSError(errno.EROFS, "Read-only file system"), Scope.FILE),
        # A bug: of ours, met by one file.
        (KeyError("x"), Scope.FILE),
        (AssertionError(), Scope.FILE),
        # What is no error but an order.
        (KeyboardInterrupt(), Scope.RUN),
        (SystemExit(1), Scope.RUN),
    ],
)
def test_how_far_a_failure_reaches(error: BaseException, scope: Scope) -> None:
    failure = classify(error)
    assert (failure.scope, failure.error) == (scope, error)


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
        (
            ValidationFailed(NO_TYPE, code="validation_error"),
            f"{NOT_ACCEPTED} [{NO_TYPE_SAID}; validation_error] (unsupported: zip or txt in the rule sends it anyway)",
        ),
        (
            ValidationFailed(NO_TYPE, hint="give it another name"),
            f"{NO_TYPE_SAID} (give it another name)",
        ),
        (OSError(errno.EROFS, "Read-only file system", "/tmp/x"), "/tmp/x: Read-only file system"),
        (MemoryError(), "out of memory (free some memory, or allow more, and try again)"),
        # Of a bug its kind is worth more than its text.
        (KeyError("x"), "internal error: KeyError('x'); please report it with what --log-file writes"),
        (
            ZeroDivisionError(),
            "internal error: ZeroDivisionError(); please report it with what --log-file writes",
        ),
    ],
)
def test_a_failure_in_words(error: BaseException, reason: str) -> None:
    assert classify(error).reason == reason


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
