"""Send the trace to stderr, to a file, to both, or nowhere. `notion_sync.log` describes how records are written."""

import datetime as dt
import json
import logging
import os
import sys
import traceback
from collections.abc import Callable, Mapping
from typing import Literal

from notion_sync.errors import UsageError
from notion_sync.log.console import Level
from notion_sync.log.redaction import keep_secrets, redacted, redacted_value
from notion_sync.log.screen import above
from notion_sync.log.silence import ROOT, silence
from notion_sync.system.paths import absolute
from notion_sync.text.visible import visible, well_formed

Form = Literal["text", "json"]


def configure(
    *, shown: int | None, file: str | None, form: Form, journal: bool, say: Callable[[str], None]
) -> None:
    """Set where the trace goes; replaces an earlier configuration.

    Args:
        shown: The least severe level for stderr, such as `logging.INFO`; None for nothing.
        file: A file that receives everything, created with mode 0600 if missing; None for no file.
        form: `text` or `json`, for both.
        journal: Whether journald reads stderr; it needs the severity first, and adds the time itself.
        say: Receives a line for people if the file cannot be written or reopened; called from any thread.

    Raises:
        UsageError: The file cannot be opened.
    """
    silence()
    if shown is None and file is None:
        return
    root = logging.getLogger(ROOT)
    keep_secrets()
    formatter = JsonLines() if form == "json" else TextLines()
    if file is not None:
        _add(root, LogFile(absolute(file), say), formatter, logging.DEBUG)
    if shown is not None:
        _add(root, _Stderr(), JournalLines() if journal and form == "text" else formatter, shown)


def reopen() -> None:
    """Reopen the log file, if there is one, because it may have been rotated (logrotate).

    If that fails it is reported, and the old file stays in use.
    """
    for handler in logging.getLogger(ROOT).handlers:
        if isinstance(handler, LogFile):
            handler.reopen()


def _add(root: logging.Logger, handler: logging.Handler, formatter: logging.Formatter, level: int) -> None:
    handler.setFormatter(formatter)
    handler.setLevel(level)
    root.addHandler(handler)
    root.setLevel(min(root.level or level, level))


class LogFile(logging.Handler):
    """Appends each record as a line to a file, with one write, so that several processes may share the file.

    Args:
        path: Absolute path.
        say: Receives a line for people.

    Raises:
        UsageError: The file cannot be opened.
    """

    def __init__(self, path: str, say: Callable[[str], None]) -> None:
        super().__init__()
        self._path = path
        self._say = say
        self._broken = False
        self._descriptor = -1
        try:
            self._descriptor = _open(path)
        except OSError as error:
            raise UsageError(f"--log-file {path} cannot be opened: {error.strerror}") from error

    def reopen(self) -> None:
        """Switch to the file that is at the path now."""
        try:
            descriptor = _open(self._path)
        except OSError as error:
            self._say(f"--log-file {self._path} cannot be opened, the old one stays in use: {error.strerror}")
            return
        self.acquire()
        try:
            descriptor, self._descriptor = self._descriptor, descriptor
            self._broken = False
        finally:
            self.release()
        os.close(descriptor)

    def emit(self, record: logging.LogRecord) -> None:
        """Append a record; a failure is reported once and does not stop the program."""
        line = memoryview((self.format(record) + "\n").encode("utf-8", "replace"))
        try:
            while line:
                line = line[os.write(self._descriptor, line) :]
            self._broken = False
        except OSError as error:
            if not self._broken:
                self._broken = True
                self._say(f"--log-file {self._path} cannot be written: {error.strerror}")

    def close(self) -> None:
        """Close the file."""
        self.acquire()
        try:
            if self._descriptor >= 0:
                os.close(self._descriptor)
                self._descriptor = -1
        finally:
            self.release()
        super().close()


def _open(path: str) -> int:
    # O_NONBLOCK makes opening a pipe without a reader fail instead of block.
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
    descriptor = os.open(path, flags, 0o600)
    os.set_blocking(descriptor, True)
    return descriptor


