"""Keep every folder watched, by regular checks in a dedicated thread.

A check accesses the disk, which may hang, so it cannot run on the event loop. A timer on the loop with a new thread for
each round would wake an idle daemon three times every two seconds instead of once.
"""

import asyncio
import logging
import threading
from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from types import TracebackType
from typing import Final, Protocol, Self

from notion_sync.log import Level
from notion_sync.rules import Watch
from notion_sync.scan.mountinfo import Mount, read_mounts
from notion_sync.unforeseen import in_words
from notion_sync.watch.background import in_thread
from notion_sync.watch.folders.guard import FolderState, Guard, Say
from notion_sync.watch.folders.quiet import quiet
from notion_sync.watch.folders.source import Sink
from notion_sync.watch.roots import Roots

_log: Final = logging.getLogger("notion_sync.watch")

INTERVAL = 2.0
"""Seconds between two checks of a folder."""

_PATIENCE = 10.0
"""Seconds to wait for a check to end; one that hangs on a dead file system is abandoned."""


class Watchers(Protocol):
    """Reports changes in folders to a `Sink`; an async context manager."""

    @property
    def states(self) -> tuple[FolderState, ...]:
        """How each folder is watched."""

    async def __aenter__(self) -> Self: ...

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class Folders:
    """Watches folders; an async context manager.

    Entering it completes the first check of each folder; from then on no change is missed.

    Args:
        folders: Absolute path → the rules' `watch:`.
        sink: Receives hints where to look.
        say: Receives lines for people; called from any thread.
        beat: Called after each round of checks, from a thread.
        changed: Called on the event loop when the way in which a folder is watched has changed.
        monotonic: Clock in seconds that never jumps.
        roots: Knows which of them are held.
        interval: Seconds between rounds.
    """

    def __init__(
        self,
        folders: Mapping[str, Watch],
        *,
        sink: Sink,
        say: Say,
        beat: Callable[[], None],
        changed: Callable[[], None],
        monotonic: Callable[[], float],
        roots: Roots,
        interval: float = INTERVAL,
    ) -> None:
        self._sink = sink
        self._say = say
        self._beat = beat
        self._changed = changed
        self._interval = interval
        self._guards = [
            Guard(folder, watch, sink=sink, say=say, monotonic=monotonic, roots=roots)
            for folder, watch in folders.items()
        ]
        self._loop = asyncio.get_running_loop()
        self._end = threading.Event()
        self._overflowed = threading.Event()
        self._thread = threading.Thread(target=self._run, name="folders", daemon=True)
        self._stack = ExitStack()

    async def __aenter__(self) -> "Folders":
        self._stack.enter_context(quiet(self._overflowed.set))
        await in_thread(self._round, "folders")
        self._thread.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await in_thread(self._stop, "folders")
        self._stack.close()

    @property
    def states(self) -> tuple[FolderState, ...]:
        """How each folder is watched."""
        return tuple(guard.state for guard in self._guards)

    # In threads

    def _stop(self) -> None:
        self._end.set()
        if self._thread.is_alive():
            self._thread.join(_PATIENCE)
        if not self._thread.is_alive():
            for guard in self._guards:
                guard.stop()

    def _run(self) -> None:
        while not self._end.wait(self._interval):
            before = self.states
            self._round()
            if self.states != before:
                with suppress(RuntimeError):  # the loop is closed
                    self._loop.call_soon_threadsafe(self._changed)

    def _round(self) -> None:
        if self._overflowed.is_set():
            self._overflowed.clear()
            self._say("more changes at once than the kernel keeps: scanning everything", Level.INFO)
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
        except Exception as error:  # an error of one folder must not affect the others
            _log.warning("watch: a check failed: %r", error, exc_info=error)
            guard.poll_instead(f"it cannot be watched: {in_words(error)}")
