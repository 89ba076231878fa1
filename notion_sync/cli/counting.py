"""Count the files that the rules take, and their bytes, without reading any."""

from collections.abc import Sequence
from dataclasses import dataclass

from notion_sync.clock import Clock
from notion_sync.extent import EVERYTHING, Extent
from notion_sync.model import SourceFile
from notion_sync.notion.media import extension, is_known_extension
from notion_sync.plan.folder import LeaveOut
from notion_sync.rules import RowTarget, Rule, Unsupported
from notion_sync.scan.reading import part_count
from notion_sync.scan.steps import ListFolder, Problem
from notion_sync.scan.walk import Walk
from notion_sync.state import Store
from notion_sync.text.words import counted, human_bytes

PATIENCE = 10.0
"""Seconds after which counting stops, because somebody waits for the result."""


@dataclass
class Count:
    """The number and size of the files in one rule's folder."""

    files: int = 0
    bytes: int = 0
    complete: bool = False
    """Whether everything was counted; otherwise there is more."""
    trouble: str = ""
    """The reason if nothing can be counted."""
    unknown: int = 0
    """Number of files of types that Notion may refuse, and that are not packaged."""
    requests: int = 0
    """Number of requests to send all files, without those that a hundred files share."""

    def add(self, found: SourceFile, rule: Rule) -> None:
        """Count one file."""
        size = found.fingerprint.size
        self.unknown += rule.unsupported is Unsupported.SKIP and not is_known_extension(
            extension(found.id.name)
        )
        parts = part_count(size)
        self.files += 1
        self.bytes += size
        # An upload is created, sent and, if it has parts, completed. A row is looked up and created for its file;
        # blocks share requests.
        self.requests += 1 + parts + (parts > 1)
        self.requests += sum(isinstance(target, RowTarget) for target in rule.targets)

    def __str__(self) -> str:
        more = "" if self.complete else "more than "
        return f"{more}{counted(self.files, 'file')}, {human_bytes(self.bytes)}"


def count_files(
    rules: Sequence[Rule],
    store: Store,
    clock: Clock,
    *,
    extent: Extent = EVERYTHING,
    patience: float = PATIENCE,
) -> dict[str, Count]:
    """Count the files that each rule takes, by the rule's name.

    Args:
        rules: In the order of the config: a file counts for the first that takes it.
        store: Only read.
        clock: For the patience.
        extent: The part of their folders to count.
        patience: Seconds after which counting stops.
    """
    counts = {rule.name: Count() for rule in rules}
    walk = Walk(rules, store, clock, unchanged=lambda _: None, extent=extent, thorough=True)
    end = clock.monotonic() + patience
    for rule in (rule for rule in rules if extent.concerns(rule.folder)):
        count = counts[rule.name]
        for item in walk.items_of(rule):
            if isinstance(item, ListFolder):
                item.run()
            elif isinstance(item, Problem):
                count.trouble = count.trouble or (item.reason if not item.path else "")
            elif not isinstance(item.step, LeaveOut):
                count.add(item.step.found, rule)
            if clock.monotonic() > end:
                return counts
        count.complete = True
    return counts
