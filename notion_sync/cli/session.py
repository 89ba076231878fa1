"""What a run works with: the store under its lock, the way to Notion, a clock that signals can stop."""

import hashlib
import os
import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from types import FrameType

from notion_sync import __version__
from notion_sync.cli.credentials import find_token
from notion_sync.clock import Clock, SystemClock
from notion_sync.errors import Cancelled
from notion_sync.executor.remote import Account, Link, Remote
from notion_sync.lock import StoreLock
from notion_sync.state import Store

BASE_URL = "https://api.notion.com"

ACCOUNT_KEPT = 86_400.0
"""Seconds who we are and how large a file may be is believed without asking again."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """Where Notion is and what opens it; the token is asked for when it is needed."""

    base_url: str
    token: Callable[[], str]

    @classmethod
    def of_user(cls, profile: str, environ: Mapping[str, str]) -> "Credentials":
        """The user's own, from the usual places."""
        return cls(environ.get("NOTION_BASE_URL", BASE_URL), lambda: find_token(profile, environ))


@dataclass(frozen=True, slots=True)
class Session:
    """Everything opened."""

    store: Store
    link: Link
    clock: Clock
    stop: threading.Event


@contextmanager
def open_session(
    *,
    state: str,
    purpose: str,
    credentials: Credentials,
    rate_limit: int | None = None,
    bandwidth_limit: int | None = None,
) -> Iterator[Session]:
    """Open what a run works with, and close it whatever happens.

    Args:
        state: The state folder, made where it is missing.
        purpose: What to tell another process that finds the store locked.
        credentials: For Notion.
        rate_limit: Requests a minute, None for Notion's own.
        bandwidth_limit: Bytes of contents a second, None for no limit.
    """
    stop = threading.Event()
    clock = SystemClock(stop)
    with ExitStack() as stack:
        store = stack.enter_context(_locked_store(state, purpose))
        stack.enter_context(_signals(stop))

        def remote() -> Remote:
            return stack.enter_context(_remote(credentials, clock, rate_limit))

        def account(remote: Remote) -> Account:
            return _account(remote, credentials, store, clock)

        yield Session(store, Link(remote, account, bandwidth_limit), clock, stop)


@contextmanager
def online(credentials: Credentials, rate_limit: int | None = None) -> Iterator[tuple[Remote, Clock]]:
    """The way to Notion alone, for what needs no lock on the store: also while a daemon works with it."""
    stop = threading.Event()
    clock = SystemClock(stop)
    with _signals(stop), _remote(credentials, clock, rate_limit) as remote:
        yield remote, clock


@contextmanager
def _locked_store(state: str, purpose: str) -> Iterator[Store]:
    os.makedirs(state, mode=0o700, exist_ok=True)
    with StoreLock(state, purpose), Store(state) as store:
        yield store


@contextmanager
def _remote(credentials: Credentials, clock: Clock, rate_limit: int | None) -> Iterator[Remote]:
    # Imported here: httpx costs 100 ms, and a pass that finds nothing to do needs none of it.
    from notion_sync.notion.budget import Budget
    from notion_sync.notion.client import Notion

    budget = Budget(clock, limit=rate_limit) if rate_limit else Budget(clock)
    with Notion(
        credentials.token(),
        base_url=credentials.base_url,
        budget=budget,
        clock=clock,
        user_agent=f"notion-sync/{__version__}",
    ) as notion:
        yield Remote(notion)


def remembered_account(credentials: Credentials, store: Store, clock: Clock) -> Account | None:
    """Who we are, if it was asked lately."""
    with store.reading():
        known = store.remembered.get(_account_key(credentials), clock.now() - ACCOUNT_KEPT)
    if known is None:
        return None
    limit = known.get("limit")
    return Account(
        str(known["bot"]), limit if isinstance(limit, int) else None, str(known.get("workspace") or "")
    )


def _account(remote: Remote, credentials: Credentials, store: Store, clock: Clock) -> Account:
    if known := remembered_account(credentials, store, clock):
        return known
    bot = remote.me()
    fields = {"bot": bot.id, "limit": bot.max_upload_bytes, "workspace": bot.workspace_name}
    with store.transaction():
        store.remembered.set(_account_key(credentials), fields, clock.now())
    return Account(bot.id, bot.max_upload_bytes, bot.workspace_name or "")


def _account_key(credentials: Credentials) -> str:
    # The token itself is never written anywhere; its hash tells one from another.
    secret = hashlib.sha256(credentials.token().encode()).hexdigest()[:16]
    return f"account {credentials.base_url} {secret}"


@contextmanager
def _signals(stop: threading.Event) -> Iterator[None]:
    """The first SIGINT or SIGTERM asks for an orderly end, the second one ends at once."""
    asked = False

    def handle(_number: int, _frame: FrameType | None) -> None:
        nonlocal asked
        if asked:
            os._exit(Cancelled.exit_code)
        asked = True
        # Not here: the handler runs in the middle of whatever this thread does, which may be holding the
        # event's own lock, and that is not one to take twice.
        threading.Thread(target=stop.set, daemon=True).start()

    before = {number: signal.signal(number, handle) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
