"""Reads files once they have come to rest, as long as patience lasts."""

import asyncio
import hashlib
from contextlib import nullcontext
from dataclasses import dataclass, replace

from notion_sync.errors import FileChanged, FileError
from notion_sync.model import Digest, FileId, SourceFile
from notion_sync.plan import LeaveOut, Look, Wait, left_out, seconds_until_stable
from notion_sync.rules import PAGE_IMAGES, PageTarget, Rule
from notion_sync.scan.links import reading as links
from notion_sync.scan.reading import Content, fingerprint_at, part_size, read_content, recheck_at
from notion_sync.scan.secrets import check_file
from notion_sync.scan.steps import Task
from notion_sync.sync.failures import Scope, classify
from notion_sync.sync.line import LinePlace
from notion_sync.sync.ports import Ports
from notion_sync.sync.size_limit import refused_by_size
from notion_sync.sync.tasks import Shared


@dataclass(frozen=True, slots=True)
class ReadFile:
    """A file whose content is known. `content` is None where the record knew the digest and nothing was read."""

    found: SourceFile
    digest: Digest
    content: Content | None = None
    unread: bool = False
    """Whether no content can be equal to it, so that it is read while it is sent; its digest is provisional then."""

    @property
    def known_digest(self) -> Digest | None:
        """Its digest, None as long as it is provisional."""
        return None if self.unread else self.digest

    @property
    def racy(self) -> bool:
        """Whether its times are too young to prove that it did not change since it was read."""
        return self.content is not None and self.content.racy


def provisional_digest(found: SourceFile) -> Digest:
    """What an upload of a file is recorded under until its content is known: its path and fingerprint."""
    named = f"{found.id.path}\0{tuple(found.fingerprint)}".encode(errors="surrogateescape")
    return Digest(hashlib.sha256(named).hexdigest())


class Patience:
    """How long one file is waited for while it is being written to.

    Args:
        seconds: From now on; 0 waits for nothing.
        now: The clock's monotonic seconds.
    """

    def __init__(self, seconds: float, now: float) -> None:
        self.seconds = seconds
        self.ends_at = now + seconds

    def allows(self, at: float) -> bool:
        """Whether it lasts until then."""
        return at < self.ends_at


LARGE = 64 * 2**20
"""Bytes from which a file takes long to be read, even from a fast disk."""

LARGE_AT_ONCE = 2
"""Large files that are read together, so that small ones find a thread however many large ones there are."""


