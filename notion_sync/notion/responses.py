"""Interpret an answer: convert status, headers and body to JSON or to the exception that fits.

Source of codes and error objects: developers.notion.com "Status codes". A status alone proves nothing: a 404 without
Notion's error object comes from a proxy, a firewall or a captive portal. An HTML answer with `cf-ray` and without
`x-notion-request-id` comes from Cloudflare.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Final

from notion_sync.notion import json_access
from notion_sync.notion.errors import (
    AdditionalData,
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
from notion_sync.notion.json_access import JsonObject
from notion_sync.notion.requests import Effect


@dataclass(frozen=True, slots=True)
class Response:
    """A raw answer: HTTP status, headers with names in any case, decompressed body."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def request_id(self) -> str | None:
        """Notion's id of the request, for its support."""
        return next((v for k, v in self.headers.items() if k.lower() == "x-notion-request-id"), None)


_CLASSES: Final[Mapping[int, type[NotionError]]] = {
    400: ValidationFailed,
    401: Unauthorized,
    403: Forbidden,
    404: NotFound,
    409: Conflict,
    413: ValidationFailed,
    429: RateLimited,
    529: Overloaded,
}
_ONLY_CODES: Final = {401: "unauthorized", 404: "object_not_found"}
"""The one code of a status from which it follows that the token is refused, or a thing gone (developers.notion.com
"Status codes"); other services have error objects of the same shape."""
_KNOWN_CODES: Final = {
    400: (
        "validation_error",
        "invalid_json",
        "invalid_request",
        "invalid_request_url",
        "missing_version",
        "invalid_beta",
    ),
    403: ("restricted_resource",),
}
"""The codes of a status from which something follows for a content or a target (the same page, and the official SDK);
what another one means is unknown."""
_WHOEVER_SAYS_SO: Final = (429, 529)
"""Statuses that mean the same from a proxy, which has passed nothing on: send later."""
_FULL_WORKSPACE: Final = (
    "the workspace has used up the blocks of Notion's free plan: upgrade it, deleting does not help"
)
_BLOCKED: Final = "Notion blocks this connection: ask Notion's support, with the request id"
_GONE_UPLOAD: Final = "the upload has expired or belongs to another connection: send the file again"


def decode(response: Response, *, effect: Effect, now: float = 0.0) -> JsonObject:
    """Return the JSON of a successful answer.

    Args:
        response: The answer.
        effect: What the call does; decides whether a failure is ambiguous.
        now: Seconds since the epoch, for a `Retry-After` that is a date.

    Raises:
        NotionError: The error in the answer, or `BadAnswer` if the body cannot be read.
    """
    status, body = response.status, response.body
    facts = {name.lower(): value for name, value in response.headers.items()}
    said = _parse(body)
    if 200 <= status < 300:
        if said is None:
            raise BadAnswer(
                _unreadable(facts, body),
                status=status,
                request_id=facts.get("x-notion-request-id"),
                ambiguous=effect is not Effect.READ,
            )
        return said
    raise _error(
        status, facts, said or {}, _unexplained(status, facts, body), write=effect is not Effect.READ, now=now
    )


def _error(
    status: int, facts: Mapping[str, str], said: JsonObject, otherwise: str, *, write: bool, now: float
) -> NotionError:
    data = _additional(json_access.item(said, "additional_data"))
    kind = _classify(status, facts, said, data, write=write)
    return kind(
        json_access.text(said, "message") or otherwise,
        hint=_hint(kind, said, data),
        status=status,
        code=json_access.text(said, "code") or "",
        request_id=json_access.text(said, "request_id") or facts.get("x-notion-request-id"),
        additional_data=data,
        retry_after=_retry_after(facts, data, now),
        ambiguous=write and issubclass(kind, ServerError | ForeignAnswer),
    )


