"""How values stand in the store's columns."""

import os
import uuid

from notion_sync.model import Digest


def path_blob(path: str) -> bytes:
    """The bytes of a path as the file system has them."""
    return os.fsencode(path)


def path_text(blob: bytes) -> str:
    """The path again, undecodable bytes as surrogates."""
    return os.fsdecode(blob)


def digest_blob(digest: Digest) -> bytes:
    """32 bytes."""
    return bytes.fromhex(digest)


def digest_text(blob: bytes) -> Digest:
    """64 hex digits."""
    return Digest(blob.hex())


def id_blob(notion_id: str) -> bytes:
    """16 bytes of an id with or without dashes."""
    return bytes.fromhex(notion_id.replace("-", ""))


def id_text(blob: bytes) -> str:
    """The dashed form, as Notion writes it."""
    return str(uuid.UUID(bytes=blob))
