"""Log what a walk decides about each folder and each file, and why.

The logger is `notion_sync.scan`; the `fields` of a log record hold the same facts for programs. INFO is what there is
to do, DEBUG also what there is not. Paths are as on disk, with undecodable bytes as surrogates.
"""

import logging
from collections.abc import Iterable, Sequence

from notion_sync.model import Entry
from notion_sync.plan.folder import LeaveOut, Look, Step, Wait
from notion_sync.routing import selection
from notion_sync.rules import Rule

_log = logging.getLogger("notion_sync.scan")
_log.addHandler(logging.NullHandler())  # without a handler Python would print errors to stderr


class WalkLog:
    """The log of one rule's walk.

    Args:
        rule: The rule.
    """

    def __init__(self, rule: Rule) -> None:
        self._rule = rule
        self.logged = _log.isEnabledFor(logging.INFO)
        """Read once per walk: if it is false, callers call no method other than `unforeseen`."""

    def unchanged(self, folder: str, files: int) -> None:
        """Log that an absolute folder is skipped because its signature is the recorded one."""
        self._write(logging.DEBUG, "%s: unchanged, files: %d", folder, files, folder=folder, files=files)

    def looked_into(self, folder: str, files: int, steps: Sequence[Step]) -> None:
        """Log the comparison of an absolute folder with the record: the number of its files, and its steps."""
        self._write(
            logging.INFO,
            "%s: files: %d, to look at: %d",
            folder,
            files,
            len(steps),
            folder=folder,
            files=files,
            steps=len(steps),
        )
        for step in steps:
            path, why = step.found.path, _why(step)
            self._write(logging.INFO, "%s: %s", path, why, path=path, reason=why)

    def left_out(self, path: str, names: Iterable[str], *, folders: bool) -> None:
        """Log the names in a folder that the rule does not take, and why. `path` is relative to the rule's folder."""
        if not _log.isEnabledFor(logging.DEBUG):
            return
        for name in names:
            inside = f"{path}/{name}" if path else name
            chosen = selection(self._rule, inside, folder=folders)
            if not chosen.taken:
                why = chosen.reason
            elif not folders:
                why = "an earlier rule takes it"
            else:
                continue
            self._write(logging.DEBUG, "%s: left out: %s", inside, why, path=inside, reason=why)

    def problem(self, path: str, reason: str) -> None:
        """Log that something below the rule's folder cannot be taken."""
        self._write(logging.INFO, "%s: %s", path, reason, path=path, reason=reason)

    def unforeseen(self, path: str, error: Exception) -> None:
        """Log an unforeseen exception below the rule's folder, with its stack trace."""
        _log.error("%s: %s", path, error, exc_info=error, extra=self._fields(path=path))

    def _write(self, level: int, message: str, *values: object, **fields: object) -> None:
        _log.log(level, message, *values, extra=self._fields(**fields))

    def _fields(self, **fields: object) -> dict[str, object]:
        return {"fields": {"rule": self._rule.name, **fields}}


class NoLog(WalkLog):
    """The log of a walk that only repeats what another walk logs."""

    def __init__(self, rule: Rule) -> None:
        super().__init__(rule)
        self.logged = False

    def unforeseen(self, path: str, error: Exception) -> None:
        """Write nothing."""


def not_taken(entries: Iterable[Entry], in_place: Iterable[Entry], steps: Iterable[Step]) -> list[str]:
    """Return the names of the entries that are neither in place nor have a step."""
    known = {entry[0] for entry in in_place} | {step.found.id.name for step in steps}
    return [entry[0] for entry in entries if entry[0] not in known]


def _why(step: Step) -> str:
    """Describe what the comparison with the record found for a file."""
    match step:
        case Look(_, None):
            return "its content is not known"
        case Look():
            return "its content is known, but it is not everywhere the rule wants it"
        case Wait(_, ready_in):
            return f"it was written to a moment ago, and may be at rest in {ready_in:.1f} s"
        case LeaveOut(_, reason):
            return f"left out: {reason}"
