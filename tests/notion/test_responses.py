"""What answers mean."""

import json

import pytest

from notion_sync.notion.errors import (
    BadAnswer,
    BodyTooLarge,
    CommittedWrite,
    Conflict,
    Forbidden,
    ForeignAnswer,
    NotFound,
    NotionError,
    Overloaded,
    RateLimited,
    ServerError,
    Unauthorized,
    ValidationFailed,
)
from notion_sync.notion.requests import Effect
from notion_sync.notion.responses import Response, decode

EDGE = {"Content-Type": "text/html; charset=UTF-8", "CF-Ray": "8f00-FRA"}
NOTION = {"Content-Type": "application/json", "x-notion-request-id": "from-header"}


def body(code: str = "", message: str = "it says", **additional: object) -> bytes:
    return json.dumps(
        {"object": "error", "code": code, "message": message, "additional_data": additional}
    ).encode()


def failure(
    status: int, content: bytes, headers: dict[str, str] = NOTION, effect: Effect = Effect.READ
) -> NotionError:
    with pytest.raises(NotionError) as caught:
        decode(Response(status, headers, content), effect=effect, now=1_790_848_800.0)
    return caught.value


def test_a_good_answer_is_its_json() -> None:
    assert decode(Response(200, NOTION, b'{"id": "x"}'), effect=Effect.READ) == {"id": "x"}


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (400, "validation_error", ValidationFailed),
        (401, "unauthorized", Unauthorized),
        (403, "restricted_resource", Forbidden),
        (404, "object_not_found", NotFound),
        (409, "conflict_error", Conflict),
        (413, "validation_error", ValidationFailed),
        # What a code says that nobody here knows is unknown, too.
        (400, "invalid_json", ValidationFailed),
        (400, "of_next_year", NotionError),
        (403, "of_next_year", NotionError),
        (418, "teapot", NotionError),
        (429, "rate_limited", RateLimited),
        (500, "internal_server_error", ServerError),
        (502, "bad_gateway", ServerError),
        (503, "service_unavailable", ServerError),
        (504, "gateway_timeout", ServerError),
        (529, "service_overload", Overloaded),
    ],
)
def test_each_status_has_its_error(status: int, code: str, kind: type[NotionError]) -> None:
    error = failure(status, body(code))
    assert type(error) is kind
    assert (error.status, error.code, error.message) == (status, code, "it says")
    assert error.request_id == "from-header"
    assert not error.ambiguous


@pytest.mark.parametrize("effect", [Effect.IDEMPOTENT, Effect.ONCE])
def test_after_a_server_error_a_write_is_in_doubt(effect: Effect) -> None:
    assert failure(500, body(), effect=effect).ambiguous
    assert failure(502, b"<html>", EDGE, effect).ambiguous
    assert failure(200, b'{"object":"blo', effect=effect).ambiguous
    assert not failure(529, body(), effect=effect).ambiguous
    assert not failure(429, body(), effect=effect).ambiguous
    assert not failure(409, body("conflict_error"), effect=effect).ambiguous
    assert failure(409, b"<html>", EDGE, effect).ambiguous
    assert not failure(400, body("validation_error"), effect=effect).ambiguous
    assert failure(404, b"<html>", EDGE, effect).ambiguous


def test_the_request_id_of_the_body_comes_first() -> None:
    assert failure(400, b'{"message":"m","request_id":"from-body"}').request_id == "from-body"


@pytest.mark.parametrize(
    "additional",
    [
        {"committed_resource_id": "p", "committed_child_ids": ["a", "b"]},
        {"committed_resource_id": "p"},
    ],
)
def test_a_saved_write_that_answers_503(additional: dict[str, object]) -> None:
    error = failure(
        503, body("service_unavailable", "The change was saved, …", **additional), effect=Effect.ONCE
    )
    assert isinstance(error, CommittedWrite)
    assert error.ambiguous
    assert error.committed_resource_id == additional.get("committed_resource_id")
    assert error.committed_child_ids == tuple(map(str, additional.get("committed_child_ids", ())))  # type: ignore[call-overload]


def test_a_write_that_was_saved_somewhere_may_be_anothers() -> None:
    guidance = ["Read the object again to confirm the saved change.", "Do not repeat the write."]
    error = failure(503, body("service_unavailable", retry_guidance=guidance), effect=Effect.IDEMPOTENT)
    assert type(error) is ServerError
    assert error.ambiguous


@pytest.mark.parametrize("status", [400, 403, 404, 451])
def test_the_edge_refuses_with_a_web_page(status: int) -> None:
    error = failure(status, b"<!DOCTYPE html>Attention Required!", EDGE)
    assert type(error) is ForeignAnswer
    assert "8f00-FRA" in error.message
    assert "firewall" in error.hint


