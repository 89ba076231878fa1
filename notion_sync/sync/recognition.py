"""Find what a write whose answer was lost has made, by reading Notion.

    write        what is searched                                            how its result is recognised

    append       blocks of its page after our last recorded one;             type, creator, time and content
                 all of them in the last look
    row          entries of the row, or rows with its title                  not there before, and content
    page         child pages of its parent                                   title, creator, and not there before

The creator tells a write of ours from what others make meanwhile. But no answer about our account says for whom it was;
so in the last look the creator decides nothing where the upload shows that it was attached.
Names and captions decide nothing, except for contents whose bytes were never read here (`FETCHED`): for these, they
and the size are the only evidence.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from notion_sync.notion.errors import NotFound
from notion_sync.notion.pages import Page, PropertyFile
from notion_sync.notion.requests import TitleIn
from notion_sync.notion.values import Block
from notion_sync.report import Report
from notion_sync.sync.entries import entries_are_as_left, not_left, perhaps_made
from notion_sync.sync.evidence import BlockCandidate, candidates, match_append
from notion_sync.sync.identity import HostedFile, Identity, SentContent, sent_content_of
from notion_sync.sync.page_contents import blocks_from, child_pages, files_on
from notion_sync.sync.ports import Ports
from notion_sync.sync.tasks import side_by_side
from notion_sync.writes import Append, Intent, PageCreation, RowWrite, Write

VISIBLE_AFTER: Final = 5.0
"""Seconds after which a new upload is certainly visible; in recorded sessions it was invisible for up to one."""

_NOTHING: Final[frozenset[int]] = frozenset()


@dataclass(frozen=True, slots=True)
class Made:
    """What a write has made: an id for each thing it was to make, None for each that is missing.

    The ids are block ids for an append, file ids for a row's entries, or the id of a created page. `page` is the id of
    the row or page, if there is one. Unless the result is `open`, missing things will not appear any more.
    """

    ids: tuple[str | None, ...]
    page: str | None = None
    file_ids: tuple[str | None, ...] = ()
    """The file id of each block of an append; None if unknown."""
    ours: bool = True
    """Whether this write made it; otherwise it holds the same bytes but was made by somebody else."""
    answered: bool = True
    """Whether this comes from Notion's answer to the write; otherwise from a later look."""
    lost: Exception | None = None
    """Why the answer was lost, if it was."""
    open: bool = False
    """Whether missing things may still appear; `sync.journal.Journal.known_outcome` waits for them."""

    @property
    def complete(self) -> bool:
        """Whether nothing is missing."""
        return None not in self.ids


