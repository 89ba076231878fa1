"""How many requests Notion takes with a token, and how many bytes the line takes, kept in the store."""

from dataclasses import asdict

from notion_sync.cli.remembered.by_token import TokenMemory
from notion_sync.clock import Clock
from notion_sync.notion.rate.limit import KnownLimit
from notion_sync.state import Store
from notion_sync.state.limits import PREFIX, known_limit


class StoredLimit:
    """What is kept for one token; implements `notion.rate.limit.LimitMemory`.

    Args:
        store: The state store.
        account: Names the token and the address it is for.
        clock: Tells when it was kept.
    """

    def __init__(self, store: Store, account: str, clock: Clock) -> None:
        self._memory = TokenMemory(store, PREFIX, account, clock)
        self._clock = clock

    def load(self) -> KnownLimit | None:
        """Return what was kept last, or None."""
        kept = self._memory.read()
        return known_limit(kept) if kept is not None else None

    def save(self, known: KnownLimit) -> None:
        """Keep it."""
        self._memory.write({**asdict(known), "at": self._clock.now()})


_LINE = "line"


def known_bandwidth(store: Store) -> float | None:
    """Bytes a second that were measured last; None where they never were."""
    with store.reading():
        kept = store.remembered.get(_LINE)
    match kept:
        case {"bytes_per_second": int(bandwidth) | float(bandwidth)} if bandwidth > 0:
            return bandwidth
        case _:
            return None


def keep_bandwidth(store: Store, bytes_per_second: float, clock: Clock) -> None:
    """Keep a measurement for the estimates of later runs."""
    with store.noting():
        store.remembered.set(_LINE, {"bytes_per_second": round(bytes_per_second)}, clock.now())
