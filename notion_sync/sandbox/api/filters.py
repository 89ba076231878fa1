"""Evaluate a filter's condition on a property value ("Filter data source entries")."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from notion_sync.sandbox.api.text import plain_text
from notion_sync.sandbox.ids import parse_id

Json = dict[str, Any]
Value = Any  # what stands below the type's key of a property value: anything JSON can say

_PERIODS = {
    # guess: where Notion lets a week begin and end; here it is the days from today on
    "past_week": (-7, 0),
    "past_month": (-30, 0),
    "past_year": (-365, 0),
    "next_week": (0, 7),
    "next_month": (0, 30),
    "next_year": (0, 365),
}


def matches(kind: str, condition: Json, value: Value, now: float) -> bool:
    """Whether a value in the form of answers meets a condition: one operator with its operand."""
    operator, operand = next((key, wanted) for key, wanted in condition.items() if key != "type")
    if operator in ("is_empty", "is_not_empty"):
        return _is_empty(value) == (operator == "is_empty")
    if kind in ("date", "created_time", "last_edited_time"):
        start = value.get("start") if isinstance(value, dict) else value
        return start is not None and _date(operator, operand, start, now)
    return _TESTS.get(kind, _text)(operator, operand, value)


def _is_empty(value: Value) -> bool:
    return value is None or value in ("", [])


def _text(operator: str, operand: str, value: Value) -> bool:
    text = plain_text(value) if isinstance(value, list) else str(value or "")
    if operator in ("equals", "does_not_equal"):
        return (text == operand) == (operator == "equals")
    # guess: all but equality ignores case
    text, operand = text.casefold(), operand.casefold()
    if operator in ("contains", "does_not_contain"):
        return (operand in text) == (operator == "contains")
    return text.startswith(operand) if operator == "starts_with" else text.endswith(operand)


def _choice(operator: str, operand: str | list[str], value: Value) -> bool:
    # guess: of several names one is enough
    names = operand if isinstance(operand, list) else [operand]
    return ((value["name"] if value else None) in names) == (operator == "equals")


def _many(operator: str, operand: str, value: Value) -> bool:
    return (operand in {option["name"] for option in value}) == (operator == "contains")


def _ids(operator: str, operand: str, value: Value) -> bool:
    ids = {item["id"] for item in value} if isinstance(value, list) else {value["id"]}
    return (parse_id(operand) in ids) == (operator == "contains")


def _checkbox(operator: str, operand: object, value: Value) -> bool:
    return bool(value == operand) == (operator == "equals")


def _number(operator: str, operand: float, answered: Value) -> bool:
    value: float | None = answered.get("number") if isinstance(answered, dict) else answered
    if operator in ("equals", "does_not_equal"):
        return (value == operand) == (operator == "equals")
    if value is None:
        return False
    results = {
        "greater_than": value > operand,
        "less_than": value < operand,
        "greater_than_or_equal_to": value >= operand,
        "less_than_or_equal_to": value <= operand,
    }
    return results[operator]


def _date(operator: str, operand: Value, value: str, now: float) -> bool:
    """Compare as days, unless the operand has a time."""
    today = datetime.fromtimestamp(now, UTC).date()
    if operator == "this_week":
        monday = today - timedelta(days=today.weekday())
        return monday.isoformat() <= value[:10] <= (monday + timedelta(days=6)).isoformat()
    if operator in _PERIODS:
        first, last = (today + timedelta(days=days) for days in _PERIODS[operator])
        return first.isoformat() <= value[:10] <= last.isoformat()
    left, right = _comparable(value, operand)
    results: dict[str, bool] = {
        "equals": left == right,
        "before": left < right,
        "after": left > right,
        "on_or_before": left <= right,
        "on_or_after": left >= right,
    }
    return results[operator]


def _comparable(value: str, operand: str) -> tuple[Any, Any]:
    if len(operand) <= len("2026-03-11"):
        return value[:10], operand
    return _moment(value), _moment(operand)


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


_TESTS: dict[str, Callable[[str, Any, Value], bool]] = {
    "select": _choice,
    "status": _choice,
    "multi_select": _many,
    "people": _ids,
    "relation": _ids,
    "created_by": _ids,
    "last_edited_by": _ids,
    "checkbox": _checkbox,
    "number": _number,
    "unique_id": _number,
}
