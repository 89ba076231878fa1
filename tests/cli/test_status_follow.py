"""Lines that stay in their place on a terminal: seen through a terminal emulator, on a real pseudo-terminal."""

import contextlib
import os
import pty
import signal
import subprocess
import sys
import termios
from collections.abc import Iterator
from pathlib import Path

import pytest

pyte = pytest.importorskip("pyte")

PROGRAM = """
import sys
from notion_sync.cli.status.follow import follow
texts = iter({texts!r})
def lines():
    try:
        return next(texts)
    except StopIteration:
        print(end="\\x07", flush=True)
        return {texts!r}[-1]
follow(lines, sys.stdout, pause=0.01)
print("prompt", end="", flush=True)
"""


class _Killed:
    """Leaves no process behind, whatever a test finds."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        self._process = process

    def close(self) -> None:
        if self._process.poll() is None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(5)
            self._process.kill()


def screens(texts: list[list[str]], *, columns: int = 40, rows: int = 6) -> Iterator[tuple[list[str], bool]]:
    """What is to be seen after each byte, and whether the cursor is; Ctrl-C is typed once all was shown."""
    leader, follower = pty.openpty()
    termios.tcsetwinsize(follower, (rows, columns))
    environ = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES")}
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM.format(texts=texts)], env=environ, stdout=follower, stderr=follower,
        cwd=Path(__file__).parents[2],
    )  # fmt: skip
    os.close(follower)
    screen = pyte.Screen(columns, rows)
    stream, typed = pyte.ByteStream(screen), False
    with contextlib.closing(_Killed(process)), contextlib.suppress(OSError):  # the other end is closed
        while data := os.read(leader, 65536):
            for byte in data:
                stream.feed(bytes([byte]))
                yield [line.rstrip() for line in screen.display if line.strip()], not screen.cursor.hidden
            if b"\x07" in data and not typed:
                typed = True
                process.send_signal(signal.SIGINT)
    assert process.wait(30) == 0
    os.close(leader)


def test_each_change_takes_the_place_of_what_was_there() -> None:
    seen = list(screens([["one", "two"], ["one", "2", "three"], ["1"]]))
    assert all(cursor for _, cursor in seen)
    assert seen[-1][0] == ["1", "prompt"]
    shown = [lines for lines, _ in seen]
    assert ["one", "two"] in shown
    assert ["one", "2", "three"] in shown
    # Never an empty screen in between, nor one line twice.
    begun = shown[shown.index(["one", "two"]) :]
    assert all(lines and lines.count("one") <= 1 for lines in begun)


def test_what_does_not_fit_is_cut_and_moves_nothing() -> None:
    long = "x" * 100
    seen = list(screens([[long, *map(str, range(20))], [long, *map(str, range(1, 21))]], columns=20, rows=5))
    assert seen[-1][0] == [f"{'x' * 18}…", "1", "2", "3", "prompt"]