def _classify(
    status: int, facts: Mapping[str, str], said: JsonObject, data: AdditionalData, *, write: bool
) -> type[NotionError]:
    """Return the class of an error. Below 500 only Notion's own error object counts."""
    if status in _WHOEVER_SAYS_SO:
        return _CLASSES[status]
    if status < 500:
        return _refusal(status, facts, said)
    # One that says so of nothing in particular may belong to another request.
    named = "committed_resource_id" in data or "committed_child_ids" in data
    return CommittedWrite if write and named else ServerError


def _refusal(status: int, facts: Mapping[str, str], said: JsonObject) -> type[NotionError]:
    """Return the class of an error below 500."""
    if not _is_notions(status, facts, said):
        return BodyTooLarge if status == 413 else ForeignAnswer
    code = json_access.text(said, "code")
    return _CLASSES.get(status, NotionError) if code in _KNOWN_CODES.get(status, (code,)) else NotionError


def _is_notions(status: int, facts: Mapping[str, str], said: JsonObject) -> bool:
    """Whether it is Notion's error object, with a request id and, where only one fits the status, Notion's code."""
    code = json_access.text(said, "code")
    traced = json_access.text(said, "request_id") or facts.get("x-notion-request-id")
    return (
        json_access.text(said, "object") == "error"
        and bool(code and traced)
        and _ONLY_CODES.get(status, code) == code
    )


def _hint(kind: type[NotionError], said: JsonObject, data: AdditionalData) -> str:
    if kind is Forbidden and "block_limit" in data:
        return _FULL_WORKSPACE
    if kind is RateLimited and data.get("rate_limit_reason") == "public_api_request_blocked":
        return _BLOCKED
    if kind is NotFound and "could not find file_upload" in (json_access.text(said, "message") or "").lower():
        return _GONE_UPLOAD
    return ""


_MOST_VALUES: Final = 1_000_000
"""Maximum number of values in an answer; a hundred rows with a hundred entries each have a tenth of it. Empty lists and
objects take thirty times the memory of their text."""


def _parse(body: bytes) -> JsonObject | None:
    if sum(map(body.count, (b",", b"[", b"{"))) > _MOST_VALUES:
        return None
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, Mapping) else None


def _additional(source: JsonObject) -> AdditionalData:
    """Return strings and lists of strings, as in the schema; other scalars become text."""
    found: dict[str, str | tuple[str, ...]] = {}
    for key, value in source.items():
        if isinstance(value, list):
            found[key] = tuple(str(each) for each in value)
        elif value is not None:
            found[key] = value if isinstance(value, str) else str(value)
    return found


def _retry_after(facts: Mapping[str, str], data: AdditionalData, now: float) -> float | None:
    """Return the seconds to wait from now: the header as a number or a date, else the copy in the body."""
    value = facts.get("retry-after") or data.get("retry_after")
    if not isinstance(value, str):
        return None
    try:
        seconds = float(value)
    except ValueError:
        try:
            seconds = parsedate_to_datetime(value).timestamp() - now
        except ValueError:
            return None
    return max(0.0, seconds) if seconds < float("inf") else None


def _from_the_edge(facts: Mapping[str, str]) -> bool:
    html = "html" in facts.get("content-type", "")
    return html and "cf-ray" in facts and "x-notion-request-id" not in facts


def _unexplained(status: int, facts: Mapping[str, str], body: bytes) -> str:
    if _from_the_edge(facts):
        return f"Cloudflare, in front of Notion, answered with status {status} (cf-ray {facts['cf-ray']})"
    if 300 <= status < 400:
        return f"Notion's address answered with a redirection ({status}), which is not followed"
    if not body.strip():
        return f"an empty answer with status {status}"
    return f"an answer with status {status} that is not Notion's"


def _unreadable(facts: Mapping[str, str], body: bytes) -> str:
    if "html" in facts.get("content-type", ""):
        return "a web page came in place of Notion's answer"
    if not body.strip():
        return "the answer is empty"
    return (
        f"the answer cannot be read ({len(body)} bytes, cut off, not JSON, or more of it than any answer has)"
    )
