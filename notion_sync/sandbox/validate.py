"""A small schema language for request bodies, with Notion's wording of validation errors.

A shape is a value; `check(shape, body)` raises the first problem as a 400. The grammar is that of Notion's validation
errors as users quote them:

    body.children.length should be ≤ `100`, instead was `101`.
    body.colour should be not present, instead was `"red"`.
    body.children should be defined, instead was `undefined`.

Objects are closed: an unknown key is a problem. An alternative is chosen by the key that names it, so that the error of
a wrong `image` block is about `image` and not about thirty other kinds.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol

from notion_sync.sandbox.dates import is_iso, is_zone
from notion_sync.sandbox.errors import ApiError, invalid
from notion_sync.sandbox.ids import parse_id

_SHOWN = 120


class _Undefined:
    """JavaScript's `undefined`: the value of a missing key."""


UNDEFINED: Final = _Undefined()


class Shape(Protocol):
    """A schema: finds problems of a value."""

    def problems(self, value: object, path: str) -> Iterator[str]:
        """Yield a sentence for each problem; none if the value is valid."""


def shown(value: object) -> str:
    """Return a value as Notion quotes it."""
    if value is UNDEFINED:
        return "`undefined`"
    try:
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    except RecursionError:
        text = "..."
    # guess: long values are cut; the length is not known
    return f"`{text if len(text) <= _SHOWN else text[:_SHOWN] + '...'}`"


def should(path: str, expected: str, value: object) -> str:
    """Return one sentence of the grammar."""
    return f"{path} should be {expected}, instead was {shown(value)}."


def utf16_length(text: str) -> int:
    """Return the length of a string in JavaScript, and so in Notion."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def choice(values: tuple[str, ...]) -> str:
    """Return `"a"`, `"b"`, or `"c"`, each in backticks."""
    quoted = [f'`"{value}"`' for value in values]
    if len(quoted) < 3:
        return " or ".join(quoted)
    return ", ".join(quoted[:-1]) + f", or {quoted[-1]}"


@dataclass(frozen=True, slots=True)
class Text:
    """A string; lengths are in UTF-16 units."""

    longest: int | None = None
    shortest: int = 0

    def problems(self, value: object, path: str) -> Iterator[str]:
        """Not a string, too long, too short."""
        if not isinstance(value, str):
            yield should(path, "a string", value)
        elif self.longest is not None and (length := utf16_length(value)) > self.longest:
            yield should(f"{path}.length", f"≤ `{self.longest}`", length)
        elif len(value) < self.shortest:
            yield should(f"{path}.length", f"≥ `{self.shortest}`", len(value))


@dataclass(frozen=True, slots=True)
class IsoDate:
    """A day or a time in ISO 8601."""

    def problems(self, value: object, path: str) -> Iterator[str]:
        """Not a string, or another form."""
        if not isinstance(value, str):
            yield should(path, "a string", value)
        elif not is_iso(value):
            yield should(path, "a valid ISO 8601 date string", value)


@dataclass(frozen=True, slots=True)
class Zone:
    """The name of a time zone."""

    def problems(self, value: object, path: str) -> Iterator[str]:
        """Not a string, or no such zone."""
        if not isinstance(value, str):
            yield should(path, "a string", value)
        elif not is_zone(value):
            # guess: the wording; a recording has only zones that exist
            yield should(path, "a valid IANA time zone", value)


@dataclass(frozen=True, slots=True)
class OneOf:
    """One of these strings."""

    values: tuple[str, ...]

    def problems(self, value: object, path: str) -> Iterator[str]:
        """Any other value."""
        if not isinstance(value, str) or value not in self.values:
            yield should(path, choice(self.values), value)


@dataclass(frozen=True, slots=True)
class Id:
    """A UUID, with or without dashes."""

    def problems(self, value: object, path: str) -> Iterator[str]:
        """Not a string, or no RFC 9562 UUID."""
        if not isinstance(value, str):
            yield should(path, "a string", value)
        elif parse_id(value) is None:
            yield should(path, "a valid uuid", value)


@dataclass(frozen=True, slots=True)
class Number:
    """A number, or an integer."""

    least: int | None = None
    most: int | None = None
    whole: bool = False

    def problems(self, value: object, path: str) -> Iterator[str]:
        """No number, no integer, too small, too large."""
        if isinstance(value, bool) or not isinstance(value, int | float):
            yield should(path, "a number", value)
        elif self.whole and isinstance(value, float) and not value.is_integer():
            yield should(path, "an integer", value)
        elif self.least is not None and value < self.least:
            yield should(path, f"≥ `{self.least}`", value)
        elif self.most is not None and value > self.most:
            yield should(path, f"≤ `{self.most}`", value)


@dataclass(frozen=True, slots=True)
class Boolean:
    """True or false; or only one of them."""

    only: bool | None = None

    def problems(self, value: object, path: str) -> Iterator[str]:
        """Any other value."""
        if self.only is not None and value is not self.only:
            yield should(path, f"`{'true' if self.only else 'false'}`", value)
        elif not isinstance(value, bool):
            yield should(path, "a boolean", value)


@dataclass(frozen=True, slots=True)
class Nullable:
    """The shape, or null."""

    shape: Shape

    def problems(self, value: object, path: str) -> Iterator[str]:
        """Those of the shape, unless the value is null."""
        if value is None:
            return
        for problem in self.shape.problems(value, path):
            head = problem.partition(", instead was ")
            own = head[0].startswith(f"{path} should be a")
            yield f"{head[0]} or `null`, instead was {head[2]}" if own else problem


@dataclass(frozen=True, slots=True)
class Either:
    """The shape, or a list."""

    shape: Shape
    array: Shape

    def problems(self, value: object, path: str) -> Iterator[str]:
        """Those of the form that the value has."""
        yield from (self.array if isinstance(value, list) else self.shape).problems(value, path)


@dataclass(frozen=True, slots=True)
class Array:
    """A list of one shape; Notion's general limit is 100 elements ("Request limits")."""

    item: Shape
    most: int = 100
    least: int = 0

    def problems(self, value: object, path: str) -> Iterator[str]:
        """Not a list, too many, too few, or what is wrong with an element."""
        if not isinstance(value, list):
            yield should(path, "an array", value)
        elif len(value) > self.most:
            yield should(f"{path}.length", f"≤ `{self.most}`", len(value))
        elif len(value) < self.least:
            yield should(f"{path}.length", f"≥ `{self.least}`", len(value))
        else:
            for index, item in enumerate(value):
                yield from self.item.problems(item, f"{path}[{index}]")


