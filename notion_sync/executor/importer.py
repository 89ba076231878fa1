"""Has Notion fetch files from their addresses, each one once, whoever asks for it, and waits for the end.

An import goes on by itself for seconds or minutes. It keeps no worker busy meanwhile: each question about it is
a request of its own, asked when its time has come. Its upload is recorded when it begins, so that a run that
is interrupted, or too impatient, is followed by one that asks about the same import.

Runs in the coordinator; the requests themselves are done by workers.
"""

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import partial

from notion_sync.clock import Clock
from notion_sync.errors import NotionSyncError
from notion_sync.executor.download import Downloads
from notion_sync.executor.fetching import (
    FRESH,
    ImportDelayed,
    ImportFailed,
    StillFetching,
    Terms,
    failure,
    growing_pauses,
)
from notion_sync.executor.remote import Link
from notion_sync.executor.sender import LIFETIME, MARGIN
from notion_sync.executor.workers import Workers
from notion_sync.model import FETCHED, Address, Digest, Found, Upload
from notion_sync.notion.errors import NotFound, ValidationFailed
from notion_sync.notion.media import content_type, extension, upload_filename
from notion_sync.notion.values import FileUpload
from notion_sync.plan import fits
from notion_sync.report import Report, Tally
from notion_sync.state import Store

AT_ONCE = 12
"""Imports under way together: asked about every 15 seconds they take less than a third of the rate budget."""

SLOW = 15.0
"""Seconds after which an import is no reason any more to keep others waiting."""

_LONGEST_LOOK = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class Request:
    """Somebody who waits for the file at an address."""

    found: Found
    kind: str
    fetch_here: bool
    """Whether this machine shall fetch it if Notion cannot."""
    ready: Callable[[Upload, bool], None]
    failed: Callable[[BaseException], None]


@dataclass(eq=False)
class Import:
    """One address being fetched. `begun_at` in seconds since the epoch, the rest of a clock that never jumps."""

    address: Address
    upload: Upload | None
    resumed: bool
    asked_for_at: float
    begun_at: float = 0.0
    slow_at: float = float("inf")
    ends_at: float = float("inf")
    ask_at: float | None = None
    """When to ask next; None while an answer is awaited."""
    pauses: Iterator[float] = field(default_factory=growing_pauses)
    waiting: list[Request] = field(default_factory=list)


