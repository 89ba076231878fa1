"""Stores for tests, and values to put into them."""

import hashlib
from pathlib import Path

from notion_sync.model import Digest, FilePath, Fingerprint, Label, Placement, Upload
from notion_sync.notion.media import shorten_name
from notion_sync.rules import PageTarget, Rule
from notion_sync.state import Store
from notion_sync.writes import Intent

BOT = "11111111-2222-3333-4444-555555555555"
PAGE_ID = "01234567-89ab-cdef-0123-456789abcdef"
OTHER_PAGE_ID = "fedcba98-7654-3210-fedc-ba9876543210"
PAGE = PageTarget(PAGE_ID)
OTHER_PAGE = PageTarget(OTHER_PAGE_ID)


def notion_id(number: int) -> str:
    """An id like Notion's, a different one for each number."""
    return f"{number:08x}-0000-4000-8000-{number:012x}"


def digest(content: bytes | str) -> Digest:
    """The digest of a content."""
    return Digest(hashlib.sha256(content.encode() if isinstance(content, str) else content).hexdigest())


def upload(
    number: int,
    content: bytes | str = b"content",
    *,
    status: str = "uploaded",
    expires_at: float | None = None,
    created_at: float = 0.0,
    content_type: str = "text/plain",
    filename: str = "a.txt",
) -> Upload:
    """An upload of a content."""
    return Upload(
        notion_id(number), digest(content), content_type, filename, len(content), status, created_at,
        expires_at,
    )  # fmt: skip


def placement(
    file: FilePath, content: bytes | str = b"content", number: int = 1, *, target: str = PAGE.key,
    kind: str = "file", label: Label | None = None,
) -> Placement:  # fmt: skip
    """A file at a target as the block of a number."""
    return Placement(
        file, target, digest(content), kind, notion_id(1000 + number), notion_id(number),
        label or Label(shorten_name(file.name)),
    )  # fmt: skip


def intent(file: FilePath, content: bytes | str = b"content", number: int = 1) -> Intent:
    """A block to be made for a file."""
    return Intent(
        "r",
        file.name,
        file,
        digest(content),
        "file",
        notion_id(1000 + number),
        Label(shorten_name(file.name)),
    )


def put_in_place(store: Store, rule: Rule, file: FilePath, fingerprint: Fingerprint, content: bytes) -> None:
    """Record a file as if it had been pushed to all of the rule's pages."""
    with store.transaction():
        store.files.remember(file, fingerprint, digest(content))
        for target in rule.pages:
            store.placements.save(placement(file, content, target=target.key), 1.0)


def page_rule(folder: str | Path, name: str = "r") -> Rule:
    """A rule that takes everything in a folder to one page."""
    return Rule(name, str(folder), (PAGE,))
