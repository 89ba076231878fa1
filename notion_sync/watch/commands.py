"""What others ask of the daemon: over the control socket, by signals, and what its own tasks found out."""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum


class Command(Enum):
    """What is asked. `RETRY` and `RESTORE` mean everything, or what is at or below some paths; `CONFIRM` has paths."""

    STOP = "stop"
    """End within a part; everything under way is resumed by the next start."""
    PAUSE = "pause"
    """Hold all uploads, go on watching."""
    RESUME = "resume"
    CONFIRM = "confirm"
    """Let go on what is held at some paths."""
    RETRY = "retry"
    """Try failed and refused files again."""
    RESTORE = "restore"
    """Put back what was deleted in Notion."""
    RELOAD = "reload"
    """Read the configuration again."""
    RETRY_NOW = "retry now"
    """The network is back."""


URGENT = frozenset((Command.STOP, Command.PAUSE, Command.RELOAD))
"""What does not wait for the end of a pass: a part that is under way is broken off, and resumed later."""


@dataclass(frozen=True, slots=True)
class PendingCommand:
    """One command; `paths` are absolute."""

    command: Command
    paths: tuple[str, ...] = ()


class CommandQueue:
    """Requests in the order they came, obeyed between two passes. On the event loop's thread only.

    Args:
        wake_up: Set with each request.
        interrupt: Called with each urgent one.
    """

    def __init__(self, wake_up: asyncio.Event, interrupt: Callable[[], None]) -> None:
        self._wake_up = wake_up
        self._interrupt = interrupt
        self._requests: deque[PendingCommand] = deque()

    def __bool__(self) -> bool:
        return bool(self._requests)

    def put(self, command: Command, paths: tuple[str, ...] = ()) -> None:
        """Ask for something."""
        self._requests.append(PendingCommand(command, paths))
        if command in URGENT:
            self._interrupt()
        self._wake_up.set()

    def take(self) -> PendingCommand | None:
        """The next request; None if there is none."""
        return self._requests.popleft() if self._requests else None
