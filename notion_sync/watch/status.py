"""What the daemon is doing, as data and in one sentence."""

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum

from notion_sync.visible import visible
from notion_sync.watch.availability import Availability
from notion_sync.watch.folders.guard import FolderState
from notion_sync.watch.pending import Pending
from notion_sync.words import counted, human_bytes

WRITTEN_TO = "it is being written to"
"""Why a file waits that is not stable yet."""

SHOWN = 100
"""Files of each kind that are listed one by one."""

_MINUTE = 60.0


class DaemonState(StrEnum):
    """The state in a word, the most important one where several hold."""

    STARTING = "starting"
    IDLE = "idle"
    WORKING = "working"
    PAUSED = "paused"
    OFFLINE = "offline"
    REFUSED = "token refused"
    STOPPING = "stopping"


@dataclass(frozen=True, slots=True)
class FolderStatus:
    """How one folder is watched."""

    folder: str
    mode: str
    reason: str
    remedy: str


@dataclass(frozen=True, slots=True)
class FileStatus:
    """A file that is not in Notion, and why; `again_in` seconds it is tried again, None for not by itself."""

    path: str
    reason: str
    again_in: float | None


@dataclass(frozen=True, slots=True)
class BudgetUse:
    """Requests: `limit` a minute (None for Notion's own), `used` in the last minute, `sent` since the start."""

    limit: int | None
    used: int
    sent: int


def state_of(availability: Availability, otherwise: DaemonState) -> DaemonState:
    """The most important state: `otherwise` is what the loop is doing."""
    if otherwise in (DaemonState.STARTING, DaemonState.STOPPING):
        return otherwise
    if availability.paused:
        return DaemonState.PAUSED
    if availability.refusal:
        return DaemonState.REFUSED
    return DaemonState.OFFLINE if availability.trouble else otherwise


def folder_statuses(states: Iterable[FolderState]) -> tuple[FolderStatus, ...]:
    """How each folder is watched."""
    return tuple(FolderStatus(s.folder, str(s.mode), s.reason, s.remedy) for s in states)


def waiting_files(pending: Pending, now: float) -> tuple[FileStatus, ...]:
    """The files that are written to, and those that were put off."""
    unstable = [FileStatus(path, WRITTEN_TO, pending.pause(path, 0.0)) for path in pending.unstable()]
    put_off = [
        FileStatus(path, retry.reason, max(0.0, (retry.again_at or now) - now))
        for path, retry in pending.deferrals()
    ]
    return tuple((unstable + put_off)[:SHOWN])


def failed_files(pending: Pending, now: float) -> tuple[FileStatus, ...]:
    """The files that failed."""
    return tuple(
        FileStatus(path, retry.reason, None if retry.again_at is None else max(0.0, retry.again_at - now))
        for path, retry in pending.failures()[:SHOWN]
    )


class RequestCounter:
    """Counts requests over all sessions.

    They are counted whenever somebody asks: between two questions they cannot be told apart.
    """

    def __init__(self) -> None:
        self._counts: deque[tuple[float, int]] = deque(maxlen=600)
        self._sent = 0
        self._sent_before = 0

    def use(self, count: int, limit: int | None, now: float) -> BudgetUse:
        """The use of the budget.

        Args:
            count: Requests that the client of the open session has sent.
            limit: Requests a minute, None for Notion's own limit.
            now: Seconds that never jump.
        """
        if count < self._sent_before:
            self._sent_before = 0  # another client, which counts from the beginning
        self._sent += count - self._sent_before
        self._sent_before = count
        while self._counts and self._counts[0][0] < now - _MINUTE:
            self._counts.popleft()
        used = self._sent - (self._counts[0][1] if self._counts else self._sent)
        self._counts.append((now, self._sent))
        return BudgetUse(limit, used, self._sent)


@dataclass(frozen=True, slots=True)
class Status:
    """Everything at one moment. Times of day in seconds since the epoch, None for never."""

    mood: DaemonState
    pid: int
    started_at: float
    folders: tuple[FolderStatus, ...]
    queued: int
    in_flight: int
    in_flight_bytes: int
    deferred: tuple[FileStatus, ...]
    failed: tuple[FileStatus, ...]
    failed_count: int
    budget: BudgetUse
    uploaded: int
    uploaded_bytes: int
    last_success_at: float | None
    trouble: str
    trouble_since: float | None
    next_attempt_at: float | None

    def plain(self) -> Mapping[str, object]:
        """For JSON."""
        return asdict(self)

    def sentence(self) -> str:
        """As a person would say it, for `systemctl status`."""
        words = [_SENTENCES[self.mood].format(folders=counted(len(self.folders), "folder"))]
        if self.mood is DaemonState.WORKING:
            words[0] = (
                f"uploading {counted(self.in_flight, 'file')}" if self.in_flight else "looking for changes"
            )
            if self.in_flight_bytes:
                words[0] += f" ({human_bytes(self.in_flight_bytes)})"
        if self.trouble:
            words.append(self.trouble)
        if self.queued:
            words.append(f"{self.queued} waiting")
        if written_to := sum(each.reason == WRITTEN_TO for each in self.deferred):
            words.append(f"{counted(written_to, 'file')} being written")
        if put_off := len(self.deferred) - written_to:
            words.append(f"{counted(put_off, 'file')} put off")
        if self.failed_count:
            words.append(f"{counted(self.failed_count, 'file')} failed")
        blind = [f for f in self.folders if f.mode != "events"]
        words += [f"{visible(f.folder)} {_MODES.get(f.mode, f.mode)}" for f in blind[:3]]
        return "; ".join(words)


_SENTENCES = {
    DaemonState.STARTING: "starting",
    DaemonState.IDLE: "up to date, watching {folders}",
    DaemonState.WORKING: "",
    DaemonState.PAUSED: "paused, watching {folders}",
    DaemonState.OFFLINE: "Notion cannot be reached, watching {folders}",
    DaemonState.REFUSED: "the token is refused, watching {folders}",
    DaemonState.STOPPING: "stopping",
}

_MODES = {"poll": "is scanned regularly", "missing": "is waited for", "held": "is held"}
