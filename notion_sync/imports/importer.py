"""Brings files from public addresses to a page, each once.

An imported file has no place on this machine: in the record the address is its folder, and below it stands
the name it was given. Nobody here sees its bytes, so a digest made of the address stands for its content; it
is equal to no file's.
"""

import hashlib
import os
import tempfile
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from urllib.parse import unquote, urlsplit

from notion_sync.clock import Clock
from notion_sync.content import fingerprint_of, read_content
from notion_sync.errors import NotionSyncError, NotNow
from notion_sync.executor.remote import Link
from notion_sync.executor.sender import LIFETIME
from notion_sync.executor.trouble import Scope, stop_error, trouble_of
from notion_sync.imports.carry import Carrier
from notion_sync.imports.fetch import ImportFailed, fetched
from notion_sync.model import ActionName, Digest, FileId, Fingerprint, Found, Outcome, Placement, Upload
from notion_sync.notion.download import Downloader
from notion_sync.notion.errors import ValidationFailed
from notion_sync.notion.media import block_kind, content_type, extension, upload_filename
from notion_sync.plan import Attach, kind_at, label_for
from notion_sync.report import Report, Tally
from notion_sync.rules import PageTarget
from notion_sync.state import Store

RULE = "import"
"""What stands for the rule in reports and in the history."""


@dataclass(frozen=True, slots=True)
class Wish:
    """An address and the name its file shall have."""

    url: str
    name: str

    @property
    def id(self) -> FileId:
        """Where the record keeps it."""
        return FileId(self.url, self.name)


def name_of(url: str) -> str:
    """The last part of an address's path; the host's name where there is none."""
    parts = urlsplit(url)
    return unquote(parts.path.rstrip("/").rpartition("/")[2]) or parts.hostname or "unnamed"


def stand_in(url: str) -> Digest:
    """What stands for a content that nobody here has seen."""
    return Digest(
        hashlib.sha256(b"notion-sync import\0" + url.encode("utf-8", "surrogateescape")).hexdigest()
    )


