"""Adopt files: compare them, location by location, with what is in Notion, and record what matches.

Of blocks only those made by this connection count; what a person put on a page stays that person's. Notion does not say
who made entries of rows, icons and covers: a match is taken as ours, the others are left alone.

An error of one file or location does not affect the others, even if it was unexpected. Notion is only read, so a run
can be repeated.

    adoption = Adoption(ports=ports, tell=print, note=print, verify=False, keep=True)
    asyncio.run(adoption.run(rules, EVERYTHING))
"""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final, ParamSpec, TypeVar

from notion_sync.adopt.candidates import Candidate
from notion_sync.adopt.compare import Compared, Comparison
from notion_sync.adopt.fetch import Fetcher
from notion_sync.adopt.findings import Finding, Sums, finding, findings_of
from notion_sync.adopt.locations import ExpectedFile, Location, Locations
from notion_sync.adopt.lookup import Absent, Duplicated, Inaccessible, Lookup, Present, inaccessible, look_up
from notion_sync.adopt.record import Match, record
from notion_sync.clock import time_ns
from notion_sync.errors import FileError, FileUnreadable, NotionSyncError
from notion_sync.extent import Extent
from notion_sync.model import Digest, FilePath, Placement, SourceFile
from notion_sync.plan.folder import Look, Wait
from notion_sync.rules import Rule
from notion_sync.scan.content import may_be_link_file, read_source
from notion_sync.scan.reading import read_content, recheck_at
from notion_sync.scan.steps import ListFolder, Problem, Task
from notion_sync.scan.walk import Walk
from notion_sync.sync.failures import classify
from notion_sync.sync.ports import Ports

P = ParamSpec("P")
T = TypeVar("T")

_log: Final = logging.getLogger("notion_sync.adopt")


