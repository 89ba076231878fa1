"""Run watchdog on one folder; every event becomes a hint where to look.

The event filter is essential. watchdog's default mask includes every file that is opened for reading: its own walk
through more than some 5,000 folders then overflows its queue, after which it walks again, for ever; and reading a file
to hash it would be an event.
"""

import errno
import os
import threading
from typing import TYPE_CHECKING, Protocol, cast

from notion_sync.system.errors import is_no_thread
from notion_sync.watch.folders.limits import inotify_descriptors, live_watches
from notion_sync.watch.folders.quiet import is_watchdogs

if TYPE_CHECKING:
    from watchdog.events import FileSystemEvent, FileSystemEventHandler
    from watchdog.observers.api import BaseObserver

_PATIENCE = 5.0
"""Seconds to wait for one of watchdog's threads to end; one that hangs is abandoned."""


_UNWATCHED = ("created", "moved", "attrib")
"""Event types after which a folder, or a folder in it, may have no watch."""


class Sink(Protocol):
    """Receives hints; called from several threads, must never block."""

    def file(self, path: str) -> None:
        """Something happened to this path, which is not a folder."""

    def closed(self, path: str) -> None:
        """This file was closed after having been open for writing."""

    def tree(self, path: str) -> None:
        """Something happened to this folder: anything at or below it may have changed."""


class EventSource:
    """Watches one folder with everything below it, from `start` to `stop`.

    Args:
        folder: Absolute path, used in hints.
        real: The same with symlinks resolved; this path is watched.
        sink: Receives the hints.
    """

    def __init__(self, folder: str, real: str, sink: Sink) -> None:
        self._folder = folder
        self._real = real
        self._sink = sink
        self._observer: BaseObserver | None = None
        self._threads: tuple[threading.Thread, ...] = ()
        self._descriptors: frozenset[int] = frozenset()
        self.new_folders = False
        """Whether folders were created, moved or given other permissions since this was last set to False."""

    def start(self) -> None:
        """Add the watches; returns when they are active.

        Raises:
            OSError: The folder itself cannot be watched: it is gone, a limit is reached, or there are no threads.
            Exception: watchdog has failed otherwise; of folders nested too deeply for it `RecursionError`.
        """
        # Imported here because `push` and an idle `status` do not need it.
        from watchdog.observers.inotify import InotifyObserver  # noqa: PLC0415

        threads, descriptors = set(threading.enumerate()), inotify_descriptors()
        observer = InotifyObserver()
        self._observer = observer
        try:
            handler = cast("FileSystemEventHandler", self)  # only `dispatch` of a handler is called
            observer.schedule(handler, self._real, recursive=True, event_filter=_filter())
            observer.start()
        except Exception as error:
            self.stop()
            if is_no_thread(error):
                raise OSError(errno.EAGAIN, "the system allows no more threads") from error
            raise
        finally:
            fresh = set(threading.enumerate()) - threads
            self._threads = tuple(thread for thread in fresh if is_watchdogs(thread))
            self._descriptors = inotify_descriptors() - descriptors

    def stop(self) -> None:
        """Remove the watches."""
        observer, self._observer = self._observer, None
        if observer is None:
            return
        if observer.is_alive():
            observer.stop()
            observer.join(_PATIENCE)
        else:
            observer.on_thread_stop()
        if not self.alive:
            # A dead reader thread leaves its descriptor open, and a user has only 128 of them.
            for descriptor in self._descriptors & inotify_descriptors():
                os.close(descriptor)
        self._threads, self._descriptors = (), frozenset()

    @property
    def alive(self) -> bool:
        """Whether every thread on an event's path is alive; the observer's own `is_alive` does not tell."""
        return bool(self._threads) and all(thread.is_alive() for thread in self._threads)

    @property
    def watches(self) -> int | None:
        """Number of folders that the kernel watches for this source; None if unknown."""
        counts = [live_watches(descriptor) for descriptor in self._descriptors]
        known = [count for count in counts if count is not None]
        return sum(known) if known else None

    def dispatch(self, event: "FileSystemEvent") -> None:
        """Pass on the place of an event; called from watchdog's thread."""
        moved = event.event_type == "moved"
        for path in (event.src_path, event.dest_path) if moved else (event.src_path,):
            if not path:
                continue
            name = self._named(os.fsdecode(path))
            if event.is_directory:
                self.new_folders = self.new_folders or event.event_type in _UNWATCHED
                self._sink.tree(name)
            elif event.event_type == "closed":
                self._sink.closed(name)
            else:
                self._sink.file(name)

    def _named(self, path: str) -> str:
        return path if self._folder == self._real else self._folder + path[len(self._real) :]


def _filter() -> "list[type[FileSystemEvent]]":
    """Return the events that can change a content or its path, without those of mere reading."""
    from watchdog import events  # noqa: PLC0415

    return [
        events.FileCreatedEvent,
        events.FileModifiedEvent,
        events.FileAttribEvent,
        events.FileClosedEvent,
        events.FileMovedEvent,
        events.FileDeletedEvent,
        events.DirCreatedEvent,
        events.DirMovedEvent,
        events.DirAttribEvent,
        events.DirDeletedEvent,
    ]