class Recognition:
    """Looks for the results of writes.

    Args:
        ports: The store knows which things are recorded as ours.
        report: Receives a note before a large file is fetched.
    """

    def __init__(self, ports: Ports, report: Report | None = None) -> None:
        self._store = ports.store
        self._remote = ports.remote
        self._clock = ports.clock
        self._identity = Identity(ports, report)
        self._title_columns: dict[str, str] = {}

    # Each method raises NotionError if Notion cannot be read now; nothing may be concluded then.

    async def look(self, write: Write, *, last: bool) -> Made:
        """Return what a write has made so far; the `last` look searches the whole page of an append."""
        match write:
            case Append():
                return await self._look_for_blocks(write, last=last)
            case RowWrite():
                return await self._look_for_entries(write)
            case PageCreation():
                page = await self.page(write, last=last)
                return Made((page,), page, answered=False)

    async def _look_for_blocks(self, write: Append, *, last: bool) -> Made:
        account = await self._remote.account()
        seen = await self._seen(write, everywhere=last)
        if not last:
            others = self._names_of_others(write)
            seen = [block for block in seen if block.name not in others]
        blocks = await self._blocks(write, seen, account.bot)
        if last and not any(blocks):
            by_anybody = await self._blocks(write, seen, None)
            blocks = by_anybody if await self._is_ours(write, by_anybody) else blocks
        ours = await self._is_ours(write, blocks)
        ids = tuple(block.id if block else None for block in blocks)
        files = tuple(block.url_path_file_id if block else None for block in blocks)
        return Made(ids, file_ids=files, ours=ours, answered=False)

    async def _look_for_entries(self, write: RowWrite) -> Made:
        column = self._property(write)
        rows = await self.rows(write)
        if not rows:
            # The extra None stands for the row itself, which counts even if no entry was to be made.
            return Made((*[None] * len(write.intents), None), answered=False)
        if not write.intents:
            happened = entries_are_as_left(write.before, write.remaining, rows[0].files(column) or ())
            return Made(() if happened else (None,), rows[0].id, answered=False)
        made = [await self.entries(write, row, column) for row in rows]
        ids = min(made, key=lambda each: each.count(None))
        ours = await self._is_ours(write, ids)
        return Made(tuple(ids), rows[made.index(ids)].id, ours=ours, answered=False)

    def _property(self, write: RowWrite) -> str:
        """Return the id of the files property in a row target's key; its name if the id is not recorded."""
        name = write.target.partition("/")[2]
        with self._store.reading():
            return self._store.properties.ids(write.source).get(name, name)

    async def _seen(self, write: Append, *, everywhere: bool) -> Sequence[Block]:
        """Return what may be its blocks; `everywhere` with columns of the page: people may have moved them there."""
        if everywhere:
            return [block async for block in files_on(self._remote.notion, write.parent)]
        anchor = write.anchor if write.position == "end" else None
        return await blocks_from(self._remote.notion, write.parent, anchor)

    async def _blocks(self, write: Append, seen: Sequence[Block], bot: str | None) -> list[Block | None]:
        """Return the block of each intent, None for each that was not seen.

        Args:
            write: The append.
            seen: Blocks of its page.
            bot: Id of the bot that must have created them; None for anybody.
        """
        with self._store.reading():
            uploads = [self._store.uploads.get(intent.upload_id) for intent in write.intents]
            ours = self._store.things.blocks_at(write.target)
        strange = [block for block in seen if block.id not in ours]
        known = {upload.id: upload for upload in uploads if upload}
        among = candidates(write, strange, uploads=known, bot=bot)
        contents = self._contents(write.intents)
        held: dict[str, frozenset[int]] = {}
        found: list[Block | None] = [None] * len(write.intents)
        for named in (True, False):
            some = [each for each in among if bool(each.named) is named]
            numbers = await side_by_side(*(self._in_block(each, contents, write.parent) for each in some))
            held |= {each.block.id: which for each, which in zip(some, numbers, strict=True)}
            found = match_append(write, among, held)
            if None not in found:
                break  # the remaining candidates need not be fetched
        return found

    def _names_of_others(self, write: Append) -> set[str | None]:
        """Return what other open appends call their blocks on the same page, except for names that `write` gives, too.

        Of equal contents, only the name says which append has made which block.
        """
        with self._store.reading():
            appends = [each.write for each in self._store.journal.open() if isinstance(each.write, Append)]
        others = [each for each in appends if each.parent == write.parent and each != write]
        names = {intent.label.name for each in others for intent in each.intents}
        return names - {None} - {intent.label.name for intent in write.intents}

    async def _in_block(
        self, candidate: BlockCandidate, contents: Sequence[SentContent], page_id: str
    ) -> frozenset[int]:
        block = candidate.block
        assert block.file is not None
        file = HostedFile(block.file, page_id, block.id)
        return await self._held(file, contents, candidate.may_be, candidate.named)

    async def entries(self, write: RowWrite, page: Page, column: str) -> list[str | None]:
        """Return the file id of the entry of each intent, None for each that is not in the row."""
        after = page.files(column) or ()
        names = [intent.label.name or "" for intent in write.intents]
        contents = self._contents(write.intents)
        held: dict[str, frozenset[int]] = {}
        found: list[str | None] = [None] * len(names)
        new = not_left(write.remaining, after)
        for named in (True, False):
            some = [entry for entry in new if (entry.name in names) is named]
            numbers = await side_by_side(
                *(self._in_entry(each, contents, names, page.id, column) for each in some)
            )
            for entry, which in zip(some, numbers, strict=True):
                file_id = entry.url_path_file_id or ""
                held[file_id] = held.get(file_id, _NOTHING) | which
            found = perhaps_made(write.before, write.remaining, names, after, held)
            if None not in found:
                break
        return found

    async def _in_entry(
        self,
        entry: PropertyFile,
        contents: Sequence[SentContent],
        names: Sequence[str],
        page_id: str,
        column: str,
    ) -> frozenset[int]:
        file = HostedFile(entry.file, page_id, column=column)
        named = frozenset(number for number, name in enumerate(names) if name == entry.name)
        return await self._held(file, contents, frozenset(range(len(names))), named)

    async def _held(
        self, file: HostedFile, contents: Sequence[SentContent], may_be: frozenset[int], named: frozenset[int]
    ) -> frozenset[int]:
        """Return the numbers of the contents that a file holds; without a digest, a content needs its name, too."""
        held = await self._identity.held(file, {contents[number] for number in may_be})
        return frozenset(
            number
            for number in may_be
            if contents[number] in held and (contents[number].digest is not None or number in named)
        )

    def _contents(self, intents: Sequence[Intent]) -> list[SentContent]:
        return [sent_content_of(self._store, intent) for intent in intents]

    async def rows(self, write: RowWrite) -> list[Page]:
        """Return the row of an update, or all rows that a creation may have made, our own first."""
        notion = self._remote.notion
        if write.page_id is not None:
            try:
                page = await notion.page(write.page_id)
            except NotFound:
                return []
            return [] if page.in_trash else [page]
        if write.source not in self._title_columns:
            self._title_columns[write.source] = (await notion.data_source(write.source)).title_column
        title = TitleIn(self._title_columns[write.source], (write.location,))
        rows = [row async for row in notion.query(write.source, where=title)]
        account = await self._remote.account()
        there = [row for row in rows if row.title == write.location and not row.in_trash]
        return [
            *(row for row in there if _is_by(account.bot, row.created_by)),
            *(row for row in there if not _is_by(account.bot, row.created_by)),
        ]

    async def page(self, write: PageCreation, *, last: bool = False) -> str | None:
        """Return the id of the page that was created, or None; pages from before do not count.

        Those of other creators count in the `last` look, where there is none of ours.
        """
        account = await self._remote.account()
        with self._store.reading():
            locations = self._store.pages.locations(write.root)
        known = {page for location, page in locations.items() if location != write.location} | {*write.before}
        pages = await child_pages(self._remote.notion, write.parent)
        there = [page for page in pages if page.title == write.title and page.id not in known]
        ours = [page for page in there if _is_by(account.bot, page.created_by)]
        return next((page.id for page in (ours or (there if last else []))), None)

    async def _is_ours(self, write: Append | RowWrite, found: Sequence[object]) -> bool:
        """Whether this write may have made what was found, judged by whether one of its uploads was attached.

        Otherwise somebody else's file has equal bytes. "`expiry_time`: null once attached" (developers.notion.com "File
        upload").
        """
        intents = [intent for intent, each in zip(write.intents, found, strict=True) if each is not None]
        with self._store.reading():
            uploads = [self._store.uploads.get(intent.upload_id) for intent in intents]
        never = next((each for each in uploads if each is not None and each.expires_at is not None), None)
        if never is None:
            return True
        try:
            return (await self._remote.notion.upload(never.id)).attached
        except NotFound:
            return False

    async def is_impossible(self, write: Append | RowWrite | PageCreation) -> bool:
        """Whether a write was not performed and cannot be any more: its first upload is unknown, expired or failed.

        An attached upload never expires, and a write with an unknown upload is refused as a whole
        (developers.notion.com "File upload", "Append block children").
        """
        if isinstance(write, PageCreation) or not write.intents:
            return False
        for pause in (VISIBLE_AFTER, 0.0):
            try:
                upload = await self._remote.notion.upload(write.intents[0].upload_id)
            except NotFound:
                await self._clock.wait(pause)
            else:
                return upload.status in ("expired", "failed")
        return True


def _is_by(bot: str, creator: str | None) -> bool:
    """Whether a bot may be the creator of something; Notion does not always name the creator."""
    return creator in (None, bot)
