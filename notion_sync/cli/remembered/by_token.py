"""Keep what Notion has told about a token in the store, for every command that uses the same token."""

from collections.abc import Mapping
from typing import Generic, TypeVar

from notion_sync.clock import Clock
from notion_sync.state import Store

T = TypeVar("T")


class TokenMemory:
    """One value for one token.

    Args:
        store: The state store.
        prefix: Names what is kept.
        account: Names the token and the address it is for.
        clock: Tells when it was kept.
    """

    def __init__(self, store: Store, prefix: str, account: str, clock: Clock) -> None:
        self._store = store
        self._key = prefix + account
        self._clock = clock

    def read(self) -> Mapping[str, object] | None:
        """Return what was kept last, or None."""
        with self._store.reading():
            return self._store.remembered.get(self._key)

    def write(self, value: Mapping[str, object]) -> None:
        """Keep a value in place of the one before."""
        with self._store.noting():
            self._store.remembered.set(self._key, value, self._clock.now())

    def clear(self) -> None:
        """Keep nothing any more."""
        with self._store.noting():
            self._store.remembered.forget(self._key)


class ReadOnlyMemory(Generic[T]):
    """The memory of a command that has not locked the store: it reads what was kept, and keeps nothing itself.

    The process that holds the lock learns the same from its own requests.

    Args:
        known: What was kept.
    """

    def __init__(self, known: T | None) -> None:
        self._known = known

    def load(self) -> T | None:
        """Return what was kept."""
        return self._known

    def save(self, known: T) -> None:
        """Do nothing."""

    def clear(self) -> None:
        """Do nothing."""
