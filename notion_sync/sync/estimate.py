"""Estimate the work of a pass from file sizes, by the same walk but without reading files.

A pass admits files as it proceeds, to bound its memory, so it does not know their total; this counts it separately.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Final

from notion_sync.clock import Clock
from notion_sync.extent import Extent
from notion_sync.notion.payloads import CHILDREN_LIMIT
from notion_sync.plan.folder import LeaveOut
from notion_sync.rules import PageTarget, Rule
from notion_sync.scan.disk import SYSTEM_DISK, Disk
from notion_sync.scan.reading import part_count
from notion_sync.scan.steps import Task
from notion_sync.scan.walk import Walk
from notion_sync.scan.walk_log import NoLog
from notion_sync.state import Store
from notion_sync.time_left import Stretches, Work

REQUESTS_A_ROW: Final = 2
"""Requests for a file in a row: one to find or create the row, and one to write it."""


def sending_requests(size: int) -> int:
    """Return the number of requests that upload a content of `size` bytes."""
    parts = part_count(size)
    return 2 if parts == 1 else parts + 2


def uploading_work(size: int) -> Work:
    """Return the work of uploading a content of `size` bytes."""
    return Work(1, size, sending_requests(size), in_parts=size if part_count(size) > 1 else 0)


def count_work(
    rules: Sequence[Rule],
    store: Store,
    clock: Clock,
    extent: Extent,
    enough: Callable[[], bool],
    disk: Disk = SYSTEM_DISK,
) -> Sequence[Work] | None:
    """Return the work of a pass over the rules' folders, in its order, or None if `enough` ended the count.

    Args:
        rules: The rules in the order of the configuration.
        store: The record; only read.
        clock: Time of day.
        extent: The part of the folders that the pass covers.
        enough: Called for each file; returns True to end the count.
        disk: The file system with the rules' folders.
    """
    stretches = Stretches()
    for each in _each(rules, store, clock, extent, disk):
        if enough():
            return None
        stretches.add(each)
    return stretches.all()


def _each(rules: Sequence[Rule], store: Store, clock: Clock, extent: Extent, disk: Disk) -> Iterator[Work]:
    walk = Walk(rules, store, clock, lambda _: None, extent, disk=disk, log=NoLog)
    for item in walk.tasks():
        if isinstance(item, Task) and not isinstance(item.step, LeaveOut):
            size = item.step.found.fingerprint.size
            yield replace(uploading_work(size), placing=_placing_requests(item.rule))


def _placing_requests(rule: Rule) -> float:
    targets = rule.targets
    pages = sum(isinstance(target, PageTarget) for target in targets)
    return pages / CHILDREN_LIMIT + REQUESTS_A_ROW * (len(targets) - pages)
