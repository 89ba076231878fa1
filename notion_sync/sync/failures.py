"""Classify errors: what one means for its file, its target, the run, and the files that follow."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final

from notion_sync.clock import Clock
from notion_sync.errors import (
    Cancelled,
    FileBusy,
    FileChanged,
    FileError,
    FileVanished,
    HoldsSecret,
    NotionSyncError,
    NotNow,
)
from notion_sync.model import ActionName, FilePath, RecordedRefusal
from notion_sync.notion.errors import (
    BodyMismatch,
    BodyTooLarge,
    Conflict,
    Forbidden,
    NotFound,
    NotionError,
    ServerError,
    Unauthorized,
    Unseen,
    ValidationFailed,
)
from notion_sync.notion.ids import page_url
from notion_sync.notion.media import extension
from notion_sync.notion.rate.hold import LONGEST_WAIT
from notion_sync.plan.actions import Attach, DeliveryAction, Replace
from notion_sync.plan.decide import packaged_name
from notion_sync.rules import Rule, Unsupported
from notion_sync.state import Store
from notion_sync.sync.import_policy import ImportDelayed, ImportFailed
from notion_sync.system.errors import is_temporary
from notion_sync.unforeseen import in_words

_log: Final = logging.getLogger("notion_sync.plan")

SERVER_ERRORS_IN_A_ROW = 3
"""Notion counts as down after it has failed for this many files in a row."""


STILL_OPEN = "it is not known yet whether Notion has it, so it is not sent again"


class Unusable(NotionSyncError):
    """A target, or a location in it, cannot take files as the rule says; the message says what was found instead."""


class NoAnchor(Unusable):
    """The block after which new blocks are to be inserted is not on the page."""


class LocationFailed(NotionSyncError):
    """One location of a target cannot take files now; other locations of it may."""


class Ambiguous(NotionSyncError):
    """Several things match where one is expected; a person has to choose."""


def several(things: str, title: str, found: Sequence[tuple[str, str]]) -> Ambiguous:
    """Return the error for several pages that match where one is expected.

    Args:
        things: What the pages are, as a plural noun.
        title: The title that was looked up.
        found: Title and id of each match.
    """
    exact = all(each == title for each, _ in found)
    listed = ", ".join(page_url(id_) if exact else f'"{each}" ({page_url(id_)})' for each, id_ in found)
    called = "have the title" if exact else "have titles that read like"
    return Ambiguous(
        f'{len(found)} {things} {called} "{title}": {listed}', hint="rename or delete all but one"
    )


class StillOpen(NotionSyncError):
    """The result of a write is not known yet, or the write may still be performed. It stays in the journal.

    Args:
        error: Why Notion cannot be asked for the result; None if that was reported before, or if it can be asked.
    """

    def __init__(self, error: Exception | None = None) -> None:
        because = f": {error}" if error is not None else ""
        super().__init__(f"{STILL_OPEN}{because}")
        self.error = error


class Scope(Enum):
    """How much of a pass a failure ends."""

    RUN = "run"
    """The whole run: invalid token, no network, full disk, interrupted."""
    TARGET = "target"
    """The target: no file can be attached at it; for example, it is not shared, or out of blocks."""
    FILE = "file"
    """The file, this time; a later attempt may succeed."""
    CONTENT = "content"
    """This content at this destination, until the content or its rule changes."""
    TYPE = "type"
    """Every file with this extension."""
    LATER = "later"
    """Nothing is wrong; the file has to be checked again later."""
    CHANGED = "changed"
    """The file is being written, or another program holds it; it can be taken once it is stable."""
    GONE = "gone"
    """The file no longer exists; nothing is left to do for it."""
    PRIVATE = "private"
    """The file must not leave this machine."""


_ENDS = {
    Scope.LATER: ActionName.DEFERRED,
    Scope.CHANGED: ActionName.DEFERRED,
    Scope.GONE: ActionName.SKIPPED,
    Scope.PRIVATE: ActionName.SKIPPED,
    Scope.TYPE: ActionName.SKIPPED,
}


@dataclass(frozen=True, slots=True)
class Failure:
    """A classified error: what it ends, and the reason to report."""

    scope: Scope
    reason: str
    error: BaseException

    @property
    def ended_as(self) -> ActionName:
        """The action that is reported for the file."""
        return _ENDS.get(self.scope, ActionName.FAILED)


_ABOUT_THIS_FILE = (NotionError, BodyTooLarge)
"""A code of Notion that nobody here knows, from which nothing follows for others; and what stops large files only."""


def classify(error: BaseException) -> Failure:
    """Classify an error. An exception that no case foresees is a bug of ours and fails only its own file."""
    return Failure(_scope(error), _reason(error), error)


def _scope(error: BaseException) -> Scope:
    match error:
        case NotionError() if error.unknown_upload or type(error) in _ABOUT_THIS_FILE:
            return Scope.FILE
        case FileVanished() | HoldsSecret():
            return Scope.GONE if isinstance(error, FileVanished) else Scope.PRIVATE
        case FileChanged() | FileBusy() | BodyMismatch():
            return Scope.CHANGED
        case FileError() | ServerError() | Conflict() | Unseen() | Ambiguous() | LocationFailed() if (
            not _stops_all_calls(error)
        ):
            return Scope.FILE
        case StillOpen(error=NotionError() as reason) if _scope(reason) is Scope.RUN:
            return Scope.RUN
        case ImportDelayed() | StillOpen():
            return Scope.LATER
        case NotFound() | Forbidden() | Unusable():
            return Scope.TARGET
        case ValidationFailed() if error.trashed:
            return Scope.TARGET
        case ValidationFailed() if error.unsupported_type:
            return Scope.TYPE
        case ValidationFailed() | ImportFailed():
            return Scope.CONTENT
        case NotionSyncError():
            return Scope.RUN
        case _ if isinstance(error, Exception):
            return Scope.LATER if is_temporary(error) else Scope.FILE
    return Scope.RUN


def _stops_all_calls(error: BaseException) -> bool:
    """Whether Notion has asked for a pause longer than a call waits (`LONGEST_WAIT`)."""
    return isinstance(error, ServerError) and (error.retry_after or 0.0) > LONGEST_WAIT


def _reason(error: BaseException) -> str:
    if isinstance(error, ValidationFailed) and error.unsupported_type and not error.hint:
        said = f"{error.message.rstrip('. ')}; {error.facts}"
        return (
            f"Notion does not accept this type [{said}] (unsupported: zip or txt in the rule sends it anyway)"
        )
    if isinstance(error, NotionSyncError):
        return str(error)
    if isinstance(error, OSError) or is_temporary(error):
        return str(in_words(error))
    return f"internal error: {error!r}; please report it with what --log-file writes"


def log_unforeseen(error: BaseException, path: str) -> None:
    """Log the stack trace of an exception that is not one of ours."""
    if not isinstance(error, NotionSyncError):
        _log.error("%s: unforeseen error", path, exc_info=error, extra={"fields": {"path": path}})


def stop_error(error: BaseException) -> BaseException:
    """Return the exception that ends the run: for a failure of scope RUN, or for too many failures in a row."""
    if isinstance(error, StillOpen) and error.error is not None:
        return stop_error(error.error)
    if isinstance(error, Unauthorized | Cancelled | NotNow):
        return error
    if isinstance(error, NotionError) and error.retryable:
        hint = error.hint or "try again later; everything done so far is recorded"
        return NotNow(error.message, hint=hint, again_in=error.again_in)
    return error


def is_gone(error: BaseException) -> bool:
    """Whether the error says that a block or row was deleted in Notion."""
    if isinstance(error, NotFound):
        return not error.unknown_upload
    return isinstance(error, ValidationFailed) and error.trashed


def is_refusal(error: BaseException) -> bool:
    """Whether Notion refuses a request for what is in it, perhaps for one file only."""
    return isinstance(error, ValidationFailed) or type(error) is NotionError


class FailurePolicy:
    """What the failures of one pass spare the files that follow: known refusals, and the check for an outage.

    Args:
        store: Keeps refusals that would happen again in the next pass.
        clock: Time of day.
    """

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._server_errors = 0

    def remember(
        self, file: FilePath, rule_key: bytes, action: DeliveryAction, failure: Failure, bot: str
    ) -> None:
        """Record a refusal that would happen again next time; other failures are not recorded.

        Args:
            file: The file that failed.
            rule_key: Key of the rule that takes it.
            action: What was tried.
            failure: The classified error.
            bot: Id of the bot whose upload was refused.
        """
        now = self._clock.now()
        if failure.scope is Scope.TYPE:
            variant = action.variant if isinstance(action, Attach | Replace) else ""
            refused = extension(packaged_name(action.found.name, variant))
            with self._store.transaction():
                self._store.failures.refuse_type(bot, refused, failure.reason, now)
        elif failure.scope is Scope.CONTENT:
            refusal = RecordedRefusal(action.digest, rule_key, failure.reason)
            with self._store.transaction():
                self._store.failures.save(file, action.target.key, refusal, now)

    def succeeded(self) -> None:
        """Reset the count of failures in a row."""
        self._server_errors = 0

    def is_outage(self, failure: Failure) -> bool:
        """Count a failure; return whether Notion has failed for too many files in a row to go on."""
        if isinstance(failure.error, NotionError) and failure.scope is Scope.FILE:
            self._server_errors += not isinstance(failure.error, BodyTooLarge)
        return self._server_errors >= SERVER_ERRORS_IN_A_ROW


def can_be_packaged(rule: Rule, action: DeliveryAction, failure: Failure) -> bool:
    """Whether the rule says how to package a file type that Notion has just refused."""
    plain = isinstance(action, Attach | Replace) and not action.variant
    return failure.scope is Scope.TYPE and plain and rule.unsupported is not Unsupported.SKIP
