"""Apply a fault to a request's effect and to its answer."""

from dataclasses import dataclass, replace
from typing import Any

from notion_sync.sandbox.api.call import Call
from notion_sync.sandbox.api.routes import Route
from notion_sync.sandbox.errors import ApiError
from notion_sync.sandbox.faults import Injection
from notion_sync.sandbox.foreign import foreign_result
from notion_sync.sandbox.ids import Fresh, undashed
from notion_sync.sandbox.messages import Answer, Cut, error_answer, json_answer

Json = dict[str, Any]

_COMMITTED = (
    "The change was saved, but the response could not be built in time. Read the object again instead of "
    "repeating the write."
)


@dataclass(frozen=True, slots=True)
class Effect:
    """A request that was performed."""

    route: Route
    call: Call
    result: Json


def before_effect(fresh: Fresh, injection: Injection) -> Answer | Cut:
    """Return what the client gets instead of the effect."""
    return Cut() if injection.cut else _injected(fresh, injection)


def after_effect(fresh: Fresh, injection: Injection, effect: Effect | None, answer: Answer) -> Answer | Cut:
    """Return what the client gets after the effect; a refused request has none."""
    if injection.cut:
        return Cut()
    if injection.foreign:
        return answer if effect is None else foreign(effect.route, effect.call, effect.result)
    if injection.truncate:
        return replace(answer, truncate=True)
    if injection.committed:
        return answer if effect is None else error_answer(fresh, _committed(effect))
    return answer if injection.status is None else _injected(fresh, injection)


def foreign(route: Route, call: Call, result: Json | None) -> Answer:
    """Return an answer that belongs to another request of the same kind; `result` is the real one."""
    return json_answer(call.workspace.fresh, 200, foreign_result(route, call, result))


def _injected(fresh: Fresh, injection: Injection) -> Answer:
    assert injection.status is not None
    if injection.body is not None:
        # From the edge: not Notion's JSON, and without its request id.
        headers = {
            "content-type": ("Content-Type", "text/html; charset=UTF-8"),
            "cf-ray": ("CF-Ray", f"{undashed(fresh.id())[:16]}-SBX"),
            **{name.lower(): (name, value) for name, value in injection.headers.items()},
        }
        return Answer(injection.status, dict(headers.values()), injection.body.encode())
    error = ApiError(
        injection.status,
        injection.code,
        injection.message,
        additional=injection.additional,
        headers=injection.headers,
    )
    return error_answer(fresh, error)


def _committed(effect: Effect) -> ApiError:
    """Return the 503 for a write that was saved; it names what was created ("Request limits", "Retry a write …")."""
    additional: dict[str, str | list[str]] = {
        "retry_guidance": [
            "Read the object again to confirm the saved change.",
            "Do not repeat the write.",
        ],
        "elapsed_ms": "55003",
        "deadline_ms": "55000",
        "from": effect.route.name,
    }
    if effect.route.name == "blocks.children.append":
        made = len(effect.call.body["children"])
        additional["committed_resource_id"] = effect.call.params["block_id"]
        additional["committed_child_ids"] = [child["id"] for child in effect.result["results"][:made]]
    elif "id" in effect.result:
        additional["committed_resource_id"] = effect.result["id"]
    return ApiError(503, "service_unavailable", _COMMITTED, additional=additional)