class _Stderr(logging.Handler):
    """Writes to the current `sys.stderr`."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write a record; a closed stream is ignored."""
        try:
            with above(sys.stderr):
                sys.stderr.write(self.format(record) + "\n")
                sys.stderr.flush()
        except (OSError, ValueError):
            return


class _Lines(logging.Formatter):
    """Base of the text and JSON formats. No content of a record can make it fail, and secrets are removed."""

    def message(self, record: logging.LogRecord) -> str:
        """Return the message with its arguments."""
        try:
            return redacted(record.getMessage())
        except Exception:
            # The arguments do not fit the text, or cannot be converted to text; that must not end a run.
            text = record.msg if isinstance(record.msg, str) else type(record.msg).__name__
            return redacted(f"{text} (its arguments cannot be shown)")

    def fields(self, record: logging.LogRecord) -> dict[str, object]:
        """Return the fields as values for JSON."""
        fields = getattr(record, "fields", None) or {}
        try:
            plain = redacted_value(fields if isinstance(fields, Mapping) else {"fields": fields})
        except Exception:
            plain = None
        return plain if isinstance(plain, dict) else {"fields": "(cannot be shown)"}

    def exception(self, record: logging.LogRecord) -> str:
        """Return the traceback; empty without one."""
        if not record.exc_info or record.exc_info[1] is None:
            return ""
        try:
            return redacted("".join(traceback.format_exception(*record.exc_info))).rstrip("\n")
        except Exception:
            return f"{type(record.exc_info[1]).__name__} (cannot be shown)"

    def time(self, record: logging.LogRecord) -> str:
        """Return a time such as `2026-07-01T12:00:03.042+00:00`."""
        return dt.datetime.fromtimestamp(record.created, dt.UTC).isoformat(timespec="milliseconds")


class TextLines(_Lines):
    """`time level topic message key=value …`, followed by the indented lines of a traceback."""

    def format(self, record: logging.LogRecord) -> str:
        """Return one line, or several with a traceback."""
        return f"{self.time(record)} {self._body(record)}"

    def _body(self, record: logging.LogRecord) -> str:
        words = [record.levelname, record.name, visible(self.message(record))]
        words += [f"{visible(key)}={_shown(value)}" for key, value in self.fields(record).items()]
        lines = [" ".join(words)]
        # Indented, so that no text of an exception can look like a record.
        lines += [f"    {visible(line)}" for line in self.exception(record).split("\n") if line]
        return "\n".join(lines)


class JournalLines(TextLines):
    """Lines for journald (sd-daemon(3)): each begins with its severity, without the time."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the lines of `TextLines` with severities and without the time."""
        severity = Level[record.levelname] if record.levelname in Level.__members__ else Level.ERROR
        return "\n".join(f"<{severity.value}>{line}" for line in self._body(record).split("\n"))


class JsonLines(_Lines):
    """One JSON object a line, with the fields at its top level."""

    def format(self, record: logging.LogRecord) -> str:
        """Return one line, whatever the record contains."""
        line: dict[str, object] = {
            "time": self.time(record),
            "level": record.levelname.lower(),
            "topic": record.name,
            "message": self.message(record),
        }
        if exception := self.exception(record):
            line["exception"] = exception
        for key, value in self.fields(record).items():
            line[f"{key}_" if key in ("time", "level", "topic", "message", "exception") else key] = value
        return _json(line)


def _shown(value: object) -> str:
    """Return a field's value in a line of text; quoted if it could not be told from what follows."""
    if isinstance(value, str) and value and not set(value) & set(' "=') and value.isprintable():
        return value
    return _json(value)


def _json(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)
    # JSON allows these characters in strings, but they could control a terminal or split a line.
    return "".join(c if c.isprintable() else json.dumps(c)[1:-1] for c in well_formed(text))
