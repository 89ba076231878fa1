"""What is recorded of a file that was found in Notion."""

from collections.abc import Iterable
from dataclasses import dataclass

from notion_sync.adopt.candidates import Candidate
from notion_sync.adopt.locations import ExpectedFile
from notion_sync.adopt.lookup import Present
from notion_sync.model import Digest, Label, Placement
from notion_sync.rules import Unsupported
from notion_sync.state import Store


@dataclass(frozen=True, slots=True)
class Match:
    """A file, and what it is in Notion."""

    file: ExpectedFile
    candidate: Candidate
    digest: Digest
    packaged: bool


def record(store: Store, present: Present, matches: Iterable[Match], now: float) -> None:
    """Record where files are; the rows and pages that have them are known from now on, too."""
    with store.transaction():
        for match in matches:
            store.placements.save(placement_of(present, match), now)
            if match.candidate.location_name:
                store.pages.save(present.root, match.candidate.location_name, match.candidate.page_id)


def placement_of(present: Present, match: Match) -> Placement:
    """Nothing tells what upload it came from."""
    file, candidate = match.file, match.candidate
    return Placement(
        file.found.id,
        present.location.target.key,
        match.digest,
        candidate.kind,
        None,
        candidate.block_id,
        Label(candidate.name, candidate.caption),
        candidate.location_name,
        file.basis,
        candidate.page_id,
        candidate.file.url_path_file_id,
        str(Unsupported.ZIP) if match.packaged else file.plain_variant(candidate.names),
    )
