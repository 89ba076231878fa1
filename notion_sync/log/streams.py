"""The standard streams as a process finds them: closed, full, cut off, or of an encoding that lacks letters.

Messages go to stderr, and nothing stops where they cannot be written. Results go to stdout: that they cannot be
written is raised once (`OutputLost`), and is part of how the process ends.
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
    """Let the standard streams of this process take whatever is written to them. Called before anything is opened."""
    for descriptor in _DESCRIPTORS:
        _fill(descriptor)
    codecs.register_error(_ESCAPE, _escaped)
    # A stream that was closed when Python started is None.
    sys.stdin = sys.stdin or open(0, encoding="utf-8", closefd=False)  # noqa: SIM115 - for the whole process
    sys.stdout = _text(sys.stdout, _Results(1, "w", closefd=False))
    sys.stderr = _text(sys.stderr, _Messages(2, "w", closefd=False))


def results_are_lost() -> bool:
    """Whether something that was written to stdout has not arrived."""
    with suppress(OutputLost, ValueError):
        sys.stdout.flush()
    raw = getattr(getattr(sys.stdout, "buffer", None), "raw", None)
    return isinstance(raw, _Results) and raw.lost


def _fill(descriptor: int) -> None:
    """Where a descriptor is closed, open nothing on it: else the next file or socket would get what is printed."""
    try:
        os.fstat(descriptor)
    except OSError:
        taken = os.open(os.devnull, os.O_RDWR)  # the lowest that is free, which is this one
        os.set_inheritable(taken, True)  # noqa: FBT003 - commands that are started write there, too


def _text(given: TextIO | None, raw: io.RawIOBase) -> TextIO:
    """A text stream over `raw`, of the same encoding as the one that Python has made, if it has."""
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
    """What an encoding lacks, as JSON writes it: right inside of JSON, and readable elsewhere."""
    import json  # noqa: PLC0415 - hardly ever needed

    if not isinstance(error, UnicodeEncodeError):
        raise error
    return json.dumps(error.object[error.start : error.end])[1:-1], error.end


class _Raw(io.FileIO):
    """A descriptor that waits until it can be written, also where whoever shares it has made it non-blocking."""

    def write(self, data: "ReadableBuffer", /) -> int:
        """All of it, or as much as is taken."""
        while (written := super().write(data)) is None:
            select.select([], [self], [])
        return written


class _Messages(_Raw):
    """What cannot be written goes nowhere."""

    def write(self, data: "ReadableBuffer", /) -> int:
        """Never raises: there is nobody else to tell."""
        try:
            return super().write(data)
        except OSError:
            return memoryview(data).nbytes


class _Results(_Raw):
    """What cannot be written is raised the first time; what comes later is tried, but goes nowhere where that fails.

    So nobody who goes on without its output is stopped by it, and what Python writes at the very end raises nothing.
    """

    lost = False

    def write(self, data: "ReadableBuffer", /) -> int:
        """As much as is taken.

        Raises:
            OutputLost: It cannot be written, for the first time.
        """
        try:
            return super().write(data)
        except OSError as error:
            if self.lost:
                return memoryview(data).nbytes
            self.lost = True
            raise OutputLost(error) from error
