"""Snapshot of the daemon, as data and in one sentence."""

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum

from notion_sync.text.visible import visible
from notion_sync.text.words import counted, human_bytes
from notion_sync.watch.availability import Availability
from notion_sync.watch.folders.guard import FolderState
from notion_sync.watch.pending import Pending

WRITTEN_TO = "it is being written to"
"""Reason shown for a file that is not stable yet."""

SHOWN = 100
"""Maximum number of listed files of each kind."""

_MINUTE = 60.0

_STATE_FIELD = "mood"
"""The JSON field of `state`; its name is a contract with those who read `status --json`."""


class DaemonState(StrEnum):
    """The daemon's state in a word; if several hold, the most important one."""

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
    """A file that is not in Notion, why, and the seconds until the next attempt (None for no automatic one)."""

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
    """Return the most important state; `otherwise` is what the loop is doing."""
    if otherwise in (DaemonState.STARTING, DaemonState.STOPPING):
        return otherwise
    if availability.paused:
        return DaemonState.PAUSED
    if availability.refusal:
        return DaemonState.REFUSED
    return DaemonState.OFFLINE if availability.trouble else otherwise


def folder_statuses(states: Iterable[FolderState]) -> tuple[FolderStatus, ...]:
    """Return how each folder is watched."""
    return tuple(FolderStatus(s.folder, str(s.mode), s.reason, s.remedy) for s in states)


def waiting_files(pending: Pending, now: float) -> tuple[FileStatus, ...]:
    """Return the files that are being written to, and the deferred ones."""
    unstable = [FileStatus(path, WRITTEN_TO, pending.pause(path, 0.0)) for path in pending.unstable()]
    put_off = [
        FileStatus(path, retry.reason, max(0.0, (retry.again_at or now) - now))
        for path, retry in pending.deferrals()
    ]
    return tuple((unstable + put_off)[:SHOWN])


def failed_files(pending: Pending, now: float) -> tuple[FileStatus, ...]:
    """Return the failed files."""
    return tuple(
        FileStatus(path, retry.reason, None if retry.again_at is None else max(0.0, retry.again_at - now))
        for path, retry in pending.failures()[:SHOWN]
    )


class RequestCounter:
    """Counts requests over all sessions.

    The count is sampled at each query, so the requests between two queries count as made together.
    """

    def __init__(self) -> None:
        self._counts: deque[tuple[float, int]] = deque(maxlen=600)
        self._sent = 0
        self._sent_before = 0

    def use(self, count: int, limit: int | None, now: float) -> BudgetUse:
        """Return the current use of the rate budget.

        Args:
            count: Requests sent so far by the client of the open session.
            limit: Requests a minute; None for Notion's own limit.
            now: Seconds of a clock that never jumps.
        """
        if count < self._sent_before:
            self._sent_before = 0  # a new client, which counts from 0
        self._sent += count - self._sent_before
        self._sent_before = count
        while self._counts and self._counts[0][0] < now - _MINUTE:
            self._counts.popleft()
        used = self._sent - (self._counts[0][1] if self._counts else self._sent)
        self._counts.append((now, self._sent))
        return BudgetUse(limit, used, self._sent)


@dataclass(frozen=True, slots=True)
class Status:
    """Snapshot of the daemon. Times of day are in seconds since the epoch, None for never."""

    state: DaemonState
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
        """Return the data for JSON."""
        fields = asdict(self)
        return {_STATE_FIELD: fields.pop("state"), **fields}

    def sentence(self) -> str:
        """Return a sentence for `systemctl status`."""
        words = [_SENTENCES[self.state].format(folders=counted(len(self.folders), "folder"))]
        if self.state is DaemonState.WORKING:
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
