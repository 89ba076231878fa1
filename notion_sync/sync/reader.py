"""Read files once nobody writes to them any more (debounce), waiting at most as long as their patience lasts.

A file above the workspace's upload limit is left out before it is read, which may take minutes.
"""

import asyncio
import hashlib
from contextlib import nullcontext
from dataclasses import dataclass, replace

from notion_sync.clock import time_ns
from notion_sync.errors import FileChanged, FileError
from notion_sync.model import Digest, FilePath, SourceFile
from notion_sync.plan.folder import (
    SMALLEST_LIMIT,
    LeaveOut,
    Look,
    Wait,
    above_limit,
    left_out,
    seconds_until_stable,
)
from notion_sync.rules import PAGE_IMAGES, OnChange, PageTarget, Rule
from notion_sync.scan.content import check_file, may_be_link_file, read_source
from notion_sync.scan.reading import Content, fingerprint_at, part_size, read_content, recheck_at
from notion_sync.scan.steps import Task
from notion_sync.state import Store
from notion_sync.sync.failures import Scope, classify
from notion_sync.sync.ports import Ports, Remote
from notion_sync.sync.sequencer import Ticket
from notion_sync.sync.tasks import Promise


@dataclass(frozen=True, slots=True)
class ReadFile:
    """A file with a digest. `content` is None if the file was not read, because the record knew the digest."""

    found: SourceFile
    digest: Digest
    content: Content | None = None
    unread: bool = False
    """Whether it is read while it is sent, because no other content has its size; its digest is provisional then."""

    @property
    def known_digest(self) -> Digest | None:
        """The digest, or None while it is provisional."""
        return None if self.unread else self.digest

    @property
    def racy(self) -> bool:
        """Whether its timestamps are too recent to prove that it has not changed since it was read."""
        return self.content is not None and self.content.racy


def provisional_digest(found: SourceFile) -> Digest:
    """Return the digest that stands for a file's content until it is known: of its path and fingerprint."""
    named = f"{found.id.path}\0{tuple(found.fingerprint)}".encode(errors="surrogateescape")
    return Digest(hashlib.sha256(named).hexdigest())


class Patience:
    """How long to wait for one file that is still being written.

    Args:
        seconds: Time from now; 0 does not wait at all.
        now: Seconds of the monotonic clock.
    """

    def __init__(self, seconds: float, now: float) -> None:
        self.seconds = seconds
        self.ends_at = now + seconds

    def allows(self, at: float) -> bool:
        """Whether it lasts until `at`, in seconds of the monotonic clock."""
        return at < self.ends_at


LARGE = 64 * 2**20
"""Bytes from which reading a file takes long, even from a fast disk."""

LARGE_AT_ONCE = 2
"""Maximum number of large files read concurrently, so that small files always find a free thread."""


