"""The daemon from outside: its status, put together from what its parts know. Read from any thread."""

import os
import threading
import time
from collections import deque
from collections.abc import Callable

from notion_sync.daemon.agenda import Agenda
from notion_sync.daemon.clerk import Clerk
from notion_sync.daemon.desk import Office
from notion_sync.daemon.gate import NEVER, Gate
from notion_sync.daemon.setbacks import Setbacks
from notion_sync.daemon.status import WRITTEN_TO, Budget, FileStatus, FolderStatus, Mood, Status
from notion_sync.settle import Restless
from notion_sync.watcher.supervisor import Watcher

_SHOWN = 100
"""Files of each kind listed one by one."""

_MINUTE = 60.0

_SOON = 30.0
"""What is due in so many seconds waits for its turn; what is due later (another attempt) does not."""


class View:
    """Looks at the parts of a daemon; what changes is set by the daemon."""

    def __init__(
        self,
        clerk: Clerk,
        agenda: Agenda,
        restless: Restless,
        setbacks: Setbacks,
        gate: Gate,
        office: Office,
        monotonic: Callable[[], float],
    ) -> None:
        self._clerk = clerk
        self._agenda = agenda
        self._restless = restless
        self._setbacks = setbacks
        self._gate = gate
        self._office = office
        self._monotonic = monotonic
        self._started_at = time.time()
        self._counting = threading.Lock()
        self._counts: deque[tuple[float, int]] = deque(maxlen=600)
        self._sent_before = 0
        self._sent = 0
        self.mood = Mood.STARTING
        self.watcher: Watcher | None = None
        self.last_success_at: float | None = None

    def status(self, rate_limit: int | None) -> Status:
        """Everything at this moment."""
        now = self._monotonic()
        failed = self._setbacks.all()
        next_attempt = self._gate.next()
        return Status(
            mood=self._mood(),
            pid=os.getpid(),
            started_at=self._started_at,
            folders=self._folders(),
            queued=self._agenda.waiting(now + _SOON),
            in_flight=self._clerk.in_flight,
            in_flight_bytes=self._clerk.in_flight_bytes,
            deferred=tuple(self._deferred(now)[:_SHOWN]),
            failed=tuple(
                FileStatus(s.path, s.reason, None if s.again_at is None else max(0.0, s.again_at - now))
                for s in failed[:_SHOWN]
            ),
            failed_count=len(failed),
            budget=self._budget(rate_limit, now),
            uploaded=self._clerk.uploaded,
            uploaded_bytes=self._clerk.uploaded_bytes,
            last_success_at=self.last_success_at,
            trouble=self._gate.trouble,
            trouble_since=self._of_day(self._gate.since, now),
            next_attempt_at=self._of_day(None if next_attempt == NEVER else next_attempt, now),
        )

    def _deferred(self, now: float) -> list[FileStatus]:
        written_to = [
            FileStatus(path, WRITTEN_TO, self._restless.pause(path, 0.0)) for path in self._restless.paths()
        ]
        put_off = [
            FileStatus(each.path, each.reason, max(0.0, (each.again_at or now) - now))
            for each in self._clerk.deferrals.all()
        ]
        return written_to + put_off

    def _mood(self) -> Mood:
        if self.mood in (Mood.STARTING, Mood.STOPPING):
            return self.mood
        if self._gate.paused:
            return Mood.PAUSED
        if self._gate.refused:
            return Mood.REFUSED
        if self._gate.trouble:
            return Mood.OFFLINE
        return self.mood

    def _folders(self) -> tuple[FolderStatus, ...]:
        states = self.watcher.states if self.watcher is not None else ()
        return tuple(FolderStatus(s.folder, str(s.mode), s.reason, s.remedy) for s in states)

    def _budget(self, limit: int | None, now: float) -> Budget:
        """Requests are counted whenever somebody asks: between two questions they cannot be told apart."""
        with self._counting:
            return self._counted(limit, now)

    def _counted(self, limit: int | None, now: float) -> Budget:
        desk = self._office.desk
        count = desk.link.remote.request_count if desk is not None and desk.link.opened else 0
        if count < self._sent_before:
            self._sent_before = 0  # another client, which counts from the beginning
        self._sent += count - self._sent_before
        self._sent_before = count
        while self._counts and self._counts[0][0] < now - _MINUTE:
            self._counts.popleft()
        used = self._sent - (self._counts[0][1] if self._counts else self._sent)
        self._counts.append((now, self._sent))
        return Budget(limit, used, self._sent)

    @staticmethod
    def _of_day(moment: float | None, now: float) -> float | None:
        return None if moment is None else time.time() + moment - now
