"""A program on a real pseudo-terminal, read by a terminal emulator: what a person would see at every moment."""

import os
import pty
import re
import select
import signal
import subprocess
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType

import pyte

PATIENCE = 60.0
"""Seconds for what is waited for; a machine may be busy."""

_MOVING = re.compile(r"━|─|looking through the folders|^comparing ")
_CUT = re.compile(
    r"\d (?:Mi|Ki|Gi|fil|file(?= *$)(?<!1 file)|requ|mi|se|o|of|le|lef|abou)$|(?:^| )(?:about|of|and) *$"
)
"""A line of numbers that ends in the middle of a unit, or of what it says."""


class Terminal:
    """One process on a terminal of its own.

    Args:
        command: What is run.
        environ: Its environment; `TERM` is added.
        columns: How wide the terminal is.
        rows: How high it is.
    """

    def __init__(
        self, command: Sequence[str], environ: Mapping[str, str], *, columns: int, rows: int = 40
    ) -> None:
        self._leader, follower = pty.openpty()
        termios.tcsetwinsize(follower, (rows, columns))
        self.process = subprocess.Popen(
            list(command), env={**environ, "TERM": "xterm-256color"}, stdin=follower, stdout=follower,
            stderr=follower, start_new_session=True,
        )  # fmt: skip
        os.close(follower)
        self.screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self.screen)
        self.raw = b""
        """All that was written."""
        self.most_moving = 0
        """How many lines that move were to be seen at once, at most."""
        self.cut: list[str] = []
        """Lines that move and end in the middle of a unit."""

    def __enter__(self) -> "Terminal":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self._leader)

    def lines(self) -> list[str]:
        """What is to be seen now, without empty lines."""
        return [line.rstrip() for line in self.screen.display if line.strip()]

    def moving(self) -> list[str]:
        """Lines that will be gone in the end."""
        return [line for line in self.lines() if _MOVING.search(line)]

    def until(self, condition: Callable[["Terminal"], bool], *, patience: float = PATIENCE) -> None:
        """Read until something is to be seen, for so many seconds at most.

        Raises:
            AssertionError: It ended, or took longer than anybody waits.
        """
        give_up = time.monotonic() + patience
        while not condition(self):
            assert time.monotonic() < give_up, "\n".join(self.lines())
            if not self._read():
                break
        assert condition(self), "\n".join(self.lines())

    def type(self, text: str) -> None:
        """As a person does."""
        os.write(self._leader, text.encode())

    def interrupt(self) -> None:
        """Ctrl-C."""
        os.killpg(self.process.pid, signal.SIGINT)

    def end(self) -> int:
        """Read to the end; the exit code."""
        give_up = time.monotonic() + PATIENCE
        while self._read():
            assert time.monotonic() < give_up, "\n".join(self.lines())
        return self.process.wait(PATIENCE)

    def _read(self) -> bool:
        """Show what was written, if anything was within a moment; False when nothing can come any more."""
        if not select.select([self._leader], [], [], 0.5)[0]:
            return True
        try:
            data = os.read(self._leader, 65536)
        except OSError:  # nobody has the other end
            return False
        self.raw += data
        self._stream.feed(data)
        moving = self.moving()
        self.most_moving = max(self.most_moving, len(moving))
        self.cut += [line for line in moving if _CUT.search(line)]
        return bool(data)
