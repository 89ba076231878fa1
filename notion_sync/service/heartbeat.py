"""Pings of the watchdog that mean progress.

A ping from a timer says that the process exists, which systemd knows anyhow. Here each worker says when it has
got on (`beat`), how long it waits on purpose (`wait`), or that it has nothing to do (`rest`); as long as none of
them is overdue the service manager hears from us. When one hangs the pings end, and systemd does what the
unit's `WatchdogSec=` says: abort and restart (systemd.service(5)).
"""

import threading
import time
from collections.abc import Callable
from types import TracebackType

from notion_sync.service.notify import Notifier

FOREVER = float("inf")


class WorkerHeartbeat:
    """The heartbeat of one worker; use it as a context manager, so that a worker that ends is not missed.

    Args:
        heartbeat: Where it counts.
        name: For the message if it stops.
        patience: Seconds this worker may go without progress.
    """

    def __init__(self, heartbeat: "Heartbeat", name: str, patience: float) -> None:
        self._heartbeat = heartbeat
        self._patience = patience
        self.name = name
        # One attribute, replaced as a whole: no lock where bytes are moved.
        self.due = heartbeat.monotonic() + patience

    def beat(self) -> None:
        """There was progress: a part was sent, a file was read, the loop went round."""
        self.due = self._heartbeat.monotonic() + self._patience

    def wait(self, seconds: float) -> None:
        """No progress is expected for so long: a `Retry-After`, a pause between two attempts."""
        self.due = self._heartbeat.monotonic() + seconds + self._patience

    def rest(self) -> None:
        """There is nothing to do until something comes; the next `beat` ends the rest."""
        self.due = FOREVER

    def __enter__(self) -> "WorkerHeartbeat":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._heartbeat.gone(self)


class Heartbeat:
    """Every worker's heartbeat.

    Args:
        patience: Seconds a worker may go without progress, where it does not say otherwise.
        monotonic: Seconds that never jump.
    """

    def __init__(self, patience: float = 60.0, monotonic: Callable[[], float] = time.monotonic) -> None:
        self.monotonic = monotonic
        self._patience = patience
        self._lock = threading.Lock()
        self._workers: set[WorkerHeartbeat] = set()

    def worker(self, name: str, patience: float | None = None) -> WorkerHeartbeat:
        """A new worker, from now on expected to get on."""
        worker = WorkerHeartbeat(self, name, self._patience if patience is None else patience)
        with self._lock:
            self._workers.add(worker)
        return worker

    def gone(self, worker: WorkerHeartbeat) -> None:
        """A worker has ended in an orderly way."""
        with self._lock:
            self._workers.discard(worker)

    def overdue(self) -> tuple[str, ...]:
        """Who should have got on by now."""
        now = self.monotonic()
        with self._lock:
            return tuple(sorted(worker.name for worker in self._workers if worker.due < now))


class Watchdog:
    """Tells the service manager of progress, from a thread of its own; does nothing where nobody looks.

    Not from a timer of the event loop: one that is blocked (by a slow disk, say) is given as much time as its worker's
    patience says, which is longer than `WatchdogSec=`, and then named in the log before systemd ends the process.

    Args:
        notifier: To whom.
        heartbeat: Whose progress.
        complain: Hears once of each set of workers that hang; from the watchdog's thread.
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
        # sd_watchdog_enabled(3) recommends half of the interval; a third forgives one ping that is late.
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
