"""Commands to the daemon: from the control socket, from signals, and from its own tasks."""

import asyncio
import os
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum

from notion_sync.control.protocol import BadMessage
from notion_sync.scan.disk import PATH_MAX


class Command(Enum):
    """A command. `RETRY` and `RESTORE` apply to given paths, or to everything; `CONFIRM` always has paths."""

    STOP = "stop"
    """End the daemon after at most one part of an upload; the next start resumes what was under way."""
    PAUSE = "pause"
    """Stop uploads but go on watching."""
    RESUME = "resume"
    CONFIRM = "confirm"
    """Release what is held at the given paths."""
    RETRY = "retry"
    """Try failed and refused files again."""
    RESTORE = "restore"
    """Restore what was deleted in Notion."""
    RELOAD = "reload"
    """Read the configuration again."""
    RETRY_NOW = "retry now"
    """The network is back: try again at once."""


URGENT = frozenset((Command.STOP, Command.PAUSE, Command.RELOAD))
"""Commands that interrupt a running pass, which is resumed later, instead of waiting for its end."""


@dataclass(frozen=True, slots=True)
class PendingCommand:
    """One command; `paths` are absolute."""

    command: Command
    paths: tuple[str, ...] = ()


def paths_of(given: Sequence[str]) -> tuple[str, ...]:
    """Return the paths of a request, which may hold anything that JSON can say.

    Raises:
        BadMessage: They are not a list of absolute paths. A path too long for any file would cost memory for each of
            its parts.
    """
    if not isinstance(given, list | tuple):
        raise BadMessage("paths are a list")
    for path in given:
        if not isinstance(path, str) or not os.path.isabs(path) or "\0" in path:
            raise BadMessage("a path is absolute")
        if len(path.encode("utf-8", "surrogatepass")) > PATH_MAX:
            raise BadMessage(f"a path has at most {PATH_MAX} bytes")
    return tuple(given)


class CommandQueue:
    """Queue of commands, which are executed between passes. On the event loop's thread only.

    Args:
        wake_up: Set with each command.
        interrupt: Called with each urgent one.
    """

    def __init__(self, wake_up: asyncio.Event, interrupt: Callable[[], None]) -> None:
        self._wake_up = wake_up
        self._interrupt = interrupt
        self._requests: deque[PendingCommand] = deque()

    def __bool__(self) -> bool:
        return bool(self._requests)

    def put(self, command: Command, paths: tuple[str, ...] = ()) -> None:
        """Add a command."""
        self._requests.append(PendingCommand(command, paths))
        if command in URGENT:
            self._interrupt()
        self._wake_up.set()

    def take(self) -> PendingCommand | None:
        """Remove and return the next command; None if there is none."""
        return self._requests.popleft() if self._requests else None
