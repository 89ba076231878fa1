"""Keeps every folder watched, in a thread of its own: a pass that lasts for hours must not blind us."""

import threading
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from types import TracebackType

from notion_sync.log import Level
from notion_sync.rules import Watch
from notion_sync.watcher.events import Sink
from notion_sync.watcher.guard import Guard, Say, State
from notion_sync.watcher.mounts import Mount, read_mounts
from notion_sync.watcher.quiet import quiet

INTERVAL = 2.0
"""Seconds between two checks of a folder."""

_PATIENCE = 10.0
"""Seconds to wait for a check to end; one that hangs on a dead file system must not keep the program alive."""


class Watcher:
    """Watches folders from `with` to the end of the block.

    The first check of each folder is done when the block begins: from then on nothing is missed.

    Args:
        folders: Absolute path → what the rules say of watching it.
        sink: Gets hints where to look.
        say: Hears of what a person should know; from any thread.
        beat: Called after each round of checks.
        interval: Seconds between rounds.
        monotonic: Seconds that never jump.
    """

    def __init__(
        self,
        folders: Mapping[str, Watch],
        *,
        sink: Sink,
        say: Say,
        beat: Callable[[], None] = lambda: None,
        interval: float = INTERVAL,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._sink = sink
        self._say = say
        self._beat = beat
        self._interval = interval
        self._guards = [
            Guard(folder, watch, sink=sink, say=say, monotonic=monotonic) for folder, watch in folders.items()
        ]
        self._end = threading.Event()
        self._overflowed = threading.Event()
        self._troubled: set[str] = set()
        self._thread = threading.Thread(target=self._run, name="watcher", daemon=True)
        self._stack = ExitStack()

    def __enter__(self) -> "Watcher":
        self._stack.enter_context(quiet(self._overflowed.set))
        self._round()
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end.set()
        self._thread.join(_PATIENCE)
        if not self._thread.is_alive():
            for guard in self._guards:
                guard.stop()
        self._stack.close()

    @property
    def states(self) -> tuple[State, ...]:
        """How each folder is watched."""
        return tuple(guard.state for guard in self._guards)

    def _run(self) -> None:
        while not self._end.wait(self._interval):
            self._round()

    def _round(self) -> None:
        if self._overflowed.is_set():
            self._overflowed.clear()
            self._say("more happened at once than the kernel keeps: looking through everything", Level.INFO)
            for guard in self._guards:
                self._sink.tree(guard.folder)
        mounts = read_mounts()
        for guard in self._guards:
            if not self._end.is_set():
                self._check(guard, mounts)
        self._beat()

    def _check(self, guard: Guard, mounts: tuple[Mount, ...]) -> None:
        try:
            guard.check(mounts)
            self._troubled.discard(guard.folder)
        except Exception as error:  # whatever goes wrong with one folder, the others stay watched
            if guard.folder not in self._troubled:
                self._troubled.add(guard.folder)
                self._say(f"{guard.folder}: cannot be watched: {error!r}; trying again", Level.WARNING)
