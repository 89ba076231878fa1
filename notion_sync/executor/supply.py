"""Sees to it that the content of a file is in Notion, dressed as the rule wants it, and says when.

Runs in the coordinator; reading and packing are done by readers, sending by `sender`.
"""

import os
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial

from notion_sync.clock import Clock
from notion_sync.content import Content, part_size
from notion_sync.executor.download import SUFFIX as FETCHED_SUFFIX
from notion_sync.executor.importer import Importer, Request
from notion_sync.executor.intake import Intake, Job
from notion_sync.executor.sender import Sender
from notion_sync.executor.transfer import Wanted
from notion_sync.executor.workers import Workers
from notion_sync.executor.wrap import ZIP, Packed, pack, renamed, then_remove, upload_key
from notion_sync.model import FETCHED, Upload
from notion_sync.plan import Attach, Replace
from notion_sync.rules import Links

Ready = Callable[[Upload, bool], None]
Failed = Callable[[BaseException], None]


class Supply:
    """What the files of one pass need in bytes.

    Args:
        sender: Sends.
        importer: Has Notion fetch what lies elsewhere.
        intake: Reads files again whose digest alone is known.
        workers: Pack.
        clock: Its `Cancelled` ends packing.
        folder: For packed files while they are on their way.
    """

    def __init__(
        self,
        *,
        sender: Sender,
        importer: Importer,
        intake: Intake,
        workers: Workers,
        clock: Clock,
        folder: str,
    ) -> None:
        self._sender = sender
        self._importer = importer
        self._intake = intake
        self._workers = workers
        self._clock = clock
        self._folder = folder

    def obtain(self, job: Job, action: Attach | Replace, ready: Ready, failed: Failed) -> None:
        """Have the content in Notion, then go on with `ready`, or with `failed`."""
        _, form = upload_key(action.found, action.digest, action.form)
        if action.form == FETCHED:
            may_fetch = job.task.rule.links is Links.FETCH
            self._importer.obtain(Request(action.found, action.kind, may_fetch, ready, failed))
        elif action.form == ZIP:
            self._obtain_packed(action, form, ready, failed)
        else:
            self._obtain_plain(job, action, form, ready, failed)

    def _obtain_plain(
        self, job: Job, action: Attach | Replace, form: str, ready: Ready, failed: Failed
    ) -> None:
        def send(content: Content) -> None:
            found = renamed(job.found, action.form)
            self._sender.obtain(Wanted(found, content, action.kind, ready, failed, form))

        def was_read(future: Future[Content]) -> None:
            if (error := future.exception()) is not None:
                failed(error)
                return
            job.content = future.result()
            send(job.content)

        if job.content is None and part_size(job.found.fingerprint.size):
            # The record knew its digest; the digests of its parts it did not.
            self._intake.read(job, was_read)
        else:
            send(job.content or Content(action.digest, (), racy=False))

    def _obtain_packed(self, action: Attach | Replace, form: str, ready: Ready, failed: Failed) -> None:
        held = self._sender.held(action.digest, form, action.kind)
        if held is not None:
            ready(held, True)  # noqa: FBT003 - a callback
            return

        def was_packed(future: Future[Packed]) -> None:
            if (error := future.exception()) is not None:
                failed(error)
                return
            packed = future.result()
            wanted = Wanted(
                packed.found, packed.content, action.kind, then_remove(packed, ready),
                then_remove(packed, failed), form, action.digest,
            )  # fmt: skip
            self._sender.obtain(wanted)

        task = partial(
            pack, action.found, action.digest, self._folder,
            now_ns=int(self._clock.now() * 1e9), pause=partial(self._clock.sleep, 0.0),
        )  # fmt: skip
        self._workers.read(task, was_packed)


def clear_folder(folder: str) -> None:
    """Remove what an interrupted run left of packed and fetched files."""
    try:
        names = os.listdir(folder)
    except FileNotFoundError:
        return
    for name in names:
        if name.endswith((f".{ZIP}", FETCHED_SUFFIX)):
            os.unlink(os.path.join(folder, name))
