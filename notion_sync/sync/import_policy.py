"""How Notion fetches a file (developers.notion.com "Importing external files"): when to ask, how it failed. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass

from notion_sync.errors import NotionSyncError
from notion_sync.notion.values import FileUpload, ImportResult

LONGEST_PAUSE = 15.0
"""Seconds between two questions about one import; an import takes about ten."""

REUSABLE_FOR = 3600.0
"""Seconds for which what was imported may be used again: what is at an address changes."""

_PASSING_STATUSES = frozenset({408, 425, 429})
"""What a server answers that may answer otherwise in a while; for Notion so do all from 500 on."""

_WRONG_SIZE = "file_upload_invalid_size"


@dataclass(frozen=True, slots=True)
class ImportPolicy:
    """How long one pass waits for files that Notion fetches; the words say what the user can do."""

    patience: float = 600.0
    """Seconds Notion may take for one file."""
    stays: bool = False
    """Whether somebody stays to ask again, so that the end of patience decides nothing."""
    too_slow: str = "the next run asks again"
    not_fetched: str = (
        "is it public, and does its server answer HEAD requests? links: fetch lets this machine fetch what Notion "
        "cannot; notion-sync retry asks Notion again"
    )
    refused_type: str = "Notion takes no files of this type, whoever fetches them"


USUAL = ImportPolicy()


class ImportFailed(NotionSyncError):
    """Notion could not fetch a file, and would not the next time."""


class ImportDelayed(NotionSyncError):
    """Notion has not fetched a file; it may yet."""

    exit_code = 75


class StillFetching(ImportDelayed):
    """Notion is still fetching it."""


def growing_pauses() -> Iterator[float]:
    """1, 2, 4, 8, and then 15 seconds for ever."""
    pause = 1.0
    while True:
        yield min(pause, LONGEST_PAUSE)
        pause *= 2


def failure(upload: FileUpload, policy: ImportPolicy) -> ImportFailed | ImportDelayed:
    """Why an import ended without a file."""
    result = upload.import_result
    if result is None or result.ok:
        how = upload.status or "nothing"
        return ImportDelayed(f"Notion has not fetched it: the upload ended as {how}", hint=policy.too_slow)
    text = f"Notion could not fetch it: {failure_words(result)}"
    if _passes(result):
        return ImportDelayed(text, hint=policy.too_slow)
    # What is empty, or too large, is so wherever it is fetched.
    return ImportFailed(text, hint="" if result.code == _WRONG_SIZE else policy.not_fetched)


def _passes(result: ImportResult) -> bool:
    """Whether the same import may go well in a while."""
    if result.error_type in ("internal_system_error", "upload_error"):
        return True
    status = result.status_code
    # The check of its headers went well, so an address that then gave no answer at all had a bad moment.
    return result.error_type == "download_error" and (
        status is None or status >= 500 or status in _PASSING_STATUSES
    )


def is_busy(status: int) -> bool:
    """Whether a server has too much to do, or the one behind it does not answer: it may in a while."""
    return status in _PASSING_STATUSES or status in (502, 503, 504)


_KINDS = {
    "validation_error": "it breaks a rule of Notion's",
    "download_error": "the download failed",
    "upload_error": "Notion could not store it",
    "internal_system_error": "something failed inside Notion",
}


def failure_words(result: ImportResult) -> str:
    """A `file_import_result` of type `error` in one sentence, with Notion's own code and message."""
    kind = _KINDS.get(result.error_type or "", result.error_type or "for an unknown reason")
    facts = [kind]
    if result.message:
        facts.append(result.message.rstrip("."))
    if result.status_code is not None:
        facts.append(f"its server answered {result.status_code}")
    return "; ".join(facts) + (f" [{result.code}]" if result.code else "")
