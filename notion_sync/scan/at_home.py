"""List what no rule takes in the rules' folders, each file, folder or link with the reason.

A folder that is left out counts as one item, whatever it contains. No content is read. A folder that cannot be listed
is skipped here, because a pass reports it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from notion_sync.errors import FileError
from notion_sync.extent import EVERYTHING, Extent
from notion_sync.routing import Times, route, selection
from notion_sync.rules import Rule, relative_to
from notion_sync.scan.disk import SYSTEM_DISK, Disk
from notion_sync.scan.listing import Listing, list_folder


@dataclass(frozen=True, slots=True)
class AtHome:
    """A file, folder or link below a rule's folder that no rule takes. `path` is absolute."""

    rule: str
    path: str
    reason: str
    folder: bool = False
    times: Times | None = None
    """The times of a file whose age may be the reason."""


def at_home(rules: Sequence[Rule], extent: Extent = EVERYTHING, disk: Disk = SYSTEM_DISK) -> Iterator[AtHome]:
    """Yield everything that no rule takes, each item once."""
    for number, rule in enumerate(rules):
        for each in _below(rule, extent, disk):
            looked_into = any(_looks_into(other, each) for other in rules[:number])
            if extent.wants(each.path) and not looked_into and not _taken(rules, each):
                yield each


def _below(rule: Rule, extent: Extent, disk: Disk) -> Iterator[AtHome]:
    # A stack instead of recursion: a tree may be deeper than Python's call stack.
    stack = [_items(rule, "", extent, disk)]
    while stack:
        item = next(stack[-1], None)
        if item is None:
            stack.pop()
        elif isinstance(item, AtHome):
            yield item
        else:
            stack.append(_items(rule, item, extent, disk))


def _items(rule: Rule, inside: str, extent: Extent, disk: Disk) -> Iterator[AtHome | str]:
    """Yield what is left out in one folder, and the folders in it that are not; paths are relative to the rule's."""
    here = f"{rule.folder.rstrip('/')}/{inside}" if inside else rule.folder
    if not extent.concerns(here):
        return
    try:
        listing: Listing = list_folder(here, follow=not inside, disk=disk)
    except (FileError, OSError):
        return
    base, prefix = here.rstrip("/"), f"{inside}/" if inside else ""
    for name, _, mtime, ctime, _ in listing.files:
        if not (chosen := selection(rule, prefix + name, times=(mtime, ctime))).taken:
            yield AtHome(rule.name, f"{base}/{name}", chosen.reason, times=(mtime, ctime))
    if not rule.follow_symlinks:
        for name in listing.links:
            chosen = selection(rule, prefix + name)
            yield AtHome(rule.name, f"{base}/{name}", "it is a link" if chosen.taken else chosen.reason)
    for name in listing.folders:
        if not (chosen := selection(rule, prefix + name, folder=True)).taken:
            yield AtHome(rule.name, f"{base}/{name}", chosen.reason, folder=True)
        else:
            yield prefix + name


def _looks_into(rule: Rule, found: AtHome) -> bool:
    """Whether an earlier rule's folder contains it, so that it was listed there."""
    return relative_to(rule.folder, found.path) is not None


def _taken(rules: Sequence[Rule], found: AtHome) -> bool:
    if found.reason == "it is a link":
        return False
    inside = any(relative_to(found.path, rule.folder) is not None for rule in rules)
    return inside or route(rules, found.path, folder=found.folder, times=found.times).rule is not None
