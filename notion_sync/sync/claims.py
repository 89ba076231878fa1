"""Assign the entries of a `files` property to the files that they stand for. Pure.

Several entries may be equal, people rename them, and the record may be older than the property. So each recorded entry
of a row, and each new content for it, claims at most one entry, and each entry is assigned at most once. Claims are
served in this order:

    1. a recorded entry with the same file id and the same name
    2. an edit that keeps its content and has no such entry, but another one shows it under the wanted name: the record
       is older than the entry
    3. a recorded entry that keeps its content, with the same file id: a person renamed it
    4. an edit whose wanted file and name an entry shows already. Its old entry then becomes available to other edits
       that want exactly that, and is removed if there are none
    5. a recorded entry that gets new content, with the same file id
    6. a new content that the entry's file holds, under any name

Among equal claims, those that no edit concerns are served first, and get the last of the equal entries: it is better to
leave an entry that should go than to remove one that should stay. For the same reason those whose file is gone come
after step 2: what such an entry shows may be what another file is to have by now.
"""

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from notion_sync.model import EntryKey


@dataclass(frozen=True, slots=True)
class Claim:
    """What one edit claims.

    Args:
        old: Its recorded entry, if any.
        name: The wanted name of its entry; None if it is removed, or keeps the name that a person gave it.
        holding: Ids of the files known to hold its new content; None if it keeps its content or is removed.
    """

    old: EntryKey | None = None
    name: str | None = None
    holding: AbstractSet[str] | None = None


@dataclass(eq=False)
class Claims:
    """The assignment of a property's entries to claims.

    Args:
        entries: The entries as they are now.
        claims: One for each edit.
        others: Further recorded entries, which stay as they are.
        going: The numbers of those whose file is gone, so that they may have to go later.
    """

    entries: Sequence[EntryKey]
    claims: Sequence[Claim]
    others: Sequence[EntryKey] = ()
    going: AbstractSet[int] = frozenset()
    found: list[int | None] = field(init=False)
    """Index of each claim's old entry; None if it is gone, or assigned to another claim."""
    existing: dict[int, int] = field(init=False, default_factory=dict)
    """Index of another entry that already shows what the claim wants, by the claim's number."""
    free: list[int] = field(init=False)
    """Indices of unclaimed entries: others added them, or the record is older than they are."""
    gone: list[int] = field(init=False, default_factory=list)
    """Numbers of the `others` that have no entry any more."""
    _released: list[int] = field(init=False, default_factory=list)
    """Indices of old entries whose claim is satisfied by another entry."""

    def __post_init__(self) -> None:
        self.free = list(range(len(self.entries)))
        staying = [number for number, claim in enumerate(self.claims) if claim.holding is None]
        making = [number for number, claim in enumerate(self.claims) if claim.holding is not None]
        staying_others = [n for n in range(len(self.others)) if n not in self.going]
        gone = self._without_equal(staying_others)
        self.found = [self._take(self._equal(claim.old)) for claim in self.claims]
        self._find_shown([number for number in staying if self.found[number] is None])
        gone += self._without_equal(sorted(self.going))
        self.gone = [number for number in gone if self._take(self._of_file(self.others[number])) is None]
        self._find_shown(staying)
        self._find_renamed(staying)
        self._find_shown([*making, *staying])
        self._find_renamed([number for number in making if number not in self.existing])
        for number in making:
            if self.found[number] is None and number not in self.existing:
                self._have(number, self.free)
        for number in self.existing:
            if self.found[number] not in self._released:
                self.found[number] = None

    def _without_equal(self, numbers: Iterable[int]) -> list[int]:
        """Assign equal entries to some of the `others`; return the numbers of those for which none is left."""
        return [n for n in numbers if self._take(self._equal(self.others[n])[::-1]) is None]

    def _find_renamed(self, numbers: Iterable[int]) -> None:
        for number in numbers:
            if self.found[number] is None:
                self.found[number] = self._take(self._of_file(self.claims[number].old))

    def _find_shown(self, numbers: Sequence[int]) -> None:
        before = -1
        while before < len(self.existing):  # a released old entry may satisfy another claim
            before = len(self.existing)
            for number in numbers:
                name = self.claims[number].name
                if name is not None and number not in self.existing and not self._is_shown(number):
                    self._have(
                        number, [i for i in (*self.free, *self._released) if self.entries[i][1] == name]
                    )

    def _is_shown(self, number: int) -> bool:
        """Whether the claim's old entry already has the wanted name and keeps its content."""
        claim, at = self.claims[number], self.found[number]
        return claim.holding is None and at is not None and self.entries[at][1] == claim.name

    def _have(self, number: int, among: Sequence[int]) -> None:
        """Assign an entry that already shows what the claim wants, and release its old entry."""
        claim, old = self.claims[number], self.found[number]
        holding = claim.holding
        if holding is None:
            holding = {claim.old[0]} if claim.old is not None and claim.old[0] else frozenset()
        index = self._take([index for index in among if self.entries[index][0] in holding])
        if index is None:
            return
        if old is None and claim.holding is None:
            self.found[number] = index  # its own entry has the new name already
            return
        self.existing[number] = index
        if old is not None:
            self._released.append(old)

    def _equal(self, key: EntryKey | None) -> list[int]:
        return [index for index in self.free if self.entries[index] == key]

    def _of_file(self, key: EntryKey | None) -> list[int]:
        return [index for index in self.free if key and key[0] and self.entries[index][0] == key[0]]

    def _take(self, fitting: Sequence[int]) -> int | None:
        if not fitting:
            return None
        (self.free if fitting[0] in self.free else self._released).remove(fitting[0])
        return fitting[0]