class Adoption:
    """One run of `adopt`.

    Args:
        ports: The store receives matches; the clock's `Cancelled` ends the run with the finished locations recorded.
        tell: Receives the finding of every file, and of blocks and entries that are none of the files.
        note: Receives a line about anything that cannot be examined.
        verify: Whether to compare contents, not only names and sizes.
        keep: Whether to record matches.
    """

    def __init__(
        self,
        *,
        ports: Ports,
        tell: Callable[[Finding], None],
        note: Callable[[str], None],
        verify: bool,
        keep: bool,
    ) -> None:
        self._ports = ports
        self._store = ports.store
        self._clock = ports.clock
        self._tell = tell
        self._note = note
        self._verify = verify
        self._keep = keep
        self._digests: dict[FilePath, Digest] = {}
        self._blocks: dict[str, frozenset[str]] = {}
        """By destination key, the blocks recorded there when the run began."""
        self._taken: set[str] = set()
        """Ids of candidates matched in this run."""
        self._noted: set[str] = set()
        self.sums = Sums()

    async def run(self, rules: Sequence[Rule], extent: Extent) -> None:
        """Adopt the requested files that Notion has.

        Raises:
            NotionSyncError: The run cannot go on.
        """
        self._ports.remote.open()  # a missing token is said before the folders are looked through
        locations = await self._locations(rules, extent)
        async with Fetcher(self._ports, self._unfetched) as fetcher:
            comparison = Comparison(fetcher, self._content, verify=self._verify)
            for group in locations.by_target().values():
                account = await self._ports.remote.account()
                async for batch in look_up(group, self._ports, account.bot):
                    await self._adopt_all(batch, comparison)
                    fetcher.forget()

    # The files of this machine

    async def _locations(self, rules: Sequence[Rule], extent: Extent) -> Locations:
        """Walk the folders and return the locations of the files."""
        locations = Locations(rules, extent, self._recorded, self._clock.now())
        walk = Walk(
            rules, self._store, self._clock, lambda _count: None, extent, thorough=True, disk=self._ports.disk
        )
        for item in walk.items():
            self._clock.check()
            match item:
                case ListFolder():
                    await self._ports.threads.scan(item.run)
                case Problem(harmless=False):
                    self.sums.failed += 1
                    self._note(f"{item.path or item.rule.folder}: {item.reason}")
                case Task(step=Wait(found=found)):
                    self._note(f"{found.path}: left out, as it was written to a moment ago")
                case Task(step=Look() as look, rule=rule):
                    try:
                        await self._expect(look, rule, locations)
                    except NotionSyncError:
                        raise
                    except Exception as error:
                        self.sums.failed += 1
                        self._note(f"{look.found.path}: {_reason(error, look.found.path)}")
        return locations

    async def _expect(self, look: Look, rule: Rule, locations: Locations) -> None:
        if await self._is_import(look.found, rule):
            return
        locations.add(look.found, rule)
        if look.digest is not None:
            self._digests[look.found.id] = look.digest

    async def _is_import(self, found: SourceFile, rule: Rule) -> bool:
        """Whether a file stands for an import, whose source cannot be found out in Notion."""
        if not may_be_link_file(found, rule):
            return False
        try:
            _, address = await self._read(
                found, read_source, found, rule,
                now_ns=time_ns(self._clock), pause=self._clock.check, disk=self._ports.disk,
            )  # fmt: skip
        except FileError:
            return False  # reported when it is compared
        if address is None:
            return False
        if all(self._recorded(found.id, target.key) for target in rule.destinations):
            self.sums.recorded += len(rule.destinations)
            return True
        self.sums.failed += 1
        self._note(f"{found.path}: imports are not adopted; a push imports what it leads to again")
        return True

    def _recorded(self, file: FilePath, key: str) -> Placement | None:
        with self._store.reading():
            return self._store.placements.get(file, key)

    async def _content(self, file: ExpectedFile) -> Digest:
        """Return the content of a file, and cache it for the next push.

        Raises:
            FileError: It cannot be read.
        """
        found = file.found
        if (known := self._digests.get(found.id)) is not None:
            return known
        now_ns = time_ns(self._clock)
        content = await self._read(
            found, read_content, found.source, found.fingerprint,
            now_ns=now_ns, pause=self._clock.check, root=file.rule.folder, disk=self._ports.disk,
        )  # fmt: skip
        if self._keep and not content.racy:
            with self._store.noting():
                self._store.files.remember(
                    found.id, found.fingerprint, content.digest,
                    recheck_at=recheck_at(found.fingerprint, now_ns),
                )  # fmt: skip
        self._digests[found.id] = content.digest
        return content.digest

    async def _read(self, found: SourceFile, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a reading function in a thread; an unexpected error becomes a `FileError`."""
        try:
            return await self._ports.threads.read(work, *args, **kwargs)
        except NotionSyncError:
            raise
        except Exception as error:
            raise FileUnreadable(_reason(error, found.path)) from error

    # What is in Notion

    async def _adopt_all(self, lookups: Sequence[Lookup], comparison: Comparison) -> None:
        lookups = [self._without_recorded(lookup) for lookup in lookups]
        for lookup in lookups:
            if isinstance(lookup, Present):
                comparison.ask_ahead(lookup.location, lookup.candidates.ours)
        for lookup in lookups:
            await self._adopt(lookup, comparison)

    def _without_recorded(self, lookup: Lookup) -> Lookup:
        """Leave out what is where the record says; look for the rest, as the record may be an old copy."""
        if isinstance(lookup, Inaccessible):
            return lookup
        files = lookup.location.files
        if not isinstance(lookup, Present):
            rest = {id_: file for id_, file in files.items() if file.recorded is None}
            self.sums.recorded += len(files) - len(rest)
            return replace(lookup, location=replace(lookup.location, files=rest))
        seen = lookup.candidates
        there = {id_: p for id_, file in files.items() if (p := file.recorded) is not None and seen.holds(p)}
        self._own(there.values())
        rest = {id_: file for id_, file in files.items() if id_ not in there}
        self.sums.recorded += len(there)
        doubtful = {file.recorded.block_id for file in rest.values() if file.recorded is not None}
        recorded = self._recorded_blocks(lookup.location.target.key) - doubtful
        ours = tuple(each for each in seen.ours if each.id not in recorded)
        return replace(
            lookup, location=replace(lookup.location, files=rest), candidates=replace(seen, ours=ours)
        )

    def _own(self, placements: Iterable[Placement]) -> None:
        """Mark adopted placements as not shared."""
        shared = [each for each in placements if each.shared] if self._keep else []
        if shared:
            with self._store.transaction():
                for each in shared:
                    self._store.placements.save(replace(each, shared=False), self._clock.now())

    async def _adopt(self, lookup: Lookup, comparison: Comparison) -> None:
        match lookup:
            case Present(location):
                try:
                    findings = await self._compared(lookup, comparison)
                except Exception as error:
                    for each in inaccessible([location], error):
                        self._inaccessible(each)
                else:
                    self._say(findings)
            case Absent(location, reason):
                self._say(finding(location, id_, "missing", reason) for id_ in location.files)
            case Duplicated(location, reason):
                self._say(finding(location, id_, "ambiguous", reason) for id_ in location.files)
            case Inaccessible():
                self._inaccessible(lookup)

    async def _compared(self, present: Present, comparison: Comparison) -> Sequence[Finding]:
        """Compare one location and record its matches."""
        location = present.location
        self.sums.others += present.candidates.others
        candidates = {each.id: each for each in present.candidates.ours if each.id not in self._taken}
        compared = await comparison.compare(location, list(candidates.values()))
        self._taken |= set(compared.matching.pairs.values())
        if self._keep:
            record(self._store, present, _matches(location, candidates, compared), self._clock.now())
        return list(findings_of(present, candidates, self._without_deleted(location, compared)))

    def _without_deleted(self, location: Location, compared: Compared) -> Compared:
        """Leave out files that were recorded and are nowhere now: they were deleted in Notion and stay deleted."""
        missing = {
            id_: reason
            for id_, reason in compared.matching.missing.items()
            if location.files[id_].recorded is None or location.files[id_].names() & compared.unfetched
        }
        self.sums.recorded += len(compared.matching.missing) - len(missing)
        return replace(compared, matching=replace(compared.matching, missing=missing))

    def _recorded_blocks(self, key: str) -> frozenset[str]:
        if key not in self._blocks:
            with self._store.reading():
                self._blocks[key] = self._store.things.blocks_in_use(key)
        return self._blocks[key]

    # Reporting

    def _say(self, findings: Iterable[Finding]) -> None:
        for each in findings:
            self.sums.count(each.result)
            self._tell(each)

    def _inaccessible(self, lookup: Inaccessible) -> None:
        """Report each reason once, as it may be the same for every row."""
        location = lookup.location
        self.sums.failed += max(1, len(location.files))
        reason = _reason(lookup.error, location.where)
        if reason not in self._noted:
            self._noted.add(reason)
            self._note(f"{location.where}: {reason}")

    def _unfetched(self, candidate: Candidate, error: Exception) -> None:
        reason = _reason(error, candidate.shown)
        self._note(f"the file of {candidate.noun} {candidate.id}, {candidate.shown}: {reason}")


def _matches(location: Location, candidates: Mapping[str, Candidate], compared: Compared) -> Iterator[Match]:
    for id_, candidate_id in compared.matching.pairs.items():
        digest = compared.files[id_].digest
        assert digest is not None
        yield Match(location.files[id_], candidates[candidate_id], digest, id_ in compared.packaged)


def _reason(error: Exception, what: str) -> str:
    """Return why something failed; the stack of an unexpected error is logged."""
    if not isinstance(error, NotionSyncError):
        _log.error("%s: unforeseen error", what, exc_info=error, extra={"fields": {"path": what}})
    return classify(error).reason
