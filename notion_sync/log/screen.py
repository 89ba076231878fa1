"""Lines at the bottom of a terminal that are redrawn, below lines that stay. All output to the terminal passes here.

    with Screen(sys.stderr) as screen:
        screen.show(["two lines", "that the next call replaces"])
        Console(sys.stderr).write("a line that stays, above them")

At most one screen is open. The cursor is never hidden, so that no way to end, not even a kill, leaves the terminal
without one.
"""

import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from types import TracebackType
from typing import Self, TextIO

_UP, _CLEAR = "\x1b[1A", "\x1b[J"

_PATIENCE = 1.0
"""Seconds that a process waits for a thread in the middle of writing before it exits immediately."""


class Screen:
    """Lines that are redrawn at the bottom of a terminal; a context manager.

    Args:
        stream: The terminal.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._lock = threading.RLock()
        self._lines: Sequence[str] = ()
        self._widths: Sequence[int] = ()
        self._closed = False

    def __enter__(self) -> Self:
        _shown.append(self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def columns(self) -> int:
        """Current width of the terminal."""
        return columns_of(self._stream)

    def show(self, lines: Sequence[str], widths: Sequence[int] | None = None) -> None:
        """Replace the redrawn lines.

        Args:
            lines: Each narrower than the terminal.
            widths: Widths in columns; None for the lengths of the lines.
        """
        with self._lock:
            if not self._closed:
                erased = self._erasure()
                self._lines, self._widths = lines, widths or [len(line) for line in lines]
                self._put(erased + "\n".join(lines))

    @contextmanager
    def above(self) -> Iterator[None]:
        """Write something that stays, above the redrawn lines; it must end with a line break."""
        with self._lock:
            self._put(self._erasure())
            try:
                yield
            finally:
                if not self._closed:
                    self._put("\n".join(self._lines))

    def close(self) -> None:
        """Remove the redrawn lines."""
        with self._lock:
            if not self._closed:
                self._put(self._erasure())
                self._closed, self._lines = True, ()
                _shown.clear()

    def abandon(self) -> None:
        """Remove the lines in a signal handler, where the lock may be held by a thread that never continues."""
        self._closed = True
        locked = self._lock.acquire(timeout=_PATIENCE)
        with suppress(OSError, ValueError):
            # Not through the stream, because this thread may be in the middle of a write to it.
            os.write(self._stream.fileno(), self._erasure().encode())
        if locked:
            self._lock.release()

    def _erasure(self) -> str:
        """Return the escape codes that erase the lines, also after the terminal became narrower and wrapped them."""
        if not self._lines:
            return ""
        columns = max(1, self.columns)
        rows = sum(max(1, -(-width // columns)) for width in self._widths)
        return "\r" + _UP * (rows - 1) + _CLEAR

    def _put(self, text: str) -> None:
        if text:
            with suppress(OSError, ValueError):  # the terminal is gone
                self._stream.write(text)
                self._stream.flush()


_shown: list[Screen] = []
"""The open screen, if any."""


@contextmanager
def above(stream: TextIO) -> Iterator[None]:
    """Write to a stream, above the redrawn lines if there are any on the same terminal."""
    screen = _shown[0] if _shown and _is_terminal(stream) else None
    with screen.above() if screen is not None else nullcontext():
        yield


def abandon() -> None:
    """Remove the redrawn lines just before the process exits."""
    for screen in _shown:
        screen.abandon()


def columns_of(stream: TextIO) -> int:
    """Return the current width of a terminal."""
    try:
        return os.get_terminal_size(stream.fileno()).columns or 80
    except (OSError, ValueError):
        return 80


def _is_terminal(stream: TextIO) -> bool:
    try:
        return stream.isatty()
    except ValueError:
        return False
