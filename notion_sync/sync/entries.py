"""Compute the new value of a `files` property from its current one, and tell which entries are ours. Pure.

A property is written as a whole: "To remove any file, don't pass it" (developers.notion.com "Page property
values"). So every entry that is not ours is written back as it was read. Ours are identified by the file id in the
hosted file's address. People may rename entries, so names only tell entries of equal content apart. `sync.claims`
assigns equal entries to files.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace

from notion_sync.model import EntryKey
from notion_sync.notion.pages import PropertyFile
from notion_sync.notion.payloads import FILES_LIMIT, NewFile
from notion_sync.sync.claims import Claim, Claims


@dataclass(frozen=True, slots=True)
class EntryEdit:
    """One file's edit of a row: replace `old` by `new`, either of which may be missing, or rename `old` to `name`.

    A name that a person gave is kept in both cases; `theirs` says that `old` was known to have one before.
    """

    new: NewFile | None = None
    old: EntryKey | None = None
    name: str | None = None
    theirs: bool = False


@dataclass(frozen=True, slots=True)
class NewValue:
    """The value to write, and the result of each edit, by its number."""

    entries: tuple[PropertyFile | NewFile, ...]
    before: tuple[EntryKey, ...]
    """The entries before the write."""
    remaining: tuple[EntryKey, ...]
    """Those of them that stay, under their new names."""
    refused: frozenset[int]
    """Edits for which the property has no room."""
    missing: frozenset[int]
    """Edits whose old entry was removed by a person, or is assigned to another edit."""
    needs_write: bool
    """Whether it differs from the current value."""
    names: Mapping[int, str] = field(default_factory=dict)
    """By edit, the name that a person gave its entry; it is kept."""
    existing: Mapping[int, PropertyFile] = field(default_factory=dict)
    """By edit, another entry that already shows what the edit wants."""
    unclaimed: tuple[PropertyFile, ...] = field(default=(), compare=False)
    """Entries that others added, or that are missing from an outdated record."""
    gone: frozenset[int] = field(default=frozenset(), compare=False)
    """Numbers of the `others` given to `new_value` that a person has removed."""


def entry_key(entry: PropertyFile) -> EntryKey:
    """Return what identifies an entry: its file id, or its address if it has none, and its name."""
    return (entry.url_path_file_id or entry.file.url or "", entry.name)


Held = Mapping[str, AbstractSet[int]]
"""By file id, the numbers of the edits whose new content the file is known to hold."""


def new_value(
    base: Sequence[PropertyFile],
    edits: Sequence[EntryEdit],
    others: Sequence[EntryKey] = (),
    held: Held | None = None,
    going: AbstractSet[int] = frozenset(),
) -> NewValue:
    """Apply edits to a property; every other entry is kept as it was read.

    Args:
        base: The property's entries now.
        edits: The edits.
        others: Further recorded entries of ours, which no edit concerns.
        held: Which of its files hold new contents.
        going: The numbers of the `others` whose file is gone.
    """
    before, held = tuple(map(entry_key, base)), held or {}
    claims = Claims(before, [_claim(number, edit, held) for number, edit in enumerate(edits)], others, going)
    found, existing = claims.found, claims.existing
    names = {
        number: before[index][1]
        for number, (edit, index) in enumerate(zip(edits, found, strict=True))
        if index is not None and number not in existing and _is_theirs(edit, before[index])
    }
    written: list[PropertyFile | NewFile | None] = list(base)
    for number, index in enumerate(found):
        if index is not None:
            kept = number not in existing  # else another entry stands for the file from now on
            written[index] = _edited(base[index], edits[number], names.get(number)) if kept else None
    entries = [entry for entry in written if entry is not None]
    remaining = tuple(entry_key(entry) for entry in entries if isinstance(entry, PropertyFile))
    added = [n for n, edit in enumerate(edits) if edit.new and found[n] is None and n not in existing]
    room = max(0, FILES_LIMIT - len(entries))
    entries += [new for number in added[:room] if (new := edits[number].new)]
    missing = {number for number, edit in enumerate(edits) if edit.old is not None and found[number] is None}
    return NewValue(
        entries=tuple(entries),
        before=before,
        remaining=remaining,
        refused=frozenset(added[room:]),
        missing=frozenset(missing),
        needs_write=entries != list(base),
        names=names,
        existing={number: base[index] for number, index in existing.items()},
        unclaimed=tuple(base[index] for index in claims.free),
        gone=frozenset(claims.gone),
    )


def _edited(entry: PropertyFile, edit: EntryEdit, their_name: str | None) -> PropertyFile | NewFile | None:
    """Return what replaces an entry after an edit of it; None if it is removed."""
    if edit.new is not None:
        return edit.new if their_name is None else replace(edit.new, name=their_name)
    if edit.name is not None:
        return replace(entry, name=edit.name if their_name is None else their_name)
    return None


def _is_theirs(edit: EntryEdit, now: EntryKey) -> bool:
    """Whether a person gave an entry its name; a name that equals the wanted one does not count."""
    wanted = edit.new.name if edit.new else edit.name
    return (edit.theirs or now != edit.old) and bool(now[1]) and now[1] != wanted


def _claim(number: int, edit: EntryEdit, held: Held) -> Claim:
    if edit.new is None:
        return Claim(edit.old, None if edit.theirs else edit.name)
    holding = {file_id for file_id, numbers in held.items() if number in numbers}
    return Claim(edit.old, edit.new.name or "", holding)


def missing_entries(base: Sequence[PropertyFile], wanted: Sequence[EntryKey]) -> frozenset[int]:
    """Return the numbers of the `wanted` entries that a property no longer holds; a renamed entry is still there.

    Where no file is recorded, an entry of that name that is no other's may be it.
    """
    claims = Claims(tuple(map(entry_key, base)), [Claim(key) for key in wanted])
    names = {base[index].name for index in claims.free}
    missing = (number for number, index in enumerate(claims.found) if index is None)
    return frozenset(number for number in missing if wanted[number][0] or wanted[number][1] not in names)


def made_entries(
    remaining: Sequence[EntryKey],
    names: Sequence[str],
    after: Sequence[PropertyFile],
    known: Sequence[str | None] = (),
) -> list[str | None]:
    """Return the file ids of the entries that a write made, according to its answer; None for each missing one.

    Args:
        remaining: The entries that the write left in the property.
        names: Names of the new entries, in order.
        after: The property's entries now.
        known: File ids of uploads that were attached before: a remaining entry may be equal to a new one.
    """
    fresh = _beyond(remaining, remaining, after)
    found: list[str | None] = [None] * len(names)
    for number, file_id in enumerate(known):
        match = next((e for e in fresh if entry_key(e) == (file_id, names[number])), None)
        if match is not None:
            fresh.remove(match)
            found[number] = file_id
    for number, name in enumerate(names):
        match = next((entry for entry in fresh if entry.name == name), None)
        if match is not None and found[number] is None:
            fresh.remove(match)
            found[number] = match.url_path_file_id
    unnamed = [number for number, file_id in enumerate(found) if file_id is None]
    if len(unnamed) == len(fresh):  # Notion gave them other names, but kept the order
        for number, entry in zip(unnamed, fresh, strict=True):
            found[number] = entry.url_path_file_id
    return found


def may_follow(
    before: Sequence[EntryKey],
    remaining: Sequence[EntryKey],
    after: Sequence[PropertyFile],
    known: Sequence[str | None],
) -> bool:
    """Whether a property can be like that right after a write: as many entries, and no file that it took out.

    Args:
        before: The property's entries before the write.
        remaining: Those that the write left.
        after: The property's entries according to the answer.
        known: The file id of each new entry's upload, None if it is not known: it may be one that was taken out.
    """
    taken_out = {file_id for file_id, _ in before} - {file_id for file_id, _ in remaining} - set(known)
    there = {entry_key(entry)[0] for entry in after}
    return len(after) == len(remaining) + len(known) and not there & taken_out


def not_left(remaining: Sequence[EntryKey], after: Sequence[PropertyFile]) -> list[PropertyFile]:
    """Return a property's entries beyond those that a write was to leave: new ones, or ones it was to remove."""
    return _beyond(remaining, remaining, after)


