"""What a pass would do, without doing it: the same survey and the same judge, and no write at all.

Files are read, because only a content can tell a rename from a new file, and a copy from an upload.
"""

from collections.abc import Iterator
from functools import partial

from notion_sync.clock import Clock
from notion_sync.content import part_count, read_content
from notion_sync.errors import FileError
from notion_sync.executor.judge import Judge, changes_something
from notion_sync.executor.remote import Account
from notion_sync.model import ActionName, Digest, Outcome
from notion_sync.notion.payloads import CHILDREN_LIMIT
from notion_sync.plan import Action, Attach, Keep, LeaveOut, Look, Refuse, Rename, Replace, fits
from notion_sync.report import Report, Tally
from notion_sync.rules import Kind
from notion_sync.state import Store
from notion_sync.survey import Problem, Task

REQUESTS_PER_SECOND = 3.0
"""Notion's budget: 180 a minute (Notion: "Request limits")."""

_NAMES = {
    Attach: ActionName.ATTACHED,
    Replace: ActionName.REPLACED,
    Rename: ActionName.RENAMED,
    Keep: ActionName.UNCHANGED,
}


class Preview:
    """A pass on paper.

    Args:
        store: The record; only read.
        account: The bot whose uploads count.
        clock: Time of day.
        report: Hears what would happen.
        tally: Counts it; requests and seconds are estimates.
    """

    def __init__(self, *, store: Store, account: Account, clock: Clock, report: Report, tally: Tally) -> None:
        self._store = store
        self._account = account
        self._clock = clock
        self._report = report
        self._tally = tally
        self._judge = Judge(store, lambda: account, clock.now)
        self._uploads: dict[Digest, list[str]] = {}
        self._blocks: dict[str, int] = {}

    def run(self, items: Iterator[Task | Problem]) -> None:
        """Go through all of it."""
        for item in items:
            if isinstance(item, Problem):
                action = ActionName.SKIPPED if item.harmless else ActionName.FAILED
                self._tell(Outcome(item.rule.name, item.path, action, item.reason))
            elif isinstance(item.step, LeaveOut):
                by_rule = item.step.by_rule
                self._all(item, ActionName.SKIPPED if by_rule else ActionName.FAILED, item.step.reason)
            else:
                self._look(item)
        appends = sum(-(-count // CHILDREN_LIMIT) for count in self._blocks.values())
        self._tally.requests += appends + len(self._blocks)
        self._tally.seconds = self._tally.requests / REQUESTS_PER_SECOND

    def _look(self, task: Task) -> None:
        found = task.step.found
        digest = task.step.digest if isinstance(task.step, Look) else None
        if digest is None:
            try:
                pause = partial(self._clock.sleep, 0.0)
                digest = read_content(found.source, found.fingerprint, now_ns=0, pause=pause).digest
            except FileError as error:
                self._all(task, ActionName.FAILED, str(error))
                return
        for target in task.rule.pages:
            action = self._judge.action(found, digest, task.rule, task.rule_key, target)
            self._count(action)
            self._tell(_outcome(task, action))

    def _count(self, action: Action) -> None:
        """Estimate what it costs."""
        if isinstance(action, Attach | Replace):
            self._count_upload(action)
        if isinstance(action, Attach) and action.kind not in (Kind.ICON, Kind.COVER):
            key = action.target.key
            self._blocks[key] = self._blocks.get(key, 0) + 1
        elif changes_something(action):
            self._tally.requests += 1

    def _count_upload(self, action: Attach | Replace) -> None:
        with self._store.reading():
            known = self._store.uploads.usable(self._account.bot, action.digest, self._clock.now())
        kinds = self._uploads.setdefault(action.digest, [])
        if any(fits(action.kind, upload.content_type) for upload in known) or action.kind in kinds:
            self._tally.reused += 1
            return
        kinds.append(action.kind)
        size = action.found.fingerprint.size
        parts = part_count(size)
        self._tally.uploads += 1
        self._tally.bytes_uploaded += size
        self._tally.requests += 2 if parts == 1 else parts + 2

    def _all(self, task: Task, action: ActionName, reason: str) -> None:
        for target in task.rule.pages:
            found = task.step.found
            self._tell(
                Outcome(
                    task.rule.name, found.path, action, reason, found.fingerprint.size,
                    target=target.key, page_id=target.page_id,
                )
            )  # fmt: skip

    def _tell(self, outcome: Outcome) -> None:
        self._tally.add(outcome)
        self._report.outcome(outcome)


def _outcome(task: Task, action: Action) -> Outcome:
    reason = ""
    if isinstance(action, Refuse):
        name = ActionName.SKIPPED if action.by_rule else ActionName.FAILED
        reason = action.reason
    else:
        name = _NAMES[type(action)]
    if isinstance(action, Rename):
        reason = f"was {action.old.id.path}"
    old = action.old if isinstance(action, Replace | Rename) else None
    return Outcome(
        rule=task.rule.name,
        path=action.found.path,
        action=name,
        reason=reason or (action.reason if isinstance(action, Keep) else ""),
        bytes=action.found.fingerprint.size,
        sha256=action.digest,
        target=action.target.key,
        page_id=action.target.page_id,
        block_id=old.block_id if old else None,
    )
