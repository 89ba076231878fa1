"""What a `files` property is to hold, given what it holds now, and which of its entries are ours. Pure.

A property is written as a whole: "To remove any file, don't pass it" (developers.notion.com "Page property
values"). So every entry that is not ours is passed as it was read; ours are known by the id in the hosted
file's address together with the name.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from notion_sync.model import Held
from notion_sync.notion.pages import PropertyFile
from notion_sync.notion.payloads import FILES_LIMIT, NewFile


@dataclass(frozen=True, slots=True)
class Wish:
    """What one file wants of a row: `old` out, `new` in its place; or `old` under another `name`."""

    new: NewFile | None = None
    old: Held | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """What to write, and by wish what comes of it."""

    entries: tuple[PropertyFile | NewFile, ...]
    seen: tuple[Held, ...]
    """What was there."""
    kept: tuple[Held, ...]
    """What of it stays, renamed or not."""
    refused: frozenset[int]
    """Wishes for which there is no room."""
    missing: frozenset[int]
    """Wishes whose old entry somebody has removed."""
    changes: bool
    """Whether there is anything to write."""


def held(entry: PropertyFile) -> Held:
    """How an entry is told from others."""
    return (entry.url_path_file_id or entry.file.url or "", entry.name)


def draft(base: Sequence[PropertyFile], wishes: Sequence[Wish]) -> Draft:
    """Fit the wishes into what the property holds."""
    seen = tuple(map(held, base))
    written: list[PropertyFile | NewFile | None] = list(base)
    free = Counter(range(len(base)))
    missing = set()
    late: list[int] = []
    changes = False
    for number, wish in enumerate(wishes):
        index = _take(seen, free, wish.old)
        if wish.old is not None and index is None:
            missing.add(number)
        if index is None:
            late += [number] if wish.new else []
        elif wish.new is None and wish.name is not None:
            written[index] = replace(base[index], name=wish.name)
            changes = changes or wish.name != base[index].name
        else:
            written[index] = wish.new
            changes = True
    entries = [entry for entry in written if entry is not None]
    kept = tuple(held(entry) for entry in entries if isinstance(entry, PropertyFile))
    room = max(0, FILES_LIMIT - len(entries))
    entries += [new for number in late[:room] if (new := wishes[number].new)]
    return Draft(
        tuple(entries), seen, kept, frozenset(late[room:]), frozenset(missing), changes or bool(late[:room])
    )


def _take(seen: Sequence[Held], free: Counter[int], old: Held | None) -> int | None:
    if old is None:
        return None
    index = next((i for i, each in enumerate(seen) if each == old and free[i]), None)
    if index is not None:
        free[index] = 0
    return index


def missing_entries(base: Sequence[PropertyFile], wanted: Sequence[Held]) -> frozenset[int]:
    """Which of our entries a property does not hold any more; one under another name is still there."""
    seen = tuple(map(held, base))
    free = Counter(range(len(base)))
    rest = [number for number, old in enumerate(wanted) if _take(seen, free, old) is None]
    ids = Counter(seen[index][0] for index in free if free[index])
    missing = set()
    for number in rest:
        file_id = wanted[number][0]
        if ids[file_id]:
            ids[file_id] -= 1
        else:
            missing.add(number)
    return frozenset(missing)


def made_entries(
    kept: Sequence[Held], names: Sequence[str], after: Sequence[PropertyFile]
) -> list[str | None]:
    """The file ids of the entries that a write made, by name; None for each that is not there.

    Args:
        kept: What the write left in the property.
        names: Of the entries that it was to make, in their order.
        after: What the property holds now.
    """
    fresh = _beyond(kept, after)
    found: list[str | None] = []
    for name in names:
        match = next((entry for entry in fresh if entry.name == name), None)
        found.append(match.url_path_file_id if match else None)
        if match is not None:
            fresh.remove(match)
    return found


def perhaps_made(
    seen: Sequence[Held], kept: Sequence[Held], names: Sequence[str], after: Sequence[PropertyFile]
) -> list[str | None]:
    """The same where nobody saw an answer, so that the write may not have happened at all.

    An entry may be put back that the same write takes out (one file's content has become another's). Only what
    was not there before tells that the write happened.

    Args:
        seen: What the property held before.
        kept: What the write was to leave of it.
        names: Of the entries that it was to make, in their order.
        after: What the property holds now.
    """
    happened = any(entry.name in names for entry in _beyond(seen, after))
    return made_entries(kept if happened else seen, names, after)


def _beyond(known: Sequence[Held], after: Sequence[PropertyFile]) -> list[PropertyFile]:
    left = Counter(known)
    fresh = []
    for entry in after:
        if left[held(entry)]:
            left[held(entry)] -= 1
        elif entry.url_path_file_id:
            fresh.append(entry)
    return fresh
