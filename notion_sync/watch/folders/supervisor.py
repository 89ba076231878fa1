"""Keeps every folder watched, in a thread of its own.

A check asks the disk, which may hang. With a timer of the event loop's and a thread for each round an idle daemon
would be woken three times every two seconds instead of once.
"""

import asyncio
import threading
from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from types import TracebackType

from notion_sync.log import Level
from notion_sync.rules import Watch
from notion_sync.scan.mountinfo import Mount, read_mounts
from notion_sync.watch.background import in_thread
from notion_sync.watch.folders.guard import FolderState, Guard, Say
from notion_sync.watch.folders.quiet import quiet
from notion_sync.watch.folders.source import Sink
from notion_sync.watch.roots import Roots

INTERVAL = 2.0
"""Seconds between two checks of a folder."""

_PATIENCE = 10.0
"""Seconds to wait for a check to end; one that hangs on a dead file system must not keep the program alive."""


class Folders:
    """Watches folders from `async with` to the end of the block.

    The first check of each folder is done when the block begins: from then on nothing is missed.

    Args:
        folders: Absolute path → what the rules say of watching it.
        sink: Gets hints where to look.
        say: Hears of what a person should know; from any thread.
        beat: Called after each round of checks; from a thread.
        changed: Called on the event loop when a folder is watched in another way than before.
        monotonic: Seconds that never jump.
        roots: Which of them are held.
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
        self._troubled: set[str] = set()
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
                with suppress(RuntimeError):  # the loop is closed: nobody asks any more
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
            self._troubled.discard(guard.folder)
        except Exception as error:  # whatever goes wrong with one folder, the others stay watched
            if guard.folder not in self._troubled:
                self._troubled.add(guard.folder)
                self._say(f"{guard.folder}: cannot be watched: {error!r}; trying again", Level.WARNING)
