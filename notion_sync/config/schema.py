"""`schema.json`: the one definition of keys and types, for this program and for editors."""

import json
import os
from functools import cache
from typing import Any

Schema = dict[str, Any]


def schema_text() -> str:
    """The JSON Schema of `config.yaml` (draft 2020-12)."""
    with open(os.path.join(os.path.dirname(__file__), "schema.json"), encoding="utf-8") as file:
        return file.read()


@cache
def root() -> Schema:
    """The schema of the whole file."""
    schema: Schema = json.loads(schema_text())
    return schema


def child(schema: Schema, step: str | int) -> Schema:
    """The schema of a key or of an entry of a list; empty where nothing is said about it.

    The file uses neither `anyOf` nor its kin: a value that may have two forms lists both types, and each
    keyword speaks to its own type. So every place has one schema, and every error one meaning.
    """
    if isinstance(step, int):
        return _resolved(schema.get("items", {}))
    properties = schema.get("properties", {})
    if step in properties:
        return _resolved(properties[step])
    other = schema.get("additionalProperties", {})
    return _resolved(other) if isinstance(other, dict) else {}


def types(schema: Schema) -> tuple[str, ...]:
    """The JSON types a value may have; none where nothing is said."""
    found = schema.get("type", ())
    return (found,) if isinstance(found, str) else tuple(found)


def _resolved(schema: Schema) -> Schema:
    while "$ref" in schema:
        rest = {key: value for key, value in schema.items() if key != "$ref"}
        schema = {**root()["$defs"][schema["$ref"].rpartition("/")[2]], **rest}
    return schema
