"""What follows from a pass: when to look again, whether the next one may run, and which notices are sent."""

from notion_sync.errors import NotionSyncError, UnusableEnvironment
from notion_sync.text.words import counted
from notion_sync.watch.availability import Availability
from notion_sync.watch.config import WatchConfig
from notion_sync.watch.due import Due
from notion_sync.watch.notify import Notices
from notion_sync.watch.passes import PassEnd, PassResult
from notion_sync.watch.pending import Pending
from notion_sync.watch.rescans import Rescans

_LATER = 1.0
"""Seconds by which the rest of a pass that was cut short is delayed, so that what is more urgent comes first."""


def after_pass(
    result: PassResult,
    due: Due,
    *,
    config: WatchConfig,
    pending: Pending,
    rescans: Rescans,
    availability: Availability,
    notices: Notices,
    now: float,
) -> None:
    """Act on the result of a pass.

    Args:
        result: The result.
        due: What the pass was to look at.
        config: The configuration that it used.
        pending: Receives what must be looked at again.
        rescans: Receives which folders were scanned.
        availability: Receives whether Notion is available.
        notices: Sends notices of failed files.
        now: When the pass ended.

    Raises:
        NotionSyncError: The token was refused at its first use, or the environment cannot be used.
    """
    if result.contacted:
        availability.contacted()
    if result.end is PassEnd.DONE:
        _tidy_up(result, due, pending, rescans, now)
        availability.worked(now)
        _tell(due, config, pending, notices)
        return
    pending.due.look_again(due, now + _LATER if result.end is PassEnd.CUT_SHORT else now)
    match result.end, result.error:
        case PassEnd.CUT_SHORT, _:
            availability.worked(now)
        case PassEnd.UNAVAILABLE, UnusableEnvironment() as error if availability.last_contact_at is None:
            raise error  # the environment does not change while this process lives
        case PassEnd.UNAVAILABLE, NotionSyncError() as error:
            availability.failed(error, pending.due.waiting(now), now)
        case PassEnd.REFUSED, NotionSyncError() as error:
            if availability.last_contact_at is None:
                raise error
            availability.token_refused(error, config.token.pause, now)


def _tidy_up(result: PassResult, due: Due, pending: Pending, rescans: Rescans, now: float) -> None:
    pending.looked(due, result.began, now)
    alone = len(due) == 1 and not result.requests
    for tree in due.trees:
        rescans.looked(tree, result.seconds if alone else None, now)


def _tell(due: Due, config: WatchConfig, pending: Pending, notices: Notices) -> None:
    if count := len(pending.failures()):
        notices.trouble("files", f"{counted(count, 'file')} could not be uploaded")
        return
    notices.over("files")
    if due.trees >= {area.folder for area in config.areas}:
        notices.well()
