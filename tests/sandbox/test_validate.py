"""The shapes' language, value by value, in Notion's words."""

from random import Random

import pytest

from notion_sync.sandbox.errors import ApiError
from notion_sync.sandbox.ids import Fresh, parse_id
from notion_sync.sandbox.validate import (
    Array,
    Boolean,
    Id,
    Named,
    Nullable,
    Number,
    Object,
    OneOf,
    Shape,
    Tagged,
    Text,
    check,
)

CHOICE = Tagged({"a": Object({"x": Number()}), "b": Text()}, {"note": Text()})


@pytest.mark.parametrize(
    ("shape", "value", "problem"),
    [
        (Text(), 5, "body should be a string, instead was `5`."),
        (Text(longest=2), "abc", "body.length should be ≤ `2`, instead was `3`."),
        (Text(longest=2), "😀😀", "body.length should be ≤ `2`, instead was `4`."),
        (Text(shortest=1), "", "body.length should be ≥ `1`, instead was `0`."),
        (OneOf(("a",)), "b", 'body should be `"a"`, instead was `"b"`.'),
        (OneOf(("a", "b", "c")), None, 'body should be `"a"`, `"b"`, or `"c"`, instead was `null`.'),
        (Id(), "x", 'body should be a valid uuid, instead was `"x"`.'),
        (Number(), True, "body should be a number, instead was `true`."),
        (Number(whole=True), 1.5, "body should be an integer, instead was `1.5`."),
        (Boolean(), "true", 'body should be a boolean, instead was `"true"`.'),
        (Boolean(only=True), False, "body should be `true`, instead was `false`."),
        (Nullable(Text()), 5, "body should be a string or `null`, instead was `5`."),
        (Array(Text()), {}, "body should be an array, instead was `{}`."),
        (Array(Text()), ["a", 1], "body[1] should be a string, instead was `1`."),
        (Array(Text(), least=2), ["a"], "body.length should be ≥ `2`, instead was `1`."),
        (Object({"a": Text()}), [], "body should be an object, instead was `[]`."),
        (Object({"a": Text()}), {}, "body.a should be defined, instead was `undefined`."),
        (Object({}, {"a": Text()}), {"b": 1}, "body.b should be not present, instead was `1`."),
        (CHOICE, {"a": {"x": "1"}}, 'body.a.x should be a number, instead was `"1"`.'),
        (CHOICE, {"type": "b", "a": {"x": 1}}, 'body.type should be `"a"`, instead was `"b"`.'),
        (CHOICE, {"b": "t", "c": 1}, "body.c should be not present, instead was `1`."),
        (CHOICE, {"type": "b"}, "body.b should be defined, instead was `undefined`."),
        (Named({"end": Object()}), {"type": "top"}, 'body.type should be `"end"`, instead was `"top"`.'),
        (Named({"end": Object()}), {}, "body.type should be defined, instead was `undefined`."),
    ],
)
def test_what_is_wrong(shape: Shape, value: object, problem: str) -> None:
    with pytest.raises(ApiError) as caught:
        check(shape, value)
    assert caught.value.message == f"body failed validation: {problem}"


def test_alternatives_are_listed_one_a_line() -> None:
    with pytest.raises(ApiError) as caught:
        check(CHOICE, {})
    assert caught.value.message.splitlines() == [
        "body failed validation. Fix one:",
        "body.a should be defined, instead was `undefined`.",
        "body.b should be defined, instead was `undefined`.",
    ]


@pytest.mark.parametrize(
    ("shape", "value"),
    [
        (Text(longest=4), "😀😀"),
        (Nullable(Text()), None),
        (Number(least=1, whole=True), 2.0),
        (CHOICE, {"type": "a", "a": {"x": 1}, "note": ""}),
        (CHOICE, {"b": "t"}),
        (Named({"end": Object()}), {"type": "end"}),
        (Id(), "12345678123442348234123456789ABC"),
    ],
)
def test_what_is_right(shape: Shape, value: object) -> None:
    check(shape, value)


def test_ids() -> None:
    fresh = Fresh(Random(1))
    made = fresh.id()
    assert parse_id(made) == made
    assert parse_id(made.replace("-", "").upper()) == made
    assert parse_id("12345678-1234-1234-1234-123456789abc") is None
    assert parse_id(5) is None
    assert len({fresh.id() for _ in range(1000)}) == 1000
