"""Which entry of a `files` property is whose. Pure.

Several entries may be equal, people give them other names, and the record may be older than what is there. So all
that is recorded of a row, and all that is to come into it, claims one entry, and none is given twice. Who comes first:

    1. what is recorded with this file and this name
    2. what is recorded with this file, and stays: a person gave the entry another name
    3. what is to be shown with this file under this name: it is shown already. What it was to take the place of is
       free then for others that are to be shown so, and goes where there are none
    4. what is recorded with this file, and gets a new content
    5. a new content that this file holds, under whatever name

Among equals those come first that no edit is about, and they get the last of equal entries: rather is something left
that was to go than something gone that was to stay.
"""

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from notion_sync.model import EntryKey


@dataclass(frozen=True, slots=True)
class Claim:
    """What one edit claims.

    Args:
        old: What is recorded of its entry, where it has one.
        name: What its entry is to be called; None where it goes, or keeps the name that a person gave it.
        holding: The files that are known to hold its new content; None where it keeps its content, or goes.
    """

    old: EntryKey | None = None
    name: str | None = None
    holding: AbstractSet[str] | None = None


@dataclass(eq=False)
class Claims:
    """The entries of a property, given to claims.

    Args:
        entries: As they are.
        claims: Of the edits.
        others: What else is recorded, and stays as it is.
    """

    entries: Sequence[EntryKey]
    claims: Sequence[Claim]
    others: Sequence[EntryKey] = ()
    found: list[int | None] = field(init=False)
    """By claim, where its old entry is; None where it is gone, or another claim's by now."""
    there: dict[int, int] = field(init=False, default_factory=dict)
    """By claim, where what it is to show is beside that."""
    free: list[int] = field(init=False)
    """What nobody claims: others put it there, or the record is older than it."""
    gone: list[int] = field(init=False, default_factory=list)
    """Which of the others have no entry any more."""
    _released: list[int] = field(init=False, default_factory=list)
    """The old entries of what is there already."""

    def __post_init__(self) -> None:
        self.free = list(range(len(self.entries)))
        staying = [number for number, claim in enumerate(self.claims) if claim.holding is None]
        making = [number for number, claim in enumerate(self.claims) if claim.holding is not None]
        other = {n: key for n, key in enumerate(self.others) if self._take(self._equal(key)[::-1]) is None}
        self.found = [self._take(self._equal(claim.old)) for claim in self.claims]
        self.gone = [number for number, key in other.items() if self._take(self._of_file(key)) is None]
        self._find_shown(staying)
        self._find_renamed(staying)
        self._find_shown([*making, *staying])
        self._find_renamed([number for number in making if number not in self.there])
        for number in making:
            if self.found[number] is None and number not in self.there:
                self._have(number, self.free)
        for number in self.there:
            if self.found[number] not in self._released:
                self.found[number] = None

    def _find_renamed(self, numbers: Iterable[int]) -> None:
        for number in numbers:
            if self.found[number] is None:
                self.found[number] = self._take(self._of_file(self.claims[number].old))

    def _find_shown(self, numbers: Sequence[int]) -> None:
        before = -1
        while before < len(self.there):  # an old entry that became free may be what another one is to show
            before = len(self.there)
            for number in numbers:
                name = self.claims[number].name
                if name is not None and number not in self.there and not self._is_shown(number):
                    self._have(
                        number, [i for i in (*self.free, *self._released) if self.entries[i][1] == name]
                    )

    def _is_shown(self, number: int) -> bool:
        """Whether its old entry is as it is to be."""
        claim, at = self.claims[number], self.found[number]
        return claim.holding is None and at is not None and self.entries[at][1] == claim.name

    def _have(self, number: int, among: Sequence[int]) -> None:
        """Give it what shows what it is to show, and let its old entry go for that."""
        claim, old = self.claims[number], self.found[number]
        holding = claim.holding
        if holding is None:
            holding = {claim.old[0]} if claim.old is not None and claim.old[0] else frozenset()
        index = self._take([index for index in among if self.entries[index][0] in holding])
        if index is None:
            return
        if old is None and claim.holding is None:
            self.found[number] = index  # it has its new name already
            return
        self.there[number] = index
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
