"""One folder: what it is, who watches it, and why it is looked through instead.

A check compares what the path leads to now with what is watched, so whatever happened to the folder (renamed,
deleted, made anew, replaced, mounted over, unmounted) is noticed the same way and ends the same way: watched
anew, and looked through once, because what happened in between was seen by nobody.
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
from notion_sync.watch.roots import Place, Roots

Say = Callable[[str, Level], None]
"""Takes one line for people."""

_FIRST_RETRY = 60.0
_LONGEST_RETRY = 3600.0
"""Seconds between attempts to get more watches: somebody has to raise a setting first."""

_QUICK_RETRY = 1.0
_LONGEST_QUICK_RETRY = 60.0
"""Seconds between replacements of a watcher that dies again and again."""

_COUNT_SHARE = 50
"""Counting folders may take one part in so many of the time."""


class Mode(StrEnum):
    """How changes below a folder are noticed."""

    EVENTS = "events"
    POLL = "poll"
    MISSING = "missing"
    HELD = "held"
    """Nothing of it is sent until somebody confirms it."""


UNSEEN = (Mode.MISSING, Mode.HELD)
"""Nothing is looked for in such a folder; it is looked through when that is over."""


@dataclass(frozen=True, slots=True)
class FolderState:
    """How one folder is watched. `polled` are the folders that have to be looked through regularly."""

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
    """Keeps one folder watched; every method is called from one thread, `state` may be read from any.

    Args:
        folder: Absolute; may be a link.
        watch: What the rule says.
        sink: Gets hints; `tree` of the folder itself after everything that could not be seen.
        say: Hears once of every change that a person should know of.
        monotonic: Seconds that never jump.
        roots: Asked whether anything of it may be sent.
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
        """Folders are counted at leisure: never before this."""
        self._short_before = False
        self._renewed = False
        """Whether it was watched anew because a folder was left out; once, for it may be left out again."""
        self._checked = False
        self._begun = False
        self.state = FolderState(folder, Mode.MISSING)

    def check(self, mounts: Iterable[Mount]) -> None:
        """Look after the folder: find out what changed, and do what it takes."""
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
        """Whether it has become something else and waits for somebody to confirm that; it is not watched then."""
        obstacle = self._roots.obstacle(self.folder, Place(identity.real, identity.owner))
        if not obstacle:
            return False
        self.stop()
        self._checked = False
        remedy = f"notion-sync resume {shlex.quote(self.folder)} confirms it"
        self._enter(FolderState(self.folder, Mode.HELD, obstacle, remedy), Level.WARNING)
        return True

    @property
    def _degraded(self) -> bool:
        """Whether it is looked through although its events would mean something."""
        return self.state.mode is Mode.POLL

    def _count_due(self) -> bool:
        now = self._monotonic()
        new = self._source is not None and self._source.new_folders
        return now >= self._count_at or (new and now >= self._next_count)

    def stop(self) -> None:
        """Watch no more."""
        source, self._source = self._source, None
        if source is not None:
            source.stop()

    def _moved(self, identity: _Identity | None) -> None:
        """The path leads elsewhere, or nowhere."""
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
        """Why events of this folder mean nothing, None if they do."""
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
        except OSError as error:
            reason, remedy = refusal(error, count_folders(identity.real))
            self._poll_instead(reason, remedy)
            return
        self._source = source
        if died:
            # Twice in a minute is more than an accident.
            self._retry_pause = min(max(_QUICK_RETRY, 2 * self._retry_pause), _LONGEST_QUICK_RETRY)
            self._retry_at = now + self._retry_pause
            self._say(f"{self.folder}: its watcher stopped working and was replaced", Level.WARNING)
        self._sink.tree(self.folder)
        self._count(identity)

    def _count(self, identity: _Identity) -> None:
        """Compare what is watched with what is there; believed when it falls short twice."""
        assert self._source is not None
        degraded = self._degraded
        began = self._monotonic()
        self._source.new_folders = False
        # What is looked through anyway need not be watched, and may be slow to list.
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
                # A folder could not be listed when it was to be watched, and can be now.
                self._renewed = True
                self._restart(identity)
                return
            what = "inotify limit reached" if reached else "some folders cannot be watched"
            reason = f"{what} ({watches} of {folders} folders watched)"
            self._poll_instead(reason, watches_remedy(folders) if reached else "")

    def _poll_instead(self, reason: str, remedy: str) -> None:
        """Look through the folder until a later attempt gets all watches."""
        self._retry_pause = min(max(_FIRST_RETRY, 2 * self._retry_pause), _LONGEST_RETRY)
        self._retry_at = self._count_at = self._monotonic() + self._retry_pause
        self._enter(FolderState(self.folder, Mode.POLL, reason, remedy, (self.folder,)), Level.WARNING)

    def _watched(self, identity: _Identity) -> FolderState:
        """Watched by events, all but the mounts below it that do not tell of theirs."""
        if self._watch is not Watch.AUTO:
            return FolderState(self.folder, Mode.EVENTS)
        unheard = [mount for mount in identity.mounts[1:] if not mount.heard]
        polled = tuple(self.folder + mount.path[len(identity.real) :] for mount in unheard)
        kinds = ", ".join(f"{path} is {mount.kind}" for path, mount in zip(polled, unheard, strict=True))
        return FolderState(
            self.folder, Mode.EVENTS, kinds and f"{kinds} and is scanned regularly", "", polled
        )

    def _enter(self, state: FolderState, level: Level) -> None:
        """Take a state; said once, and not at all while everything is as it should be."""
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
