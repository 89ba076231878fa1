"""What is recorded of a file that was found in Notion."""

from collections.abc import Iterable
from dataclasses import dataclass

from notion_sync.adopt.names import plain_form
from notion_sync.adopt.sites import Resident
from notion_sync.adopt.things import Thing
from notion_sync.adopt.views import View
from notion_sync.model import Digest, Label, Placement
from notion_sync.rules import Unsupported
from notion_sync.state import Store


@dataclass(frozen=True, slots=True)
class Match:
    """A file, and what it is in Notion."""

    resident: Resident
    thing: Thing
    digest: Digest
    packed: bool


def record(store: Store, view: View, matches: Iterable[Match], now: float) -> None:
    """Record where files are; the rows and pages that have them are known from now on, too."""
    with store.transaction():
        for match in matches:
            store.placements.save(placement_of(view, match), now)
            if match.thing.place:
                store.pages.save(view.root, match.thing.place, match.thing.page_id)


def placement_of(view: View, match: Match) -> Placement:
    """Nothing tells what upload it came from."""
    resident, thing = match.resident, match.thing
    return Placement(
        resident.found.id,
        view.site.target.key,
        match.digest,
        thing.kind,
        None,
        thing.block_id,
        Label(thing.name, thing.caption),
        thing.place,
        resident.way,
        thing.page_id,
        thing.file.url_path_file_id if thing.block_id is None else None,
        str(Unsupported.ZIP) if match.packed else plain_form(resident, thing.names),
    )
