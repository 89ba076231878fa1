"""How values stand in the store's columns."""

import os
import sys
import uuid
from typing import Final

from notion_sync.model import Digest

_ENCODING: Final = sys.getfilesystemencoding()
_ERRORS: Final = sys.getfilesystemencodeerrors()


def path_blob(path: str) -> bytes:
    """The bytes of a path as the file system has them."""
    # As `os.fsencode`, which costs four times as much; a file needs about twenty of them.
    return path.encode(_ENCODING, _ERRORS)


def path_text(blob: bytes) -> str:
    """The path again, undecodable bytes as surrogates."""
    return os.fsdecode(blob)


def storable_text(text: str) -> str:
    """A text that may quote a path: SQLite takes no surrogates."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def digest_blob(digest: Digest) -> bytes:
    """32 bytes."""
    return bytes.fromhex(digest)


def digest_text(blob: bytes) -> Digest:
    """64 hex digits."""
    return Digest(blob.hex())


def id_blob(notion_id: str) -> bytes:
    """16 bytes of an id with or without dashes."""
    return bytes.fromhex(notion_id.replace("-", ""))


UNKNOWN_ID = bytes(16)
"""Stands for an id that nobody knows, in columns that cannot be empty; no id of Notion's is all zeros."""


def at_or_below(path: str, table: str) -> tuple[str, tuple[object, ...]]:
    """A condition on a table's `folder_id` and `name`, and its parameters.

    It holds for the file at the absolute path `path`, and for every file below the folder `path`.
    """
    folder, name = os.path.split(path)
    inside = path_blob(path.rstrip("/")) + b"/"
    condition = f"""(({table}.name = ? AND {table}.folder_id = (SELECT id FROM folders WHERE path = ?))
        OR {table}.folder_id IN (SELECT id FROM folders WHERE path = ? OR substr(path, 1, ?) = ?))"""
    return condition, (path_blob(name), path_blob(folder), path_blob(path), len(inside), inside)


def id_text(blob: bytes) -> str:
    """The dashed form, as Notion writes it."""
    return str(uuid.UUID(bytes=blob))