@dataclass(frozen=True, slots=True)
class Object:
    """A closed object: required keys, optional keys, and no others."""

    required: Mapping[str, Shape] = field(default_factory=dict)
    optional: Mapping[str, Shape] = field(default_factory=dict)

    def problems(self, value: object, path: str) -> Iterator[str]:
        """Not an object, missing keys, keys of the wrong shape, unknown keys."""
        if not isinstance(value, dict):
            yield should(path, "an object", value)
            return
        for key in self.required:
            if key not in value:
                yield should(f"{path}.{key}", "defined", UNDEFINED)
        for key, item in value.items():
            shape = self.required.get(key) or self.optional.get(key)
            if shape is None:
                yield should(f"{path}.{key}", "not present", item)
            else:
                yield from shape.problems(item, f"{path}.{key}")


@dataclass(frozen=True, slots=True)
class Mapped:
    """An open object whose values all have one shape."""

    item: Shape

    def problems(self, value: object, path: str) -> Iterator[str]:
        """Not an object, or what is wrong with a value."""
        if not isinstance(value, dict):
            yield should(path, "an object", value)
            return
        for key, item in value.items():
            yield from self.item.problems(item, f"{path}.{key}")


@dataclass(frozen=True, slots=True)
class Tagged:
    """An object of one of several kinds, which is identified by the key of its content.

    `{"type": "image", "image": {…}}`: `kinds` has `image`; `type` is optional but must agree; the keys of `common` may
    be present, too.
    """

    kinds: Mapping[str, Shape]
    common: Mapping[str, Shape] = field(default_factory=dict)

    def problems(self, value: object, path: str) -> Iterator[str]:
        """Not an object, of no kind, or what is wrong with it as the kind it claims to be."""
        if not isinstance(value, dict):
            yield should(path, "an object", value)
            return
        kind = self._kind(value)
        if kind is None:
            named = [tag for tag in self.kinds if tag == value.get("type")]
            yield "\n".join(should(f"{path}.{tag}", "defined", UNDEFINED) for tag in named or self.kinds)
            return
        shape = Object({kind: self.kinds[kind]}, {"type": OneOf((kind,)), **self.common})
        yield from shape.problems(value, path)

    def _kind(self, value: dict[str, object]) -> str | None:
        """Return the kind that `type` names if its key is present, else the first kind whose key is."""
        named = value.get("type")
        if isinstance(named, str) and named in self.kinds and named in value:
            return named
        return next((tag for tag in value if tag in self.kinds), None)


@dataclass(frozen=True, slots=True)
class Named:
    """An object of one of several kinds, which is identified by `type` alone."""

    kinds: Mapping[str, Object]

    def problems(self, value: object, path: str) -> Iterator[str]:
        """Not an object, no or an unknown `type`, or what is wrong with it as that kind."""
        if not isinstance(value, dict):
            yield should(path, "an object", value)
        elif "type" not in value:
            yield should(f"{path}.type", "defined", UNDEFINED)
        elif not isinstance(value["type"], str) or value["type"] not in self.kinds:
            yield should(f"{path}.type", choice(tuple(self.kinds)), value["type"])
        else:
            kind = self.kinds[value["type"]]
            tagged = Object({"type": Text(), **kind.required}, kind.optional)
            yield from tagged.problems(value, path)


@dataclass(frozen=True, slots=True)
class Anything:
    """Any JSON value."""

    def problems(self, _value: object, _path: str) -> Iterator[str]:
        """None."""
        yield from ()


def refusal(where: str, problem: str) -> ApiError:
    """Return the 400 for a problem of the `body`, the `path` or the `query`; several lines are alternatives."""
    if "\n" in problem:
        return invalid(f"{where} failed validation. Fix one:\n{problem}")
    return invalid(f"{where} failed validation: {problem}")


def check(shape: Shape, value: object, where: str = "body") -> None:
    """Raise a 400 with the first problem if a value does not have the shape."""
    for problem in shape.problems(value, where):
        raise refusal(where, problem)
