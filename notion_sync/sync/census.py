"""How much a pass has to do, by sizes alone: the same walk, and nothing is read.

A pass takes files in as it gets on, so that memory does not grow with them; how many there are is counted beside it.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from notion_sync.clock import Clock
from notion_sync.extent import Extent
from notion_sync.notion.payloads import CHILDREN_LIMIT
from notion_sync.plan import LeaveOut
from notion_sync.progress import Work
from notion_sync.rules import PageTarget, Rule
from notion_sync.scan.reading import part_count
from notion_sync.scan.steps import Task
from notion_sync.scan.walk import Walk
from notion_sync.scan.walk_log import NoLog
from notion_sync.state import Store

REQUESTS_A_ROW: Final = 2
"""To find a row or make it, and to write into it."""


def sending_requests(size: int) -> int:
    """Requests that bring a content of so many bytes to Notion."""
    parts = part_count(size)
    return 2 if parts == 1 else parts + 2


def count_work(
    rules: Sequence[Rule], store: Store, clock: Clock, extent: Extent, enough: Callable[[], bool]
) -> Work | None:
    """Count what a pass over the rules' folders would have to do; None where it is to end before it is through.

    Args:
        rules: In the order of the config.
        store: The record; only read.
        clock: For the time of day.
        extent: What to keep to.
        enough: Whether to end now.
    """
    work = Work()
    for each in _each(rules, store, clock, extent):
        if enough():
            return None
        work = work.plus(each)
    return work


def _each(rules: Sequence[Rule], store: Store, clock: Clock, extent: Extent) -> Iterator[Work]:
    walk = Walk(rules, store, clock, lambda _: None, extent, log=NoLog)
    for item in walk.tasks():
        if isinstance(item, Task) and not isinstance(item.step, LeaveOut):
            size = item.step.found.fingerprint.size
            yield Work(1, size, sending_requests(size), _placing_requests(item.rule))


def _placing_requests(rule: Rule) -> float:
    targets = rule.targets
    pages = sum(isinstance(target, PageTarget) for target in targets)
    return pages / CHILDREN_LIMIT + REQUESTS_A_ROW * (len(targets) - pages)
