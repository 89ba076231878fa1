"""Convert placements to and from the rows of `placements` and `retired`, two tables with the same columns."""

from collections.abc import Sequence
from typing import Any

from notion_sync.model import FilePath, Placement
from notion_sync.state.columns import (
    BASIS,
    LOCATION,
    UNKNOWN_ID,
    VARIANT,
    digest_blob,
    digest_text,
    id_blob,
    id_text,
    label_text,
    label_value,
    path_blob,
    path_text,
)
from notion_sync.state.files import Files
from notion_sync.state.targets import Targets

COLUMNS = f"""folder_id, name, target_id, digest, kind, upload_id, block_id, label, placed_at,
    {LOCATION}, {BASIS}, page_id, file_id, {VARIANT}, shared, run_id, undone_at"""
"""The columns of both tables, in the order of `row_of`."""

INTO = f"INTO {{table}} ({COLUMNS}) VALUES ({', '.join('?' * len(COLUMNS.split(',')))})"
"""The part of a statement that follows INSERT or REPLACE; its values are those of `row_of`."""

_SELECT = f"""SELECT d.path, p.name, t.key, p.digest, p.kind, p.upload_id, p.block_id, p.label,
    p.{LOCATION}, p.{BASIS}, p.page_id, p.file_id, p.{VARIANT}, p.shared, p.run_id, p.undone_at, p.placed_at
    FROM {{table}} p JOIN folders d ON d.id = p.folder_id JOIN targets t ON t.id = p.target_id"""
PLACED = _SELECT.format(table="placements")
RETIRED = _SELECT.format(table="retired")
"""Starts of queries for placements in use, and for retired ones; `placement_of` reads their rows."""

THIS = """folder_id = (SELECT id FROM folders WHERE path = ?) AND name = ?
    AND target_id = (SELECT id FROM targets WHERE key = ?)"""
"""A condition on either table; its parameters are those of `this`."""


def this(file: FilePath, target: str) -> tuple[bytes, bytes, str]:
    """Return the parameters of `THIS` for a path at a target."""
    return path_blob(file.folder), path_blob(file.name), target


def row_of(placement: Placement, now: float, files: Files, targets: Targets) -> tuple[object, ...]:
    """Return the values of `COLUMNS`; `now` in seconds since the epoch.

    Args:
        placement: The placement.
        now: When it was recorded.
        files: Gives its folder a number.
        targets: Gives its target a number.
    """
    return (
        files.folder_id(placement.id.folder), path_blob(placement.id.name),
        targets.number(placement.target), digest_blob(placement.digest), placement.kind,
        id_blob(placement.upload_id) if placement.upload_id else UNKNOWN_ID,
        id_blob(placement.block_id) if placement.block_id else None,
        label_text(placement.label), now, path_blob(placement.location), path_blob(placement.basis),
        id_blob(placement.page_id) if placement.page_id else None, placement.file_id, placement.variant,
        placement.shared, placement.run, placement.undone_at,
    )  # fmt: skip


def placement_of(row: Sequence[Any]) -> Placement:
    """Return the placement of a row of `PLACED` or `RETIRED`."""
    (
        folder, name, target, digest, kind, upload_id, block_id, label, location, basis, page_id, file_id, variant,
        shared, run, undone_at,
    ) = row[:16]  # fmt: skip
    return Placement(
        FilePath(path_text(folder), path_text(name)), target, digest_text(digest), kind,
        id_text(upload_id) if upload_id != UNKNOWN_ID else None, id_text(block_id) if block_id else None,
        label_value(label), path_text(location), path_text(basis), id_text(page_id) if page_id else None,
        file_id, variant, bool(shared), run, undone_at,
    )  # fmt: skip
