"""Match local files with the blocks on a page, or the entries of a row. Pure.

A name and a size count as proof only if they leave no choice. A hash decides by itself: a block of known content is the
file with that content, whatever their names. In this module `blocks` includes entries.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from notion_sync.model import Digest, FilePath


@dataclass(frozen=True, slots=True)
class LocalFile:
    """A local file without a placement at this location."""

    id: FilePath
    size: int
    names: frozenset[str]
    """Its possible names in Notion."""
    digest: Digest | None = None
    """Set if the file was read."""


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A block on the page that holds a file, or an entry of the row."""

    id: str
    names: frozenset[str]
    """The name that it shows, and its file's name."""
    size: int | None = None
    """Set if it was asked for."""
    digest: Digest | None = None
    """Set if the file was downloaded."""


@dataclass(frozen=True, slots=True)
class Matching:
    """The result: every file is in one of the first three, every block in `pairs`, `ambiguous` or `unknown`."""

    pairs: Mapping[FilePath, str]
    """File → block."""
    missing: Mapping[FilePath, str]
    """File → why it is no block."""
    ambiguous: Mapping[FilePath, tuple[str, ...]]
    """File → the blocks that it may be."""
    unknown: tuple[str, ...]
    """Blocks that are none of the files."""


def match(files: Sequence[LocalFile], blocks: Sequence[RemoteFile], noun: str = "block") -> Matching:
    """Match files with blocks.

    Args:
        files: In path order.
        blocks: In page order; equal ones are assigned in this order.
        noun: What they are, for the reasons.
    """
    pairs = _by_content(files, blocks)
    taken = set(pairs.values())
    rest = [file for file in files if file.id not in pairs]
    unseen = [block for block in blocks if block.digest is None and block.id not in taken]
    by_name, ambiguous = _by_name(rest, unseen)
    pairs |= by_name
    doubtful = {block for candidates in ambiguous.values() for block in candidates}
    known = set(pairs.values()) | doubtful
    missing = {
        file.id: _why(file, blocks, known, noun)
        for file in rest
        if file.id not in pairs and file.id not in ambiguous
    }
    return Matching(pairs, missing, ambiguous, tuple(block.id for block in blocks if block.id not in known))


def _by_content(files: Sequence[LocalFile], blocks: Sequence[RemoteFile]) -> dict[FilePath, str]:
    """Pair equal hashes; among equal contents, those with equal names first."""
    waiting: defaultdict[Digest, list[RemoteFile]] = defaultdict(list)
    for block in blocks:
        if block.digest is not None:
            waiting[block.digest].append(block)
    pairs: dict[FilePath, str] = {}
    for named in (True, False):
        for file in files:
            if file.id in pairs or file.digest is None:
                continue
            candidates = waiting.get(file.digest, [])
            chosen = next((b for b in candidates if not named or b.names & file.names), None)
            if chosen is not None:
                candidates.remove(chosen)
                pairs[file.id] = chosen.id
    return pairs


def _by_name(
    files: Sequence[LocalFile], blocks: Sequence[RemoteFile]
) -> tuple[dict[FilePath, str], dict[FilePath, tuple[str, ...]]]:
    """Pair equal names and sizes if that leaves no choice, or if the choice makes no difference."""
    index: defaultdict[tuple[str, int], list[RemoteFile]] = defaultdict(list)
    for block in blocks:
        if block.size is not None:
            for name in block.names:
                index[name, block.size].append(block)
    candidates = {
        file.id: _unique(b for n in file.names for b in index.get((n, file.size), ())) for file in files
    }
    rivals: defaultdict[tuple[str, ...], list[LocalFile]] = defaultdict(list)
    suitors: defaultdict[str, set[FilePath]] = defaultdict(set)
    for file in files:
        if candidates[file.id]:
            rivals[candidates[file.id]].append(file)
            for block_id in candidates[file.id]:
                suitors[block_id].add(file.id)
    pairs: dict[FilePath, str] = {}
    ambiguous: dict[FilePath, tuple[str, ...]] = {}
    for choice, group in rivals.items():
        alone = all(suitors[block_id] == {file.id for file in group} for block_id in choice)
        same = len(group) == 1 or (group[0].digest is not None and len({f.digest for f in group}) == 1)
        if alone and same and len(group) == len(choice):
            pairs |= {file.id: block_id for file, block_id in zip(group, choice, strict=True)}
        else:
            ambiguous |= {file.id: choice for file in group}
    return pairs, ambiguous


def _unique(blocks: Iterable[RemoteFile]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(block.id for block in blocks))


def _why(file: LocalFile, blocks: Sequence[RemoteFile], known: set[str], noun: str) -> str:
    namesakes = [block for block in blocks if block.names & file.names]
    if not namesakes:
        return f"no {noun} has its name"
    free = [block for block in namesakes if block.id not in known]
    if not free:
        return f"every {noun} of its name is another file"
    if any(block.size == file.size for block in free):
        return f"{_a(noun)} of its name and size holds something else"
    sizes = ", ".join(f"{block.size} bytes" if block.size is not None else "unknown" for block in free)
    return f"{_a(noun)} of its name has another size ({sizes}, not {file.size})"


def _a(noun: str) -> str:
    return f"an {noun}" if noun[0] in "aeio" else f"a {noun}"
