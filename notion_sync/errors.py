"""The exceptions of the program, as a tree.

Trouble with the run is an exception and ends the run; trouble with one file is data (`model.Outcome`),
except inside the few functions that handle exactly one file, which raise `FileError`.

    NotionSyncError                 exit_code, message, hint
    ├─ UsageError               2   the command line asks for something that makes no sense
    ├─ ConfigError             78   every problem of the configuration at once
    ├─ UnusableEnvironment     78   a variable of the environment has a value that cannot be used
    ├─ StoreError              78   the state store cannot be used (newer, damaged, foreign, not writable)
    ├─ AlreadyRunning          75   another process holds the store
    ├─ NotNow                  75   offline, Notion down, store in use, disk full: try again later
    ├─ Cancelled              130   SIGINT or SIGTERM arrived
    ├─ OutputLost               1   stdout cannot be written
    ├─ FileError                    this file only
    │   ├─ FileChanged              it is not what was planned any more
    │   ├─ FileVanished             it is gone
    │   ├─ FileBusy                 it cannot be had just now
    │   ├─ FileUnreadable           the system refuses to read it
    │   └─ HoldsSecret              it stays at home because of what it begins with
    └─ notion.errors.NotionError    what Notion or the way to it answered (77 where the token was refused)
"""

from notion_sync.secret import without_tokens
from notion_sync.visible import visible


class NotionSyncError(Exception):
    """Base of everything this program raises on purpose.

    Args:
        message: What happened, in lower case, without a final period.
        hint: What the user can do next, or an empty string.
        again_in: Seconds before which it is not to be tried again, None where nobody has said.
    """

    exit_code = 1

    def __init__(self, message: str, *, hint: str = "", again_in: float | None = None) -> None:
        # There may be a file's name in it, what a server says, or a token in the wrong place.
        message = without_tokens(visible(message))
        super().__init__(message)
        self.message = message
        self.hint = without_tokens(visible(hint))
        self.again_in = again_in

    def __str__(self) -> str:
        return f"{self.message} ({self.hint})" if self.hint else self.message


class UsageError(NotionSyncError):
    """The command line is complete nonsense or half of a sentence; `hint` has the other half."""

    exit_code = 2


class ConfigError(NotionSyncError):
    """The configuration cannot be used.

    Args:
        problems: One line each, `config.yaml:14: rules[1].to.proprety: unknown key …`.
    """

    exit_code = 78

    def __init__(self, problems: tuple[str, ...]) -> None:
        self.problems = tuple(without_tokens(visible(problem)) for problem in problems)
        super().__init__("\n".join(self.problems))
        self.message = "\n".join(self.problems)

    def __str__(self) -> str:
        return self.message


class UnusableEnvironment(NotionSyncError):
    """A variable of the environment has a value that cannot be used; the message names the variable."""

    exit_code = 78


class StoreError(NotionSyncError):
    """The state store cannot be used; it is never deleted or rebuilt by itself."""

    exit_code = 78


class AlreadyRunning(NotionSyncError):
    """Another process works with this store; the message names its pid."""

    exit_code = 75


class NotNow(NotionSyncError):
    """It cannot be done at the moment and may well work later."""

    exit_code = 75


class Cancelled(NotionSyncError):
    """The run was asked to stop; everything done so far is recorded."""

    exit_code = 130


class OutputLost(NotionSyncError):
    """What was asked for cannot be written to stdout.

    Args:
        cause: What the system says.
    """

    def __init__(self, cause: OSError) -> None:
        self.unread = isinstance(cause, BrokenPipeError)
        reason = "nobody reads it any more" if self.unread else cause.strerror or str(cause)
        super().__init__(f"the output cannot be written: {reason}")


class FileError(NotionSyncError):
    """This one file cannot be taken; the others go on."""


class FileChanged(FileError):
    """The file is not what was planned any more: it was written to while it was read."""


class FileVanished(FileError):
    """The file is gone."""


class FileBusy(FileError):
    """It cannot be had just now: another program holds it, or the system is short of something."""


class FileUnreadable(FileError):
    """The system refuses to read the file."""


class HoldsSecret(FileError):
    """What the file begins with looks like a secret: it stays at home, unless its rule takes it back."""
