"""Record files that were found in Notion."""

from collections.abc import Iterable
from dataclasses import dataclass

from notion_sync.adopt.candidates import Candidate
from notion_sync.adopt.locations import ExpectedFile
from notion_sync.adopt.lookup import Present
from notion_sync.model import Digest, Label, Placement
from notion_sync.plan.actions import ENTRY
from notion_sync.plan.decide import label_for
from notion_sync.rules import Unsupported
from notion_sync.state import Store
from notion_sync.sync.decisions import caption_of


@dataclass(frozen=True, slots=True)
class Match:
    """A file and its candidate in Notion."""

    file: ExpectedFile
    candidate: Candidate
    digest: Digest
    packaged: bool


def record(store: Store, present: Present, matches: Iterable[Match], now: float) -> None:
    """Record the placements of matches, and the rows and pages that contain them."""
    with store.transaction():
        for match in matches:
            placement = matched_placement(present, match, now)
            store.placements.save(placement, now)
            store.retired.in_use_again(placement)
            if match.candidate.location_name:
                store.pages.save(present.root, match.candidate.location_name, match.candidate.page_id)


def matched_placement(present: Present, match: Match, now: float) -> Placement:
    """Return the placement of a match; its upload is unknown."""
    file, candidate = match.file, match.candidate
    variant = str(Unsupported.ZIP) if match.packaged else file.plain_variant(candidate.names)
    return Placement(
        file.found.id,
        present.location.target.key,
        match.digest,
        candidate.kind,
        None,
        candidate.block_id,
        _label(present, match, variant, now),
        candidate.location_name,
        file.basis,
        candidate.page_id,
        candidate.file.url_path_file_id,
        variant,
    )


def _label(present: Present, match: Match, variant: str, now: float) -> Label:
    """Return the label by the rule. An entry with another name was named by a person, and keeps its name."""
    file, candidate = match.file, match.candidate
    caption = caption_of(file.found, file.rule, present.location.target, now)
    label = label_for(file.found.name, candidate.kind, caption, variant)
    if candidate.kind == ENTRY and candidate.name != label.name:
        return Label(candidate.name, theirs=True)
    return label
