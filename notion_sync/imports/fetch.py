"""Notion fetches a file (developers.notion.com "Importing external files"): waiting for it, and why it failed."""

from collections.abc import Callable, Iterator

from notion_sync.clock import Clock
from notion_sync.errors import NotionSyncError
from notion_sync.notion.values import FileUpload, ImportResult

LONGEST_PAUSE = 15.0


class ImportFailed(NotionSyncError):
    """Notion could not fetch a file."""


class ImportTooSlow(ImportFailed):
    """Notion had not fetched it when patience ended; it may still be at it."""

    exit_code = 75


def fetched(ask: Callable[[], FileUpload], begun: FileUpload, *, clock: Clock, timeout: float) -> FileUpload:
    """The upload of an import that has ended well.

    Args:
        ask: The upload as it is now.
        begun: The upload as it was when the import began.
        clock: Its `Cancelled` ends the wait.
        timeout: Seconds to wait.

    Raises:
        ImportFailed: It ended otherwise, or not in time.
        NotionError: It cannot be asked for.
    """
    upload = begun
    end = clock.monotonic() + timeout
    pauses = growing_pauses()
    while upload.status == "pending":
        left = end - clock.monotonic()
        if left <= 0:
            raise ImportTooSlow(
                f"Notion has not fetched it within {timeout:g} s", hint="try again with a longer --timeout"
            )
        clock.sleep(min(next(pauses), left))
        upload = ask()
    if upload.status == "uploaded":
        return upload
    if upload.import_result is not None and not upload.import_result.ok:
        raise ImportFailed(f"Notion could not fetch it: {failure_words(upload.import_result)}")
    raise ImportFailed(f"Notion could not fetch it: the upload ended as {upload.status or 'nothing'}")


def growing_pauses() -> Iterator[float]:
    """1, 2, 4, 8, and then 15 seconds for ever."""
    pause = 1.0
    while True:
        yield min(pause, LONGEST_PAUSE)
        pause *= 2


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