@pytest.mark.parametrize(
    ("status", "code", "headers"),
    [
        (400, "validation_error", {}),
        (401, "unauthorized", {}),
        (403, "restricted_resource", {}),
        (404, "object_not_found", {}),
        (401, "AUTH_REQUIRED", NOTION),
        (401, "object_not_found", NOTION),
        (404, "not_found", NOTION),
        (404, "validation_error", NOTION),
    ],
)
def test_an_error_object_of_the_same_shape_is_not_notions(
    status: int, code: str, headers: dict[str, str]
) -> None:
    """Without a request id, or with a code that Notion does not give with that status, where it gives but one."""
    assert type(failure(status, body(code), headers)) is ForeignAnswer


@pytest.mark.parametrize("status", [302, 307, 400, 401, 403, 404, 405, 407, 408, 409, 410, 418, 451])
@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<html><h1>Sign in to the guest network</h1></html>",
        b'{"message": "no Route matched with those values"}',
        b'{"object": "error", "message": "no code"}',
        b'{"object": "error", "status": 404, "code": "", "message": "an empty code"}',
        b'{"code": "object_not_found", "message": "no such object of ours"}',
        b'["error"]',
        b"null",
    ],
)
def test_what_is_not_notions_error_object_proves_nothing(status: int, content: bytes) -> None:
    error = failure(status, content, effect=Effect.ONCE)
    assert type(error) is ForeignAnswer
    assert (error.exit_code, error.ambiguous, error.retryable) == (75, True, False)
    assert "capabilit" not in str(error)
    assert "share" not in str(error)


@pytest.mark.parametrize(("status", "kind"), [(429, RateLimited), (529, Overloaded)])
def test_what_means_the_same_from_whoever_says_it(status: int, kind: type[NotionError]) -> None:
    assert type(failure(status, b"<html>")) is kind


def test_what_lets_no_large_body_through_concludes_nothing_about_it() -> None:
    error = failure(413, b"<html>Request Entity Too Large", effect=Effect.ONCE)
    assert type(error) is BodyTooLarge
    assert error.ambiguous


def test_notions_own_refusal_is_not_the_edges() -> None:
    assert type(failure(403, body("restricted_resource"), {**NOTION, "cf-ray": "x"})) is Forbidden
    assert type(failure(403, b"<html>", {**EDGE, "x-notion-request-id": "r"})) is ForeignAnswer
    assert type(failure(429, b"<html>", {**EDGE, "Retry-After": "7"})) is RateLimited


@pytest.mark.parametrize(
    ("headers", "content", "seconds"),
    [
        ({"Retry-After": "17"}, body(), 17.0),
        ({"retry-after": "0.5"}, body(), 0.5),
        ({"Retry-After": "Thu, 01 Oct 2026 10:00:30 GMT"}, body(), 30.0),
        ({"Retry-After": "Thu, 01 Oct 2026 09:00:00 GMT"}, body(), 0.0),
        ({"Retry-After": "-3"}, body(), 0.0),
        ({"Retry-After": "soon"}, body(), None),
        ({"Retry-After": "inf"}, body(), None),
        ({"Retry-After": "nan"}, body(), None),
        ({}, body(retry_after="12"), 12.0),
        ({}, body(retry_after=12), 12.0),
        ({}, body(), None),
    ],
)
def test_retry_after(headers: dict[str, str], content: bytes, seconds: float | None) -> None:
    assert failure(429, content, headers).retry_after == seconds


def test_a_blocked_connection_and_a_full_workspace_get_their_own_advice() -> None:
    blocked = failure(429, body("rate_limited", rate_limit_reason="public_api_request_blocked"))
    assert isinstance(blocked, RateLimited)
    assert blocked.blocked
    assert "support" in blocked.hint
    full = failure(403, body("restricted_resource", block_limit="block_creation"))
    assert isinstance(full, Forbidden)
    assert full.block_limit == "block_creation"
    assert "upgrade" in full.hint
    gone = failure(404, body("object_not_found", "Could not find file_upload with ID: 1."))
    assert gone.unknown_upload
    assert "send the file again" in gone.hint


@pytest.mark.parametrize(
    ("content", "headers", "words"),
    [
        (b"", NOTION, "empty"),
        (b'{"object": "bl', NOTION, "cut off"),
        (b"[1, 2]", NOTION, "not JSON"),
        (b"\xff\xfe", NOTION, "not JSON"),
        (b"[" * 100_000, NOTION, "not JSON"),
        (b"<html>Welcome to the hotel</html>", {"content-type": "text/html"}, "web page"),
    ],
)
def test_a_success_that_cannot_be_read(content: bytes, headers: dict[str, str], words: str) -> None:
    error = failure(200, content, headers)
    assert type(error) is BadAnswer
    assert words in error.message


def test_redirections_are_not_followed() -> None:
    error = failure(301, b"", {"location": "https://elsewhere"})
    assert type(error) is ForeignAnswer
    assert "redirection" in error.message
    assert not error.retryable


@pytest.mark.parametrize(("status", "content"), [(500, b""), (502, b"Bad Gateway"), (404, b"nope")])
def test_errors_without_json_still_say_something(status: int, content: bytes) -> None:
    assert str(status) in failure(status, content, {}).message