class Reader:
    """Reads the files of one pass.

    Args:
        ports: The store remembers what was read; the link knows how large a file may be.
    """

    def __init__(self, ports: Ports) -> None:
        self._store = ports.store
        self._link = ports.link
        self._clock = ports.clock
        self._threads = ports.threads
        self._disk = ports.disk
        self._large = asyncio.Semaphore(LARGE_AT_ONCE)
        self._unread: dict[FileId, tuple[int, Shared[None]]] = {}
        """The sizes of files that were taken unread, until their content is known."""

    async def read(self, task: Task, line_place: LinePlace, patience: Patience) -> ReadFile | LeaveOut:
        """A file's content, once it has come to rest; or why the rule leaves it out as it is then.

        Args:
            task: Which file, and whether it has to rest first.
            line_place: Its place in line: a file that does not rest in time steps aside.
            patience: How long it is waited for.

        Raises:
            FileError: It cannot be read, or is written to for longer than patience lasts.
            Cancelled: The run was asked to stop.
        """
        found, step = task.step.found, task.step
        if isinstance(step, Look) and step.digest is not None and not links.leads_elsewhere(found, task.rule):
            return ReadFile(found, step.digest)
        if isinstance(step, Wait):
            if not patience.allows(self._clock.monotonic() + step.ready_in):
                line_place.step_aside()
            found = await self.rested(found, task, line_place, patience, step.ready_in)
        while (unfit := await self._unfit(found, task)) is None:
            try:
                return await self._read(found, task)
            except Exception as error:
                if classify(error).scope is not Scope.CHANGED or not self.has_time(task, patience):
                    raise
            line_place.step_aside()
            found = await self.rested(found, task, line_place, patience, task.rule.settle)
        return unfit

    async def _unfit(self, found: SourceFile, task: Task) -> LeaveOut | None:
        """Why a file does not go to Notion, whatever is in it."""
        unfit = left_out(found, task.rule)
        return unfit or await refused_by_size(found, task.rule, self._store, self._link)

    async def rested(
        self, found: SourceFile, task: Task, line_place: LinePlace, patience: Patience, ready_in: float
    ) -> SourceFile:
        """The file as it is once it has not been written to for as long as the rule says.

        Raises:
            FileChanged: Patience ended first.
        """
        ready_at = self._clock.monotonic() + ready_in
        while True:
            await self._clock.wait(min(ready_at, patience.ends_at) - self._clock.monotonic())
            if self._clock.monotonic() < ready_at:
                raise FileChanged(f"it was still being written to after {patience.seconds:g} s")
            found, ready_in = await self._look(found, task)
            if ready_in <= 0:
                return found
            line_place.step_aside()
            ready_at = self._clock.monotonic() + ready_in

    def has_time(self, task: Task, patience: Patience) -> bool:
        """Whether patience lasts for another look at a file that has changed."""
        return patience.allows(self._clock.monotonic() + task.rule.settle)

    async def content(self, found: SourceFile, root: str) -> Content:
        """Read a file whose digest alone is known; `root` is the rule's folder.

        Raises:
            FileError: It cannot be read, or has changed.
        """
        now_ns = int(self._clock.now() * 1e9)
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
        """Look at the first bytes of a file that is to be sent and whose digest alone is known.

        Raises:
            FileError: It holds a secret, cannot be read, or has changed.
        """
        await self._threads.read(check_file, found, rule, disk=self._disk)

    def _may_go_unread(self, found: SourceFile, rule: Rule) -> bool:
        """Whether a large file is to be read while it is sent: no content that is known, or sent now, has its size.

        Only where it goes to pages: of rows it is looked up first what is there, by its content.
        """
        size = found.fingerprint.size
        if not part_size(size) or links.leads_elsewhere(found, rule):
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
        self._unread[found.id] = size, Shared(self._clock)
        return True

    def _unread_of(self, size: int) -> Shared[None] | None:
        return next((known for each, known in self._unread.values() if each == size), None)

    def no_longer_unread(self, file: FileId) -> None:
        """What a file holds that was taken unread is known now, or will not be; nothing happens where it was not."""
        if (unread := self._unread.pop(file, None)) is not None:
            unread[1].succeed(None)

    async def equals_known(self, found: SourceFile) -> None:
        """Wait until no file of this size is unread: it may hold the same.

        Raises:
            Cancelled: The run was asked to stop.
        """
        while (known := self._unread_of(found.fingerprint.size)) is not None:
            await known.wait()

    async def _read(self, found: SourceFile, task: Task) -> ReadFile:
        if self._may_go_unread(found, task.rule):
            return ReadFile(found, provisional_digest(found), unread=True)
        now_ns = int(self._clock.now() * 1e9)
        async with self._large if found.fingerprint.size >= LARGE else nullcontext():
            content, address = await self._threads.read(
                links.read, found, task.rule, now_ns=now_ns, pause=self._clock.check, disk=self._disk
            )
        if address is not None:
            found = replace(found, address=address)
        return self.remember(found, content, now_ns)

    def remember(self, found: SourceFile, content: Content, now_ns: int) -> ReadFile:
        """Record what a file held when it was read from `now_ns` on."""
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
        """The file as it is now, and in how many seconds it may have come to rest."""
        before = found.fingerprint
        try:
            now = await self._threads.read(
                fingerprint_at, found.source, root=task.rule.folder, disk=self._disk
            )
        except (OSError, FileError):
            now = before  # reading it will say what is wrong
        ready_in = seconds_until_stable(now, task.rule.settle, self._clock.now())
        if now == before and now.mtime_ns > self._clock.now() * 1e9:
            # A time from the future proves nothing, but the file did not change while we waited.
            ready_in = 0.0
        return replace(found, fingerprint=now), ready_in