class Importer:
    """Brings one file after the other.

    Args:
        store: The record.
        link: To Notion.
        clock: Time and sleep.
        report: Hears of every outcome.
        tally: Counts them.
        carrier: The way into Notion.
        timeout: Seconds Notion may take to fetch a file.
        downloader: Makes what fetches a file here if Notion cannot; None to leave it at that.
    """

    def __init__(
        self,
        *,
        store: Store,
        link: Link,
        clock: Clock,
        report: Report,
        tally: Tally,
        carrier: Carrier,
        timeout: float,
        downloader: Callable[[], AbstractContextManager[Downloader]] | None,
    ) -> None:
        self._store = store
        self._link = link
        self._clock = clock
        self._report = report
        self._tally = tally
        self._carrier = carrier
        self._timeout = timeout
        self._downloader = downloader

    def bring(self, wish: Wish, target: PageTarget) -> None:
        """Import one file, unless it is there; what is wrong with it alone is reported.

        Raises:
            NotionSyncError: Nothing can be imported now.
        """
        with self._store.reading():
            known = self._store.placements.get(wish.id, target.key)
        if known is not None:
            reason = "it was imported before; notion-sync forget ADDRESS lets it be imported again"
            self._end(wish, target, ActionName.UNCHANGED, reason, known)
            return
        try:
            placement, size = self._imported(wish, target)
        except ImportFailed as error:
            late = error.exit_code == NotNow.exit_code
            self._end(wish, target, ActionName.DEFERRED if late else ActionName.FAILED, str(error), None)
        except NotionSyncError as error:
            # Files are strangers here: what one file's address does is no reason to leave out the others.
            if not _of_this_file(error):
                raise stop_error(error) from error
            self._end(wish, target, ActionName.FAILED, str(error), None)
        else:
            self._end(wish, target, ActionName.ATTACHED, "", placement, size)

    def _imported(self, wish: Wish, target: PageTarget) -> tuple[Placement, int]:
        try:
            return self._by_notion(wish, target)
        except (ImportFailed, ValidationFailed) as error:
            if self._downloader is None or (
                isinstance(error, ValidationFailed) and (error.unsupported_type or error.too_large)
            ):
                raise _advised(error, wish, may_fall_back=self._downloader is None) from error
            self._report.note(f"{wish.url}: {error}; fetching it here")
            return self._by_ourselves(wish, target, self._downloader)

    def _by_notion(self, wish: Wish, target: PageTarget) -> tuple[Placement, int]:
        remote = self._link.remote
        begun_at = self._clock.now()
        begun = remote.begin_import(
            wish.url, filename=upload_filename(wish.name), content_type=content_type(wish.name)
        )
        self._report.note(f"{wish.url}: Notion is fetching it")
        answer = fetched(partial(remote.upload, begun.id), begun, clock=self._clock, timeout=self._timeout)
        mime = answer.content_type or content_type(wish.name) or ""
        size = answer.content_length or 0
        upload = Upload(
            id=answer.id,
            digest=stand_in(wish.url),
            content_type=mime,
            filename=answer.filename or wish.name,
            size=size,
            status="uploaded",
            created_at=answer.created_time or 0.0,
            expires_at=begun_at + LIFETIME,
        )
        with self._store.transaction():
            self._store.uploads.save(self._link.account.bot, upload)
        self._tally.uploads += 1
        found = Found(wish.id, wish.url, Fingerprint(size, 0, 0, 0), "")
        return self._attached(found, upload, block_kind(mime, wish.name), target), size

    def _by_ourselves(
        self,
        wish: Wish,
        target: PageTarget,
        downloader: Callable[[], AbstractContextManager[Downloader]],
    ) -> tuple[Placement, int]:
        with tempfile.TemporaryDirectory(prefix="notion-sync-import-") as folder, downloader() as http:
            path = os.path.join(folder, "file")
            try:
                with open(path, "wb") as file:
                    size = http.save(wish.url, file, limit=self._link.account.limit)
            except OSError as error:
                raise NotNow(f"the file cannot be kept in {folder}: {error.strerror}") from error
            if not size:
                raise ImportFailed("it is empty, and Notion takes no empty files")
            fingerprint = fingerprint_of(os.stat(path))
            content = read_content(path, fingerprint, now_ns=0, pause=partial(self._clock.sleep, 0.0))
            found = Found(wish.id, wish.url, fingerprint, path)
            kind = kind_at(wish.name, target)
            upload = self._carrier.send(found, content, kind)
            return self._attached(found, upload, kind, target), size

    def _attached(self, found: Found, upload: Upload, kind: str, target: PageTarget) -> Placement:
        action = Attach(found, target, upload.digest, kind, label_for(found.id.name, kind, ""))
        return self._carrier.attach(action, RULE, upload)

    def _end(
        self,
        wish: Wish,
        target: PageTarget,
        action: ActionName,
        reason: str,
        placement: Placement | None,
        size: int = 0,
    ) -> None:
        digest = placement.digest if placement else None
        outcome = Outcome(
            rule=RULE,
            path=wish.url,
            action=action,
            reason=reason,
            bytes=size,
            sha256=None if digest == stand_in(wish.url) else digest,
            target=target.key,
            page_id=target.page_id,
            block_id=placement.block_id if placement else None,
            file_upload_id=placement.upload_id if placement else None,
        )
        with self._store.transaction():
            self._store.history.add(wish.url, outcome, self._clock.now())
        self._tally.add(outcome)
        self._report.outcome(outcome)


def _of_this_file(error: NotionSyncError) -> bool:
    """Whether another file may fare better."""
    scope = trouble_of(error).scope
    # What does not come from Notion comes from the address, unless it says that now is no time.
    return error.exit_code == 1 if scope is Scope.RUN else scope is not Scope.TARGET


def _advised(error: NotionSyncError, wish: Wish, *, may_fall_back: bool) -> NotionSyncError:
    """The error with what can be done about it."""
    if not extension(wish.name):
        error.hint = "its name has no extension; give it one with --name"
    elif may_fall_back and not error.hint:
        error.hint = "--fallback fetches it here and sends the bytes"
    return error