def perhaps_made(
    before: Sequence[EntryKey],
    remaining: Sequence[EntryKey],
    names: Sequence[str],
    after: Sequence[PropertyFile],
    held: Mapping[str, frozenset[int]],
) -> list[str | None]:
    """Return the file ids of the entries that a write made whose answer was lost; None for each missing one.

    The content of an entry identifies it; names only tell entries of equal content apart.

    A write may add an entry equal to one that it removes or renames (when one file's content becomes another's). So
    only something that was not there before proves that the write happened: a new entry, or an old one under its new
    name.

    Args:
        before: The property's entries before the write.
        remaining: Those that the write was to leave.
        names: Names of the new entries, in order.
        after: The property's entries now.
        held: By file id, the numbers of the new entries whose content the file holds.
    """
    renamed = Counter(remaining) - Counter(before)
    happened = any(
        held.get(entry.url_path_file_id or "") or entry_key(entry) in renamed
        for entry in _beyond(before, remaining, after)
    )
    fresh = _beyond(remaining if happened else before, remaining, after)
    found: list[str | None] = [None] * len(names)
    for named in (True, False):
        for number, name in enumerate(names):
            fitting = (
                entry
                for entry in fresh
                if number in held.get(entry.url_path_file_id or "", ()) and (entry.name == name or not named)
            )
            if found[number] is None and (match := next(fitting, None)) is not None:
                fresh.remove(match)
                found[number] = match.url_path_file_id
    return found


