"""Which failures are tried again, and when."""

import pytest

from notion_sync.notion.errors import (
    BadAnswer,
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
from notion_sync.notion.requests import Effect
from notion_sync.notion.retry import ATTEMPTS, PATIENCE, Retry, next_step, until_visible

READ, AGAIN, ONCE = Effect.READ, Effect.IDEMPOTENT, Effect.ONCE
BLOCKED = RateLimited("x", additional_data={"rate_limit_reason": "public_api_request_blocked"}, retry_after=1)
LIMITED = {"pause_all": True, "limited": True}
ENDPOINT = RateLimited(
    "x", additional_data={"rate_limit_reason": "public_api_endpoint_rate_limit"}, retry_after=90
)
WORKSPACE = RateLimited(
    "x", additional_data={"rate_limit_reason": "public_api_space_request_rate_limit"}, retry_after=90
)


def step(
    effect: Effect, error: NotionError, attempt: int = 1, waited: float = 0.0, luck: float = 1.0
) -> Retry | None:
    return next_step(effect, error, attempt=attempt, waited=waited, random=lambda: luck)


@pytest.mark.parametrize("effect", [effect for effect in Effect if effect is not Effect.READ_MODIFY_WRITE])
def test_what_was_not_performed_is_repeated(effect: Effect) -> None:
    assert step(effect, RateLimited("x", retry_after=17)) == Retry(17, **LIMITED, fresh_window=True)
    assert step(effect, RateLimited("x")) == Retry(1.0, **LIMITED)
    assert step(effect, RateLimited("x", retry_after=0)) == Retry(0.5, **LIMITED, fresh_window=True)
    assert step(effect, WORKSPACE) == Retry(90, **LIMITED)
    assert step(effect, ENDPOINT) == Retry(90, pause_all=True)
    assert step(effect, Overloaded("x", retry_after=3)) == Retry(3, pause_all=True)
    assert step(effect, Conflict("x")) == Retry(1.0)
    assert step(effect, NetworkError("x", sent=False)) == Retry(1.0)


def test_what_was_made_from_a_reading_is_never_repeated() -> None:
    """Even where it was not performed: what was read is old by the time the limit lets it go."""
    assert step(Effect.READ_MODIFY_WRITE, RateLimited("x", retry_after=17)) is None


@pytest.mark.parametrize(
    "error", [ServerError("x"), NetworkError("x", sent=True), BadAnswer("x")], ids=lambda e: type(e).__name__
)
def test_what_may_have_been_performed_is_repeated_only_if_that_does_no_harm(error: NotionError) -> None:
    assert step(READ, error) == Retry(1.0)
    assert step(AGAIN, error) == Retry(1.0)
    assert step(ONCE, error) is None


@pytest.mark.parametrize("effect", list(Effect))
@pytest.mark.parametrize(
    "error",
    [
        BLOCKED,
        CommittedWrite("x"),
        Conflict("x", code="row_limit_exceeded"),
        ForeignAnswer("x"),
        Forbidden("x"),
        NotFound("x"),
        Unauthorized("x"),
        ValidationFailed("x"),
        NotionError("x"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_repeating_cannot_help(effect: Effect, error: NotionError) -> None:
    assert step(effect, error) is None


def test_pauses_grow_and_scatter() -> None:
    error = ServerError("x")
    assert [step(READ, error, attempt=n) for n in range(1, ATTEMPTS)] == [
        Retry(s) for s in (1.0, 2.0, 4.0, 8.0, 16.0)
    ]
    assert step(READ, error, attempt=3, luck=0.0) == Retry(2.0)
    assert step(READ, ServerError("x", retry_after=20)) == Retry(20.0)


def test_attempts_and_patience_end() -> None:
    assert step(READ, ServerError("x"), attempt=ATTEMPTS) is None
    assert step(READ, RateLimited("x", retry_after=60), waited=PATIENCE - 60) == Retry(
        60, **LIMITED, fresh_window=True
    )
    assert step(READ, RateLimited("x", retry_after=60), waited=PATIENCE - 59) is None
    assert step(READ, RateLimited("x", retry_after=PATIENCE + 1)) is None


def test_an_upload_that_is_not_visible_yet() -> None:
    unseen = NotFound("Could not find file_upload with ID: 1.")
    assert [until_visible(unseen, attempt=n) for n in range(1, 5)] == [
        Retry(0.75),
        Retry(1.5),
        Retry(3.0),
        None,
    ]
    assert until_visible(NotFound("Could not find page with ID: 1."), attempt=1) is None
