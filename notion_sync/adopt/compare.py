"""Compare the files of a location with its candidates, with as few requests and bytes as possible.

Names come with the page, a size costs a small download, a content costs all its bytes. The first round compares files
as they are; the second compares the remaining files with remaining candidates that may be zips of them.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from notion_sync.adopt.candidates import Candidate
from notion_sync.adopt.fetch import Fetcher
from notion_sync.adopt.locations import ExpectedFile, Location
from notion_sync.adopt.match import LocalFile, Matching, RemoteFile, match
from notion_sync.errors import FileError
from notion_sync.model import Digest, FilePath
from notion_sync.sync.identity import Question, hosted_sha256, hosted_size, packaged_sha256, packaged_size


@dataclass(frozen=True, slots=True)
class Compared:
    """The result of comparing one location."""

    files: Mapping[FilePath, LocalFile]
    matching: Matching
    packaged: frozenset[FilePath]
    """The files that are in Notion inside a zip."""
    unreadable: Mapping[FilePath, str]
    """File → why this machine cannot read it; such a file is in no other list."""
    unfetched: frozenset[str]
    """Names of candidates that could not be fetched although they were needed."""


@dataclass(frozen=True, slots=True)
class _Variant:
    """A form in which our files may be in Notion. Answers are None for a candidate in another variant."""

    names: Callable[[ExpectedFile], frozenset[str]]
    """Returns the names of a file in Notion."""
    size: Question[int | None]
    sha256: Question[str | None]


_PLAIN = _Variant(ExpectedFile.plain_names, hosted_size, hosted_sha256)
_PACKAGED = _Variant(ExpectedFile.packaged_names, packaged_size, packaged_sha256)


class Comparison:
    """Compares the locations of one run.

    Args:
        fetcher: Fetches sizes and contents of candidates.
        read: Returns the content of a local file; raises `FileError`.
        verify: Whether to compare contents, not only names and sizes.
    """

    def __init__(
        self, fetcher: Fetcher, read: Callable[[ExpectedFile], Awaitable[Digest]], *, verify: bool
    ) -> None:
        self._fetcher = fetcher
        self._read = read
        self._verify = verify

    def ask_ahead(self, location: Location, candidates: Sequence[Candidate]) -> None:
        """Start to fetch what `compare` needs first."""
        self._fetcher.ask(_PLAIN.size, self._likely(_PLAIN, location.files, candidates))

    async def compare(self, location: Location, candidates: Sequence[Candidate]) -> Compared:
        """Determine which file is which candidate.

        Raises:
            NotionError: An address has expired and a new one cannot be read.
            Cancelled: The run was asked to stop.
        """
        plain = await self._round(_PLAIN, location.files, candidates, location.noun)
        missing = {id_: location.files[id_] for id_ in plain.matching.missing}
        packageable = {id_: file for id_, file in missing.items() if file.packaged_names()}
        if not packageable:
            return plain
        unknown = frozenset(plain.matching.unknown)
        free = [each for each in candidates if each.id in unknown]
        packaged = await self._round(_PACKAGED, packageable, free, location.noun)
        names = {name for each in free for name in each.names}
        named = {id_ for id_, file in packageable.items() if not names.isdisjoint(file.packaged_names())}
        return _joined(plain, packaged, named)

    async def _round(
        self,
        variant: _Variant,
        expected: Mapping[FilePath, ExpectedFile],
        candidates: Sequence[Candidate],
        noun: str,
    ) -> Compared:
        """Compare in one variant."""
        likely = self._likely(variant, expected, candidates)
        sizes = await self._fetcher.answers(variant.size, likely)
        files, unreadable = await self._local(variant, expected, frozenset(sizes.values()))
        ours = {file.size for file in files.values()} if self._verify else frozenset()
        chosen = [each for each in likely if sizes.get(each.id) in ours]
        digests = await self._fetcher.answers(variant.sha256, chosen)
        # If the content of a candidate cannot be fetched, its size alone must not decide.
        proven = sizes | {each.id: None for each in chosen if digests.get(each.id) is None}
        held = [
            RemoteFile(each.id, each.names, proven.get(each.id), _digest(digests.get(each.id)))
            for each in candidates
        ]
        lost = [each for each in likely if each.id not in sizes]
        lost += [each for each in chosen if each.id not in digests]
        unfetched = frozenset(name for each in lost for name in each.names)
        return Compared(files, match(list(files.values()), held, noun), frozenset(), unreadable, unfetched)

    def _likely(
        self, variant: _Variant, expected: Mapping[FilePath, ExpectedFile], candidates: Sequence[Candidate]
    ) -> Sequence[Candidate]:
        """Return the candidates that may be one of the files, so that their sizes are needed."""
        if self._verify:
            return candidates if expected else ()
        names = {name for file in expected.values() for name in variant.names(file)}
        return [each for each in candidates if not names.isdisjoint(each.names)]

    async def _local(
        self, variant: _Variant, expected: Mapping[FilePath, ExpectedFile], sizes: frozenset[int | None]
    ) -> tuple[dict[FilePath, LocalFile], dict[FilePath, str]]:
        """Return the files, with the contents of those of the given sizes, and why others cannot be read."""
        files: dict[FilePath, LocalFile] = {}
        unreadable: dict[FilePath, str] = {}
        for id_, file in expected.items():
            size = file.found.fingerprint.size
            try:
                digest = await self._read(file) if size in sizes else None
            except FileError as error:
                unreadable[id_] = str(error)
            else:
                files[id_] = LocalFile(id_, size, variant.names(file), digest)
        return files, unreadable


def _digest(sha256: str | None) -> Digest | None:
    return Digest(sha256) if sha256 else None


def _joined(plain: Compared, packaged: Compared, named: set[FilePath]) -> Compared:
    """Merge both rounds; for a file found in neither, keep the more specific reason."""
    found = packaged.matching
    decided = {*found.pairs, *found.ambiguous, *packaged.unreadable}
    missing = {
        id_: found.missing[id_] if id_ in named else reason
        for id_, reason in plain.matching.missing.items()
        if id_ not in decided
    }
    matching = Matching(
        {**plain.matching.pairs, **found.pairs},
        missing,
        {**plain.matching.ambiguous, **found.ambiguous},
        found.unknown,
    )
    return Compared(
        {**plain.files, **packaged.files},
        matching,
        frozenset(found.pairs),
        {**plain.unreadable, **packaged.unreadable},
        plain.unfetched | packaged.unfetched,
    )
