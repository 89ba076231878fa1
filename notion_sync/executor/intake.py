"""Files on their way in: they wait until they rest, are read ahead of their turn, and leave in their order.

A file that is written to just before the pass holds its place in the line until it has rested once; one
that goes on changing leaves the line, so that the others need not wait, and comes back when it rests.
"""

import os
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from functools import partial

from notion_sync.clock import Clock
from notion_sync.content import Content, fingerprint_of, read_content
from notion_sync.errors import FileChanged
from notion_sync.executor.outcomes import End
from notion_sync.executor.workers import Workers
from notion_sync.links import reading
from notion_sync.model import Address, Digest, Found, Upload
from notion_sync.plan import LeaveOut, Look, Wait, left_out, settles_in
from notion_sync.state import Store
from notion_sync.survey import Task

AHEAD = 48
"""Files read ahead of their turn, so that uploads never wait for the disk."""

_POLL = 0.5
"""Seconds after which the clock is looked at again in any case."""


@dataclass(eq=False)
class Job:
    """One file in this pass. `ready_at` and `deadline` are the clock's monotonic seconds."""

    task: Task
    found: Found
    ready_at: float = 0.0
    deadline: float = 0.0
    digest: Digest | None = None
    content: Content | None = None
    error: BaseException | None = None
    left_out: LeaveOut | None = None
    """Why it does not go to Notion, found out when it had come to rest."""
    reading: bool = False
    open_targets: int = 0
    placements: int = 0
    ends: dict[str, list[End]] = field(default_factory=dict)
    """By the key of a target, how it ended at each of its destinations so far."""
    clean: bool = True
    """Whether every target has what it should, so that the folder may be passed over next time."""
    resent: bool = False
    """Whether its bytes were sent again because Notion did not know the upload any more."""
    fetched: Upload | None = None
    """What was imported in its place."""

    @property
    def seen(self) -> Digest | None:
        """The content that was read here: None of an address whose bytes only Notion has seen."""
        if self.found.source or self.digest is None:
            return self.digest
        return self.fetched.digest if self.fetched is not None and not self.fetched.form else None

    @property
    def known(self) -> bool:
        """Whether its turn can come: its content is known, or why it never will be."""
        return self.digest is not None or self.error is not None or self.left_out is not None


class Intake:
    """The line.

    Args:
        store: Remembers what was read.
        workers: Read.
        clock: Time.
        patience: Seconds to wait for a file that is being written to.
    """

    def __init__(self, *, store: Store, workers: Workers, clock: Clock, patience: float) -> None:
        self._store = store
        self._workers = workers
        self._clock = clock
        self._patience = patience
        self._line: deque[Job] = deque()
        self._aside: list[Job] = []

    @property
    def empty(self) -> bool:
        """Whether nobody waits."""
        return not self._line and not self._aside

    @property
    def has_room(self) -> bool:
        """Whether more files may come in."""
        return len(self._line) < AHEAD

    def add(self, task: Task) -> None:
        """A file joins the end of the line."""
        job = Job(task, task.step.found, open_targets=len(task.rule.targets))
        now = self._clock.monotonic()
        job.deadline = now + self._patience
        if isinstance(task.step, Wait):
            job.ready_at = now + task.step.ready_in
            # Nobody waits behind a file that will not rest in time anyway.
            (self._line if job.ready_at <= job.deadline else self._aside).append(job)
            return
        self._line.append(job)
        step, elsewhere = task.step, reading.leads_elsewhere(job.found, task.rule)
        if isinstance(step, Look) and step.digest is not None and not elsewhere:
            job.digest = step.digest
        else:
            self._read(job)

    def next(self) -> Job | None:
        """The next file whose turn has come, None while there is none."""
        self._look_aside()
        while self._line:
            job = self._line[0]
            if job.known:
                return self._line.popleft()
            if job.reading or self._clock.monotonic() < job.ready_at:
                return None
            if not self._look_again(job):
                self._aside.append(self._line.popleft())
        return None

    def put_back(self, job: Job) -> None:
        """It changed while it was dealt with: look at it again when it rests, as long as patience lasts."""
        job.digest, job.content, job.error = None, None, None
        job.found = replace(job.found, address=None)
        job.ready_at = self._clock.monotonic() + job.task.rule.settle
        self._aside.append(job)

    def has_time(self, job: Job) -> bool:
        """Whether patience lasts for another look."""
        return self._clock.monotonic() + job.task.rule.settle < job.deadline

    def next_look(self) -> float | None:
        """Seconds until the clock alone makes a difference; None if it never does."""
        times = [min(job.ready_at, job.deadline) for job in self._aside if not job.reading]
        if self._line and not self._line[0].known and not self._line[0].reading:
            times.append(self._line[0].ready_at)
        if not times:
            return None
        return min(_POLL, max(0.0, min(times) - self._clock.monotonic()))

    def rest(self) -> Iterator[Job]:
        """Everybody who still waits, for the end of a run that cannot go on."""
        yield from self._line
        yield from self._aside

    def read(self, job: Job, done: Callable[[Future[Content]], None]) -> None:
        """Read a file for somebody else than the line; `done` gets the future."""
        task = partial(
            read_content,
            job.found.source,
            job.found.fingerprint,
            now_ns=int(self._clock.now() * 1e9),
            pause=partial(self._clock.sleep, 0.0),
        )
        self._workers.read(task, done)

    def _read(self, job: Job) -> None:
        job.reading = True
        task = partial(
            reading.read,
            job.found,
            job.task.rule,
            now_ns=int(self._clock.now() * 1e9),
            pause=partial(self._clock.sleep, 0.0),
        )
        self._workers.read(task, partial(self._was_read, job))

    def _was_read(self, job: Job, future: Future[tuple[Content, Address | None]]) -> None:
        job.reading = False
        if (error := future.exception()) is not None:
            job.error = error
            return
        job.content, address = future.result()
        job.found = replace(job.found, address=address or job.found.address)
        job.digest = job.content.digest
        with self._store.noting():
            if job.content.racy:
                job.clean = False
                self._store.files.forget(job.found.id)
            else:
                self._store.files.remember(job.found.id, job.found.fingerprint, job.digest)

    def _look_again(self, job: Job) -> bool:
        """Whether a file rests now, and is being read or left out; one that does not is given another date."""
        before = job.found.fingerprint
        try:
            now = fingerprint_of(os.stat(job.found.source, follow_symlinks=False))
        except OSError:
            now = before  # reading it will say what is wrong
        job.found = replace(job.found, fingerprint=now)
        ready_in = settles_in(now, job.task.rule.settle, self._clock.now())
        if now == before and now.mtime_ns > self._clock.now() * 1e9:
            # A time from the future proves nothing, but the file did not change while we waited.
            ready_in = 0.0
        if ready_in <= 0:
            job.left_out = left_out(job.found, job.task.rule)
            if job.left_out is None:
                self._read(job)
            return True
        job.ready_at = self._clock.monotonic() + ready_in
        return False

    def _look_aside(self) -> None:
        now = self._clock.monotonic()
        for job in [job for job in self._aside if not job.reading]:
            if job.known:
                self._aside.remove(job)
                self._line.append(job)
            elif now >= job.deadline:
                job.error = FileChanged(f"it was still being written to after {self._patience:g} s")
            elif now >= job.ready_at:
                self._look_again(job)
