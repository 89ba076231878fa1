"""The exceptions of the program, as a tree.

A problem of the whole run is an exception and ends the run. A problem of one file is data (`model.Outcome`), except
inside the few functions that handle exactly one file, which raise `FileError`.

    NotionSyncError                 exit_code, message, hint
    ├─ UsageError               2   the command line makes no sense
    ├─ ConfigError             78   every problem of the configuration at once
    ├─ UnusableEnvironment     78   an environment variable has an unusable value
    ├─ StoreError              78   the state store cannot be used (newer, damaged, foreign, not writable)
    ├─ AlreadyRunning          75   another process holds the store
    ├─ NotNow                  75   offline, Notion down, store in use, disk full: try again later
    ├─ Cancelled              130   SIGINT or SIGTERM arrived
    ├─ OutputLost               1   stdout cannot be written
    ├─ FileError                    this file only
    │   ├─ FileChanged              it changed since it was planned
    │   ├─ FileVanished             it no longer exists
    │   ├─ FileBusy                 it cannot be read at the moment
    │   ├─ FileUnreadable           the system refuses to read it
    │   └─ HoldsSecret              its first bytes look like a secret, so it is not sent
    └─ notion.errors.NotionError    an error answer from Notion or the network (77 if the token was refused)
"""

from notion_sync.text.secret import without_tokens
from notion_sync.text.visible import visible


class NotionSyncError(Exception):
    """Base of every exception that this program raises on purpose.

    Args:
        message: What happened, in lower case, without a final period.
        hint: What the user can do next, or an empty string.
        again_in: Seconds to wait before another attempt; None if unknown.
    """

    exit_code = 1

    def __init__(self, message: str, *, hint: str = "", again_in: float | None = None) -> None:
        # The text may contain a file's name, a server's words, or a token in the wrong place.
        message = without_tokens(visible(message))
        super().__init__(message)
        self.message = message
        self.hint = without_tokens(visible(hint))
        self.again_in = again_in

    def __str__(self) -> str:
        return f"{self.message} ({self.hint})" if self.hint else self.message


class UsageError(NotionSyncError):
    """The command line is invalid or incomplete; `hint` has what is missing."""

    exit_code = 2


class ConfigError(NotionSyncError):
    """The configuration cannot be used.

    Args:
        problems: One line each, such as `config.yaml:14: rules[1].to.proprety: unknown key …`.
    """

    exit_code = 78

    def __init__(self, problems: tuple[str, ...]) -> None:
        self.problems = tuple(without_tokens(visible(problem)) for problem in problems)
        super().__init__("\n".join(self.problems))
        self.message = "\n".join(self.problems)

    def __str__(self) -> str:
        return self.message


class UnusableEnvironment(NotionSyncError):
    """An environment variable has an unusable value; the message names the variable."""

    exit_code = 78


class StoreError(NotionSyncError):
    """The state store cannot be used; the program never deletes or rebuilds it by itself."""

    exit_code = 78


class AlreadyRunning(NotionSyncError):
    """Another process uses this store; the message names its pid."""

    exit_code = 75


class NotNow(NotionSyncError):
    """It cannot be done at the moment but may work later."""

    exit_code = 75


class Cancelled(NotionSyncError):
    """The run was asked to stop; everything done so far is recorded."""

    exit_code = 130


class OutputLost(NotionSyncError):
    """The requested output cannot be written to stdout.

    Args:
        cause: The error of the system.
    """

    def __init__(self, cause: OSError) -> None:
        self.unread = isinstance(cause, BrokenPipeError)
        reason = "nobody reads it any more" if self.unread else cause.strerror or str(cause)
        super().__init__(f"the output cannot be written: {reason}")


class FileError(NotionSyncError):
    """This one file cannot be taken; the others are not affected."""


class FileChanged(FileError):
    """The file changed since it was planned: it was written to while it was read."""


class FileVanished(FileError):
    """The file no longer exists."""


class FileBusy(FileError):
    """The file cannot be read at the moment: another program holds it, or the system is short of a resource."""


class FileUnreadable(FileError):
    """The system refuses to read the file."""


class HoldsSecret(FileError):
    """The file's first bytes look like a secret, so it is not sent unless a rule's `!pattern` takes it."""
