"""What is raised and is none of our own errors, in words."""

import errno
import os

import pytest

from notion_sync.errors import NotNow
from notion_sync.unforeseen import in_words


def system(number: int, path: str | bytes | None = None) -> OSError:
    return (
        OSError(number, os.strerror(number), path)
        if path is not None
        else OSError(number, os.strerror(number))
    )


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (system(errno.EACCES, "/a/b"), 1, "/a/b: Permission denied"),
        (system(errno.EROFS, b"/a/b"), 1, "/a/b: Read-only file system"),
        (system(errno.EACCES, "/a\n\udcff"), 1, "/a\\n\ufffd: Permission denied"),
        (system(errno.EIO), 1, "the system refuses: Input/output error"),
        (OSError("odd"), 1, "the system refuses: odd"),
        (OSError(), 1, "the system refuses: OSError"),
        (system(errno.ENOSPC, "/a"), 75, "/a: No space left on device (try again later)"),
        (system(errno.EMFILE, "/a"), 75, "/a: Too many open files (try again later)"),
        (system(errno.EAGAIN), 75, "the system refuses: Resource temporarily unavailable (try again later)"),
        (MemoryError(), 75, "out of memory"),
        (RuntimeError("can't start new thread"), 75, "the system allows no more threads"),
        (UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid start byte"), 1, "a text cannot be read or written"),
        (ModuleNotFoundError("No module named 'yaml'"), 1, "installation is incomplete: No module named 'yaml'"),
        (RecursionError("too deep\nmore"), 1, "unexpected error: RecursionError: too deep ("),
        (AssertionError(), 1, "unexpected error: AssertionError: nothing more is known"),
        (ExceptionGroup("two", [ExceptionGroup("one", [system(errno.EIO)])]), 1, "the system refuses: Input/output"),
        (NotNow("offline"), 75, "offline"),
    ],
    ids=lambda value: repr(value)[:50] if isinstance(value, Exception) else "",
)  # fmt: skip
def test_in_words(error: BaseException, code: int, said: str) -> None:
    ours = in_words(error)
    assert ours.exit_code == code
    assert said in str(ours)
    assert "\n" not in str(ours)
