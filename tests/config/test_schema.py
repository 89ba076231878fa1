"""The schema: one definition for the program and for editors."""

import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import jsonschema_rs

from notion_sync import template
from notion_sync.config import schema_text
from notion_sync.rules import Kind, Links, OnChange, OnDelete, SortOrder, Subfolders, Unsupported, Watch

SCHEMA = json.loads(schema_text())


def _keys(schema: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for holder in (schema, schema["properties"]["defaults"], *schema["$defs"].values()):
        yield from holder.get("properties", {}).items()


def _resolved(key: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in key:
        return key
    return _resolved(SCHEMA["$defs"][key["$ref"].rpartition("/")[2]]) | key


def test_is_a_schema() -> None:
    """It is valid by the rules of its own draft."""
    jsonschema_rs.meta.validate(SCHEMA)


def test_helps_editors() -> None:
    """Every key has a description and words for what is expected there."""
    for name, key in _keys(SCHEMA):
        whole = _resolved(key)
        assert whole.get("description"), name
        assert whole.get("title"), name


def test_every_value_has_words() -> None:
    """An error at a value is told in the schema's words: each has some, also entries of lists and of mappings."""

    def values(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
        whole = _resolved(schema)
        yield whole
        entries = [whole.get("items"), whole.get("additionalProperties")]
        for inner in (*whole.get("properties", {}).values(), *entries):
            if isinstance(inner, dict):
                yield from values(inner)

    _, *below = values(SCHEMA)
    assert all(value.get("title") for value in below)


def test_no_alternatives() -> None:
    """Every place has one schema, or errors could not say what is meant."""
    text = schema_text()
    assert not [word for word in ("anyOf", "oneOf", "allOf", '"if"') if word in text]


def test_words_agree() -> None:
    """The words that a key takes are those the rules know."""
    definitions = SCHEMA["$defs"]
    rule, target = definitions["rule"]["properties"], definitions["target"]["properties"]
    for key, words in (
        (target["as"], Kind),
        (target["order"], SortOrder),
        (rule["subfolders"], Subfolders),
        (definitions["on_change"], OnChange),
        (definitions["on_delete"], OnDelete),
        (definitions["unsupported"], Unsupported),
        (definitions["links"], Links),
        (definitions["watch"], Watch),
    ):
        assert key["enum"] == list(words)
        assert key["title"] == f"one of {', '.join(words)}"
    assert set(template.FIELDS) == set(
        target["caption"]["description"].partition("Fields: ")[2].rstrip(".").split()
    )


def test_imports_little() -> None:
    """The package alone loads no parser, no client and no display."""
    program = "import sys, notion_sync.config; print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, text=True)
    heavy = {"yaml", "jsonschema_rs", "platformdirs", "httpx", "rich", "pydantic", "click"}
    assert not heavy & set(run.stdout.split())
