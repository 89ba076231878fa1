"""What an error means for the file, for its target, and for the run. Pure."""

from dataclasses import dataclass
from enum import Enum

from notion_sync.errors import Cancelled, FileChanged, FileError, FileVanished, NotionSyncError, NotNow
from notion_sync.executor.fetching import ImportDelayed, ImportFailed
from notion_sync.notion.errors import (
    BodyMismatch,
    Conflict,
    EdgeRefused,
    Forbidden,
    NotFound,
    NotionError,
    ServerError,
    Unauthorized,
    ValidationFailed,
)


class Unusable(NotionSyncError):
    """A target, or a place of it, cannot take files as the rule says; the message says what is there instead."""


class Ambiguous(NotionSyncError):
    """There is more than one of what should be one; a person has to choose."""


class Scope(Enum):
    """How far a trouble reaches."""

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
    """The file is being written to: once it has come to rest it can be taken."""
    GONE = "gone"
    """The file is not there any more; there is nothing to do for it."""


class NoAnchor(Unusable):
    """The block that new ones are to follow is not on the page."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """An error in the words and the measure of a pass."""

    scope: Scope
    reason: str
    error: BaseException


SERVER_ERRORS_IN_A_ROW = 3
"""After so many files in a row that Notion failed at, with nothing that worked in between, Notion is down."""


def trouble_of(error: BaseException) -> Trouble:
    """Classify what a worker raised; an error that is none of ours is a bug and ends the run."""
    return Trouble(_scope(error), _reason(error), error)


def _scope(error: BaseException) -> Scope:
    match error:
        case NotionError() if error.unknown_upload:
            return Scope.FILE
        case FileVanished():
            return Scope.GONE
        case FileChanged() | BodyMismatch():
            return Scope.CHANGED
        case FileError() | ServerError() | Conflict() | EdgeRefused() | Ambiguous():
            return Scope.FILE
        case ImportDelayed():
            return Scope.LATER
        case Unauthorized():
            return Scope.RUN
        case NotFound() | Forbidden() | Unusable():
            return Scope.TARGET
        case ValidationFailed() if error.trashed:
            return Scope.TARGET
        case ValidationFailed() if error.unsupported_type:
            return Scope.TYPE
        case ValidationFailed() | ImportFailed():
            return Scope.CONTENT
        case _:
            return Scope.RUN


def _reason(error: BaseException) -> str:
    if isinstance(error, ValidationFailed) and error.unsupported_type and not error.hint:
        return f"{error} (a rule with unsupported: zip or txt sends it all the same)"
    return str(error) if isinstance(error, NotionSyncError) else repr(error)


def stop_error(error: BaseException) -> BaseException:
    """The exception that ends the run for a trouble of scope RUN, or for too many others in a row."""
    if isinstance(error, Unauthorized | Cancelled | NotNow):
        return error
    if isinstance(error, NotionError) and error.retryable:
        return NotNow(error.message, hint=error.hint or "try again later; everything done so far is recorded")
    return error
