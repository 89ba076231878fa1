"""Reports to the user: each outcome, the totals at the end, and progress in between."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field, fields, replace
from typing import Protocol, TextIO

from notion_sync.errors import OutputLost
from notion_sync.model import ActionName, Outcome, plain_reason
from notion_sync.text.visible import visible, well_formed
from notion_sync.text.words import counted, human_bytes, human_seconds

_OUTCOME_FIELDS = tuple(each.name for each in fields(Outcome))


@dataclass
class Tally:
    """The totals of one pass."""

    counts: dict[ActionName, int] = field(default_factory=lambda: dict.fromkeys(ActionName, 0))
    uploads: int = 0
    reused: int = 0
    bytes_uploaded: int = 0
    requests: int = 0
    seconds: float = 0.0
    cut_short: bool = False
    """Whether the pass could not go on to its end."""

    def add(self, outcome: Outcome) -> None:
        """Count one outcome."""
        self.counts[outcome.action] += 1

    def summary(self) -> dict[str, object]:
        """Return the last JSON object of `push --json`."""
        return {
            "event": "summary",
            **{str(action): count for action, count in self.counts.items()},
            "uploads": self.uploads,
            "reused": self.reused,
            "bytes_uploaded": self.bytes_uploaded,
            "requests": self.requests,
            "seconds": round(self.seconds, 3),
        }


USUAL_RATE = 180
"""Requests a minute that Notion allows a connection (Notion: "Request limits")."""

READING = "Reading"
UNSTABLE = "Waiting for"
"""What happens to a file before it is sent; `UNSTABLE` while it is still being written to."""


class Report(Protocol):
    """Receiver of outcomes and progress."""

    def outcome(self, outcome: Outcome) -> None:
        """Receive how one file ended at one target."""

    def note(self, text: str) -> None:
        """Receive a message that is not about one file."""

    def flush(self) -> None:
        """Write what was held back to combine outcomes of the same cause."""

    def end(self, tally: Tally) -> None:
        """Receive the totals; the pass is over."""

    def busy(self, path: str, doing: str) -> None:
        """A possibly long step with the file at an absolute path begins: `READING` or `UNSTABLE`."""

    def busy_ended(self, path: str) -> None:
        """That step is over."""

    def sending(self, path: str, size: int) -> None:
        """Sending the content of the file at an absolute path begins; `size` in bytes."""

    def sent(self, path: str, size: int) -> None:
        """`size` more bytes were sent to Notion. Called from worker threads."""

    def lost(self, path: str, size: int) -> None:
        """`size` bytes that were sent did not arrive, and are sent again. Called from worker threads."""

    def resumed(self, path: str, size: int) -> None:
        """Notion has `size` bytes of the content from an earlier run, and they are not sent again."""

    def sending_ended(self, path: str) -> None:
        """All bytes were sent, or no more will be."""

    def arrived(self, path: str, size: int) -> None:
        """Notion has the content of the file at an absolute path, even if another file's upload brought it."""

    def file_ended(self, path: str, size: int) -> None:
        """The file has ended at every target."""


class BareReport:
    """A report without progress that holds nothing back."""

    def flush(self) -> None:
        """Do nothing: nothing is held back."""

    def busy(self, path: str, doing: str) -> None:
        """Do nothing."""

    def busy_ended(self, path: str) -> None:
        """Do nothing."""

    def sending(self, path: str, size: int) -> None:
        """Do nothing."""

    def sent(self, path: str, size: int) -> None:
        """Do nothing."""

    def lost(self, path: str, size: int) -> None:
        """Do nothing."""

    def resumed(self, path: str, size: int) -> None:
        """Do nothing."""

    def sending_ended(self, path: str) -> None:
        """Do nothing."""

    def arrived(self, path: str, size: int) -> None:
        """Do nothing."""

    def file_ended(self, path: str, size: int) -> None:
        """Do nothing."""


