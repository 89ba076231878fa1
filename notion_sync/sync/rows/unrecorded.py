"""Recognise entries of a row that hold new contents already, so that these are not added again.

The counterpart of `sync.page.unrecorded` for rows. A row is read before it is written anyway. Its unclaimed entries
(`sync.claims`) may hold waiting contents: then their size or bytes are fetched and compared, and the row is read again.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet

from notion_sync.model import FETCHED, Digest, Placement
from notion_sync.notion.errors import Unseen
from notion_sync.notion.pages import Page, PropertyFile
from notion_sync.sync.entries import NewValue
from notion_sync.sync.identity import HostedFile, Identity, SentContent, content_sent
from notion_sync.sync.ports import Ports
from notion_sync.sync.rows.queue import RowChange


class UnrecordedEntries:
    """The unrecorded entries of one row.

    Args:
        ports: The store, Notion, and the cache of entry sizes.
    """

    def __init__(self, ports: Ports) -> None:
        self._sizes = ports.listings.sizes
        self._identity = Identity(ports)
        self._answers: dict[tuple[str, SentContent], bool] = {}
        """By file id and content, whether the file holds the content."""

    def held(
        self, changes: Sequence[RowChange], recorded: Sequence[Placement]
    ) -> Mapping[str, AbstractSet[int]]:
        """Return, by file id, the numbers of the changes whose new content the file is known to hold.

        Args:
            changes: The changes of the row.
            recorded: The recorded placements in the row.
        """
        held: dict[str, set[int]] = defaultdict(set)
        files: dict[tuple[Digest, str], set[str]] = defaultdict(set)
        for each in recorded:
            if each.file_id is not None:
                files[each.digest, each.variant].add(each.file_id)
        for number, change in enumerate(changes):
            if (content := _new_content(change)) is not None:
                asked = {file for (file, of), holds in self._answers.items() if holds and of == content}
                for file_id in files[content.recorded] | asked:
                    held[file_id].add(number)
        return held

    def must_compare(self, changes: Sequence[RowChange], value: NewValue) -> bool:
        """Whether an entry of the row must be compared with the content of a change first."""
        return any(True for _ in self._comparisons(changes, value))

    async def compare(
        self, page: Page, column: str, changes: Sequence[RowChange], value: NewValue
    ) -> Mapping[RowChange, Unseen]:
        """Compare entries with the contents of the changes, as far as that is not known yet, and cache the results.

        Returns the changes that must fail, with the reason: an entry of their name cannot be fetched.

        Raises:
            NotionError: A new address of an entry cannot be read.
            Cancelled: The run was asked to stop.
        """
        failed: dict[RowChange, Unseen] = {}
        satisfied: set[RowChange] = set()
        found: list[PropertyFile] = []
        for change, content, entry in list(self._comparisons(changes, value)):
            file = HostedFile(entry.file, page.id, column=column)
            assert file.file_id is not None
            if change in satisfied or any(entry is each for each in found):
                continue
            try:
                holds = await self._identity.holds(file, content)
                self._sizes[file.file_id] = await self._identity.size(file)
            except Unseen as error:
                holds = False
                if entry.name == change.wanted_name:
                    failed[change] = error
            self._answers[file.file_id, content] = holds
            if holds:
                satisfied.add(change)
                found.append(entry)
        return {change: error for change, error in failed.items() if change not in satisfied}

    def _comparisons(
        self, changes: Sequence[RowChange], value: NewValue
    ) -> Iterator[tuple[RowChange, SentContent, PropertyFile]]:
        for number, change in enumerate(changes):
            content = _new_content(change)
            if content is None or number in value.existing:
                continue
            name = change.wanted_name
            # A replacement frees its old entry, so only entries of its name are compared; otherwise those of any name.
            replaces = change.old is not None and number not in value.missing
            named = [entry for entry in value.unclaimed if entry.name == name]
            for entry in (*named, *(entry for entry in value.unclaimed if entry.name != name)):
                file_id = entry.url_path_file_id
                if file_id is None or (file_id, content) in self._answers:
                    continue
                if self._sizes.get(file_id) in (None, content.size) and (entry.name == name or not replaces):
                    yield change, content, entry


def _new_content(change: RowChange) -> SentContent | None:
    """Return a change's new content; None if it has none, or if Notion fetched it, so its bytes are unknown here."""
    if change.upload is None or change.only_row or change.upload.variant == FETCHED:
        return None
    return content_sent(change.upload)
