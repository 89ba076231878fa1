"""Watchdog pings that mean progress.

A ping from a timer would only say that the process exists, which systemd knows already. Here each worker reports
progress (`beat`), an intended wait (`wait`), or that it is idle (`idle`). While no worker is overdue, pings are sent.
If a worker hangs, the pings stop, and systemd aborts and restarts the service by the unit's `WatchdogSec=`
(systemd.service(5)).
"""

import threading
import time
from collections.abc import Callable
from types import TracebackType

from notion_sync.service.notify import Notifier

FOREVER = float("inf")


class WorkerHeartbeat:
    """The heartbeat of one worker; a context manager, so that a worker that has ended is not overdue.

    Args:
        heartbeat: The heartbeat that it belongs to.
        name: Name in the message if it hangs.
        patience: Seconds that this worker may take without progress.
    """

    def __init__(self, heartbeat: "Heartbeat", name: str, patience: float) -> None:
        self._heartbeat = heartbeat
        self._patience = patience
        self.name = name
        # A single attribute, replaced atomically, so that reporting progress needs no lock.
        self.due = heartbeat.monotonic() + patience

    def beat(self) -> None:
        """Report progress: a part was sent, a file was read, the loop has turned."""
        self.due = self._heartbeat.monotonic() + self._patience

    def wait(self, seconds: float) -> None:
        """Announce a wait without progress: a `Retry-After`, or a pause between two attempts."""
        self.due = self._heartbeat.monotonic() + seconds + self._patience

    def idle(self) -> None:
        """Report that the worker has nothing to do until the next `beat`."""
        self.due = FOREVER

    def __enter__(self) -> "WorkerHeartbeat":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._heartbeat.gone(self)


class Heartbeat:
    """The heartbeats of all workers.

    Args:
        patience: Default seconds that a worker may take without progress.
        monotonic: Clock in seconds that never jumps.
    """

    def __init__(self, patience: float = 60.0, monotonic: Callable[[], float] = time.monotonic) -> None:
        self.monotonic = monotonic
        self._patience = patience
        self._lock = threading.Lock()
        self._workers: set[WorkerHeartbeat] = set()

    def worker(self, name: str, patience: float | None = None) -> WorkerHeartbeat:
        """Add a worker, from which progress is expected from now on."""
        worker = WorkerHeartbeat(self, name, self._patience if patience is None else patience)
        with self._lock:
            self._workers.add(worker)
        return worker

    def gone(self, worker: WorkerHeartbeat) -> None:
        """Remove a worker that has ended normally."""
        with self._lock:
            self._workers.discard(worker)

    def overdue(self) -> tuple[str, ...]:
        """Return the names of the workers that are overdue."""
        now = self.monotonic()
        with self._lock:
            return tuple(sorted(worker.name for worker in self._workers if worker.due < now))


class Watchdog:
    """Sends pings to the service manager from its own thread; does nothing without a watchdog.

    A timer of the event loop would not do. A loop that is blocked (for example by a slow disk) gets as much time as its
    worker's patience, which is longer than `WatchdogSec=`, and is named in the log before systemd ends the process.

    Args:
        notifier: The service manager.
        heartbeat: The workers.
        complain: Callback with a message, once for each set of hanging workers; called in the watchdog's thread.
    """

    def __init__(self, notifier: Notifier, heartbeat: Heartbeat, complain: Callable[[str], None]) -> None:
        self._notifier = notifier
        self._heartbeat = heartbeat
        self._complain = complain
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run, name="watchdog", daemon=True)

    def __enter__(self) -> "Watchdog":
        if self._notifier.watchdog_interval is not None:
            self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        assert self._notifier.watchdog_interval is not None
        # sd_watchdog_enabled(3) recommends half of the interval; a third tolerates one late ping.
        pause = self._notifier.watchdog_interval / 3
        complained: tuple[str, ...] = ()
        while True:
            overdue = self._heartbeat.overdue()
            if not overdue:
                self._notifier.watchdog()
            elif overdue != complained:
                self._complain(f"no progress: {', '.join(overdue)}; without any systemd restarts the service")
            complained = overdue
            if self._end.wait(pause):
                return
