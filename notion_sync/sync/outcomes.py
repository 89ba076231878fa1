"""How files end, in the words of the report: one outcome for each file at each target that people know of."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from notion_sync.model import ActionName, Digest, Outcome, Placement, SourceFile
from notion_sync.plan import Remove
from notion_sync.rules import Destination, PageTarget, Rule, relative_to, report_key


@dataclass(frozen=True, slots=True)
class Result:
    """How a file ended at one destination."""

    action: ActionName
    reason: str = ""
    placement: Placement | None = None
    """What it has there, where Notion was changed."""

    @property
    def in_place(self) -> bool:
        """Whether its content is where the rule wants it, and nothing is left to do or to say."""
        return self.placement is not None or self.action is ActionName.UNCHANGED


THERE = "it was in Notion already, and is recorded now"

NO_TURN = "not started (the run was stopped)"

_SEVERITY = (
    ActionName.FAILED,
    ActionName.DEFERRED,
    ActionName.SKIPPED,
    ActionName.ATTACHED,
    ActionName.REPLACED,
    ActionName.RENAMED,
    ActionName.REMOVED,
    ActionName.UNCHANGED,
)
"""What counts where a file ended in two ways at one target: in its row and on the row's page."""


def joined(outcomes: Sequence[Outcome]) -> Outcome:
    """One outcome of those at a target's destinations: the worst, with the block of whichever has one."""
    if len(outcomes) == 1:
        return outcomes[0]
    worst = min(outcomes, key=lambda outcome: _SEVERITY.index(outcome.action))
    block_id = next((outcome.block_id for outcome in outcomes if outcome.block_id), None)
    page_id = next((outcome.page_id for outcome in outcomes if outcome.page_id), None)
    return replace(worst, block_id=block_id, page_id=page_id)


def removal_outcome(action: Remove, remark: str = "") -> Outcome:
    """The outcome of something whose file is gone."""
    reason = f"its file is gone; {remark}" if remark else "its file is gone"
    return _outcome_of_old(action.rule, action.target, action.old, ActionName.REMOVED, reason)


def restored_outcome(rule: Rule, target: Destination, old: Placement) -> Outcome:
    """The outcome of something that was in Notion's trash."""
    return _outcome_of_old(rule, target, old, ActionName.ATTACHED, "restored from Notion's trash")


def _outcome_of_old(
    rule: Rule, target: Destination, old: Placement, action: ActionName, reason: str
) -> Outcome:
    path = relative_to(rule.folder, old.id.path) or old.id.path
    return Outcome(
        rule.name, path, action, reason, 0, old.digest, report_key(target), old.page_id, old.block_id,
        old.upload_id,
    )  # fmt: skip


def outcome_of(
    rule: Rule,
    found: SourceFile,
    target: Destination,
    action: ActionName,
    reason: str,
    digest: Digest | None,
    placement: Placement | None = None,
    *,
    page_id: str | None = None,
    size: int = 0,
) -> Outcome:
    """The outcome of a file at a destination.

    Args:
        rule: The rule that takes it.
        found: The file.
        target: The destination.
        action: How it ended.
        reason: Why.
        digest: Its content, where it was read.
        placement: What it has there, where it has something.
        page_id: The page it would be on.
        size: Bytes of what was fetched from its address, where it leads to one.
    """
    at_once = target.page_id if isinstance(target, PageTarget) else None
    return Outcome(
        rule=rule.name,
        path=found.path,
        action=action,
        reason=reason,
        bytes=found.fingerprint.size if found.address is None else size,
        sha256=digest,
        target=report_key(target),
        page_id=(placement.page_id if placement else page_id) or at_once,
        block_id=placement.block_id if placement else None,
        file_upload_id=placement.upload_id if placement else None,
    )
