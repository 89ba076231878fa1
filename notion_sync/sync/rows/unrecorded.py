"""Learns which entries of a row hold new contents already, so that these are not made again.

As `sync.page.unrecorded` does with blocks. A row is read before it is written anyway. What of it nobody claims
(`sync.claims`) may be a file that waits: then its content is asked for, and the row is read once more.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet

from notion_sync.model import FETCHED, Digest, Placement
from notion_sync.notion.errors import Unseen
from notion_sync.notion.pages import Page, PropertyFile
from notion_sync.sync.entries import NewValue
from notion_sync.sync.identity import HostedFile, Identity, SentContent, sent
from notion_sync.sync.ports import Ports
from notion_sync.sync.rows.changes import RowChange


class UnrecordedEntries:
    """The entries of one row.

    Args:
        ports: The store, Notion, and the sizes that the process knows.
    """

    def __init__(self, ports: Ports) -> None:
        self._sizes = ports.listings.sizes
        self._identity = Identity(ports)
        self._answers: dict[tuple[str, SentContent], bool] = {}
        """By file id and content whether the one holds the other."""

    def held(
        self, changes: Sequence[RowChange], recorded: Sequence[Placement]
    ) -> Mapping[str, AbstractSet[int]]:
        """By file id the numbers of the changes whose new content the file holds, as far as that is known.

        Args:
            changes: What is to be done to the row.
            recorded: What is recorded of it.
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

    def are_in_question(self, changes: Sequence[RowChange], value: NewValue) -> bool:
        """Whether it has to be asked of something in the row whether it is one of the changes' contents."""
        return any(True for _ in self._questions(changes, value))

    async def ask(
        self, page: Page, column: str, changes: Sequence[RowChange], value: NewValue
    ) -> Mapping[RowChange, Unseen]:
        """Ask that; by change, why it cannot be told what something of its name holds.

        Raises:
            NotionError: An address cannot be read anew.
            Cancelled: The run was asked to stop.
        """
        untold: dict[RowChange, Unseen] = {}
        told: set[RowChange] = set()
        found: list[PropertyFile] = []
        for change, content, entry in list(self._questions(changes, value)):
            file = HostedFile(entry.file, page.id, column=column)
            assert file.file_id is not None
            if change in told or any(entry is each for each in found):
                continue
            try:
                holds = await self._identity.holds(file, content)
                self._sizes[file.file_id] = await self._identity.size(file)
            except Unseen as error:
                holds = False
                if entry.name == change.wanted_name:
                    untold[change] = error
            self._answers[file.file_id, content] = holds
            if holds:
                told.add(change)
                found.append(entry)
        return {change: error for change, error in untold.items() if change not in told}

    def _questions(
        self, changes: Sequence[RowChange], value: NewValue
    ) -> Iterator[tuple[RowChange, SentContent, PropertyFile]]:
        for number, change in enumerate(changes):
            content = _new_content(change)
            if content is None or number in value.there:
                continue
            name = change.wanted_name
            # What it replaces makes room for it; without that it is looked for under any name.
            replaces = change.old is not None and number not in value.missing
            for entry in sorted(value.unclaimed, key=lambda each: each.name != name):
                file_id = entry.url_path_file_id
                if file_id is None or (file_id, content) in self._answers:
                    continue
                if self._sizes.get(file_id) in (None, content.size) and (entry.name == name or not replaces):
                    yield change, content, entry


def _new_content(change: RowChange) -> SentContent | None:
    """Its new content; None where there is none, or nobody here has seen the bytes."""
    if change.upload is None or change.only_row or change.upload.variant == FETCHED:
        return None
    return sent(change.upload)
