"""Write lines for people and logs to stderr: plain, coloured on a terminal, as JSON, or with journald's priorities."""

import datetime as dt
import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from enum import IntEnum
from typing import TextIO

from notion_sync.log.screen import above, columns_of
from notion_sync.text.secret import without_tokens
from notion_sync.text.visible import visible
from notion_sync.text.wrapping import broken


class Level(IntEnum):
    """syslog's severities; journald reads them from `<N>` at the start of a line (sd-daemon(3))."""

    ERROR = 3
    WARNING = 4
    INFO = 6
    DEBUG = 7


_COLOURS = {Level.ERROR: "31", Level.WARNING: "33", Level.DEBUG: "2"}


class Console:
    """Writes lines.

    Args:
        stream: Usually stderr.
        form: `text` or `json`.
        least: The least severe level to write.
        colour: Whether to colour errors, warnings and debug lines.
        journal: Whether journald reads the stream; it adds the time itself.
    """

    def __init__(
        self,
        stream: TextIO,
        *,
        form: str = "text",
        least: Level = Level.INFO,
        colour: bool = False,
        journal: bool = False,
    ) -> None:
        self._stream = stream
        self._json = form == "json"
        self._least = least
        self._colour = colour
        self._journal = journal

    def write(self, text: str, level: Level = Level.INFO) -> None:
        """Write one message; line breaks in it start new lines."""
        if level > self._least:
            return
        if self._json:
            import json  # noqa: PLC0415 - 2 ms that --help does not need

            now = dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds")
            line = {"time": now, "level": level.name.lower(), "message": without_tokens(text)}
            lines = [json.dumps(line, ensure_ascii=False)]
        else:
            lines = [self._styled(line, level) for part in text.split("\n") for line in self._broken(part)]
        with suppress(OSError), above(self._stream):  # an error could not be reported anywhere
            self._stream.write("\n".join(lines) + "\n")
            self._stream.flush()

    def _broken(self, line: str) -> list[str]:
        line = without_tokens(visible(line))
        if self._journal or not is_terminal(self._stream):
            return [line]
        return broken(line, columns_of(self._stream))

    def _styled(self, line: str, level: Level) -> str:
        if self._journal:
            return f"<{level.value}>{line}"
        if self._colour and level in _COLOURS:
            return f"\x1b[{_COLOURS[level]}m{line}\x1b[0m"
        return line


def said(text: str, stream: TextIO | None = None) -> str:
    """Return lines as a person reads them on a stream, by default stdout: on a terminal broken at blanks."""
    columns = terminal_columns(stream)
    if columns is None:
        return text
    return "\n".join(part for line in text.split("\n") for part in broken(line, columns))


def terminal_columns(stream: TextIO | None = None) -> int | None:
    """Return the width of the terminal that a person reads the stream on, by default stdout; None if it is none."""
    chosen = stream or sys.stdout
    return columns_of(chosen) if is_terminal(chosen) else None


def is_journal(stream: TextIO, environ: Mapping[str, str]) -> bool:
    """Whether journald reads the stream (`$JOURNAL_STREAM`, systemd.exec(5))."""
    try:
        status = os.fstat(stream.fileno())
    except (OSError, ValueError):
        return False
    return environ.get("JOURNAL_STREAM") == f"{status.st_dev}:{status.st_ino}"


def is_terminal(stream: TextIO | None = None) -> bool:
    """Whether the stream (by default stderr) is a terminal that a person reads."""
    chosen = stream or sys.stderr
    try:
        return chosen.isatty() and os.environ.get("TERM") != "dumb"
    except ValueError:
        return False
