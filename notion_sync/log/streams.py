"""Make the standard streams robust: they may be closed, full, disconnected, or of an encoding that lacks characters.

Messages go to stderr; failing to write them stops nothing. Results go to stdout; failing to write them is raised once
(`OutputLost`) and changes the exit code.
"""

import codecs
import io
import os
import select
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, TextIO

from notion_sync.errors import OutputLost

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

_ESCAPE = "notion_sync.escape"
_DESCRIPTORS = (0, 1, 2)


def make_usable() -> None:
    """Replace this process's standard streams by robust ones. Must be called before any file is opened."""
    for descriptor in _DESCRIPTORS:
        _fill(descriptor)
    codecs.register_error(_ESCAPE, _escaped)
    # A stream that was closed when Python started is None.
    sys.stdin = sys.stdin or open(0, encoding="utf-8", closefd=False)  # noqa: SIM115 - for the whole process
    sys.stdout = _text(sys.stdout, _Results(1, "w", closefd=False))
    sys.stderr = _text(sys.stderr, _Messages(2, "w", closefd=False))


def results_are_lost() -> bool:
    """Whether something written to stdout was lost."""
    with suppress(OutputLost, ValueError):
        sys.stdout.flush()
    raw = getattr(getattr(sys.stdout, "buffer", None), "raw", None)
    return isinstance(raw, _Results) and raw.lost


def _fill(descriptor: int) -> None:
    """Open /dev/null on a closed descriptor; else the next file or socket would get it, and the output with it."""
    try:
        os.fstat(descriptor)
    except OSError:
        taken = os.open(os.devnull, os.O_RDWR)  # returns the lowest free descriptor, which is this one
        os.set_inheritable(taken, True)  # noqa: FBT003 - child processes write there, too


def _text(given: TextIO | None, raw: io.RawIOBase) -> TextIO:
    """Return a text stream over `raw` with the encoding of Python's own stream, if there is one."""
    made = given if isinstance(given, io.TextIOWrapper) else None
    if made is not None:
        made.flush()
    return io.TextIOWrapper(
        io.BufferedWriter(raw),
        encoding=made.encoding if made else "utf-8",
        errors=_ESCAPE,
        line_buffering=made.line_buffering if made else True,
        write_through=made.write_through if made else False,
    )


def _escaped(error: UnicodeError) -> tuple[str | bytes, int]:
    """Return unencodable characters as JSON escapes, which are correct inside JSON and readable elsewhere."""
    import json  # noqa: PLC0415 - hardly ever needed

    if not isinstance(error, UnicodeEncodeError):
        raise error
    return json.dumps(error.object[error.start : error.end])[1:-1], error.end


class _Raw(io.FileIO):
    """A descriptor that blocks until it is writable, even if another process has made it non-blocking."""

    def write(self, data: "ReadableBuffer", /) -> int:
        """Write all bytes, or as many as are accepted."""
        while (written := super().write(data)) is None:
            select.select([], [self], [])
        return written


class _Messages(_Raw):
    """A descriptor that drops what cannot be written."""

    def write(self, data: "ReadableBuffer", /) -> int:
        """Write without ever raising, because an error could not be reported anywhere."""
        try:
            return super().write(data)
        except OSError:
            return memoryview(data).nbytes


class _Results(_Raw):
    """A descriptor that raises the first failure to write; later writes are tried, and dropped if they fail.

    So a caller that goes on without its output is not stopped again, and Python's final flush raises nothing.
    """

    lost = False

    def write(self, data: "ReadableBuffer", /) -> int:
        """Write as many bytes as are accepted.

        Raises:
            OutputLost: They cannot be written, for the first time.
        """
        try:
            return super().write(data)
        except OSError as error:
            if self.lost:
                return memoryview(data).nbytes
            self.lost = True
            raise OutputLost(error) from error
