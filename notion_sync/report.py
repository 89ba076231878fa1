"""What the user is told: one outcome at a time, the sum at the end, and how it goes in between."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from typing import Protocol, TextIO

from notion_sync.model import ActionName, Outcome
from notion_sync.visible import visible, well_formed

_OUTCOME_FIELDS = tuple(each.name for each in fields(Outcome))


@dataclass
class Tally:
    """The sums of one pass."""

    counts: dict[ActionName, int] = field(default_factory=lambda: dict.fromkeys(ActionName, 0))
    uploads: int = 0
    reused: int = 0
    bytes_uploaded: int = 0
    requests: int = 0
    seconds: float = 0.0

    def add(self, outcome: Outcome) -> None:
        """Count one outcome."""
        self.counts[outcome.action] += 1

    def summary(self) -> dict[str, object]:
        """The last JSON object of `push --json`."""
        return {
            "event": "summary",
            **{str(action): count for action, count in self.counts.items()},
            "uploads": self.uploads,
            "reused": self.reused,
            "bytes_uploaded": self.bytes_uploaded,
            "requests": self.requests,
            "seconds": round(self.seconds, 3),
        }


class Report(Protocol):
    """Where outcomes go."""

    def outcome(self, outcome: Outcome) -> None:
        """One file ended at one target."""

    def sent(self, size: int) -> None:
        """So many bytes left for Notion; called from worker threads."""

    def expected(self, files: int, size: int) -> None:
        """So many more files and bytes are going to be sent."""

    def note(self, text: str) -> None:
        """Something worth a line that is not about one file."""

    def end(self, tally: Tally) -> None:
        """The pass is over."""


@dataclass
class JsonReport:
    """JSON Lines on stdout, nothing else goes there; notes go to `errors`.

    Args:
        out: Where the lines go.
        errors: Where notes go.
        planned: Whether outcomes are what would happen.
        verbose: Whether unchanged files get a line each.
    """

    out: TextIO
    errors: TextIO
    planned: bool = False
    verbose: bool = False

    def outcome(self, outcome: Outcome) -> None:
        """One object a file."""
        if outcome.action is ActionName.UNCHANGED and not self.verbose:
            return
        line: dict[str, object] = {"event": "file"}
        line |= {name: getattr(outcome, name) for name in _OUTCOME_FIELDS}
        for key in ("rule", "path", "reason"):  # a reason may hold a path, too
            line[key] = decodable(str(line[key]))
        if self.planned:
            line["planned"] = True
        self._write(line)

    def sent(self, size: int) -> None:
        """Not shown."""

    def expected(self, files: int, size: int) -> None:
        """Not shown."""

    def note(self, text: str) -> None:
        """To the errors."""
        print(printable(text), file=self.errors)

    def end(self, tally: Tally) -> None:
        """The summary."""
        summary = tally.summary()
        if self.planned:
            summary["planned"] = True
        self._write(summary)

    def _write(self, line: dict[str, object]) -> None:
        text = json.dumps(line, ensure_ascii=False)
        # JSON allows them in strings, but many who read lines take them for the end of one.
        for char in "\x85\u2028\u2029":
            text = text.replace(char, f"\\u{ord(char):04x}")
        self.out.write(text + "\n")
        self.out.flush()


@dataclass
class PlainLines:
    """A line a file, for people and logs.

    Args:
        write: Takes a line and whether it is bad news.
        planned: Whether outcomes are what would happen.
        verbose: Whether unchanged files get a line each.
    """

    write: Callable[[str, bool], None]
    planned: bool = False
    verbose: bool = False

    def outcome(self, outcome: Outcome) -> None:
        """One line."""
        if outcome.action is ActionName.UNCHANGED and not self.verbose:
            return
        self.write(outcome_line(outcome, planned=self.planned), outcome.action is ActionName.FAILED)

    def sent(self, size: int) -> None:
        """Not shown."""

    def expected(self, files: int, size: int) -> None:
        """Not shown."""

    def note(self, text: str) -> None:
        """A line of its own."""
        self.write(text, False)  # noqa: FBT003

    def end(self, tally: Tally) -> None:
        """The summary in words."""
        self.write(summary_line(tally, planned=self.planned), False)  # noqa: FBT003


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


def outcome_line(outcome: Outcome, *, planned: bool = False) -> str:
    """`attached  scans/a.png  1.2 MiB → page …`."""
    word = f"would {_PLANNED[outcome.action]}" if planned else str(outcome.action)
    line = f"{word:<9} {printable(outcome.path)}"
    if outcome.bytes:
        line += f"  {human_bytes(outcome.bytes)}"
    return f"{line}: {printable(outcome.reason)}" if outcome.reason else line


def summary_line(tally: Tally, *, planned: bool = False) -> str:
    """The sums in words; what is zero is left out."""
    parts = [f"{count} {action}" for action, count in tally.counts.items() if count]
    text = ", ".join(parts) or "nothing to do"
    if planned:
        return (
            f"would end with: {text}; about {tally.requests} requests, "
            f"{human_seconds(tally.seconds)} under the rate limit"
        )
    if tally.uploads:
        text += f"; {human_bytes(tally.bytes_uploaded)} sent in {tally.uploads} uploads"
    if tally.reused:
        text += f", {tally.reused} reused"
    return f"{text}; {tally.requests} requests in {human_seconds(tally.seconds)}"


def decodable(text: str) -> str:
    """A path as JSON can say it: only bytes that are no text are replaced."""
    return well_formed(text)


def printable(text: str) -> str:
    """A text with paths in it that can be printed: undecodable bytes and control characters made visible."""
    return visible(text)


def human_bytes(size: float) -> str:
    """`1.2 MiB`."""
    for unit in ("B", "KiB", "MiB"):
        if size < 1024:
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1024
    return f"{size:.1f} GiB"


def human_seconds(seconds: float) -> str:
    """`4 s`, `3 min`, `2.5 h`."""
    if seconds < 90:
        return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"
    if seconds < 5400:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"