class Importer:
    """The imports of one pass.

    Args:
        store: Gets every upload that Notion began.
        link: To Notion.
        workers: Do the requests.
        clock: Time.
        downloads: Fetch what Notion cannot.
        report: Hears that an import begins.
        tally: Counts uploads.
        terms: How long to wait, and what to say.
    """

    def __init__(
        self,
        *,
        store: Store,
        link: Link,
        workers: Workers,
        clock: Clock,
        downloads: Downloads,
        report: Report,
        tally: Tally,
        terms: Terms,
    ) -> None:
        self._store = store
        self._link = link
        self._workers = workers
        self._clock = clock
        self._downloads = downloads
        self._report = report
        self._tally = tally
        self._terms = terms
        self._line: deque[Import] = deque()
        self._running: list[Import] = []
        self._open: dict[Digest, Import] = {}
        self._fetched_here: dict[Digest, Upload] = {}

    @property
    def slow(self) -> int:
        """How many wait for imports that take their time."""
        now = self._clock.monotonic()
        return sum(len(each.waiting) for each in self._running if each.slow_at <= now)

    def obtain(self, request: Request) -> None:
        """See to it that Notion holds what is at an address: already, soon, or by a new import."""
        address = request.found.address
        assert address is not None
        if (import_ := self._open.get(address.digest)) is not None:
            import_.waiting.append(request)
            return
        known = self._usable(address, request.kind)
        ready = next((upload for upload in known if upload.status != "pending"), None)
        if ready is not None:
            request.ready(ready, True)  # noqa: FBT003 - a callback
            return
        pending = next(iter(known), None)
        now = self._clock.monotonic()
        import_ = Import(address, pending, pending is not None, now, waiting=[request])
        self._open[address.digest] = import_
        self._line.append(import_)
        self.go_on()

    def go_on(self) -> None:
        """Begin what may begin, ask what is to be asked by now, give up what takes too long."""
        now = self._clock.monotonic()
        while self._line and len(self._running) < AT_ONCE:
            import_ = self._line.popleft()
            self._running.append(import_)
            if self._terms.stays and now >= import_.asked_for_at + self._terms.patience:
                self._failed(import_, StillFetching("its turn has not come", hint=self._terms.too_slow))
                continue
            # What an earlier pass has waited for is only asked about where somebody stays to ask again.
            patience = 0.0 if import_.resumed and self._terms.stays else self._terms.patience
            import_.slow_at, import_.ends_at = now + SLOW, now + patience
            self._ask(import_) if import_.upload is not None else self._begin(import_)
        for import_ in [each for each in self._running if each.ask_at is not None]:
            if import_.ask_at is not None and now >= min(import_.ask_at, import_.ends_at):
                # What has ended in the last moment is not late.
                self._ask(import_)

    def next_look(self) -> float | None:
        """Seconds until the clock alone makes a difference; None if it never does."""
        times = [min(each.ask_at, each.ends_at) for each in self._running if each.ask_at is not None]
        if not times:
            return None
        return min(_LONGEST_LOOK, max(0.0, min(times) - self._clock.monotonic()))

    def _usable(self, address: Address, kind: str) -> list[Upload]:
        if (here := self._fetched_here.get(address.digest)) is not None:
            return [here]
        now = self._clock.now()
        bot = self._link.account.bot
        with self._store.reading():
            uploads = self._store.uploads.usable(bot, address.digest, now + MARGIN, FETCHED, now - FRESH)
        return [upload for upload in uploads if fits(kind, upload.content_type)]

    # The import in Notion

    def _begin(self, import_: Import) -> None:
        address = import_.address
        import_.begun_at = self._clock.now()
        import_.ask_at = None
        begin = partial(
            self._link.remote.begin_import,
            address.url,
            filename=upload_filename(address.name),
            content_type=content_type(address.name),
        )
        self._workers.request(begin, partial(self._begun, import_))

    def _begun(self, import_: Import, future: Future[FileUpload]) -> None:
        if (error := future.exception()) is not None:
            self._failed(import_, error)
            return
        self._report.note(f"{import_.waiting[0].found.path}: Notion is fetching it")
        self._goes_on(import_, future.result())

    def _ask(self, import_: Import) -> None:
        assert import_.upload is not None
        import_.ask_at = None
        self._workers.request(
            partial(self._link.remote.upload, import_.upload.id), partial(self._asked, import_)
        )

    def _asked(self, import_: Import, future: Future[FileUpload]) -> None:
        error = future.exception()
        if error is None:
            self._goes_on(import_, future.result())
        elif isinstance(error, NotFound | ValidationFailed) and import_.resumed:
            self._begin_anew(import_)
        else:
            self._failed(import_, error)

    def _goes_on(self, import_: Import, answer: FileUpload) -> None:
        match answer.status:
            case "uploaded":
                self._done(import_, self._recorded(import_, answer))
            case "pending":
                self._recorded(import_, answer)
                now = self._clock.monotonic()
                if now < import_.ends_at:
                    import_.ask_at = now + next(import_.pauses)
                else:
                    late = StillFetching("Notion is still fetching it", hint=self._terms.too_slow)
                    self._failed(import_, late)
            case "expired" if import_.resumed:
                self._begin_anew(import_)
            case _:
                self._drop(import_)
                self._failed(import_, failure(answer, self._terms))

    def _recorded(self, import_: Import, answer: FileUpload) -> Upload:
        address = import_.address
        before = import_.upload
        if before is not None and answer.status == before.status:
            return before
        upload = Upload(
            id=answer.id,
            digest=address.digest,
            content_type=answer.content_type or content_type(address.name) or "",
            filename=answer.filename or upload_filename(address.name),
            size=answer.content_length or 0,
            status=answer.status,
            created_at=answer.created_time or 0.0,
            # The hour is counted by this machine's clock, so that it need not agree with Notion's.
            expires_at=before.expires_at if before else import_.begun_at + LIFETIME,
            form=FETCHED,
        )
        with self._store.transaction():
            self._store.uploads.save(self._link.account.bot, upload)
        import_.upload = upload
        return upload

    def _begin_anew(self, import_: Import) -> None:
        """What an earlier run began is not there any more."""
        self._drop(import_)
        import_.resumed = False
        self._begin(import_)

    def _drop(self, import_: Import) -> None:
        if import_.upload is not None:
            with self._store.transaction():
                self._store.uploads.drop(import_.upload.id)
            import_.upload = None

    def _done(self, import_: Import, upload: Upload) -> None:
        self._tally.uploads += 1
        self._close(import_)
        for number, request in enumerate(import_.waiting):
            request.ready(upload, number > 0)

    # What Notion cannot fetch

    def _failed(self, import_: Import, error: BaseException) -> None:
        if isinstance(error, ValidationFailed) and not error.hint and not _final(error):
            error.hint = self._terms.not_fetched
        here = [each for each in import_.waiting if each.fetch_here] if self._falls_back(error) else []
        again: list[Request] = []
        if isinstance(error, ValidationFailed) and error.unsupported_type:
            # The type is that of the name: what is at the address is welcome under another one.
            refused = extension(import_.address.name)
            again = [each for each in import_.waiting if extension(each.found.name) != refused]
        rest = [each for each in import_.waiting if each not in here and each not in again]
        import_.waiting = here
        if here:
            self._fetch_here(import_, error)
        else:
            self._close(import_)
        for request in rest:
            request.failed(error)
        for request in again:
            self.obtain(request)

    def _falls_back(self, error: BaseException) -> bool:
        """Whether it is another try worth to fetch it from here."""
        if isinstance(error, StillFetching):
            return not self._terms.stays
        if isinstance(error, ValidationFailed):
            return not _final(error)
        return isinstance(error, ImportFailed | ImportDelayed)

    def _fetch_here(self, import_: Import, why: BaseException) -> None:
        import_.slow_at = self._clock.monotonic() + SLOW
        first = import_.waiting[0]
        said = why.message if isinstance(why, NotionSyncError) else str(why)
        self._report.note(f"{first.found.path}: {said}; fetching it here")

        def sent(upload: Upload, reused: bool) -> None:  # noqa: FBT001 - the sender's callback
            self._fetched_here[import_.address.digest] = upload
            self._close(import_)
            for number, request in enumerate(import_.waiting):
                request.ready(upload, reused or number > 0)

        def failed(error: BaseException) -> None:
            if isinstance(error, ImportFailed):
                error = ImportFailed(f"{said}; {error.message}", hint="notion-sync retry tries both again")
            self._close(import_)
            for request in import_.waiting:
                request.failed(error)

        self._downloads.obtain(first.found, first.kind, sent, failed)

    def _close(self, import_: Import) -> None:
        self._running.remove(import_)
        del self._open[import_.address.digest]


def _final(error: ValidationFailed) -> bool:
    """Whether Notion does not take such a file at all, wherever it comes from."""
    return error.unsupported_type or error.too_large
