"""Put foreign and unexpected exceptions into words, for the last handler of every command and for the daemon."""

from notion_sync.errors import NotionSyncError, NotNow
from notion_sync.system.errors import is_no_thread, is_temporary
from notion_sync.text.visible import visible


def in_words(error: BaseException) -> NotionSyncError:
    """Return the error to show to the user; `--debug` shows where it was raised."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    match error:
        case NotionSyncError():
            return error
        case MemoryError():
            return NotNow("out of memory", hint="free some memory, or allow more, and try again")
        case OSError():
            return _of_system(error)
        case UnicodeError():
            return NotionSyncError(
                f"a text cannot be read or written: {_line(error)}",
                hint="a UTF-8 locale (LC_ALL=C.UTF-8) can say every name",
            )
        case ImportError():
            return NotionSyncError(f"the installation is incomplete: {_line(error)}", hint="install it again")
    if is_no_thread(error):
        return NotNow(
            "the system allows no more threads",
            hint="raise the limit of processes: ulimit -u, TasksMax= of a unit, --pids-limit of a container",
        )
    return NotionSyncError(
        f"unexpected error: {type(error).__name__}: {_line(error)}",
        hint="the same command with --debug says where; please report it",
    )


def _of_system(error: OSError) -> NotionSyncError:
    reason = visible(error.strerror or str(error) or type(error).__name__)
    about = error.filename if error.filename is not None else error.filename2
    if isinstance(about, bytes):
        about = about.decode(errors="replace")
    text = f"{visible(about)}: {reason}" if isinstance(about, str) else f"the system refuses: {reason}"
    return NotNow(text, hint="try again later") if is_temporary(error) else NotionSyncError(text)


def _line(error: BaseException) -> str:
    return visible(str(error).strip().partition("\n")[0]) or "nothing more is known"
