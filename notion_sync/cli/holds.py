"""For how long Notion has asked not to be called, kept in the store for every command that uses the same token."""

from collections.abc import Mapping
from dataclasses import asdict

from notion_sync.clock import Clock
from notion_sync.notion.hold import Hold
from notion_sync.state import Store

_PREFIX = "hold "
_FOREVER = float("-inf")


class StoredHold:
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

    def load(self) -> Hold | None:
        """See `notion.hold.HoldMemory`."""
        with self._store.reading():
            kept = self._store.remembered.get(self._key, _FOREVER)
        return _hold(kept) if kept is not None else None

    def save(self, hold: Hold) -> None:
        """See `notion.hold.HoldMemory`."""
        with self._store.noting():
            self._store.remembered.set(self._key, asdict(hold), self._clock.now())

    def clear(self) -> None:
        """See `notion.hold.HoldMemory`."""
        with self._store.noting():
            self._store.remembered.forget(self._key)


class KnownHold:
    """The same for a command that has not locked the store: it heeds what was kept, and keeps nothing.

    Args:
        hold: What was kept.
    """

    def __init__(self, hold: Hold | None) -> None:
        self._hold = hold

    def load(self) -> Hold | None:
        """See `notion.hold.HoldMemory`."""
        return self._hold

    def save(self, hold: Hold) -> None:
        """Whoever has the store learns it by itself."""

    def clear(self) -> None:
        """The same."""


def held_until(store: Store, clock: Clock) -> float | None:
    """Until when some token's calls are held, in seconds since the epoch; None if none's are."""
    with store.reading():
        kept = [_hold(each) for each in store.remembered.all(_PREFIX)]
    left = max((hold.left(clock) for hold in kept if hold is not None), default=0.0)
    return clock.now() + left if left else None


def _hold(kept: Mapping[str, object]) -> Hold | None:
    try:
        return Hold(**kept)  # type: ignore[arg-type]
    except TypeError:
        return None  # another version's