def entries_are_as_left(
    before: Sequence[EntryKey], remaining: Sequence[EntryKey], after: Sequence[PropertyFile]
) -> bool:
    """Whether a property is as a write without new entries leaves it: renamed what it renames, without what it removes.

    Args:
        before: The property's entries before the write.
        remaining: Those that the write was to leave, under their new names.
        after: The property's entries now; others may have added some.
    """
    there, left = Counter(map(entry_key, after)), Counter(remaining)
    return left <= there and not (Counter(before) - left) & (there - left)


def changed_keys(before: Sequence[EntryKey], remaining: Sequence[EntryKey]) -> dict[EntryKey, str | None]:
    """Return the entries that a write changes, each with its new name, or None if it is removed.

    An entry is left out if nothing tells it from equal ones or from others of the same file.

    Args:
        before: The property's entries before the write.
        remaining: Those that the write leaves, under their new names.
    """
    gone, new = Counter(before) - Counter(remaining), Counter(remaining) - Counter(before)
    changed: dict[EntryKey, str | None] = {}
    for key in gone.keys() - set(remaining):
        names = [name for file_id, name in new.elements() if file_id == key[0]]
        if not names:
            changed[key] = None
        elif len(names) == sum(count for (file_id, _), count in gone.items() if file_id == key[0]) == 1:
            changed[key] = names[0]
    return changed


def _beyond(
    known: Sequence[EntryKey], staying: Sequence[EntryKey], after: Sequence[PropertyFile]
) -> list[PropertyFile]:
    """Return a property's hosted entries beyond the `known` ones, of which people may have renamed those `staying`."""
    left = Counter(known)
    rest = []
    for entry in after:
        if left[entry_key(entry)]:
            left[entry_key(entry)] -= 1
        elif entry.url_path_file_id:
            rest.append(entry)
    renamed = _ids(left.elements()) & _ids(staying)
    fresh = []
    for entry in rest:
        if renamed[entry.url_path_file_id or ""]:
            renamed[entry.url_path_file_id or ""] -= 1
        else:
            fresh.append(entry)
    return fresh


def _ids(keys: Iterable[EntryKey]) -> Counter[str]:
    return Counter(file_id for file_id, _ in keys)