@dataclass
class JsonReport(BareReport):
    """JSON Lines on stdout and nothing else; notes go to `errors`.

    Args:
        out: Receives the lines.
        errors: Receives notes.
        planned: Whether outcomes are a dry run's.
        verbose: Whether unchanged files get a line each.
    """

    out: TextIO
    errors: TextIO
    planned: bool = False
    verbose: bool = False

    def outcome(self, outcome: Outcome) -> None:
        """Write one object."""
        if outcome.action is ActionName.UNCHANGED and not self.verbose:
            return
        line: dict[str, object] = {"event": "file"}
        line |= {name: getattr(outcome, name) for name in _OUTCOME_FIELDS}
        for key in ("rule", "path", "reason"):  # a reason may hold a path, too
            line[key] = well_formed(str(line[key]))
        if self.planned:
            line["planned"] = True
        self._write(line)

    def note(self, text: str) -> None:
        """Write the note to `errors`."""
        print(visible(text), file=self.errors)

    def end(self, tally: Tally) -> None:
        """Write the summary."""
        summary = tally.summary()
        if self.planned:
            summary["planned"] = True
        self._write(summary)

    def _write(self, line: dict[str, object]) -> None:
        text = json.dumps(line, ensure_ascii=False)
        # JSON allows these characters in strings, but many readers of lines treat them as line breaks.
        for char in "\x85\u2028\u2029":
            text = text.replace(char, f"\\u{ord(char):04x}")
        try:
            self.out.write(text + "\n")
            self.out.flush()
        except OutputLost as lost:
            self.note(f"{lost}; files still go to Notion, and notion-sync history lists them")


@dataclass
class PlainLines(BareReport):
    """Writes one line per file, for people and logs; files that did not get to Notion for the same cause share one.

    Args:
        write: Writes a line; the flag says whether it is an error.
        planned: Whether outcomes are a dry run's.
        verbose: Whether unchanged files get a line each, and reasons keep Notion's error codes.
        rate: Requests a minute that a dry run's estimate reckons with.
        names_rules: Whether lines name the rule, because with several rules a path alone is ambiguous.
        monotonic: Returns monotonic seconds.
    """

    write: Callable[[str, bool], None]
    planned: bool = False
    verbose: bool = False
    names_rules: bool = False
    rate: int = USUAL_RATE
    monotonic: Callable[[], float] = lambda: 0.0
    _causes: "dict[tuple[ActionName, str], _Cause]" = field(default_factory=dict, init=False)

    def outcome(self, outcome: Outcome) -> None:
        """Write a line at once, or, for a cause that other files may share, later or at the end."""
        now = self.monotonic()
        if outcome.action in _SHARED and outcome.reason:
            reason = outcome.reason if self.verbose else plain_reason(outcome.reason)
            cause = self._causes.setdefault((outcome.action, reason), _Cause(reason, now))
            cause.add(outcome)
        elif outcome.action is not ActionName.UNCHANGED or self.verbose:
            self.write(self._line(outcome), False)  # noqa: FBT003
        for cause in self._causes.values():
            waits = (
                cause.first.action is ActionName.DEFERRED
            )  # most of them at the end of a run that is stopped
            if not cause.told and not waits and now - cause.since >= _HELD_BACK:
                self._tell(cause)

    def note(self, text: str) -> None:
        """Write a line."""
        self.write(text, False)  # noqa: FBT003

    def flush(self) -> None:
        """Write what was held back."""
        for cause in self._causes.values():
            self._tell(cause)
        self._causes.clear()

    def end(self, tally: Tally) -> None:
        """Write the summary in words."""
        self.flush()
        self.write(summary_line(tally, planned=self.planned, rate=self.rate), False)  # noqa: FBT003

    def _tell(self, cause: "_Cause") -> None:
        if not cause.files:
            return
        first, more = cause.first, " more" if cause.told else ""
        bad = first.action is ActionName.FAILED
        if cause.files == 1 and not cause.told:
            self.write(self._line(replace(first, reason=cause.reason)), bad)
        else:
            files = counted(cause.files, f"{more} file".strip())
            line = f"{_word(first, planned=self.planned):<9} {files}: {visible(cause.reason)}"
            self.write(line if more else line + self._which(cause), bad)
        cause.told, cause.files = True, 0

    def _which(self, cause: "_Cause") -> str:
        names = [self._name(outcome) for outcome in cause.some]
        return f"; {', '.join(names)}" if len(names) == cause.files else f"; first: {names[0]}"

    def _line(self, outcome: Outcome) -> str:
        return outcome_line(outcome, planned=self.planned, name=self._name(outcome))

    def _name(self, outcome: Outcome) -> str:
        if not outcome.path:
            return f"rule {outcome.rule}"
        return f"{visible(outcome.path)} (rule {outcome.rule})" if self.names_rules else visible(outcome.path)


