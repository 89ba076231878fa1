"""Convert the bytes of a file to plain values: YAML without implicit types.

YAML guesses the type of a scalar; here the schema decides. Where a text is expected the source is taken literally, so
that an id of digits, a bare date or `on` stays as it was written.
"""

from __future__ import annotations

import codecs
import re
from typing import TYPE_CHECKING

from notion_sync.config.problems import Place, Problems, shown, written
from notion_sync.config.schema import Schema, child, root, types
from notion_sync.system.small_files import read_small

if TYPE_CHECKING:
    from yaml.nodes import MappingNode, Node, ScalarNode

Value = str | int | float | bool | None | list["Value"] | dict[str, "Value"]

_MAX_BYTES = 2**20
_MAX_VALUES = 50_000
"""Bounds the values: aliases can make millions out of a few lines."""
_MAX_DEPTH = 30
"""Bounds the nesting: a mapping that contains itself has no end."""


def read_document(path: str, problems: Problems) -> dict[str, Value] | None:
    """Return the mapping in a file, or None if there is none; `problems` then says why."""
    try:
        content, _ = read_small(path, _MAX_BYTES)
    except FileNotFoundError:
        problems.add_at(0, "there is no such file")
    except OSError as error:
        problems.add_at(0, f"the file cannot be read: {error.strerror or error}")
    else:
        return parse_document(content, problems)
    return None


def parse_document(content: bytes, problems: Problems) -> dict[str, Value] | None:
    """Return the mapping in `content`, or None if there is none; `problems` then says why."""
    from notion_sync.config.syntax import (  # noqa: PLC0415 - 16 ms for PyYAML that only a run with a config pays
        SyntaxProblem,
        compose,
    )

    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        problems.add_at(1, "this is UTF-16 text; save the file as UTF-8")
        return None
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        problems.add_at(content.count(b"\n", 0, error.start) + 1, "this is not UTF-8 text")
        return None
    try:
        node = compose(text)
    except SyntaxProblem as problem:
        problems.add_at(problem.line, problem.text)
        return None
    if node is None:
        problems.add_at(1, "the file is empty")
        return None
    walk = _Walk(problems)
    problems.lines = walk.lines
    value = walk.value(node, (), root())
    if walk.overflowed:
        problems.add_at(1, "too many values; are there aliases of aliases?")
        return None
    if isinstance(value, dict):
        return value
    if value is None and not problems:
        problems.add_at(1, "the file is empty")
    elif not problems:
        problems.add_at(node.start_mark.line + 1, f"expected keys and values, this is {shown(value)}")
    return None


_SURROGATES = re.compile("[\ud800-\udfff]")
_TAGS = frozenset(("null", "bool", "int", "float", "str", "timestamp", "map", "seq", "merge", "value"))
_INTEGER = re.compile(r"[+-]?[0-9]{1,15}")
_NUMBER = re.compile(r"[+-]?[0-9]{1,15}(\.[0-9]{1,15})?")
_BOOLEANS = {"true": True, "false": False}
_LOOSE_BOOLEANS = {**_BOOLEANS, "yes": True, "no": False, "on": True, "off": False}


class _Walk:
    """Converts nodes to values and records the line of each."""

    def __init__(self, problems: Problems) -> None:
        self.lines: dict[Place, int] = {}
        self.overflowed = False
        self._problems = problems
        self._values = 0
        self._merging = 0

    def value(self, node: Node, place: Place, schema: Schema) -> Value:
        """Return the value of a node; `schema` says what is expected."""
        import yaml  # noqa: PLC0415 - `parse` has imported it

        self.lines.setdefault(place, node.start_mark.line + 1)
        if not self._counted(place):
            return None
        if not node.tag.startswith("tag:yaml.org,2002:") or node.tag[18:] not in _TAGS:
            self._problems.add(place, f'"{node.tag}" is a YAML tag; a value that begins with ! needs quotes')
            return None
        if isinstance(node, yaml.ScalarNode):
            return _scalar(node, types(schema))
        if isinstance(node, yaml.SequenceNode):
            return [
                self.value(item, (*place, index), child(schema, index))
                for index, item in enumerate(node.value)
            ]
        assert isinstance(node, yaml.MappingNode)
        return self._mapping(node, place, schema)

    def _mapping(
        self, node: MappingNode, place: Place, schema: Schema, nearer: frozenset[str] = frozenset()
    ) -> dict[str, Value]:
        """Return a mapping's values without the keys in `nearer`, which the mapping that merges this one overrides."""
        import yaml  # noqa: PLC0415

        found: dict[str, Value] = {}
        written_here: dict[str, int] = {}
        merged: list[Node] = []
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode):
                self._complain(key_node, place, "a key must be a single word")
                continue
            key = _text(key_node)
            if key_node.tag == "tag:yaml.org,2002:merge":
                merged += value_node.value if isinstance(value_node, yaml.SequenceNode) else [value_node]
            elif key in written_here:
                first = written_here[key]
                self._complain(key_node, (*place, key), f"written twice, first in line {first}")
            elif key not in nearer:
                written_here[key] = self.lines[*place, key] = line
                found[key] = self.value(value_node, (*place, key), child(schema, key))
        for other in merged:
            if not isinstance(other, yaml.MappingNode) or self._merging > _MAX_DEPTH:
                self._complain(other, place, "<< takes the alias of another mapping")
            elif self._counted(place):
                self._merging += 1
                found |= self._mapping(other, place, schema, nearer | found.keys())
                self._merging -= 1
        return found

    def _counted(self, place: Place) -> bool:
        """Count a value; return False if there are too many, or if they are nested too deeply."""
        self._values += 1
        if self._values > _MAX_VALUES or len(place) > _MAX_DEPTH:
            self.overflowed = True
        return not self.overflowed

    def _complain(self, node: Node, place: Place, text: str) -> None:
        self._problems.add_at(node.start_mark.line + 1, f"{written(place)}: {text}" if place else text)


def _scalar(node: ScalarNode, expected: tuple[str, ...]) -> Value:
    text = _text(node)
    if node.style:
        return text
    if not text:
        return None
    if "boolean" in expected:
        truth = (_BOOLEANS if "string" in expected else _LOOSE_BOOLEANS).get(text.lower())
        if truth is not None:
            return truth
    if ("integer" in expected or "number" in expected) and _INTEGER.fullmatch(text):
        return int(text)
    if "number" in expected and _NUMBER.fullmatch(text):
        return float(text)
    return text


def _text(node: ScalarNode) -> str:
    # PyYAML's own loader, used without libyaml, accepts "\\ud800", which cannot be encoded.
    return _SURROGATES.sub("\N{REPLACEMENT CHARACTER}", node.value)
