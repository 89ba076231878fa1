"""Where in Notion a path is, as the record knows it: a file's blocks and rows, a folder's page."""

import os
from collections.abc import Iterator, Sequence

from notion_sync.cli.places import link, named, placement_link, target_page
from notion_sync.cli.unknown_path import nearest
from notion_sync.errors import NotionSyncError
from notion_sync.model import Placement
from notion_sync.notion.ids import page_url
from notion_sync.rules import PageTarget, Rule, relative_to
from notion_sync.state import Store
from notion_sync.text.visible import visible

_PUT_BACK = "notion-sync retry --restore PATH, then a push, put it there again"


class NotRecorded(NotionSyncError):
    """The record knows nothing of a path."""


def placements_of(store: Store, path: str) -> Sequence[Placement]:
    """Where the record has a file; nothing for a folder that has files in Notion.

    Args:
        store: Only read.
        path: As a user wrote it, or an address that was imported.

    Raises:
        NotRecorded: Nowhere.
    """
    wanted = named(path)
    with store.reading():
        found = [placement for placement, _ in store.placements.at_or_below(wanted)]
    of_file = [each for each in found if wanted == each.id.path]
    exact = [each for each in of_file if each.undone_at is None]
    if of_file and not exact:
        raise NotRecorded(f"{visible(wanted)}: it was taken back by undo", hint=_PUT_BACK)
    if exact or found:
        return exact
    hint = "notion-sync explain PATH says why; if the record was lost, notion-sync adopt rebuilds it"
    if not os.path.lexists(wanted) and (meant := nearest(store, wanted)) is not None:
        hint = f"did you mean {meant}?"
    raise NotRecorded(f"{visible(wanted)}: not in Notion, as far as the record knows", hint=hint)


def addresses_of(store: Store, path: str, rules: Sequence[Rule]) -> Sequence[str]:
    """The addresses of a file, or of the pages and databases that a folder's files go to; each once.

    Args:
        store: Only read.
        path: As a user wrote it.
        rules: Where a folder would go of which nothing is recorded.

    Raises:
        NotRecorded: Nothing is known of it.
    """
    try:
        placements = placements_of(store, path)
    except NotRecorded:
        if not (planned := list(_targets(rules, named(path)))):
            raise
        return planned
    if placements:
        return list(dict.fromkeys(url for each in placements if (url := placement_link(each))))
    return list(dict.fromkeys(_of_folder(store, named(path))))


def _targets(rules: Sequence[Rule], folder: str) -> Iterator[str]:
    for rule in rules:
        if rule.folder == folder:
            for target in rule.targets:
                yield page_url(target.page_id if isinstance(target, PageTarget) else target.database_id)


def _of_folder(store: Store, folder: str) -> Iterator[str]:
    """The page of a folder at each target of its files: its own where subfolders have pages, else the target."""
    with store.reading():
        placements = [placement for placement, _ in store.placements.at_or_below(folder)]
        for each in placements:
            if each.undone_at is not None:
                continue
            root = target_page(each.target)
            if root is None:
                yield page_url(each.target.partition("/")[0])
                continue
            inside = relative_to(folder, each.id.folder) or ""
            location = (
                each.location.removesuffix(inside).rstrip("/") if each.location.endswith(inside) else ""
            )
            page = store.pages.get(root, location) if location else root
            yield link(page or root, None) or ""
