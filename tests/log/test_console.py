"""What is said to people, on real streams: files, pipes, a terminal."""

import io
import json
import os
import pty
import subprocess
import sys
import textwrap
from datetime import datetime
from pathlib import Path

import pytest

from notion_sync.log import Console, Level, is_journal, is_terminal


def written(text: str, level: Level = Level.INFO, **options: bool | str | Level) -> str:
    stream = io.StringIO()
    Console(stream, **options).write(text, level)  # type: ignore[arg-type]
    return stream.getvalue()


@pytest.mark.parametrize(
    ("text", "level", "options", "output"),
    [
        ("hello", Level.INFO, {}, "hello\n"),
        ("two\nlines", Level.INFO, {}, "two\nlines\n"),
        ("", Level.INFO, {}, "\n"),
        # What is less severe than asked for is not shown.
        ("hello", Level.DEBUG, {}, ""),
        ("hello", Level.DEBUG, {"least": Level.DEBUG}, "hello\n"),
        ("hello", Level.INFO, {"least": Level.WARNING}, ""),
        ("hello", Level.WARNING, {"least": Level.WARNING}, "hello\n"),
        ("hello", Level.ERROR, {"least": Level.WARNING}, "hello\n"),
        # What stands out is coloured, each line on its own.
        ("hello", Level.INFO, {"colour": True}, "hello\n"),
        ("hello", Level.ERROR, {"colour": True}, "\x1b[31mhello\x1b[0m\n"),
        ("a\nb", Level.WARNING, {"colour": True}, "\x1b[33ma\x1b[0m\n\x1b[33mb\x1b[0m\n"),
        # journald reads the priority at the start of each line, and colours by itself.
        ("hello", Level.INFO, {"journal": True}, "<6>hello\n"),
        ("a\nb", Level.ERROR, {"journal": True, "colour": True}, "<3>a\n<3>b\n"),
    ],
)
def test_what_is_written(
    text: str, level: Level, options: dict[str, bool | str | Level], output: str
) -> None:
    assert written(text, level, **options) == output


def test_a_json_line_holds_the_whole_message() -> None:
    line = written("two\nlines, é", Level.WARNING, form="json", colour=True, journal=True)
    assert line.count("\n") == 1
    content = json.loads(line)
    assert (content["level"], content["message"]) == ("warning", "two\nlines, é")
    assert datetime.fromisoformat(content["time"]).utcoffset() is not None
    assert "é" in line


def test_a_reader_that_has_gone_is_no_trouble() -> None:
    """`notion-sync push 2>&1 | head -1`: the push goes on to its end."""
    script = """
        import os, sys
        from notion_sync.log import Console
        from notion_sync.log.streams import make_usable
        make_usable()
        console = Console(sys.stderr)
        sys.stdin.readline()
        for number in range(1000):
            console.write("x" * 100)
        sys.stdout.write("done")
    """
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(script)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stderr is not None
    process.stderr.close()
    process.stderr = None
    output, _ = process.communicate("go\n", timeout=30)
    assert (process.returncode, output) == (0, "done")


def test_a_file_is_not_the_journal(tmp_path: Path) -> None:
    with (tmp_path / "log").open("w") as stream:
        status = os.fstat(stream.fileno())
        mine = f"{status.st_dev}:{status.st_ino}"
        assert not is_journal(stream, {})
        assert not is_journal(stream, {"JOURNAL_STREAM": "1:1"})
        # Exactly this stream is what the variable names.
        assert is_journal(stream, {"JOURNAL_STREAM": mine})


def test_a_stream_without_a_descriptor_is_neither_journal_nor_terminal() -> None:
    assert not is_journal(io.StringIO(), {"JOURNAL_STREAM": "1:1"})
    assert not is_terminal(io.StringIO())


def test_a_closed_stream_is_neither_journal_nor_terminal(tmp_path: Path) -> None:
    stream = (tmp_path / "log").open("w")
    stream.close()
    assert not is_journal(stream, {"JOURNAL_STREAM": "1:1"})
    assert not is_terminal(stream)


@pytest.mark.parametrize(("term", "answer"), [("xterm", True), ("dumb", False)])
def test_a_terminal_is_one_unless_it_calls_itself_dumb(
    monkeypatch: pytest.MonkeyPatch, term: str, answer: bool
) -> None:
    monkeypatch.setenv("TERM", term)
    main, other = pty.openpty()
    with os.fdopen(other, "w") as stream:
        assert is_terminal(stream) is answer
    os.close(main)
