"""What others ask of the daemon: from the control socket, from signals, from any thread."""

import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum


class Ask(Enum):
    """What is asked."""

    STOP = "stop"
    PAUSE = "pause"
    RESUME = "resume"
    RETRY = "retry"
    RESTORE = "restore"
    """Put back what was deleted in Notion."""
    RELOAD = "reload"
    BACK = "back"
    """The network is back."""


URGENT = frozenset((Ask.STOP, Ask.PAUSE, Ask.RELOAD))
"""What does not wait for the end of a pass: a part that is under way is broken off, and resumed later."""


@dataclass(frozen=True, slots=True)
class Message:
    """One wish; `paths` are absolute."""

    ask: Ask
    paths: tuple[str, ...] = ()


class Inbox:
    """Takes messages.

    Args:
        bell: Set with each message.
        interrupt: Called with each urgent message, in the thread that puts it down.
    """

    def __init__(self, bell: threading.Event, interrupt: Callable[[], None]) -> None:
        self._bell = bell
        self._interrupt = interrupt
        self._messages: queue.SimpleQueue[Message] = queue.SimpleQueue()

    @property
    def empty(self) -> bool:
        """Whether nobody wants anything."""
        return self._messages.empty()

    def put(self, message: Message) -> None:
        """Put a message down."""
        self._messages.put(message)
        if message.ask in URGENT:
            self._interrupt()
        self._bell.set()

    def take(self) -> Message | None:
        """The next message."""
        try:
            return self._messages.get_nowait()
        except queue.Empty:
            return None
