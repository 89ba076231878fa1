"""`docs/rules.md` has every key of the schema and no other, and its examples can be used."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.config.support import problems

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "rules.md").read_text()
SCHEMA: dict[str, Any] = json.loads((ROOT / "notion_sync" / "config" / "schema.json").read_text())
SECTIONS = {
    match[1]: match[2]
    for match in re.finditer(r"^### `([\w.]+)`\n(.*?)(?=^##|\Z)", TEXT, re.MULTILINE | re.DOTALL)
}


def keys() -> set[str]:
    definitions = SCHEMA["$defs"]
    return {
        *SCHEMA["properties"],
        *(f"rules.{key}" for key in definitions["rule"]["properties"]),
        *(f"to.{key}" for key in definitions["target"]["properties"]),
    }


def test_every_key_is_there_and_no_other() -> None:
    assert set(SECTIONS) == keys()


def test_what_defaults_can_hold_is_marked() -> None:
    marked = {key.removeprefix("rules.") for key, text in SECTIONS.items() if "*Also in defaults.*" in text}
    assert marked == set(SCHEMA["properties"]["defaults"]["properties"])


def test_every_choice_is_named() -> None:
    definitions = SCHEMA["$defs"]
    for key, text in SECTIONS.items():
        owner, _, name = key.partition(".")
        if not name:
            continue
        schema = definitions["rule" if owner == "rules" else "target"]["properties"][name]
        schema = definitions.get(schema.get("$ref", "").rpartition("/")[2], schema)
        assert [
            choice for choice in schema.get("enum", ()) if f"`{choice}`" not in text.replace(": ", "` `")
        ] == [], key


@pytest.mark.parametrize("key", SECTIONS)
def test_examples_can_be_used(tmp_path: Path, key: str) -> None:
    (example,) = re.findall(r"```yaml\n(.*?)```", SECTIONS[key], re.DOTALL)
    given = yaml.safe_load(example)
    page = {"page": "0123456789abcdef0123456789abcdef"}
    database = {"database": "89abcdef0123456789abcdef01234567", "property": "Files"}
    owner, _, name = key.partition(".")
    rule: dict[str, Any] = {"name": "r", "folder": "drop", "to": page}
    document: dict[str, Any] = {"rules": [rule]}
    if owner == "rules" and name:
        rule |= given
    elif owner == "to":
        rows = {"property", "row", "properties", "body", "database"}
        rule["to"] = {**(database if rows & set(given) else page), **given}
    else:
        document |= given
    assert problems(tmp_path, yaml.safe_dump(document)) == []
    assert (name or owner) in given
