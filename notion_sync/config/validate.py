"""Validate a document by the schema: report every error at once, with its place and in words for people."""

from typing import Any

from notion_sync.config.document import Value
from notion_sync.config.problems import Place, Problems, shown
from notion_sync.config.schema import Schema, child, root


def validate(document: dict[str, Value], problems: Problems) -> set[Place]:
    """Report every error and remove the values that caused them from the document.

    Returns:
        Places whose keys seem to be present under a misspelt name, so that they are not reported as missing.
    """
    import jsonschema_rs  # noqa: PLC0415 - only a run with a config pays for it

    kinds = jsonschema_rs.ValidationErrorKind
    misspelt: set[Place] = set()
    faulty: set[Place] = set()
    missing: list[Place] = []
    for error in jsonschema_rs.validator_for(root()).iter_errors(document):
        place: Place = tuple(error.instance_path)
        if isinstance(error.kind, kinds.AdditionalProperties):
            for key in error.kind.unexpected:
                misspelt |= _unknown_key((*place, key), _keys(_at(place)), problems)
                faulty.add((*place, key))
        elif isinstance(error.kind, kinds.Required):
            missing.append((*place, error.kind.property))
        else:
            # A value that could not be parsed has become None and was reported already.
            if error.instance is not None or place not in problems.blamed:
                problems.add(place, _wrong_value(_at(place), error.instance))
            faulty.add(place)
    for place in missing:
        if place not in misspelt:
            problems.add(place[:-1], f'needs "{place[-1]}"')
    # Longest first, because a faulty value may contain another one.
    for place in sorted(faulty, key=len, reverse=True):
        _take_out(document, place)
    return misspelt


def _unknown_key(place: Place, known: tuple[str, ...], problems: Problems) -> set[Place]:
    import difflib  # noqa: PLC0415 - only where something is wrong

    key = str(place[-1])
    near = difflib.get_close_matches(key.lower().replace("-", "_"), known, n=1, cutoff=0.6)
    if key in {"token", "notion_token"}:
        problems.add(place, "a token does not belong in this file; `notion-sync login` keeps it")
    elif (home := _home(key)) is not None:
        problems.add(place, f"is in the wrong place; it belongs {home}")
    elif near:
        problems.add(place, f'unknown key (did you mean "{near[0]}"?)')
        return {(*place[:-1], near[0])}
    else:
        problems.add(place, f"unknown key; the keys here are {', '.join(known)}")
    return set()


def _wrong_value(schema: Schema, value: object) -> str:
    if value in ([], "") and (schema.get("minItems") or schema.get("minLength")):
        return f"is empty; expected {schema['title']}"
    if value is None:
        return f"is empty; expected {schema['title']}"
    near: list[str] = []
    if isinstance(value, str) and "enum" in schema:
        import difflib  # noqa: PLC0415

        near = difflib.get_close_matches(value.lower(), schema["enum"], n=1, cutoff=0.6)
    hint = f' (did you mean "{near[0]}"?)' if near else ""
    return f"{shown(value)} is not {schema['title']}{hint}"


def _home(key: str) -> str | None:
    """Return where an existing key belongs."""
    definitions = root()["$defs"]
    if key in root()["properties"]:
        return "to the top level"
    if key in definitions["rule"]["properties"]:
        return "to a rule"
    return "below to:" if key in definitions["target"]["properties"] else None


def _keys(schema: Schema) -> tuple[str, ...]:
    return tuple(schema.get("properties", ()))


def _at(place: Place) -> Schema:
    schema = root()
    for step in place:
        schema = child(schema, step)
    return schema


def _take_out(document: dict[str, Value], place: Place) -> None:
    """Remove a value; a list's entry becomes None, so that the indices of the others stay valid."""
    if not place:
        document.clear()
        return
    holder: Any = document
    for step in place[:-1]:
        holder = holder[step]
    if isinstance(holder, list):
        holder[int(place[-1])] = None
    else:
        del holder[place[-1]]
