"""Requests and answers as lines of JSON, with size limits."""

import json
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

LONGEST_REQUEST = 256 * 1024
"""Maximum bytes of a request: enough for some thousand paths of `retry`."""

LONGEST_ANSWER = 16 * 1024 * 1024
"""Maximum bytes of an answer: enough for a status that lists some ten thousand failures."""


class BadMessage(Exception):
    """A line is not a request, or not an answer; the message says why."""


@dataclass(frozen=True, slots=True)
class ControlRequest:
    """A command with its arguments."""

    command: str
    arguments: Mapping[str, object] = field(default_factory=dict)

    def line(self) -> bytes:
        """Return the request as sent."""
        return _line({"command": self.command, "arguments": dict(self.arguments)})


@dataclass(frozen=True, slots=True)
class Answer:
    """A result, or an error with the exit code for the command line."""

    result: Mapping[str, object] = field(default_factory=dict)
    error: str = ""
    exit_code: int = 0

    def line(self) -> bytes:
        """Return the answer as sent."""
        if self.error:
            return _line({"ok": False, "error": self.error, "exit_code": self.exit_code})
        return _line({"ok": True, "result": dict(self.result)})


def parse_request(line: bytes) -> ControlRequest:
    """Parse a request.

    Raises:
        BadMessage: The line is not a request.
    """
    value = _object(line)
    command, arguments = value.get("command"), value.get("arguments", {})
    if not isinstance(command, str) or not isinstance(arguments, dict):
        raise BadMessage('a request is {"command": NAME, "arguments": {...}}')
    return ControlRequest(command, arguments)


def parse_answer(line: bytes) -> Answer:
    """Parse an answer.

    Raises:
        BadMessage: The line is not an answer.
    """
    value = _object(line)
    if value.get("ok") is True and isinstance(result := value.get("result"), dict):
        return Answer(result)
    error, exit_code = value.get("error"), value.get("exit_code")
    if isinstance(error, str) and error and isinstance(exit_code, int):
        return Answer(error=error, exit_code=exit_code)
    raise BadMessage("neither a result nor an error")


@dataclass(slots=True)
class Lines:
    """Reads lines from a connection, with limits of size and time.

    Args:
        connection: The connection; its timeout is set here.
        longest: Maximum bytes of a line.
        seconds: Time from the call to the end of the line, however slowly the bytes come.
    """

    connection: socket.socket
    longest: int
    seconds: float
    _rest: bytes = b""

    def next(self) -> bytes | None:
        """Return the next line; None at the end.

        Raises:
            BadMessage: It is too long, or the connection ended within it.
            OSError: It did not come in time (`TimeoutError`), or the connection broke.
        """
        deadline = time.monotonic() + self.seconds
        buffer = bytearray(self._rest)
        searched = 0
        while (end := buffer.find(b"\n", searched)) < 0:
            searched = len(buffer)
            if searched > self.longest:
                raise BadMessage(f"a line of more than {self.longest} bytes")
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError("no line in time")
            self.connection.settimeout(left)
            chunk = self.connection.recv(65_536)
            if not chunk:
                if buffer:
                    raise BadMessage("the connection ended within a line")
                return None
            buffer += chunk
        self._rest = bytes(buffer[end + 1 :])
        return bytes(buffer[:end])


def _object(line: bytes) -> dict[str, object]:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        raise BadMessage("not a line of JSON") from None
    if not isinstance(value, dict):
        raise BadMessage("not a JSON object")
    return value


def _line(value: Mapping[str, object]) -> bytes:
    # ASCII, so that undecodable bytes of a path (lone surrogates) survive as escapes.
    return json.dumps(value, ensure_ascii=True, default=str).encode() + b"\n"
