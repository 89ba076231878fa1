"""Imports, files that Notion fetches itself: how long to poll, and why one failed. Pure.

The source is developers.notion.com "Importing external files".
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from notion_sync.errors import NotionSyncError

if TYPE_CHECKING:
    # Every pass has a policy; only one that sends something has values of Notion.
    from notion_sync.notion.values import FileUpload, ImportResult

LONGEST_PAUSE = 15.0
"""Maximum seconds between two polls of one import; an import takes about ten seconds."""

REUSABLE_FOR = 3600.0
"""Seconds for which an imported file may be used again: what is at an address can change."""

_PASSING_STATUSES = frozenset({408, 425, 429})
"""HTTP statuses below 500 that are temporary; for an import by Notion every status from 500 is, too."""

_WRONG_SIZE = "file_upload_invalid_size"


@dataclass(frozen=True, slots=True)
class ImportPolicy:
    """How long a pass waits for files that Notion fetches; the texts say what the user can do."""

    patience: float = 600.0
    """Seconds that Notion may take for one file."""
    looks_again: bool = False
    """Whether this process asks again later, so that running out of patience decides nothing."""
    too_slow: str = "the next run asks again"
    not_fetched: str = (
        "is it public, and does its server answer HEAD requests? links: fetch lets this machine fetch what Notion "
        "cannot; notion-sync retry asks Notion again"
    )
    refused_type: str = "Notion takes no files of this type, whoever fetches them"


USUAL = ImportPolicy()


class ImportFailed(NotionSyncError):
    """Notion could not fetch a file, and a retry would fail again."""


class ImportDelayed(NotionSyncError):
    """Notion has not fetched a file yet; it may still do so."""

    exit_code = 75


class StillFetching(ImportDelayed):
    """Notion is still fetching the file."""


def growing_pauses() -> Iterator[float]:
    """Yield 1, 2, 4, 8, and then always 15 seconds (exponential back-off)."""
    pause = 1.0
    while True:
        yield min(pause, LONGEST_PAUSE)
        pause *= 2


def failure(upload: "FileUpload", policy: ImportPolicy) -> ImportFailed | ImportDelayed:
    """Return the error for an import that ended without a file."""
    result = upload.import_result
    if result is None or result.ok:
        how = upload.status or "nothing"
        return ImportDelayed(f"Notion has not fetched it: the upload ended as {how}", hint=policy.too_slow)
    text = f"Notion could not fetch it: {failure_words(result)}"
    if _passes(result):
        return ImportDelayed(text, hint=policy.too_slow)
    # Whether a file is empty or too large does not depend on who fetches it.
    return ImportFailed(text, hint="" if result.code == _WRONG_SIZE else policy.not_fetched)


def _passes(result: "ImportResult") -> bool:
    """Whether the same import may succeed later."""
    if result.error_type in ("internal_system_error", "upload_error"):
        return True
    status = result.status_code
    # Notion's check of the headers succeeded, so an address without any answer afterwards had a temporary problem.
    return result.error_type == "download_error" and (
        status is None or status >= 500 or status in _PASSING_STATUSES
    )


def is_busy(status: int) -> bool:
    """Whether an HTTP status means that a server, or the one behind it, is overloaded or down for a while."""
    return status in _PASSING_STATUSES or status in (502, 503, 504)


_KINDS = {
    "validation_error": "it breaks a rule of Notion's",
    "download_error": "the download failed",
    "upload_error": "Notion could not store it",
    "internal_system_error": "something failed inside Notion",
}


def failure_words(result: "ImportResult") -> str:
    """Return a `file_import_result` of type `error` as a sentence, with Notion's own code and message."""
    kind = _KINDS.get(result.error_type or "", result.error_type or "for an unknown reason")
    facts = [kind]
    if result.message:
        facts.append(result.message.rstrip("."))
    if result.status_code is not None:
        facts.append(f"its server answered {result.status_code}")
    return "; ".join(facts) + (f" [{result.code}]" if result.code else "")
