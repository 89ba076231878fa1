"""How many requests Notion takes, kept in the store for every command that uses the same token."""

from collections.abc import Mapping
from dataclasses import asdict

from notion_sync.cli.token_memory import TokenMemory
from notion_sync.clock import Clock
from notion_sync.notion.limit import KnownLimit, Limit
from notion_sync.state import Store

_PREFIX = "limit "


class StoredLimit:
    """What is kept for one token; implements `notion.limit.LimitMemory`.

    Args:
        store: The state store.
        account: Names the token and the address it is for.
        clock: Tells when it was kept.
    """

    def __init__(self, store: Store, account: str, clock: Clock) -> None:
        self._memory = TokenMemory(store, _PREFIX, account, clock)
        self._clock = clock

    def load(self) -> KnownLimit | None:
        """Return what was kept last, or None."""
        kept = self._memory.read()
        return _known(kept) if kept is not None else None

    def save(self, known: KnownLimit) -> None:
        """Keep it."""
        self._memory.write({**asdict(known), "at": self._clock.now()})


def latest_limit(store: Store) -> Limit | None:
    """What is known of the token that was used last, None where nothing is."""
    with store.reading():
        kept = store.remembered.all(_PREFIX)
    latest = max(kept, key=lambda each: str(each.get("at")), default=None)
    known = _known(latest) if latest is not None else None
    return known.limit if known is not None else None


def _known(kept: Mapping[str, object]) -> KnownLimit | None:
    match kept:
        case {"limit": dict(limit), "boot_id": str(boot_id), "spent": list(spent)}:
            try:
                return KnownLimit(Limit(**limit), boot_id, tuple(spent))
            except TypeError:
                return None
        case _:
            return None  # another version's
