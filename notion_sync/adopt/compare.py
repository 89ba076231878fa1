"""Compares the files of a location with its candidates, with as few requests and bytes as will do.

A name comes with the page, a size costs a small download, a content all its bytes. So first it is asked what may be a
file as it is, then whether what is left of the candidates is a zip of one that is left of the files.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from notion_sync.adopt.candidates import Candidate
from notion_sync.adopt.fetch import Fetcher
from notion_sync.adopt.locations import ExpectedFile, Location
from notion_sync.adopt.match import LocalFile, Matching, RemoteFile, match
from notion_sync.errors import FileError
from notion_sync.model import Digest, FileId
from notion_sync.sync.identity import Question, hosted_sha256, hosted_size, packaged_sha256, packaged_size


@dataclass(frozen=True, slots=True)
class Compared:
    """How it came out."""

    files: Mapping[FileId, LocalFile]
    matching: Matching
    packaged: frozenset[FileId]
    """Those of the files that are there in a zip."""
    unreadable: Mapping[FileId, str]
    """File → why this machine does not give it; it is in no other list."""
    unfetched: frozenset[str]
    """Names of candidates that should have been looked at and could not be."""


@dataclass(frozen=True, slots=True)
class _Variant:
    """How files of ours may be there. An answer is None where a candidate has another variant."""

    names: Callable[[ExpectedFile], frozenset[str]]
    """What Notion calls them."""
    size: Question[int | None]
    sha256: Question[str | None]


_PLAIN = _Variant(ExpectedFile.plain_names, hosted_size, hosted_sha256)
_PACKAGED = _Variant(ExpectedFile.packaged_names, packaged_size, packaged_sha256)


class Comparison:
    """How locations are compared in one run.

    Args:
        fetcher: For sizes and contents of candidates.
        read: The content of a file of this machine; raises `FileError`.
        verify: Whether contents are compared, not only names and sizes.
    """

    def __init__(
        self, fetcher: Fetcher, read: Callable[[ExpectedFile], Awaitable[Digest]], *, verify: bool
    ) -> None:
        self._fetcher = fetcher
        self._read = read
        self._verify = verify

    def ask_ahead(self, location: Location, candidates: Sequence[Candidate]) -> None:
        """Begin with what `compare` will want to know first."""
        self._fetcher.ask(_PLAIN.size, self._likely(_PLAIN, location.files, candidates))

    async def compare(self, location: Location, candidates: Sequence[Candidate]) -> Compared:
        """Find out which file is which candidate.

        Raises:
            NotionError: An address cannot be signed anew.
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
        expected: Mapping[FileId, ExpectedFile],
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
        # A candidate whose content cannot be had proves nothing by its size, either.
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
        self, variant: _Variant, expected: Mapping[FileId, ExpectedFile], candidates: Sequence[Candidate]
    ) -> Sequence[Candidate]:
        """Those that may be one of the files, so that their sizes have to be known."""
        if self._verify:
            return candidates if expected else ()
        names = {name for file in expected.values() for name in variant.names(file)}
        return [each for each in candidates if not names.isdisjoint(each.names)]

    async def _local(
        self, variant: _Variant, expected: Mapping[FileId, ExpectedFile], sizes: frozenset[int | None]
    ) -> tuple[dict[FileId, LocalFile], dict[FileId, str]]:
        """The files, those of these sizes with their contents; and why others cannot be read."""
        files: dict[FileId, LocalFile] = {}
        unreadable: dict[FileId, str] = {}
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


def _joined(plain: Compared, packaged: Compared, named: set[FileId]) -> Compared:
    """Both rounds in one; of a file that is in neither the reason that says more."""
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
