"""The command line's side of the control socket."""

from collections.abc import Mapping
from contextlib import closing, suppress

from notion_sync.control import address
from notion_sync.control.protocol import (
    LONGEST_ANSWER,
    LONGEST_REQUEST,
    BadMessage,
    ControlRequest,
    Lines,
    parse_answer,
)
from notion_sync.errors import NotionSyncError, NotNow, UsageError

PATIENCE = 10.0
"""Seconds to wait for an answer, which the daemon gives from memory."""


class Refused(NotionSyncError):
    """The daemon refuses a request, with an exit code."""

    def __init__(self, message: str, exit_code: int) -> None:
        super().__init__(message)
        self.exit_code = exit_code


def ask(
    state_dir: str,
    command: str,
    arguments: Mapping[str, object] | None = None,
    *,
    patience: float = PATIENCE,
) -> Mapping[str, object] | None:
    """Return the daemon's answer; None if no daemon uses this store.

    Raises:
        Refused: The daemon refuses the request.
        NotNow: There is a daemon, but it does not answer.
        UsageError: The arguments are too long.
    """
    request = ControlRequest(command, arguments or {}).line()
    if len(request) > LONGEST_REQUEST:
        raise UsageError(f"too many paths for one {command}", hint="name a folder instead of its files")
    path = address.locate(state_dir)
    try:
        connection = address.connect(path, patience)
    except (FileNotFoundError, NotADirectoryError, ConnectionRefusedError):
        # There is no socket, or its daemon was killed.
        return None
    except OSError as error:
        raise NotNow(f"the daemon's socket {path} cannot be used: {error.strerror or error}") from error
    with closing(connection):
        try:
            # A daemon with too many clients answers and closes the connection without reading.
            with suppress(BrokenPipeError):
                connection.sendall(request)
            line = Lines(connection, LONGEST_ANSWER, patience).next()
            answer = parse_answer(line) if line is not None else None
        except (OSError, BadMessage) as error:
            raise NotNow(
                f"the daemon does not answer: {error}", hint="it may be ending; try again"
            ) from error
    if answer is None:
        raise NotNow("the daemon ended without an answer", hint="try again")
    if answer.error:
        raise Refused(answer.error, answer.exit_code)
    return answer.result
