"""Watch one folder: know what its path leads to, keep a watcher on it, or poll it and say why.

A check compares what the path leads to now with what is watched. So whatever happened to the folder (renamed, deleted,
recreated, replaced, mounted over, unmounted) is detected in the same way and has the same result: a new watcher and one
scan, because changes in between were not seen.
"""

import os
import shlex
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from notion_sync.log import Level
from notion_sync.rules import Watch
from notion_sync.scan.listing import why_no_folder
from notion_sync.scan.mountinfo import Mount, mounts_of
from notion_sync.watch.folders.limits import count_folders, limit_reached, refusal, watches_remedy
from notion_sync.watch.folders.source import EventSource, Sink
from notion_sync.watch.roots import FolderOrigin, Roots

Say = Callable[[str, Level], None]
"""Writes one line for people."""

_FIRST_RETRY = 60.0
_LONGEST_RETRY = 3600.0
"""First and longest seconds between attempts to get more watches: somebody must raise a setting first."""

_QUICK_RETRY = 1.0
_LONGEST_QUICK_RETRY = 60.0
"""First and longest seconds between replacements of a watcher that dies repeatedly."""

_COUNT_SHARE = 50
"""Counting folders may take at most one part in this many of the time."""


class Mode(StrEnum):
    """How changes below a folder are detected."""

    EVENTS = "events"
    POLL = "poll"
    MISSING = "missing"
    HELD = "held"
    """Nothing in it is sent until somebody confirms it."""


UNSEEN = (Mode.MISSING, Mode.HELD)
"""Modes in which a folder is not scanned; it is scanned when it leaves them."""


@dataclass(frozen=True, slots=True)
class FolderState:
    """How one folder is watched. `polled` are the folders that must be scanned regularly."""

    folder: str
    mode: Mode
    reason: str = ""
    remedy: str = ""
    polled: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Identity:
    """What a path leads to."""

    real: str
    device: int
    inode: int
    owner: int
    mounts: tuple[Mount, ...]


