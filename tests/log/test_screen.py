"""Lines that move, as a terminal shows them: a terminal emulator reads what is written."""

import io
import os
import pty
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pyte
import pytest

from notion_sync.log import Console
from notion_sync.log.screen import Screen, abandon

COLUMNS = 40


@dataclass
class Terminal:
    """A stream of which an emulator shows what a person would see."""

    stream: io.TextIOWrapper
    leader: int
    emulator: pyte.Screen = field(default_factory=lambda: pyte.Screen(COLUMNS, 10))

    def lines(self) -> list[str]:
        """What is to be seen now."""
        os.set_blocking(self.leader, False)
        reader = pyte.ByteStream(self.emulator)
        try:
            while data := os.read(self.leader, 65536):
                reader.feed(data)
        except BlockingIOError:
            pass
        return [line.rstrip() for line in self.emulator.display if line.strip()]


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    leader, follower = pty.openpty()
    os.set_blocking(leader, False)
    import termios

    termios.tcsetwinsize(follower, (10, COLUMNS))
    with open(follower, "w", encoding="utf-8") as stream:
        yield Terminal(stream, leader)
    os.close(leader)


def test_moving_lines_take_each_others_place(terminal: Terminal) -> None:
    with Screen(terminal.stream) as screen:
        for number in range(5):
            screen.show(["sending a.pdf", f"{number} of 5 files"])
            assert terminal.lines() == ["sending a.pdf", f"{number} of 5 files"]
        screen.show(["one line"])
        assert terminal.lines() == ["one line"]
    assert terminal.lines() == []


def test_what_stays_stands_above_what_moves(terminal: Terminal) -> None:
    console = Console(terminal.stream)
    with Screen(terminal.stream) as screen:
        screen.show(["sending", "1 of 2 files"])
        console.write("attached  a.pdf")
        assert terminal.lines() == ["attached  a.pdf", "sending", "1 of 2 files"]
        screen.show(["2 of 2 files"])
        console.write("attached  b.pdf")
        assert terminal.lines() == ["attached  a.pdf", "attached  b.pdf", "2 of 2 files"]
    console.write("2 attached")
    assert terminal.lines() == ["attached  a.pdf", "attached  b.pdf", "2 attached"]


def test_what_another_stream_gets_moves_nothing(terminal: Terminal, tmp_path: Path) -> None:
    with Screen(terminal.stream) as screen, (tmp_path / "log").open("w") as file:
        screen.show(["1 of 2 files"])
        Console(file).write("attached  a.pdf")
        assert terminal.lines() == ["1 of 2 files"]
    assert (tmp_path / "log").read_text() == "attached  a.pdf\n"


def test_lines_that_a_narrower_terminal_folds_go_all_the_same(terminal: Terminal) -> None:
    import termios

    with Screen(terminal.stream) as screen:
        screen.show(["x" * 35, "y" * 35])
        terminal.lines()
        terminal.emulator.resize(10, 20)
        terminal.emulator.reset()
        termios.tcsetwinsize(terminal.stream.fileno(), (10, 20))
        screen.show(["x" * 35])
        screen.show(["done"])
        assert terminal.lines() == ["done"]


def test_a_process_that_ends_at_once_leaves_nothing(terminal: Terminal) -> None:
    """As the second Ctrl-C does, whatever the other threads are doing."""
    screen = Screen(terminal.stream).__enter__()
    screen.show(["sending", "1 of 2 files"])
    abandon()
    screen.show(["2 of 2 files"])
    assert terminal.lines() == []
    screen.close()


def test_the_cursor_is_never_hidden(terminal: Terminal) -> None:
    with Screen(terminal.stream) as screen:
        screen.show(["1 of 2 files"])
        terminal.lines()
        assert not terminal.emulator.cursor.hidden
