"""Adopting: page by page, our files are compared with the blocks there, and what matches is recorded.

Only blocks that this connection made count: what a person put on the page stays that person's.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from notion_sync.adopt.held import HeldBlocks, shown
from notion_sync.adopt.match import Local, match
from notion_sync.clock import Clock
from notion_sync.content import read_content
from notion_sync.errors import FileError
from notion_sync.executor.remote import Link
from notion_sync.executor.trouble import Scope, stop_error, trouble_of
from notion_sync.extent import Extent
from notion_sync.model import Digest, FileId, Found, Label, Placement
from notion_sync.notion.download import Downloader
from notion_sync.notion.errors import NotionError
from notion_sync.notion.media import shorten_name, upload_filename
from notion_sync.plan import LeaveOut, Wait
from notion_sync.rules import Kind, PageTarget, Rule, Subfolders
from notion_sync.state import Store
from notion_sync.survey import Survey, Task


@dataclass(frozen=True, slots=True)
class Finding:
    """What became of one file at one page, or, with the result `unknown`, of one block that is no file."""

    result: str
    target: str
    page_id: str
    rule: str | None = None
    path: str | None = None
    reason: str = ""
    bytes: int | None = None
    sha256: str | None = None
    block_id: str | None = None
    name: str | None = None


@dataclass
class Sums:
    """How many files, or blocks, came to which result."""

    matched: int = 0
    missing: int = 0
    """No block is the file: the next push attaches it."""
    ambiguous: int = 0
    failed: int = 0
    recorded: int = 0
    """Known before."""
    unknown: int = 0
    """Blocks of ours that are none of the files."""
    others: int = 0
    """Blocks that others made."""
    left_out: int = 0
    """Targets that cannot be adopted: a push attaches their files again."""


@dataclass(slots=True)
class Page:
    """One page and the files that rules put there."""

    target: PageTarget
    whole: bool
    """Whether every file is looked at that a rule puts there, so that other blocks are none of the files."""
    files: dict[FileId, tuple[Found, Rule]] = field(default_factory=dict)


class Adoption:
    """One run of `adopt`.

    Args:
        store: Gets what matches.
        link: To Notion.
        clock: Time; its `Cancelled` ends the run with the pages done so far recorded.
        downloader: Fetches sizes and contents.
        tell: Hears of every file, and of blocks that are none.
        note: Hears of what is left out.
        verify: Whether contents are compared, not only names and sizes.
        record: Whether to record what matches.
    """

    def __init__(
        self,
        *,
        store: Store,
        link: Link,
        clock: Clock,
        downloader: Downloader,
        tell: Callable[[Finding], None],
        note: Callable[[str], None],
        verify: bool,
        record: bool,
    ) -> None:
        self._store = store
        self._link = link
        self._clock = clock
        self._downloader = downloader
        self._tell = tell
        self._note = note
        self._verify = verify
        self._record = record
        self.sums = Sums()

    def run(self, rules: Sequence[Rule], extent: Extent) -> None:
        """Adopt what the rules' pages hold of the files that are asked for.

        Raises:
            NotionSyncError: The run cannot go on.
        """
        for page in self._pages(rules, extent):
            try:
                self._adopt(page)
            except NotionError as error:
                if trouble_of(error).scope is Scope.RUN:
                    raise stop_error(error) from error
                self.sums.failed += max(1, len(page.files))
                self._note(f"page {page.target.page_id}: {error}")

    def _pages(self, rules: Sequence[Rule], extent: Extent) -> list[Page]:
        """The pages that may be looked at, with the files that are not recorded there."""
        pages: dict[str, Page] = {}
        for rule in rules:
            if extent.concerns(rule.folder):
                for target in self._adoptable(rule):
                    whole = all(extent.wants_all_of(r.folder) for r in rules if _goes_to(r, target))
                    pages.setdefault(target.key, Page(target, whole))
        for task in self._tasks(rules, extent):
            found = task.step.found
            if task.rule.subfolders is Subfolders.PAGES and "/" in found.path:
                continue
            for key in {target.key for target in task.rule.targets} & pages.keys():
                with self._store.reading():
                    known = self._store.placements.get(found.id, key)
                if known is None:
                    pages[key].files[found.id] = (found, task.rule)
                else:
                    self.sums.recorded += 1
        return list(pages.values())

    def _adoptable(self, rule: Rule) -> Iterator[PageTarget]:
        """The targets of a rule that can be adopted; says which cannot."""
        for target in rule.targets:
            if not isinstance(target, PageTarget):
                self.sums.left_out += 1
                self._note(
                    f"rule {rule.name}: rows of a database are not adopted; a push attaches files there again"
                )
            elif target.kind in (Kind.ICON, Kind.COVER):
                self._note(
                    f"rule {rule.name}: a page's {target.kind} is not adopted; the next push sets it again"
                )
            else:
                yield target
        if rule.subfolders is Subfolders.PAGES:
            self.sums.left_out += 1
            self._note(f"rule {rule.name}: child pages are not adopted; a push attaches files there again")

    def _tasks(self, rules: Sequence[Rule], extent: Extent) -> Iterator[Task]:
        survey = Survey(rules, self._store, self._clock, lambda _count: None, extent, thorough=True)
        for item in survey.tasks():
            self._clock.sleep(0.0)
            if not isinstance(item, Task):
                if not item.harmless:
                    self.sums.failed += 1
                    self._note(f"{item.path or item.rule.folder}: {item.reason}")
            elif isinstance(item.step, Wait):
                self._note(f"{item.step.found.path}: left out, as it was written to a moment ago")
            elif not isinstance(item.step, LeaveOut):
                yield item

    def _adopt(self, page: Page) -> None:
        held = self._held(page)
        names = {name for found, _ in page.files.values() for name in _names_of(found)}
        wanted = bool(page.files)
        blocks = held.sized(held.named(), lambda b: wanted and (self._verify or bool(b.names & names)))
        files = self._read(page, {block.size for block in blocks})
        if self._verify:
            sizes = {file.size for file in files.values()}
            blocks = held.downloaded(blocks, lambda b: b.size in sizes)
        result = match(list(files.values()), blocks)
        self._save(page, held, result.pairs, files)
        for id_, block_id in result.pairs.items():
            self._say("matched", page, id_, block_id=block_id, digest=files[id_].digest)
        for id_, choice in result.ambiguous.items():
            reason = f"{len(choice)} blocks of its name and size: {', '.join(choice)}"
            self._say("ambiguous", page, id_, reason=reason, digest=files[id_].digest)
        for id_, reason in result.missing.items():
            if files[id_].names & held.unread:
                self._say("failed", page, id_, reason="the file of a block of its name could not be fetched")
            else:
                self._say("missing", page, id_, reason=reason, digest=files[id_].digest)
        if page.whole:
            self._say_unknown(page, held, result.unknown)

    def _held(self, page: Page) -> HeldBlocks:
        """The blocks of a page that may be ours and are not recorded."""
        bot = self._link.account.bot
        with self._store.reading():
            recorded = self._store.placements.blocks_at(page.target.key)
        blocks = {}
        for block in self._link.remote.media(page.target.page_id):
            if block.created_by not in (None, bot) or not (block.file and block.file.hosted):
                self.sums.others += 1
            elif block.id not in recorded:
                blocks[block.id] = block
        return HeldBlocks(self._link.remote, self._downloader, self._clock, self._note, blocks)

    def _read(self, page: Page, sizes: set[int | None]) -> dict[FileId, Local]:
        """The files, with their contents where a block has the same size."""
        files = {}
        for id_, (found, _) in page.files.items():
            digest = None
            if found.fingerprint.size in sizes:
                try:
                    digest = self._digest(found)
                except FileError as error:
                    self._say("failed", page, id_, reason=str(error))
                    continue
            files[id_] = Local(id_, found.fingerprint.size, _names_of(found), digest)
        return files

    def _digest(self, found: Found) -> Digest:
        """The content of a file, read now; remembered for the next push."""
        now_ns = int(self._clock.now() * 1e9)
        pause = partial(self._clock.sleep, 0.0)
        content = read_content(found.source, found.fingerprint, now_ns=now_ns, pause=pause)
        if self._record and not content.racy:
            with self._store.transaction():
                self._store.files.remember(found.id, found.fingerprint, content.digest)
        return content.digest

    def _save(
        self, page: Page, held: HeldBlocks, pairs: Mapping[FileId, str], files: Mapping[FileId, Local]
    ) -> None:
        if not self._record:
            return
        now = self._clock.now()
        with self._store.transaction():
            for id_, block_id in pairs.items():
                digest = files[id_].digest
                assert digest is not None
                block = held.blocks[block_id]
                label = Label(block.name, block.caption)
                placement = Placement(
                    id_,
                    page.target.key,
                    digest,
                    block.type,
                    None,
                    block_id,
                    label,
                    page_id=page.target.page_id,
                )
                self._store.placements.save(placement, now)

    def _say_unknown(self, page: Page, held: HeldBlocks, unknown: Sequence[str]) -> None:
        for block_id in unknown:
            self.sums.unknown += 1
            target = page.target
            name = shown(held.blocks[block_id])
            self._tell(Finding("unknown", target.key, target.page_id, block_id=block_id, name=name))

    def _say(
        self,
        result: str,
        page: Page,
        id_: FileId,
        *,
        reason: str = "",
        block_id: str | None = None,
        digest: Digest | None = None,
    ) -> None:
        found, rule = page.files[id_]
        setattr(self.sums, result, getattr(self.sums, result) + 1)
        target, size = page.target, found.fingerprint.size
        self._tell(
            Finding(
                result, target.key, target.page_id, rule.name, found.path, reason, size, digest, block_id
            )
        )  # fmt: skip


def _goes_to(rule: Rule, target: PageTarget) -> bool:
    return any(each.key == target.key for each in rule.targets)


def _names_of(found: Found) -> frozenset[str]:
    """What Notion may call a file of ours: the name on its block, the file name of its upload."""
    return frozenset((shorten_name(found.id.name), upload_filename(found.id.name)))
