"""What the daemon is doing, as data and in one sentence."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum

from notion_sync.report import human_bytes, human_seconds, printable

WRITTEN_TO = "it is being written to"
"""Why a file waits that has not come to rest."""


class Mood(StrEnum):
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
class Budget:
    """Requests: `limit` a minute (None for Notion's own), `used` in the last minute, `sent` since the start."""

    limit: int | None
    used: int
    sent: int


@dataclass(frozen=True, slots=True)
class Status:
    """Everything at one moment. Times of day in seconds since the epoch, None for never."""

    mood: Mood
    pid: int
    started_at: float
    folders: tuple[FolderStatus, ...]
    queued: int
    in_flight: int
    in_flight_bytes: int
    deferred: tuple[FileStatus, ...]
    failed: tuple[FileStatus, ...]
    failed_count: int
    budget: Budget
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
        words = [_SENTENCES[self.mood].format(folders=_count(len(self.folders), "folder"))]
        if self.mood is Mood.WORKING:
            words[0] = (
                f"uploading {_count(self.in_flight, 'file')}" if self.in_flight else "looking for changes"
            )
            if self.in_flight_bytes:
                words[0] += f" ({human_bytes(self.in_flight_bytes)})"
        if self.trouble:
            words.append(self.trouble)
        if self.queued:
            words.append(f"{self.queued} waiting")
        if written_to := sum(each.reason == WRITTEN_TO for each in self.deferred):
            words.append(f"{_count(written_to, 'file')} being written")
        if put_off := len(self.deferred) - written_to:
            words.append(f"{_count(put_off, 'file')} put off")
        if self.failed_count:
            words.append(f"{_count(self.failed_count, 'file')} failed")
        blind = [f for f in self.folders if f.mode != "events"]
        words += [f"{printable(f.folder)} {_MODES.get(f.mode, f.mode)}" for f in blind[:3]]
        return "; ".join(words)


_SENTENCES = {
    Mood.STARTING: "starting",
    Mood.IDLE: "up to date, watching {folders}",
    Mood.WORKING: "",
    Mood.PAUSED: "paused, watching {folders}",
    Mood.OFFLINE: "Notion cannot be reached, watching {folders}",
    Mood.REFUSED: "the token is refused, watching {folders}",
    Mood.STOPPING: "stopping",
}

_MODES = {"poll": "is looked through regularly", "missing": "is waited for"}


def duration(seconds: float) -> str:
    """`3 min`."""
    return human_seconds(seconds)


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
