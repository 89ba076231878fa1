"""Convert values to and from the store's columns, and name those whose names are older than their words."""

import json
import os
import sys
from collections.abc import Sequence
from typing import Final

from notion_sync.model import Digest, Label

LOCATION: Final = "place"
BASIS: Final = "way"
VARIANT: Final = "form"
"""Columns that keep the names of the store's first format; docs/decisions.md says why."""

_ENCODING: Final = sys.getfilesystemencoding()
_ERRORS: Final = sys.getfilesystemencodeerrors()


def path_blob(path: str) -> bytes:
    """Return the bytes of a path, as in the file system."""
    # Equal to `os.fsencode`, which takes four times as long; about twenty calls are needed for a file.
    return path.encode(_ENCODING, _ERRORS)


def path_text(blob: bytes) -> str:
    """Return the path, with undecodable bytes as surrogates."""
    return os.fsdecode(blob)


def storable_text(text: str) -> str:
    """Return a text, which may quote a path, without surrogates, because SQLite rejects them."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def digest_blob(digest: Digest) -> bytes:
    """Return the 32 bytes of a digest."""
    return bytes.fromhex(digest)


def digest_text(blob: bytes) -> Digest:
    """Return the digest as 64 hex digits."""
    return Digest(blob.hex())


def id_blob(notion_id: str) -> bytes:
    """Return the 16 bytes of an id with or without dashes."""
    return bytes.fromhex(notion_id.replace("-", ""))


UNKNOWN_ID = bytes(16)
"""Placeholder for an unknown id in columns that are NOT NULL; no id of Notion's is all zeros."""


def at_or_below(path: str, table: str) -> tuple[str, tuple[object, ...]]:
    """Return an SQL condition on a table's `folder_id` and `name`, and its parameters.

    It is true for the file at the absolute path `path`, and for every file below the folder `path`.
    """
    folder, name = os.path.split(path)
    inside = path_blob(path.rstrip("/")) + b"/"
    condition = f"""(({table}.name = ? AND {table}.folder_id = (SELECT id FROM folders WHERE path = ?))
        OR {table}.folder_id IN (SELECT id FROM folders WHERE path = ? OR substr(path, 1, ?) = ?))"""
    return condition, (path_blob(name), path_blob(folder), path_blob(path), len(inside), inside)


def id_text(blob: bytes) -> str:
    """Return the id with dashes, as Notion writes it."""
    digits = blob.hex()
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def label_text(label: Label) -> str:
    """Return a label as stored."""
    theirs = [True] if label.theirs else []
    return json.dumps([label.name, label.caption, *theirs], ensure_ascii=False)


def label_value(text: str) -> Label:
    """Return the label of a stored text."""
    name, caption, *theirs = json.loads(text)
    return Label(name, caption, bool(theirs))


def marks(values: Sequence[object]) -> str:
    """Return the placeholders of these parameters in a query."""
    return ",".join("?" * len(values))
