"""Comparing the files of a site with what stands there, with as few requests and bytes as will do."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from notion_sync.adopt.fetch import Fetcher
from notion_sync.adopt.held import PACKED, PLAIN, Dress, HeldThings
from notion_sync.adopt.match import Held, Local, Matching, match
from notion_sync.adopt.names import packed_names
from notion_sync.adopt.sites import Resident, Site
from notion_sync.adopt.views import View
from notion_sync.errors import FileError
from notion_sync.model import Digest, FileId, Found


@dataclass(frozen=True, slots=True)
class Compared:
    """How it came out."""

    files: Mapping[FileId, Local]
    matching: Matching
    packed: frozenset[FileId]
    """Those of the files that are there in a zip."""
    unreadable: Mapping[FileId, str]
    """File → why this machine does not give it; it is in no other list."""


def compare(site: Site, held: HeldThings, read: Callable[[Found], Digest], *, verify: bool) -> Compared:
    """Find out which file is what.

    Args:
        site: Has the files.
        held: What stands there.
        read: The content of a file.
        verify: Whether contents are compared, not only names and sizes.
    """
    plain = _compared(site, site.files, held.named(), PLAIN, held, read, verify=verify)
    packable = {id_: site.files[id_] for id_ in plain.matching.missing if packed_names(site.files[id_])}
    if not packable:
        return plain
    free = [each for each in held.named() if each.id in plain.matching.unknown]
    packed = _compared(site, packable, free, PACKED, held, read, verify=verify)
    names = frozenset(name for each in free for name in each.names)
    return _joined(plain, packed, {id_ for id_, each in packable.items() if packed_names(each) & names})


def ask_ahead(fetcher: Fetcher, view: View, *, verify: bool) -> None:
    """Begin with what `compare` will want to know first."""
    wanted = _wanted(view.site.files, PLAIN, verify=verify)
    fetcher.ask(PLAIN.size, (thing for thing in view.things if wanted(thing.names)))


def _wanted(
    residents: Mapping[FileId, Resident], dress: Dress, *, verify: bool
) -> Callable[[frozenset[str]], bool]:
    """Whether something of these names may be one of the files, so that its size has to be known."""
    names = {name for resident in residents.values() for name in dress.names(resident)}
    return lambda each: bool(residents) and (verify or not names.isdisjoint(each))


def _compared(
    site: Site,
    residents: Mapping[FileId, Resident],
    things: Sequence[Held],
    dress: Dress,
    held: HeldThings,
    read: Callable[[Found], Digest],
    *,
    verify: bool,
) -> Compared:
    wanted = _wanted(residents, dress, verify=verify)
    things = held.sized(dress, things, lambda each: wanted(each.names))
    sizes = {each.size for each in things}
    files: dict[FileId, Local] = {}
    unreadable: dict[FileId, str] = {}
    for id_, resident in residents.items():
        size = resident.found.fingerprint.size
        try:
            digest = read(resident.found) if size in sizes else None
        except FileError as error:
            unreadable[id_] = str(error)
        else:
            files[id_] = Local(id_, size, dress.names(resident), digest)
    if verify:
        ours = {file.size for file in files.values()}
        things = held.downloaded(dress, things, lambda each: each.size in ours)
    return Compared(files, match(list(files.values()), things, site.noun), frozenset(), unreadable)


def _joined(plain: Compared, packed: Compared, named: set[FileId]) -> Compared:
    """Both rounds in one; of a file that is in neither the reason that says more."""
    found = packed.matching
    settled = {*found.pairs, *found.ambiguous, *packed.unreadable}
    missing = {
        id_: found.missing[id_] if id_ in named else reason
        for id_, reason in plain.matching.missing.items()
        if id_ not in settled
    }
    matching = Matching(
        {**plain.matching.pairs, **found.pairs},
        missing,
        {**plain.matching.ambiguous, **found.ambiguous},
        found.unknown,
    )
    return Compared(
        {**plain.files, **packed.files},
        matching,
        frozenset(found.pairs),
        {**plain.unreadable, **packed.unreadable},
    )
