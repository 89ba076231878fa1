"""Build targets from the keys below `to:`, and check which keys exclude each other."""

from collections.abc import Callable, Mapping
from typing import Any

from notion_sync.config.problems import Place, Problems, written
from notion_sync.notion.ids import parse_block_id, parse_database_id, parse_id
from notion_sync.rules import PAGE_IMAGES, Kind, PageTarget, Position, RowTarget, SortOrder, Target
from notion_sync.template import ROW, Template, TemplateError
from notion_sync.template import parse as parse_template
from notion_sync.text.secret import looks_like_a_token

Keys = Mapping[str, Any]
"""The keys of one target, validated by the schema; faulty values were removed."""

_ONLY_PAGES = ("position",)
_ONLY_ROWS = ("property", "row", "properties", "body")
_ONLY_BLOCKS = ("caption", "position", "order")


def build_targets(to: object, place: Place, misspelt: set[Place], problems: Problems) -> tuple[Target, ...]:
    """Return the targets of a rule; faulty ones are reported and left out.

    Args:
        to: A target, or a list of targets in which None stands for a faulty one.
        place: The place of `to`.
        misspelt: Places whose keys are in the file under a misspelt name.
        problems: Collects problems.
    """
    pairs = (
        [((*place, index), keys) for index, keys in enumerate(to)] if isinstance(to, list) else [(place, to)]
    )
    found: dict[str, Target] = {}
    places: dict[str, Place] = {}
    for at, keys in pairs:
        target = _target(keys, at, misspelt, problems) if isinstance(keys, dict) else None
        if target is None:
            continue
        if target.key in found:
            problems.add(at, f"the same target as {written(places[target.key])}; a file is put there once")
        found[target.key] = target
        places.setdefault(target.key, at)
    return tuple(found.values())


def _target(keys: Keys, place: Place, misspelt: set[Place], problems: Problems) -> Target | None:
    if "page" in keys and "database" in keys:
        problems.add(place, "a target is a page or a database, not both; write a list of two targets")
        return None
    if "database" in keys or (*place, "database") in misspelt:
        _exclude(keys, _ONLY_PAGES, "belongs to page targets; this one is a database", place, problems)
        return _row_target(keys, place, misspelt, problems)
    if "page" not in keys:
        if (*place, "page") not in misspelt and not _has_line(place, problems):
            problems.add(place, 'needs "page" or "database"')
    else:
        _exclude(keys, _ONLY_ROWS, "belongs to database targets; this one is a page", place, problems)
    return _page_target(keys, place, problems)


def _has_line(place: Place, problems: Problems) -> bool:
    """Whether `page` or `database` is in the file, even if a faulty value was removed from `keys`."""
    return (*place, "page") in problems.lines or (*place, "database") in problems.lines


def _page_target(keys: Keys, place: Place, problems: Problems) -> PageTarget | None:
    page_id = _id(keys, "page", parse_id, place, problems)
    kind = Kind(keys.get("as", Kind.AUTO))
    if kind in PAGE_IMAGES:
        _exclude(keys, _ONLY_BLOCKS, f"belongs to blocks; a page's {kind} has none", place, problems)
    caption = template(keys, "caption", place, problems)
    position = _position(keys, place, problems)
    if page_id is None:
        return None
    return PageTarget(page_id, kind, caption, position, SortOrder(keys.get("order", SortOrder.NAME)))


def _row_target(keys: Keys, place: Place, misspelt: set[Place], problems: Problems) -> RowTarget | None:
    database_id = _id(keys, "database", parse_database_id, place, problems)
    name = keys.get("property")
    at = (*place, "property")
    kind = Kind(keys.get("as", Kind.AUTO))
    if kind not in (Kind.AUTO, *PAGE_IMAGES):
        problems.add(
            (*place, "as"), "in a database it is icon or cover; body: true chooses its blocks by type"
        )
    elsewhere = keys.get("body") or kind in PAGE_IMAGES
    if name is None and not elsewhere and at not in misspelt and at not in problems.lines:
        problems.add(place, 'needs "property", the name of a files property of the database')
    if "caption" in keys and not keys.get("body"):
        problems.add((*place, "caption"), "belongs to blocks; write body: true to have one in the row's page")
    row = template(keys, "row", place, problems) or parse_template(ROW)
    caption = template(keys, "caption", place, problems)
    given = keys.get("properties", {})
    texts = {key for key, value in given.items() if isinstance(value, str)}
    properties = {
        key: template(given, key, (*place, "properties"), problems) if key in texts else value
        for key, value in given.items()
    }
    if database_id is None or (name is None and (not elsewhere or at in misspelt or at in problems.lines)):
        return None
    return RowTarget(
        database_id,
        name or "",
        row,
        {key: value for key, value in properties.items() if value is not None},
        keys.get("body", False),
        caption,
        SortOrder(keys.get("order", SortOrder.NAME)),
        kind,
    )


def template(keys: Keys, key: str, place: Place, problems: Problems) -> Template | None:
    """Return the template at a key; None if there is none, or a faulty one."""
    if key not in keys:
        return None
    try:
        return parse_template(keys[key])
    except TemplateError as error:
        problems.add((*place, key), str(error))
        return None


def _id(keys: Keys, key: str, parse: Callable[[str], str], place: Place, problems: Problems) -> str | None:
    if key not in keys:
        return None
    text: str = keys[key]
    if looks_like_a_token(text):
        problems.add(
            (*place, key), "this is a token, which does not belong in this file; `notion-sync login` keeps it"
        )
        return None
    try:
        return parse(text)
    except ValueError as error:
        problems.add((*place, key), str(error))
        return None


def _position(keys: Keys, place: Place, problems: Problems) -> Position:
    given = keys.get("position", "end")
    if given in ("end", "start"):
        return Position(given)
    place = (*place, "position")
    text = given.get("after") if isinstance(given, dict) else given.removeprefix("after:").strip()
    if text is None:
        return Position()
    try:
        return Position("after", parse_block_id(text))
    except ValueError as error:
        problems.add(place, str(error))
        return Position()


def _exclude(keys: Keys, excluded: tuple[str, ...], why: str, place: Place, problems: Problems) -> None:
    for key in excluded:
        if key in keys:
            problems.add((*place, key), why)
