"""Brings contents into Notion, each one once, whoever asks for it.

Runs in the coordinator; the requests themselves are done by workers.
"""

from concurrent.futures import Future
from functools import partial

from notion_sync.bandwidth import Bandwidth
from notion_sync.clock import Clock
from notion_sync.content import CHUNK, part_count
from notion_sync.errors import FileError
from notion_sync.executor.remote import Link
from notion_sync.executor.transfer import Transfer, Wanted
from notion_sync.executor.workers import Workers
from notion_sync.model import Digest, Upload
from notion_sync.notion.errors import NotFound, ValidationFailed
from notion_sync.notion.media import extension
from notion_sync.notion.values import FileUpload
from notion_sync.plan import fits
from notion_sync.report import Report, Tally
from notion_sync.state import Store

MARGIN = 5 * 60.0
"""Seconds of its hour an upload must have left to be begun with."""

LIFETIME = 3600.0
"""Seconds from an upload's creation to its end if it is not attached (Notion: "File upload")."""


class Sender:
    """Owns the transfers of one pass.

    Args:
        store: Gets every upload and part that Notion confirmed.
        link: To Notion, opened at the first use; says how fast bytes may go there.
        workers: Do the requests.
        clock: The time of day decides which uploads are still good; its `Cancelled` ends what is being sent.
        report: Hears of bytes.
        tally: Counts uploads and bytes.
    """

    def __init__(
        self,
        *,
        store: Store,
        link: Link,
        workers: Workers,
        clock: Clock,
        report: Report,
        tally: Tally,
    ) -> None:
        self._store = store
        self._link = link
        self._workers = workers
        self._clock = clock
        self._report = report
        self._tally = tally
        self._bandwidth = Bandwidth(clock, link.bytes_per_second)
        self._transfers: dict[tuple[Digest, str], list[Transfer]] = {}

    def obtain(self, wanted: Wanted) -> None:
        """See to it that Notion holds the content: already, soon, or by a new transfer."""
        key = (wanted.digest, wanted.form)
        known = [u for u in self._usable(*key) if fits(wanted.kind, u.content_type)]
        ready = next((u for u in known if u.status != "pending"), None)
        if ready is not None:
            wanted.ready(ready, True)  # noqa: FBT003 - a callback
            return
        for transfer in self._transfers.get(key, ()):
            mime = transfer.upload.content_type if transfer.upload else transfer.content_type
            if fits(wanted.kind, mime or ""):
                transfer.waiting.append(wanted)
                return
        transfer = Transfer(
            wanted.found, wanted.content, self._passed, self._clock.now(), wanted.form, wanted.original,
            self._bandwidth.grain(CHUNK),
        )  # fmt: skip
        transfer.waiting.append(wanted)
        self._transfers.setdefault(key, []).append(transfer)
        self._report.expected(1, wanted.found.fingerprint.size)
        self._start(transfer, next(iter(known), None))

    def held(self, digest: Digest, form: str, kind: str) -> Upload | None:
        """An upload of a content in a form that can be attached as it is."""
        usable = self._usable(digest, form)
        return next((u for u in usable if u.status != "pending" and fits(kind, u.content_type)), None)

    def refuse(self, upload_id: str) -> None:
        """Notion does not take this id: never offer it again."""
        with self._store.transaction():
            self._store.uploads.drop(upload_id)

    def _usable(self, digest: Digest, form: str) -> list[Upload]:
        with self._store.reading():
            soon = self._clock.now() + MARGIN
            return self._store.uploads.usable(self._link.account.bot, digest, soon, form)

    def _passed(self, size: int) -> None:
        self._bandwidth.take(size)
        self._report.sent(size)

    def _start(self, transfer: Transfer, pending: Upload | None) -> None:
        remote = self._link.remote
        if not transfer.in_parts:
            send = partial(
                remote.send_whole,
                transfer.whole(),
                filename=transfer.filename,
                content_type=transfer.content_type,
            )
            self._workers.request(send, partial(self._done, transfer))
        elif pending is not None:
            transfer.resumed = True
            with self._store.reading():
                transfer.resume(pending, self._store.uploads.parts(pending.id))
            self._go_on(transfer)
        else:
            begin = partial(
                remote.begin_parts,
                filename=transfer.filename,
                content_type=transfer.content_type,
                parts=part_count(transfer.found.fingerprint.size),
            )
            self._workers.request(begin, partial(self._begun, transfer))

    def _begun(self, transfer: Transfer, future: Future[FileUpload]) -> None:
        if (error := future.exception()) is not None:
            self._failed(transfer, error)
            return
        upload = self._recorded(transfer, future.result(), "pending")
        transfer.resume(upload, {})
        self._go_on(transfer)

    def _go_on(self, transfer: Transfer) -> None:
        assert transfer.upload is not None
        upload = transfer.upload
        for number in transfer.next_parts():
            body = transfer.part(number)
            send = partial(
                self._link.remote.send_part,
                upload.id,
                body,
                number=number,
                filename=upload.filename,
                content_type=upload.content_type,
            )
            self._workers.request(send, partial(self._part_sent, transfer, number))
        if transfer.all_sent and not transfer.finishing and not transfer.failed:
            transfer.finishing = True
            self._workers.request(
                partial(self._link.remote.finish_parts, upload.id), partial(self._done, transfer)
            )

    def _part_sent(self, transfer: Transfer, number: int, future: Future[None]) -> None:
        assert transfer.upload is not None
        transfer.under_way -= 1
        if (error := future.exception()) is not None:
            self._failed(transfer, error)
            return
        sha256 = transfer.content.parts[number - 1]
        with self._store.transaction():
            self._store.uploads.save_part(transfer.upload.id, number, sha256)
        self._tally.bytes_uploaded += transfer.part(number).length
        if not transfer.failed:
            self._go_on(transfer)

    def _done(self, transfer: Transfer, future: Future[FileUpload]) -> None:
        if (error := future.exception()) is not None:
            self._failed(transfer, error)
            return
        upload = self._recorded(transfer, future.result(), "uploaded")
        self._tally.uploads += 1
        if not transfer.in_parts:
            self._tally.bytes_uploaded += transfer.found.fingerprint.size
        self._forget(transfer)
        for number, wanted in enumerate(transfer.waiting):
            wanted.ready(upload, number > 0)

    def _recorded(self, transfer: Transfer, answer: FileUpload, status: str) -> Upload:
        # The hour is counted by this machine's clock, so that it need not agree with Notion's.
        ends = transfer.upload.expires_at if transfer.upload else transfer.started_at + LIFETIME
        upload = Upload(
            id=answer.id,
            digest=transfer.digest,
            content_type=answer.content_type or transfer.content_type or "",
            filename=answer.filename or transfer.filename,
            size=transfer.found.fingerprint.size,
            status=status,
            created_at=answer.created_time or 0.0,
            expires_at=ends,
            form=transfer.form,
        )
        with self._store.transaction():
            self._store.uploads.save(self._link.account.bot, upload)
        return upload

    def _failed(self, transfer: Transfer, error: BaseException) -> None:
        if transfer.failed:
            return
        transfer.failed = True
        self._forget(transfer)
        if (
            transfer.resumed
            and transfer.upload is not None
            and isinstance(error, NotFound | ValidationFailed)
        ):
            # What was begun in an earlier run is not there any more: begin anew.
            self.refuse(transfer.upload.id)
            again = transfer.waiting
        elif isinstance(error, FileError):
            # Others have the same content in files of their own.
            again = [wanted for wanted in transfer.waiting if wanted.found is not transfer.found]
        elif isinstance(error, ValidationFailed) and error.unsupported_type:
            # The type is that of the name: the same content is welcome under another one.
            refused = extension(transfer.filename)
            again = [each for each in transfer.waiting if extension(each.found.id.name) != refused]
        else:
            again = []
        for wanted in transfer.waiting:
            if wanted in again:
                self.obtain(wanted)
            else:
                wanted.failed(error)

    def _forget(self, transfer: Transfer) -> None:
        key = (transfer.digest, transfer.form)
        self._transfers[key].remove(transfer)
        if not self._transfers[key]:
            del self._transfers[key]
