"""What an error means: for the file that had it, for its target, for the run, and for the files that come after."""

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
from notion_sync.model import ActionName, FileId, RecordedRefusal
from notion_sync.notion.budget import LONGEST_WAIT
from notion_sync.notion.errors import (
    BodyMismatch,
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
from notion_sync.plan import Attach, Change, Replace, packaged_name
from notion_sync.rules import Rule, Unsupported
from notion_sync.state import Store
from notion_sync.sync.import_policy import ImportDelayed, ImportFailed
from notion_sync.system_errors import passes
from notion_sync.unforeseen import in_words

_log: Final = logging.getLogger("notion_sync.plan")

SERVER_ERRORS_IN_A_ROW = 3
"""After so many files in a row that Notion failed at, with nothing that worked in between, Notion is down."""


STILL_OPEN = "it is not known yet whether Notion has it, so it is not sent again"


class Unusable(NotionSyncError):
    """A target, or a place of it, cannot take files as the rule says; the message says what is there instead."""


class NoAnchor(Unusable):
    """The block that new ones are to follow is not on the page."""


class LocationFailed(NotionSyncError):
    """This one place of a target cannot take files now; other places of it may."""


class Ambiguous(NotionSyncError):
    """There is more than one of what should be one; a person has to choose."""


def several(things: str, title: str, found: Sequence[tuple[str, str]]) -> Ambiguous:
    """The error for several pages where one is meant.

    Args:
        things: What they are, in the plural.
        title: What is looked for.
        found: Title and id of each.
    """
    exact = all(each == title for each, _ in found)
    listed = ", ".join(page_url(id_) if exact else f'"{each}" ({page_url(id_)})' for each, id_ in found)
    called = "have the title" if exact else "have titles that read like"
    return Ambiguous(
        f'{len(found)} {things} {called} "{title}": {listed}', hint="rename or delete all but one"
    )


class StillOpen(NotionSyncError):
    """It is not known yet what a write has made, or whether it is performed late. The write stays in the journal.

    Args:
        error: Why it cannot be looked for, None where that was said before, or where it can.
    """

    def __init__(self, error: Exception | None = None) -> None:
        because = f": {error}" if error is not None else ""
        super().__init__(f"{STILL_OPEN}{because}")
        self.error = error


class Scope(Enum):
    """What a failure stops."""

    RUN = "run"
    """Nothing can go on: wrong token, no network, full disk, asked to stop."""
    TARGET = "target"
    """Nothing can be attached at this target: not shared, out of blocks."""
    FILE = "file"
    """This file, this time; it may work later."""
    CONTENT = "content"
    """This content here, until it or its rule changes."""
    TYPE = "type"
    """Every file of this extension."""
    LATER = "later"
    """Nothing is wrong with it; it is to be looked at again in a while."""
    CHANGED = "changed"
    """The file is being written to, or held by another program: once it has come to rest it can be taken."""
    GONE = "gone"
    """The file is not there any more; there is nothing to do for it."""
    HELD = "held"
    """It is not to leave this machine."""


_ENDS = {
    Scope.LATER: ActionName.DEFERRED,
    Scope.CHANGED: ActionName.DEFERRED,
    Scope.GONE: ActionName.SKIPPED,
    Scope.HELD: ActionName.SKIPPED,
    Scope.TYPE: ActionName.SKIPPED,
}


@dataclass(frozen=True, slots=True)
class Failure:
    """An error in the words and the measure of a pass."""

    scope: Scope
    reason: str
    error: BaseException

    @property
    def ended_as(self) -> ActionName:
        """How a file with this failure ends."""
        return _ENDS.get(self.scope, ActionName.FAILED)


def classify(error: BaseException) -> Failure:
    """What an error means. One that nobody foresaw is a bug of ours, and the failure of that one file."""
    return Failure(_scope(error), _reason(error), error)


def _scope(error: BaseException) -> Scope:
    match error:
        case NotionError() if error.unknown_upload:
            return Scope.FILE
        case FileVanished() | HoldsSecret():
            return Scope.GONE if isinstance(error, FileVanished) else Scope.HELD
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
            return Scope.LATER if passes(error) else Scope.FILE
    return Scope.RUN


def _stops_all_calls(error: BaseException) -> bool:
    """Whether Notion asks not to be called for longer than a call waits."""
    return isinstance(error, ServerError) and (error.retry_after or 0.0) > LONGEST_WAIT


def _reason(error: BaseException) -> str:
    if isinstance(error, ValidationFailed) and error.unsupported_type and not error.hint:
        said = f"{error.message.rstrip('. ')}; {error.facts}"
        return (
            f"Notion does not accept this type [{said}] (unsupported: zip or txt in the rule sends it anyway)"
        )
    if isinstance(error, NotionSyncError):
        return str(error)
    if isinstance(error, OSError) or passes(error):
        return str(in_words(error))
    return f"internal error: {error!r}; please report it with what --log-file writes"


def log_unforeseen(error: BaseException, path: str) -> None:
    """Leave the stack of an error that nobody foresaw in the log."""
    if not isinstance(error, NotionSyncError):
        _log.error("%s: unforeseen error", path, exc_info=error, extra={"fields": {"path": path}})


def stop_error(error: BaseException) -> BaseException:
    """The exception that ends the run for a failure of scope RUN, or for too many others in a row."""
    if isinstance(error, StillOpen) and error.error is not None:
        return stop_error(error.error)
    if isinstance(error, Unauthorized | Cancelled | NotNow):
        return error
    if isinstance(error, NotionError) and error.retryable:
        hint = error.hint or "try again later; everything done so far is recorded"
        return NotNow(error.message, hint=hint, again_in=error.again_in)
    return error


def is_gone(error: BaseException) -> bool:
    """Whether a block or row was deleted in Notion."""
    if isinstance(error, NotFound):
        return not error.unknown_upload
    return isinstance(error, ValidationFailed) and error.trashed


class FailurePolicy:
    """What the failures of one pass mean for the files behind: what need not be tried.

    Args:
        store: Remembers what would end the same way next time.
        clock: The time of day.
    """

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._server_errors = 0

    def remember(self, file: FileId, rule_key: bytes, action: Change, failure: Failure, bot: str) -> None:
        """Record what would end the same way next time.

        Args:
            file: Which file.
            rule_key: Under which rule.
            action: What was tried.
            failure: What came of it.
            bot: Whose uploads were refused.
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

    def went_well(self) -> None:
        """Notion is not down."""
        self._server_errors = 0

    def is_down(self, failure: Failure) -> bool:
        """Whether Notion has failed at so many files in a row that it is no use to go on."""
        if isinstance(failure.error, NotionError) and failure.scope is Scope.FILE:
            self._server_errors += 1
        return self._server_errors >= SERVER_ERRORS_IN_A_ROW


def can_be_packaged(rule: Rule, action: Change, failure: Failure) -> bool:
    """Whether the rule knows what to do with a type that Notion has just refused."""
    plain = isinstance(action, Attach | Replace) and not action.variant
    return failure.scope is Scope.TYPE and plain and rule.unsupported is not Unsupported.SKIP
