"""Whether a file in Notion holds a content of ours. A name never tells: people and machines give equal ones.

What tells, the cheapest first:

    the file id      in the address of every hosted file, one an upload wherever it is attached (developers.notion.com
                     "File object"); where a record says what it is of, nothing has to be fetched
    the size         one byte of the file has to be fetched
    the bytes        all of it has to be fetched

What cannot be asked is not known, and nothing follows from it: `Unseen` is raised.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from notion_sync.errors import NotionSyncError
from notion_sync.model import FETCHED, Digest, Intent, Placement, Upload
from notion_sync.notion.errors import DownloadFailed, Unseen
from notion_sync.report import Report
from notion_sync.rules import Unsupported
from notion_sync.state import Store
from notion_sync.sync.failures import log_unforeseen
from notion_sync.sync.hosted import HostedFile, Question, T, ask, sha256, size
from notion_sync.sync.ports import Ports
from notion_sync.sync.tasks import Shared
from notion_sync.sync.zipped import packaged_sha256

LARGE = 256 * 2**20
"""Bytes of a file from which on it is said that it is fetched: it may take minutes."""


@dataclass(frozen=True, slots=True)
class Content:
    """What was uploaded."""

    recorded: tuple[Digest, str]
    """What a record says of it: its digest and variant."""
    digest: Digest | None
    """Of its bytes, those of the file where it went in a zip; None where nobody here has seen them."""
    size: int | None
    """Of what was uploaded; None where that is not known any more."""
    file_id: str | None = None
    """Where its upload was attached before: whatever has another id is another upload."""

    @property
    def zipped(self) -> bool:
        """Whether the file went in a zip."""
        return self.recorded[1] == Unsupported.ZIP


def sent(upload: Upload) -> Content:
    """What was sent as an upload."""
    # What Notion could not fetch was fetched here: then the upload has the digest of the bytes.
    digest = None if upload.variant == FETCHED else upload.digest
    return Content((upload.digest, upload.variant), digest, upload.size or None)


def content_of(store: Store, uploaded: Intent | Placement) -> Content:
    """What a block or an entry is to hold."""
    with store.reading():
        upload = store.uploads.get(uploaded.upload_id) if uploaded.upload_id else None
        file_id = store.placements.file_of_upload(uploaded.upload_id, uploaded.digest)
    if isinstance(uploaded, Placement):
        file_id = uploaded.file_id or file_id
    recorded = (uploaded.digest, uploaded.variant)
    if upload is not None:
        return replace(sent(upload), recorded=recorded, file_id=file_id)
    return Content(recorded, None if uploaded.variant == FETCHED else uploaded.digest, None, file_id)


class Identity:
    """Knows files in Notion by what they hold.

    Args:
        ports: The store knows file ids, Notion has the files.
        report: Hears of large files.
    """

    def __init__(self, ports: Ports, report: Report | None = None) -> None:
        self._ports = ports
        self._store = ports.store
        self._report = report
        self._answers: dict[tuple[Question[Any], str], Shared[Any]] = {}
        """By question and file id: what is in a hosted file does not change."""

    async def holds(self, file: HostedFile, content: Content) -> bool:
        """Whether a file in Notion holds a content.

        Raises:
            Unseen: It cannot be fetched now.
            NotionError: Its address cannot be read anew.
            Cancelled: The run was asked to stop.
        """
        return content in await self.held(file, [content])

    async def size(self, file: HostedFile) -> int:
        """Bytes of a file in Notion; raises what `holds` raises."""
        return await self._ask(size, file)

    async def held(self, file: HostedFile, contents: Iterable[Content]) -> frozenset[Content]:
        """Those of some contents that a file in Notion holds; see `holds`.

        A content that nobody here has seen is taken to be held where the size does not speak against it.
        """
        if not file.file.hosted:
            return frozenset()
        told, untold = self._told(file, list(contents))
        if not untold:
            return frozenset(told)
        length = await self._ask(size, file)
        fitting = [each for each in untold if each.size in (None, length)]
        if fitting and length >= LARGE and self._report is not None:
            mebibytes = f"{length >> 20:,} MiB"
            self._report.note(
                f'fetching "{file.file.filename}" from Notion ({mebibytes}) to compare it with what was sent; '
                "this takes a while"
            )
        for content in fitting:
            if content.digest is None or content.digest == await self._digest(file, content):
                told.add(content)
        return frozenset(told)

    def _told(self, file: HostedFile, contents: Sequence[Content]) -> tuple[set[Content], list[Content]]:
        """What the file's id tells: the contents that it holds, and those of which it does not tell."""
        if file.file_id is None:
            return set(), list(contents)
        with self._store.reading():
            recorded = self._store.placements.contents_of_file(file.file_id)
        told = {each for each in contents if each.file_id == file.file_id or each.recorded in recorded}
        # One that was attached before would have the id that it had there.
        return told, [each for each in contents if not recorded and each.file_id is None]

    async def _digest(self, file: HostedFile, content: Content) -> str | None:
        return await (self._ask(packaged_sha256, file) if content.zipped else self._ask(sha256, file))

    async def _ask(self, question: Question[T], file: HostedFile) -> T:
        if file.file_id is None:
            return await self._fetch(question, file)
        key = (question, file.file_id)
        if (asked := self._answers.get(key)) is not None:
            answer: T = await asked.result()
            return answer
        mine: Shared[T] = Shared(self._ports.clock)
        self._answers[key] = mine
        try:
            return await mine.run(self._fetch(question, file))
        except BaseException:
            del self._answers[key]
            raise

    async def _fetch(self, question: Question[T], file: HostedFile) -> T:
        try:
            return await ask(self._ports, question, file)
        except Exception as error:
            if isinstance(error, NotionSyncError) and not isinstance(error, DownloadFailed):
                raise
            name = file.file.filename or "without a name"
            log_unforeseen(error, name)
            raise Unseen(f'what the file "{name}" in Notion holds is not known: {error}') from error