class Reader:
    """Reads the files of one pass.

    Args:
        ports: The store records what was read; the remote side knows the upload limit.
    """

    def __init__(self, ports: Ports) -> None:
        self._store = ports.store
        self._remote = ports.remote
        self._clock = ports.clock
        self._threads = ports.threads
        self._disk = ports.disk
        self._large = asyncio.Semaphore(LARGE_AT_ONCE)
        self._unread: dict[FilePath, tuple[int, Promise[None]]] = {}
        """Size of each unread file, and a future that is done when its content is known, by path."""

    async def read(self, task: Task, ticket: Ticket, patience: Patience) -> ReadFile | LeaveOut:
        """Return a file's content once the file is stable, or why the rule leaves it out in that state.

        Args:
            task: The file, and whether it must be stable first.
            ticket: Its ticket, with which it steps aside while it waits to become stable.
            patience: How long to wait.

        Raises:
            FileError: The file cannot be read, or was still being written when patience ended.
            Cancelled: The run was asked to stop.
        """
        found, step = task.step.found, task.step
        if isinstance(step, Look) and step.digest is not None and not may_be_link_file(found, task.rule):
            return ReadFile(found, step.digest)
        if isinstance(step, Wait):
            if not patience.allows(self._clock.monotonic() + step.ready_in):
                ticket.step_aside()
            found = await self.once_stable(found, task, ticket, patience, step.ready_in)
        while (unfit := await self._unfit(found, task)) is None:
            try:
                return await self._read(found, task)
            except Exception as error:
                if classify(error).scope is not Scope.CHANGED or not self.has_time(task, patience):
                    raise
            ticket.step_aside()
            found = await self.once_stable(found, task, ticket, patience, task.rule.settle)
        return unfit

    async def _unfit(self, found: SourceFile, task: Task) -> LeaveOut | None:
        """Return why a file is left out whatever its content, or None."""
        unfit = left_out(found, task.rule)
        return unfit or await refused_by_size(found, task.rule, self._store, self._remote)

    async def once_stable(
        self, found: SourceFile, task: Task, ticket: Ticket, patience: Patience, ready_in: float
    ) -> SourceFile:
        """Wait until the file has not changed for the rule's `settle` seconds, and return it as it is then.

        `ready_in` is the number of seconds until that may be so.

        Raises:
            FileChanged: Patience ended first.
            Cancelled: The run was asked to stop.
        """
        ready_at = self._clock.monotonic() + ready_in
        while True:
            await self._clock.wait(min(ready_at, patience.ends_at) - self._clock.monotonic())
            if self._clock.monotonic() < ready_at:
                raise FileChanged(f"it was still being written to after {patience.seconds:g} s")
            found, ready_in = await self._look(found, task)
            if ready_in <= 0:
                return found
            ticket.step_aside()
            ready_at = self._clock.monotonic() + ready_in

    def has_time(self, task: Task, patience: Patience) -> bool:
        """Whether patience lasts for another `settle` period, after a file has changed."""
        return patience.allows(self._clock.monotonic() + task.rule.settle)

    async def content(self, found: SourceFile, root: str) -> Content:
        """Read a file of which only the digest, possibly a provisional one, is known; `root` is the rule's folder.

        Raises:
            FileError: The file cannot be read, or has changed.
        """
        now_ns = time_ns(self._clock)
        return await self._threads.read(
            read_content,
            found.source,
            found.fingerprint,
            now_ns=now_ns,
            pause=self._clock.check,
            root=root,
            disk=self._disk,
        )

    async def check(self, found: SourceFile, rule: Rule) -> None:
        """Check the first bytes of a file that is to be sent and of which only the digest is known.

        Raises:
            FileError: The file holds a secret, cannot be read, or has changed.
        """
        await self._threads.read(check_file, found, rule, disk=self._disk)

    def _may_go_unread(self, found: SourceFile, rule: Rule) -> bool:
        """Whether to read a large file while it is sent: no content known or being sent has its size. Registers it.

        Only files that go to pages alone: before a row is written, its entries are compared with the file's content.
        """
        size = found.fingerprint.size
        if not part_size(size) or may_be_link_file(found, rule):
            return False
        if not all(
            isinstance(each, PageTarget) and each.kind not in PAGE_IMAGES for each in rule.destinations
        ):
            return False
        with self._store.reading():
            known = self._store.files.any_of_size(size)
            known = known or self._store.uploads.any_of_size(size, but=provisional_digest(found))
        if known or self._unread_of(size) is not None:
            return False
        self._unread[found.id] = size, Promise(self._clock)
        return True

    def _unread_of(self, size: int) -> Promise[None] | None:
        return next((known for each, known in self._unread.values() if each == size), None)

    def no_longer_unread(self, file: FilePath) -> None:
        """Wake those who wait for an unread file's content: it is known, or will not be. No effect on other files."""
        if (unread := self._unread.pop(file, None)) is not None:
            unread[1].succeed(None)

    async def until_equals_read(self, found: SourceFile) -> None:
        """Wait until no file of this size is unread, because it may hold the same content.

        Raises:
            Cancelled: The run was asked to stop.
        """
        while (known := self._unread_of(found.fingerprint.size)) is not None:
            await known.wait()

    async def _read(self, found: SourceFile, task: Task) -> ReadFile:
        if self._may_go_unread(found, task.rule):
            return ReadFile(found, provisional_digest(found), unread=True)
        now_ns = time_ns(self._clock)
        async with self._large if found.fingerprint.size >= LARGE else nullcontext():
            content, address = await self._threads.read(
                read_source, found, task.rule, now_ns=now_ns, pause=self._clock.check, disk=self._disk
            )
        if address is not None:
            found = replace(found, address=address)
        return self.remember(found, content, now_ns)

    def remember(self, found: SourceFile, content: Content, now_ns: int) -> ReadFile:
        """Record the content of a file whose reading began at `now_ns`, in nanoseconds since the epoch."""
        with self._store.noting():
            if content.racy:
                self._store.files.forget(found.id)
            else:
                self._store.files.remember(
                    found.id, found.fingerprint, content.digest,
                    recheck_at=recheck_at(found.fingerprint, now_ns),
                )  # fmt: skip
        return ReadFile(found, content.digest, content)

    async def _look(self, found: SourceFile, task: Task) -> tuple[SourceFile, float]:
        """Return the file as it is now, and the seconds until it may be stable."""
        before = found.fingerprint
        try:
            now = await self._threads.read(
                fingerprint_at, found.source, root=task.rule.folder, disk=self._disk
            )
        except (OSError, FileError):
            now = before  # the attempt to read it reports what is wrong
        ready_in = seconds_until_stable(now, task.rule.settle, self._clock.now())
        if now == before and now.mtime_ns > self._clock.now() * 1e9:
            # An mtime in the future says nothing about its age, but the file did not change while we waited.
            ready_in = 0.0
        return replace(found, fingerprint=now), ready_in


def may_be_too_large(found: SourceFile, rule: Rule, store: Store) -> bool:
    """Whether a file can be left out unread if the workspace's upload limit is below its size.

    Contents that Notion took under a larger limit stay. So a file is read if a file of its size was placed, or if it is
    placed itself and its rule has `on_change: keep`.
    """
    size = found.fingerprint.size
    if size <= SMALLEST_LIMIT or may_be_link_file(found, rule):
        return False
    with store.reading():
        if store.files.any_placed(size):
            return False
        there = (store.placements.get(found.id, target.key) for target in rule.destinations)
        return rule.on_change is not OnChange.KEEP or not any(there)


def too_large(found: SourceFile, limit: int | None) -> LeaveOut | None:
    """Return why a file is left out if its size is above `limit` bytes, else None."""
    reason = above_limit(found.fingerprint.size, limit)
    return LeaveOut(found, reason, harmless=False) if reason else None


async def refused_by_size(found: SourceFile, rule: Rule, store: Store, remote: Remote) -> LeaveOut | None:
    """Return why a file is left out because of its size, else None; asks Notion for the limit only if it matters.

    Raises:
        NotionError: The limit is not known, and Notion cannot be asked.
    """
    if not may_be_too_large(found, rule, store):
        return None
    return too_large(found, (await remote.account()).limit)
