"""Whether a property value meets a filter's condition ("Filter data source entries")."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from notion_sync.sandbox.api.text import plain_text

Json = dict[str, Any]

_TEXTS = frozenset({"title", "rich_text", "url", "email", "phone_number"})
_PERIODS = {
    # guess: where Notion lets a week begin and end; here it is the days from today on
    "past_week": (-7, 0),
    "past_month": (-30, 0),
    "past_year": (-365, 0),
    "next_week": (0, 7),
    "next_month": (0, 30),
    "next_year": (0, 365),
}


def matches(kind: str, condition: Json, value: Any, now: float) -> bool:
    """Whether an answered value of this kind meets the condition: one operator and its operand."""
    operator, operand = next((key, wanted) for key, wanted in condition.items() if key != "type")
    if operator in ("is_empty", "is_not_empty"):
        return _is_empty(value) == (operator == "is_empty")
    if kind in _TEXTS:
        return _text(
            operator, str(operand), plain_text(value) if isinstance(value, list) else str(value or "")
        )
    if kind in ("select", "status"):
        return ((value["name"] if value else None) == operand) == (operator == "equals")
    if kind == "multi_select":
        return (operand in {option["name"] for option in value}) == (operator == "contains")
    if kind in ("people", "relation", "created_by", "last_edited_by"):
        ids = {item["id"] for item in value} if isinstance(value, list) else {value["id"]}
        return (operand in ids) == (operator == "contains")
    if kind in ("date", "created_time", "last_edited_time"):
        start = value.get("start") if isinstance(value, dict) else value
        return start is not None and _date(operator, operand, start, now)
    if kind == "checkbox":
        return (value == operand) == (operator == "equals")
    number = value.get("number") if isinstance(value, dict) else value
    return _number(operator, operand, number)


def _is_empty(value: Any) -> bool:
    return value is None or value in ("", [])


def _text(operator: str, operand: str, value: str) -> bool:
    if operator in ("equals", "does_not_equal"):
        return (value == operand) == (operator == "equals")
    # guess: all but equality ignores case
    value, operand = value.casefold(), operand.casefold()
    if operator in ("contains", "does_not_contain"):
        return (operand in value) == (operator == "contains")
    return value.startswith(operand) if operator == "starts_with" else value.endswith(operand)


def _number(operator: str, operand: float, value: float | None) -> bool:
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


def _date(operator: str, operand: Any, value: str, now: float) -> bool:
    """Days are compared as days unless the operand has a time."""
    today = datetime.fromtimestamp(now, UTC).date()
    if operator == "this_week":
        monday = today - timedelta(days=today.weekday())
        return monday.isoformat() <= value[:10] <= (monday + timedelta(days=6)).isoformat()
    if operator in _PERIODS:
        first, last = (today + timedelta(days=days) for days in _PERIODS[operator])
        return first.isoformat() <= value[:10] <= last.isoformat()
    left, right = _comparable(value, operand)
    results = {
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
    moment = (
        datetime.fromisoformat(text)
        if "T" in text
        else datetime.combine(date.fromisoformat(text), datetime.min.time())
    )
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
