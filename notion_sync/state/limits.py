"""Read what is kept of the rate limits that Notion applies to tokens (`notion.rate.limit`)."""

from collections.abc import Mapping

from notion_sync.notion.rate.limit import KnownLimit, Limit
from notion_sync.state.store import Store

PREFIX = "limit "
"""Of the keys under which the limits are kept."""


def latest_limit(store: Store) -> Limit | None:
    """Return what is known of the token that was used last, or None."""
    with store.reading():
        kept = store.remembered.all(PREFIX)
    latest = max(kept, key=lambda each: str(each.get("at")), default=None)
    known = known_limit(latest) if latest is not None else None
    return known.limit if known is not None else None


def requests_a_minute(limit: Limit | None, given: int | None) -> int:
    """Return the requests per minute to reckon with.

    Args:
        limit: What Notion is known to take; None for nothing, which means its usual limit.
        given: What the configuration allows; None for as many as Notion takes.
    """
    limit = limit or Limit()
    most = max(1, round(limit.requests * 60 / limit.seconds))
    return most if given is None else min(given, most)


def known_limit(kept: Mapping[str, object]) -> KnownLimit | None:
    """Return what was kept of one token; None if another version of the program has kept it."""
    match kept:
        case {"limit": dict(limit), "boot_id": str(boot_id), "spent": list(spent)}:
            try:
                return KnownLimit(Limit(**limit), boot_id, tuple(spent))
            except TypeError:
                return None
        case _:
            return None
