"""For how long Notion has asked not to be called, kept in the store for every command that uses the same token."""

from collections.abc import Mapping
from dataclasses import asdict

from notion_sync.cli.remembered.by_token import TokenMemory
from notion_sync.clock import Clock
from notion_sync.notion.rate.hold import Hold
from notion_sync.state import Store

_PREFIX = "hold "


class StoredHold:
    """What is kept for one token; implements `notion.rate.hold.HoldMemory`.

    Args:
        store: The state store.
        account: Names the token and the address it is for.
        clock: Tells when it was kept.
    """

    def __init__(self, store: Store, account: str, clock: Clock) -> None:
        self._memory = TokenMemory(store, _PREFIX, account, clock)

    def load(self) -> Hold | None:
        """Return what was kept last, or None."""
        kept = self._memory.read()
        return _hold(kept) if kept is not None else None

    def save(self, hold: Hold) -> None:
        """Keep it."""
        self._memory.write(asdict(hold))

    def clear(self) -> None:
        """Keep none any more."""
        self._memory.clear()


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
