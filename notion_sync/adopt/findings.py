"""The results of adopting, file by file and in total."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from notion_sync.adopt.candidates import Candidate
from notion_sync.adopt.compare import Compared
from notion_sync.adopt.locations import Location
from notion_sync.adopt.lookup import Present
from notion_sync.model import Digest, FilePath
from notion_sync.plan.actions import ENTRY
from notion_sync.rules import report_key


@dataclass(frozen=True, slots=True)
class Finding:
    """The result for one file at one location; with the result `unknown`, a thing there that is none of the files.

    `what` says what that thing is: a `block` or an `entry`.
    """

    result: str
    target: str
    page_id: str | None
    rule: str | None = None
    path: str | None = None
    reason: str = ""
    bytes: int | None = None
    sha256: str | None = None
    block_id: str | None = None
    name: str | None = None
    what: str = "file"


@dataclass
class Sums:
    """Numbers of files, or of things in Notion, by result; a file counts at each of its locations."""

    matched: int = 0
    missing: int = 0
    """Not in Notion: the next push attaches it."""
    ambiguous: int = 0
    failed: int = 0
    recorded: int = 0
    """Recorded before."""
    unknown: int = 0
    """Our blocks, and anybody's entries, that are none of the files."""
    others: int = 0
    """Blocks of other people, and links."""

    def count(self, result: str) -> None:
        """Count a result."""
        setattr(self, result, getattr(self, result) + 1)


def findings_of(
    present: Present, candidates: Mapping[str, Candidate], compared: Compared
) -> Iterator[Finding]:
    """Yield the findings of a compared location.

    Args:
        present: The result of the look-up.
        candidates: The candidates that were compared, by id.
        compared: The result of the comparison.
    """
    location, matching, files = present.location, compared.matching, compared.files
    for id_, reason in compared.unreadable.items():
        yield finding(location, id_, "failed", reason, page_id=present.page_id)
    for id_, candidate_id in matching.pairs.items():
        candidate, digest = candidates[candidate_id], files[id_].digest
        yield finding(
            location, id_, "matched", digest=digest, page_id=candidate.page_id, block_id=candidate.block_id
        )
    for id_, choice in matching.ambiguous.items():
        reason = f"{len(choice)} of its name and size: {', '.join(choice)}"
        yield finding(location, id_, "ambiguous", reason, digest=files[id_].digest, page_id=present.page_id)
    for id_, reason in matching.missing.items():
        if location.files[id_].names() & compared.unfetched:
            lost = f"the file of the {location.noun} of its name could not be fetched"
            yield finding(location, id_, "failed", lost, page_id=present.page_id)
        else:
            yield finding(location, id_, "missing", reason, digest=files[id_].digest, page_id=present.page_id)
    if location.whole and location.titles is None:
        for candidate in (candidates[candidate_id] for candidate_id in matching.unknown):
            if candidate.block_id is not None or candidate.kind == ENTRY:
                yield _unknown(location, candidate)


def finding(
    location: Location,
    id_: FilePath,
    result: str,
    reason: str = "",
    *,
    digest: Digest | None = None,
    page_id: str | None = None,
    block_id: str | None = None,
) -> Finding:
    """Return the finding of one file of a location."""
    found, rule = location.files[id_].found, location.files[id_].rule
    return Finding(
        result, report_key(location.target), page_id, rule.name, found.path, reason, found.fingerprint.size, digest,
        block_id,
    )  # fmt: skip


def _unknown(location: Location, candidate: Candidate) -> Finding:
    return Finding(
        "unknown", report_key(location.target), candidate.page_id, block_id=candidate.block_id,
        name=candidate.shown, what=candidate.noun,
    )  # fmt: skip
