"""Adopting: site by site, our files are compared with what stands there in Notion, and what matches is recorded.

Of blocks only those count that this connection made: what a person put on a page stays that person's. Entries of
rows, icons and covers name nobody who made them: one that matches is taken for ours, the others are left alone.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import islice

from notion_sync.adopt.compare import Compared, ask_ahead, compare
from notion_sync.adopt.fetch import Fetcher
from notion_sync.adopt.findings import Finding, Sums, finding, findings_of
from notion_sync.adopt.held import HeldThings
from notion_sync.adopt.pages import page_views
from notion_sync.adopt.record import Match, record
from notion_sync.adopt.rows import row_views
from notion_sync.adopt.sites import Site, Sites
from notion_sync.adopt.things import Thing
from notion_sync.adopt.views import Absent, Sight, Unclear, Unseen, View
from notion_sync.clock import Clock
from notion_sync.content import read_content
from notion_sync.errors import FileError
from notion_sync.executor.remote import Link
from notion_sync.executor.trouble import Scope, stop_error, trouble_of
from notion_sync.extent import Extent
from notion_sync.links.reading import leads_elsewhere
from notion_sync.links.reading import read as read_link
from notion_sync.model import Digest, FileId, Found
from notion_sync.notion.download import Downloader
from notion_sync.notion.errors import NotionError
from notion_sync.plan import LeaveOut, Look, Wait
from notion_sync.rules import RowPage, RowTarget, Rule
from notion_sync.state import Store
from notion_sync.survey import Survey, Task

SITES_AT_ONCE = 50
"""Sites whose files are asked for together: a row often has but one."""


class Adoption:
    """One run of `adopt`.

    Args:
        store: Gets what matches.
        link: To Notion.
        clock: Time; its `Cancelled` ends the run with the sites done so far recorded.
        downloader: Fetches sizes and contents.
        tell: Hears of every file, and of blocks and entries that are none.
        note: Hears of what cannot be looked at.
        verify: Whether contents are compared, not only names and sizes.
        keep: Whether to record what matches.
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
        keep: bool,
    ) -> None:
        self._store = store
        self._link = link
        self._clock = clock
        self._downloader = downloader
        self._tell = tell
        self._note = note
        self._verify = verify
        self._keep = keep
        self._digests: dict[FileId, Digest] = {}
        self._blocks: dict[str, frozenset[str]] = {}
        """By the key of a destination, the blocks that were recorded there when the run began."""
        self._taken: set[str] = set()
        """What matched in this run."""
        self._noted: set[str] = set()
        self.sums = Sums()

    def run(self, rules: Sequence[Rule], extent: Extent) -> None:
        """Adopt what Notion holds of the files that are asked for.

        Raises:
            NotionSyncError: The run cannot go on.
        """
        sites = Sites(rules, extent, self._is_recorded, self._clock.now())
        for task in self._tasks(rules, extent):
            sites.add(task.step.found, task.rule)
            if isinstance(task.step, Look) and task.step.digest is not None:
                self._digests[task.step.found.id] = task.step.digest
        self.sums.recorded = sites.recorded
        with Fetcher(lambda: self._link.remote, self._downloader, self._clock, self._note) as fetcher:
            for group in sites.by_target().values():
                sights = self._sights(group)
                while batch := list(islice(sights, SITES_AT_ONCE)):
                    self._adopt_all(batch, fetcher)

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
            elif not isinstance(item.step, LeaveOut) and not self._is_import(item):
                yield item

    def _is_import(self, task: Task) -> bool:
        """Whether something else is in Notion in a file's place, of which nothing tells where it came from."""
        found, rule = task.step.found, task.rule
        if not leads_elsewhere(found, rule):
            return False
        pause = partial(self._clock.sleep, 0.0)
        try:
            _, address = read_link(found, rule, now_ns=int(self._clock.now() * 1e9), pause=pause)
        except FileError:
            return False  # said when it is compared
        if address is None or all(self._is_recorded(found.id, target.key) for target in rule.destinations):
            return False
        self.sums.failed += 1
        self._note(f"{found.path}: imports are not adopted; a push imports what it leads to again")
        return True

    def _is_recorded(self, file: FileId, key: str) -> bool:
        with self._store.reading():
            return self._store.placements.get(file, key) is not None

    def _sights(self, sites: Sequence[Site]) -> Iterator[Sight]:
        """What there is to see of one target's sites."""
        remote, bot = self._link.remote, self._link.account.bot
        match sites[0].target:
            case RowTarget() as rows:
                return row_views(remote, self._store, bot, self._clock.now(), rows, sites)
            case RowPage(rows=rows):
                return row_views(remote, self._store, bot, self._clock.now(), rows, sites)
            case _:
                return page_views(remote, self._store, bot, sites)

    def _adopt_all(self, sights: Sequence[Sight], fetcher: Fetcher) -> None:
        for sight in sights:
            if isinstance(sight, View):
                ask_ahead(fetcher, sight, verify=self._verify)
        for sight in sights:
            self._adopt(sight, fetcher)
        fetcher.forget()

    def _adopt(self, sight: Sight, fetcher: Fetcher) -> None:
        match sight:
            case View():
                try:
                    self._compare(sight, fetcher)
                except NotionError as error:
                    if trouble_of(error).scope is Scope.RUN:
                        raise stop_error(error) from error
                    self._unseen(sight.site, str(error))
            case Absent(site, reason):
                self._say(finding(site, id_, "missing", reason) for id_ in site.files)
            case Unclear(site, reason):
                self._say(finding(site, id_, "ambiguous", reason) for id_ in site.files)
            case Unseen(site, reason):
                self._unseen(site, reason)

    def _compare(self, view: View, fetcher: Fetcher) -> None:
        self.sums.others += view.others
        recorded = self._recorded_blocks(view.site.target.key)
        free = (each for each in view.things if each.id not in self._taken and each.id not in recorded)
        things = {thing.id: thing for thing in free}
        held = HeldThings(fetcher, things)
        compared = compare(view.site, held, self._read, verify=self._verify)
        self._taken |= set(compared.matching.pairs.values())
        if self._keep:
            record(self._store, view, _matches(view.site, things, compared), self._clock.now())
        self._say(findings_of(view, things, compared, held.unread))

    def _recorded_blocks(self, key: str) -> frozenset[str]:
        if key not in self._blocks:
            with self._store.reading():
                self._blocks[key] = self._store.placements.blocks_at(key)
        return self._blocks[key]

    def _read(self, found: Found) -> Digest:
        """The content of a file; remembered for the next push."""
        if found.id not in self._digests:
            now_ns = int(self._clock.now() * 1e9)
            pause = partial(self._clock.sleep, 0.0)
            content = read_content(found.source, found.fingerprint, now_ns=now_ns, pause=pause)
            if self._keep and not content.racy:
                with self._store.transaction():
                    self._store.files.remember(found.id, found.fingerprint, content.digest)
            self._digests[found.id] = content.digest
        return self._digests[found.id]

    def _say(self, findings: Iterable[Finding]) -> None:
        for each in findings:
            self.sums.count(each.result)
            self._tell(each)

    def _unseen(self, site: Site, reason: str) -> None:
        """In full once, though it may be the same for every row."""
        self.sums.failed += max(1, len(site.files))
        if reason not in self._noted:
            self._noted.add(reason)
            self._note(f"{site.where}: {reason}")


def _matches(site: Site, things: Mapping[str, Thing], compared: Compared) -> Iterator[Match]:
    for id_, thing_id in compared.matching.pairs.items():
        digest = compared.files[id_].digest
        assert digest is not None
        yield Match(site.files[id_], things[thing_id], digest, id_ in compared.packed)
