"""`schema.json`: the only definition of keys and types, for this program and for editors."""

import json
import os
from functools import cache
from typing import Any

Schema = dict[str, Any]


def schema_text() -> str:
    """Return the JSON Schema of `config.yaml` (draft 2020-12)."""
    with open(os.path.join(os.path.dirname(__file__), "schema.json"), encoding="utf-8") as file:
        return file.read()


@cache
def root() -> Schema:
    """Return the schema of the whole file."""
    schema: Schema = json.loads(schema_text())
    return schema


def child(schema: Schema, step: str | int) -> Schema:
    """Return the schema of a key or of a list's entries; empty if there is none.

    The file does not use `anyOf` and the like: a value with two possible forms lists both types, and each keyword
    applies to its own type. So every place has exactly one schema, and every error one meaning.
    """
    if isinstance(step, int):
        return _resolved(schema.get("items", {}))
    properties = schema.get("properties", {})
    if step in properties:
        return _resolved(properties[step])
    other = schema.get("additionalProperties", {})
    return _resolved(other) if isinstance(other, dict) else {}


def types(schema: Schema) -> tuple[str, ...]:
    """Return the JSON types that a value may have; none if the schema does not say."""
    found = schema.get("type", ())
    return (found,) if isinstance(found, str) else tuple(found)


def _resolved(schema: Schema) -> Schema:
    while "$ref" in schema:
        rest = {key: value for key, value in schema.items() if key != "$ref"}
        schema = {**root()["$defs"][schema["$ref"].rpartition("/")[2]], **rest}
    return schema
