"""How many requests Notion takes, kept in the store for every command that uses the same token."""

from collections.abc import Mapping
from dataclasses import asdict

from notion_sync.clock import Clock
from notion_sync.notion.limit import KnownLimit, Limit
from notion_sync.state import Store

_PREFIX = "limit "
_FOREVER = float("-inf")


class StoredLimit:
    """What is kept for one token.

    Args:
        store: Where.
        account: Names the token and the address it is for.
        clock: For when it was kept.
    """

    def __init__(self, store: Store, account: str, clock: Clock) -> None:
        self._store = store
        self._key = _PREFIX + account
        self._clock = clock

    def load(self) -> KnownLimit | None:
        """See `notion.limit.LimitMemory`."""
        with self._store.reading():
            kept = self._store.remembered.get(self._key, _FOREVER)
        return _known(kept) if kept is not None else None

    def save(self, known: KnownLimit) -> None:
        """See `notion.limit.LimitMemory`."""
        at = self._clock.now()
        with self._store.noting():
            self._store.remembered.set(self._key, {**asdict(known), "at": at}, at)


class LimitSeen:
    """The same for a command that has not locked the store: it heeds what was kept, and keeps nothing.

    Args:
        known: What was kept.
    """

    def __init__(self, known: KnownLimit | None) -> None:
        self._known = known

    def load(self) -> KnownLimit | None:
        """See `notion.limit.LimitMemory`."""
        return self._known

    def save(self, known: KnownLimit) -> None:
        """Whoever has the store learns it by itself."""


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