_SHARED = (ActionName.FAILED, ActionName.SKIPPED, ActionName.DEFERRED)
"""Outcomes that many files may have for the same cause."""

_NAMED = 3
"""Number of files listed by name when several share a cause."""

_HELD_BACK = 5.0
"""Seconds for which a cause collects files before it is written."""


@dataclass
class _Cause:
    """Files with the same outcome and reason; `files` of them are not written yet."""

    reason: str
    since: float
    files: int = 0
    told: bool = False
    some: list[Outcome] = field(default_factory=list)
    """The first outcomes."""
    _last: tuple[str, str] | None = None

    @property
    def first(self) -> Outcome:
        """The very first outcome."""
        return self.some[0]

    def add(self, outcome: Outcome) -> None:
        """Add an outcome; a file with the same outcome at several targets counts once."""
        file = (outcome.rule, outcome.path)
        if file == self._last:
            return
        self._last = file
        self.files += 1
        if len(self.some) < _NAMED:
            self.some.append(outcome)


_PLANNED = {
    ActionName.ATTACHED: "attach",
    ActionName.REPLACED: "replace",
    ActionName.RENAMED: "rename",
    ActionName.REMOVED: "remove",
    ActionName.UNCHANGED: "keep",
    ActionName.SKIPPED: "skip",
    ActionName.DEFERRED: "defer",
    ActionName.FAILED: "fail",
}


def _word(outcome: Outcome, *, planned: bool) -> str:
    return f"would {_PLANNED[outcome.action]}" if planned else str(outcome.action)


def outcome_line(outcome: Outcome, *, planned: bool = False, name: str | None = None) -> str:
    """Return a line such as `attached  scans/a.png  1.2 MiB`."""
    line = f"{_word(outcome, planned=planned):<9} {name or visible(outcome.path)}"
    if outcome.bytes:
        line += f"  {human_bytes(outcome.bytes)}"
    return f"{line}: {visible(outcome.reason)}" if outcome.reason else line


def summary_line(tally: Tally, *, planned: bool = False, rate: int = USUAL_RATE) -> str:
    """Return the totals in words, without zeros; `rate` is what a dry run's estimate reckons with."""
    requests = counted(tally.requests, "request")
    if planned:
        parts = [f"{_PLANNED[action]} {count:,}" for action, count in tally.counts.items() if count]
        text = ", ".join(parts) or "nothing to do"
        if tally.bytes_uploaded:
            text += f", {human_bytes(tally.bytes_uploaded)}"
        return f"plan: {text}; about {requests}, {human_seconds(tally.seconds)} at {rate} requests a minute"
    parts = [f"{count:,} {action}" for action, count in tally.counts.items() if count]
    text = ", ".join(parts) or ("nothing done" if tally.cut_short else "nothing to do")
    if tally.uploads:
        text += f"; {human_bytes(tally.bytes_uploaded)} sent in {counted(tally.uploads, 'upload')}"
    if tally.reused:
        text += f", {tally.reused:,} reused"
    return f"{text}; {requests} in {human_seconds(tally.seconds)}"
