"""Changes of what is there: a block's content or name, a page's icon or cover, a block into the trash.

Each of them can be done twice without harm, so nothing is written down before. What somebody has deleted in
Notion stays deleted, unless its file has a new content.

Runs in the coordinator; the requests themselves are done by workers.
"""

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeVar

from notion_sync.clock import Clock
from notion_sync.executor.groups import GONE
from notion_sync.executor.intake import Job
from notion_sync.executor.remote import Link
from notion_sync.executor.trouble import Trouble, trouble_of
from notion_sync.executor.workers import Workers
from notion_sync.model import ActionName, Placement, Upload
from notion_sync.notion.errors import NotFound, NotionError, ValidationFailed
from notion_sync.notion.payloads import BlockChange
from notion_sync.plan import Attach, Remove, Rename, Replace
from notion_sync.state import Store

T = TypeVar("T")

Change = Attach | Replace | Rename


@dataclass(frozen=True, slots=True)
class EditHooks:
    """What the coordinator does with results."""

    done: Callable[[Job, Change, ActionName, Placement, str], None]
    failed: Callable[[Job, Change, Trouble], None]
    again: Callable[[Job, Attach | Replace], None]
    """Notion does not know the upload any more: have it sent again, then go on."""
    anew: Callable[[Job, Attach], None]
    """The block is gone, and its file has a new content: it gets a new block."""
    removed: Callable[[Remove], None]
    kept: Callable[[Remove, Trouble], None]
    """It could not be removed."""


class Edits:
    """The changes of one pass.

    Args:
        store: Gets what was done.
        link: To Notion.
        workers: Do the requests.
        clock: The time of day.
        hooks: Hear of results.
    """

    def __init__(self, *, store: Store, link: Link, workers: Workers, clock: Clock, hooks: EditHooks) -> None:
        self._store = store
        self._link = link
        self._workers = workers
        self._clock = clock
        self._hooks = hooks
        self.under_way = 0

    def put(self, job: Job, action: Replace, upload: Upload) -> None:
        """Show an upload in the block that is there."""
        block_id = action.old.block_id
        assert block_id is not None
        change = BlockChange(action.kind, upload.id, action.label.name, action.label.caption)  # type: ignore[arg-type]
        placement = _placement(action, upload, block_id, action.old.page_id)
        task = partial(self._link.remote.change_block, block_id, change)
        self._write(job, action, task, lambda _: self._written(job, action, ActionName.REPLACED, placement))

    def dress(self, job: Job, action: Attach, upload: Upload, page_id: str) -> None:
        """Make an upload the icon or cover of a page."""
        placement = _placement(action, upload, None, page_id)
        task = partial(self._link.remote.dress_page, page_id, part=action.kind, upload_id=upload.id)
        self._write(job, action, task, partial(self._dressed, job, action, placement))

    def rename(self, job: Job, action: Rename) -> None:
        """Let the block show the file's new name."""
        old = action.old
        assert old.block_id is not None
        caption = action.label.caption if action.label.caption != old.label.caption else None
        change = BlockChange(old.kind, None, action.label.name, caption)  # type: ignore[arg-type]
        task = partial(self._link.remote.change_block, old.block_id, change)
        self._write(job, action, task, lambda _: self.renamed(job, action))

    def renamed(self, job: Job, action: Rename, remark: str = "") -> None:
        """Record a new name that Notion shows, or need not show."""
        placement = replace(
            action.old, id=action.found.id, label=action.label, place=action.spot.place, way=action.spot.way
        )
        with self._store.transaction():
            self._store.placements.forget(action.old)
            self._store.files.forget(action.old.id)
            self._store.placements.save(placement, self._clock.now())
        was = f"was {action.old.id.path}"
        self._hooks.done(job, action, ActionName.RENAMED, placement, f"{was}; {remark}" if remark else was)

    def remove(self, action: Remove) -> None:
        """Move a block to the trash."""
        block_id = action.old.block_id
        assert block_id is not None
        self.under_way += 1

        def answered(future: Future[None]) -> None:
            self.under_way -= 1
            error = future.exception()
            if error is not None and not _is_gone(error):
                self._hooks.kept(action, trouble_of(error))
                return
            with self._store.transaction():
                placements = self._store.placements
                (placements.forget_retired if action.retired else placements.forget)(action.old)
            self._hooks.removed(action)

        self._workers.request(partial(self._link.remote.trash_block, block_id), answered)

    def _dressed(self, job: Job, action: Attach | Replace, placement: Placement, file_id: str | None) -> None:
        self._written(job, action, ActionName.ATTACHED, replace(placement, file_id=file_id))

    def _written(self, job: Job, action: Attach | Replace, name: ActionName, placement: Placement) -> None:
        assert placement.upload_id is not None
        with self._store.transaction():
            self._store.placements.save(placement, self._clock.now())
            self._store.uploads.attached([placement.upload_id])
        self._hooks.done(job, action, name, placement, "")

    def _write(self, job: Job, action: Change, task: Callable[[], T], done: Callable[[T], None]) -> None:
        self.under_way += 1

        def answered(future: Future[T]) -> None:
            self.under_way -= 1
            error = future.exception()
            if error is None:
                done(future.result())
            elif isinstance(error, NotionError) and error.unknown_upload and not job.resent:
                job.resent = True
                assert not isinstance(action, Rename)
                self._hooks.again(job, action)
            elif isinstance(action, Rename) and _is_gone(error):
                self.renamed(job, action, GONE)
            elif isinstance(action, Replace) and _is_gone(error):
                self._hooks.anew(job, self._block_anew(action))
            else:
                self._hooks.failed(job, action, trouble_of(error))

        self._workers.request(task, answered)

    def _block_anew(self, action: Replace) -> Attach:
        with self._store.transaction():
            self._store.placements.forget(action.old)
        return Attach(
            action.found, action.target, action.digest, action.kind, action.label, action.spot, action.form
        )


def _placement(
    action: Attach | Replace, upload: Upload, block_id: str | None, page_id: str | None
) -> Placement:
    return Placement(
        action.found.id, action.target.key, action.digest, action.kind, upload.id, block_id, action.label,
        action.spot.place, action.spot.way, page_id, form=action.form,
    )  # fmt: skip


def _is_gone(error: BaseException) -> bool:
    """Whether a block was deleted in Notion."""
    if isinstance(error, NotFound):
        return not error.unknown_upload
    return isinstance(error, ValidationFailed) and error.trashed