class Guard:
    """Keeps one folder watched. All methods are called from one thread; `state` may be read from any.

    Args:
        folder: Absolute path; may be a symlink.
        watch: The rule's `watch:`.
        sink: Receives hints; `tree` of the folder itself after anything that could not be seen.
        say: Receives a line, once, for every change that a person should know of.
        monotonic: Clock in seconds that never jumps.
        roots: Says whether anything in the folder may be sent.
    """

    def __init__(
        self,
        folder: str,
        watch: Watch,
        *,
        sink: Sink,
        say: Say,
        monotonic: Callable[[], float],
        roots: Roots,
    ) -> None:
        self.folder = folder
        self._watch = watch
        self._sink = sink
        self._say = say
        self._monotonic = monotonic
        self._roots = roots
        self._identity: _Identity | None = None
        self._source: EventSource | None = None
        self._retry_at = 0.0
        self._retry_pause = 0.0
        self._count_at = 0.0
        self._next_count = 0.0
        """Earliest time of the next count, so that counting does not take too much time."""
        self._short_before = False
        self._renewed = False
        """Whether the watcher was restarted because a folder had no watch; done once, as it may recur."""
        self._checked = False
        self._begun = False
        self.state = FolderState(folder, Mode.MISSING)

    def check(self, mounts: Iterable[Mount]) -> None:
        """Detect changes of the folder itself, and act on them."""
        identity = _identify(self.folder, mounts)
        if identity is not None and self._is_held(identity):
            return
        if identity != self._identity or not self._checked:
            self._checked = True
            self._moved(identity)
        if identity is None:
            return
        if (unheard := self._unheard(identity)) is not None:
            self._enter(FolderState(self.folder, Mode.POLL, unheard, polled=(self.folder,)), Level.INFO)
        elif self._source is None or not self._source.alive or self._degraded:
            self._restart(identity)
        elif self._count_due():
            self._count(identity)

    def _is_held(self, identity: _Identity) -> bool:
        """Whether the folder has become something else and needs a confirmation; it is not watched meanwhile."""
        obstacle = self._roots.obstacle(self.folder, FolderOrigin(identity.real, identity.owner))
        if not obstacle:
            return False
        self.stop()
        self._checked = False
        remedy = f"notion-sync resume {shlex.quote(self.folder)} confirms it"
        self._enter(FolderState(self.folder, Mode.HELD, obstacle, remedy), Level.WARNING)
        return True

    @property
    def _degraded(self) -> bool:
        """Whether the folder is polled although events would work on it."""
        return self.state.mode is Mode.POLL

    def _count_due(self) -> bool:
        now = self._monotonic()
        new = self._source is not None and self._source.new_folders
        return now >= self._count_at or (new and now >= self._next_count)

    def stop(self) -> None:
        """Stop watching."""
        source, self._source = self._source, None
        if source is not None:
            source.stop()

    def _moved(self, identity: _Identity | None) -> None:
        """Handle that the path leads to another folder, or to none."""
        before, self._identity = self._identity, identity
        self.stop()
        self._retry_at = self._retry_pause = 0.0
        if identity is None:
            why = why_no_folder(self.folder) or "it is not there; is its disk mounted?"
            self._enter(FolderState(self.folder, Mode.MISSING, why), Level.WARNING)
        else:
            if before is not None:
                self._say(f"{self.folder}: it was replaced or mounted again, and is watched anew", Level.INFO)
            self._sink.tree(self.folder)

    def _unheard(self, identity: _Identity) -> str | None:
        """Return why events of this folder cannot be used; None if they can."""
        if self._watch is Watch.POLL:
            return "watch: poll"
        holder = identity.mounts[0] if identity.mounts else None
        if self._watch is Watch.AUTO and holder is not None and not holder.heard:
            return f"{holder.kind} does not tell of all changes"
        return None

    def _restart(self, identity: _Identity) -> None:
        now = self._monotonic()
        if now < self._retry_at:
            return
        died = self._source is not None and not self._source.alive
        self.stop()
        source = EventSource(self.folder, identity.real, self._sink)
        self._short_before = False
        try:
            source.start()
        except Exception as error:
            self.poll_instead(*refusal(error, count_folders(identity.real)))
            return
        self._source = source
        if died:
            # The back-off grows if it happens twice in a short time.
            self._retry_pause = min(max(_QUICK_RETRY, 2 * self._retry_pause), _LONGEST_QUICK_RETRY)
            self._retry_at = now + self._retry_pause
            self._say(f"{self.folder}: its watcher stopped working and was replaced", Level.WARNING)
        self._sink.tree(self.folder)
        self._count(identity)

    def _count(self, identity: _Identity) -> None:
        """Compare the number of watches with the number of folders; a shortage counts if it is seen twice."""
        assert self._source is not None
        degraded = self._degraded
        began = self._monotonic()
        self._source.new_folders = False
        # Mounts that are polled anyway need no watches, and may be slow to list.
        folders = count_folders(
            identity.real, [mount.path for mount in identity.mounts[1:] if not mount.heard]
        )
        watches = self._source.watches
        now = self._monotonic()
        short = watches is not None and watches < folders
        twice, self._short_before = short and self._short_before, short
        self._next_count = now + _COUNT_SHARE * (now - began)
        self._count_at = self._next_count if short else float("inf")
        if not short:
            self._renewed = False
            self._retry_pause = 0.0 if degraded else self._retry_pause
            self._enter(self._watched(identity), Level.INFO)
        elif twice or degraded:
            reached = limit_reached(identity.real)
            if not (reached or degraded or self._renewed):
                # A folder could not be listed when the watcher started, and can be listed now.
                self._renewed = True
                self._restart(identity)
                return
            what = "inotify limit reached" if reached else "some folders cannot be watched"
            reason = f"{what} ({watches} of {folders} folders watched)"
            self.poll_instead(reason, watches_remedy(folders) if reached else "")

    def poll_instead(self, reason: str, remedy: str = "") -> None:
        """Poll the folder until a later attempt gets all watches."""
        self._retry_pause = min(max(_FIRST_RETRY, 2 * self._retry_pause), _LONGEST_RETRY)
        self._retry_at = self._count_at = self._monotonic() + self._retry_pause
        self._enter(FolderState(self.folder, Mode.POLL, reason, remedy, (self.folder,)), Level.WARNING)

    def _watched(self, identity: _Identity) -> FolderState:
        """Return the state of a watched folder; mounts below it that report no changes are polled."""
        if self._watch is not Watch.AUTO:
            return FolderState(self.folder, Mode.EVENTS)
        unheard = [mount for mount in identity.mounts[1:] if not mount.heard]
        polled = tuple(self.folder + mount.path[len(identity.real) :] for mount in unheard)
        kinds = ", ".join(f"{path} is {mount.kind}" for path, mount in zip(polled, unheard, strict=True))
        return FolderState(
            self.folder, Mode.EVENTS, kinds and f"{kinds} and is scanned regularly", "", polled
        )

    def _enter(self, state: FolderState, level: Level) -> None:
        """Set the state and report it if it has changed; a folder that is fine from the start is not reported."""
        before, self.state = self.state, state
        first, self._begun = not self._begun, True
        same = (state.mode, bool(state.remedy), bool(state.reason)) == (
            before.mode, bool(before.remedy), bool(before.reason),
        )  # fmt: skip
        if same and not (first and state.mode is not Mode.EVENTS):
            return
        if state.mode not in UNSEEN:
            self._sink.tree(self.folder)
        if state.mode is Mode.EVENTS and not state.reason:
            if not first and before.mode is not Mode.MISSING:
                self._say(f"{self.folder}: watched by events again", Level.INFO)
            elif not first:
                self._say(f"{self.folder}: the folder is there again", Level.INFO)
            return
        how = {Mode.POLL: "scanned regularly instead of watched: "}.get(state.mode, "")
        remedy = f"; {state.remedy}" if state.remedy else ""
        self._say(f"{self.folder}: {how}{state.reason}{remedy}", level)


def _identify(folder: str, mounts: Iterable[Mount]) -> _Identity | None:
    try:
        real = os.path.realpath(folder, strict=True)
        status = os.stat(real)
        if not os.path.isdir(real):
            return None
    except OSError:
        return None
    return _Identity(real, status.st_dev, status.st_ino, status.st_uid, mounts_of(real, mounts))
