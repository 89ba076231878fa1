"""How adopting comes out, file by file and in sum."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from notion_sync.adopt.compare import Compared
from notion_sync.adopt.sites import Site
from notion_sync.adopt.things import Thing
from notion_sync.adopt.views import View
from notion_sync.model import Digest, FileId
from notion_sync.plan import ENTRY
from notion_sync.rules import report_key


@dataclass(frozen=True, slots=True)
class Finding:
    """What became of one file at one place; or, with the result `unknown`, something there that is no file.

    `what` says what the latter is: a `block` or an `entry`.
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
    """How many files, or things in Notion, came to which result; a file counts at each place that it belongs to."""

    matched: int = 0
    missing: int = 0
    """It is not there: the next push attaches it."""
    ambiguous: int = 0
    failed: int = 0
    recorded: int = 0
    """Known before."""
    unknown: int = 0
    """Blocks of ours, and entries of whomever, that are none of the files."""
    others: int = 0
    """Blocks that others made, and links."""

    def count(self, result: str) -> None:
        """One more of a result."""
        setattr(self, result, getattr(self, result) + 1)


def findings_of(
    view: View, things: Mapping[str, Thing], compared: Compared, unread: set[str]
) -> Iterator[Finding]:
    """What to say of a site that was compared.

    Args:
        view: What was seen of it.
        things: What may have been its files, by id.
        compared: How that came out.
        unread: Names of things that could not be fetched.
    """
    site, matching, files = view.site, compared.matching, compared.files
    for id_, reason in compared.unreadable.items():
        yield finding(site, id_, "failed", reason, page_id=view.page_id)
    for id_, thing_id in matching.pairs.items():
        thing, digest = things[thing_id], files[id_].digest
        yield finding(site, id_, "matched", digest=digest, page_id=thing.page_id, block_id=thing.block_id)
    for id_, choice in matching.ambiguous.items():
        reason = f"{len(choice)} of its name and size: {', '.join(choice)}"
        yield finding(site, id_, "ambiguous", reason, digest=files[id_].digest, page_id=view.page_id)
    for id_, reason in matching.missing.items():
        if files[id_].names & unread:
            lost = f"the file of the {site.noun} of its name could not be fetched"
            yield finding(site, id_, "failed", lost, page_id=view.page_id)
        else:
            yield finding(site, id_, "missing", reason, digest=files[id_].digest, page_id=view.page_id)
    if site.whole and site.titles is None:
        for thing in (things[thing_id] for thing_id in matching.unknown):
            if thing.block_id is not None or thing.kind == ENTRY:
                yield _unknown(site, thing)


def finding(
    site: Site,
    id_: FileId,
    result: str,
    reason: str = "",
    *,
    digest: Digest | None = None,
    page_id: str | None = None,
    block_id: str | None = None,
) -> Finding:
    """What became of one file of a site."""
    found, rule = site.files[id_].found, site.files[id_].rule
    return Finding(
        result, report_key(site.target), page_id, rule.name, found.path, reason, found.fingerprint.size, digest,
        block_id,
    )  # fmt: skip


def _unknown(site: Site, thing: Thing) -> Finding:
    return Finding(
        "unknown", report_key(site.target), thing.page_id, block_id=thing.block_id, name=thing.shown,
        what=thing.noun,
    )  # fmt: skip
