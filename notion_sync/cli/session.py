"""What a run works with: the locked store, a connection to Notion, and a clock that signals can stop."""

import hashlib
import os
import signal
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, nullcontext, suppress
from dataclasses import dataclass, replace
from functools import cache
from types import FrameType
from typing import TYPE_CHECKING

import click

from notion_sync import __version__
from notion_sync.cli.credentials import DEFAULT, check_profile, find_token
from notion_sync.cli.folders import state_folder
from notion_sync.clock import Clock, Stop, SystemClock
from notion_sync.errors import Cancelled, NotionSyncError
from notion_sync.log.redaction import register_secret
from notion_sync.log.screen import abandon
from notion_sync.scan.disk import SYSTEM_DISK, Disk
from notion_sync.state import Store
from notion_sync.state.database import check_in_place, make_store_folder
from notion_sync.sync.listings import FOR_A_PUSH, Listings, MaxListingAge
from notion_sync.sync.ports import Account, Ports, Remote
from notion_sync.system.ending import Ending
from notion_sync.system.lock import StoreLock
from notion_sync.system.threads import DOWNLOADS, ThreadPools, Threads

if TYPE_CHECKING:
    from notion_sync.cli.remembered.by_token import ReadOnlyMemory
    from notion_sync.cli.remembered.holds import StoredHold
    from notion_sync.cli.remembered.limits import StoredLimit
    from notion_sync.notion.client import Notion
    from notion_sync.notion.rate.budget import Budget
    from notion_sync.notion.rate.hold import Hold, HoldMemory
    from notion_sync.notion.rate.limit import KnownLimit, LimitMemory

BASE_URL = "https://api.notion.com"

ACCOUNT_KEPT = 86_400.0
"""Seconds for which our account and its upload limit are not asked for again."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """The address of Notion's API and the token, which is looked up when it is needed."""

    base_url: str
    token: Callable[[], str]

    @classmethod
    def of_user(
        cls, environ: Mapping[str, str], *, asked: str | None, configured: str = DEFAULT
    ) -> "Credentials":
        """Return the user's own credentials, from the usual places.

        Args:
            environ: The environment.
            asked: The profile given with `--profile`; it overrides the environment.
            configured: The configuration's profile; the environment overrides it.

        Raises:
            NoToken: There is no profile of the name that was asked for.
        """
        if asked:
            check_profile(asked)  # a typing error is reported at once, even if no token will be needed
        return cls(
            environ.get("NOTION_BASE_URL", BASE_URL),
            lambda: find_token(environ, asked=asked, configured=configured),
        )

    def asked_once(self) -> "Credentials":
        """Return the same, with a token that is looked up at most once: a `token_command` may ask for a password."""
        return replace(self, token=cache(self.token))


@dataclass(frozen=True, slots=True)
class Session:
    """Everything opened."""

    ports: Ports
    stop: Stop
    ended: Callable[[int], None]
    """Called with the exit code when a run has ended."""

    @property
    def store(self) -> Store:
        """The record, locked by this process."""
        return self.ports.store

    @property
    def remote(self) -> Remote:
        """The connection to Notion."""
        return self.ports.remote

    @property
    def clock(self) -> Clock:
        """Ends every wait when `stop` is set."""
        return self.ports.clock


@contextmanager
def open_session(
    *,
    state: str,
    purpose: str,
    credentials: Credentials,
    rate_limit: int | None = None,
    bandwidth_limit: int | None = None,
    private_hosts: Sequence[str] = (),
    downloads: int = DOWNLOADS,
    disk: Disk = SYSTEM_DISK,
    listing_age: MaxListingAge = FOR_A_PUSH,
    stop: Stop | None = None,
) -> Iterator[Session]:
    """Open what a run works with, and close it at the end of the block.

    Args:
        state: The state folder; created if it is missing.
        purpose: The command, for the message to another process that finds the store locked.
        credentials: For Notion.
        rate_limit: Requests per minute, or None for as many as Notion accepts.
        bandwidth_limit: Bytes of content per second, or None for no limit.
        private_hosts: Hosts of this machine or its network from which files may be fetched.
        downloads: Maximum number of concurrent downloads.
        disk: The disk with the rules' folders.
        listing_age: How old a cached listing of a page may be.
        stop: Set by the caller to end the run; None to end it at SIGINT, SIGTERM or SIGHUP.

    Raises:
        NotionSyncError: The store cannot be used, or another process holds it.
    """
    asked = stop or Stop()
    clock = SystemClock(asked)
    credentials = credentials.asked_once()
    with ExitStack() as stack:
        make_store_folder(state)
        lock = stack.enter_context(StoreLock(state, purpose))
        store = stack.enter_context(Store(state))
        stack.enter_context(_signals(asked) if stop is None else nullcontext())
        threads = stack.enter_context(ThreadPools(downloads))

        def connect() -> "Notion":
            memories = _memories(store, _account_name(credentials), clock)
            budget = _budget(clock, rate_limit, *memories)
            return stack.enter_context(_client(credentials, clock, threads, budget, remote.tell))

        async def ask_account(notion: "Notion") -> Account:
            return await _account(notion, credentials, store, clock)

        remote = Remote(connect, ask_account, bandwidth_limit, private_hosts)
        with _recorded(store, purpose, clock) as ended:
            yield Session(Ports(store, remote, clock, threads, disk, Listings(listing_age)), asked, ended)
        if stop is None:  # a daemon checks this all the time
            check_in_place(store.identity, lock.identity)


@contextmanager
def _recorded(store: Store, command: str, clock: Clock) -> Iterator[Callable[[int], None]]:
    """Record in the store when a run began and how it ended."""
    code, reason = 0, ""

    def ended(exit_code: int) -> None:
        nonlocal code
        code = exit_code

    with store.noting():
        store.runs.begin(command, os.getpid(), clock.now())
    try:
        yield ended
    except click.exceptions.Abort:  # nobody has answered a question: nothing was done
        raise
    except Exception as error:
        from notion_sync.unforeseen import in_words

        ours = in_words(error)
        code, reason = ours.exit_code, str(ours)
        raise
    finally:
        with suppress(NotionSyncError), store.noting():  # what went wrong with the store is told already
            store.runs.end(code, reason, clock.now())


@contextmanager
def online(credentials: Credentials, state: str | None, *, tell: Callable[[str], None]) -> "Iterator[Notion]":
    """Yield the client alone, for commands that need no lock on the store: a daemon may be using it.

    Args:
        credentials: For Notion.
        state: The state folder given with `--state`; the record may say that Notion must not be called now.
        tell: Receives a message when Notion does not answer and is asked again.
    """
    stop = Stop()
    clock = SystemClock(stop)
    credentials = credentials.asked_once()
    budget = _budget(clock, None, *_seen(credentials, state, clock))
    with (
        _signals(stop),
        ThreadPools() as threads,
        _client(credentials, clock, threads, budget, tell) as notion,
    ):
        yield notion


def no_record() -> Store:
    """Return an empty record, for functions that need one."""
    return Store(os.path.join(os.sep, "nonexistent"), read_only=True)


def _seen(
    credentials: Credentials, state: str | None, clock: Clock
) -> "tuple[ReadOnlyMemory[Hold], ReadOnlyMemory[KnownLimit]]":
    from notion_sync.cli.remembered.by_token import ReadOnlyMemory

    account = _account_name(credentials)
    # Commands that need no store also work beside a damaged one.
    with suppress(NotionSyncError), Store(state_folder(state, os.environ), read_only=True) as store:
        hold, limit = _memories(store, account, clock)
        return ReadOnlyMemory(hold.load()), ReadOnlyMemory(limit.load())
    return ReadOnlyMemory(None), ReadOnlyMemory(None)


def _memories(store: Store, account: str, clock: Clock) -> "tuple[StoredHold, StoredLimit]":
    # Imported here for the reason of `_budget`.
    from notion_sync.cli.remembered.holds import StoredHold
    from notion_sync.cli.remembered.limits import StoredLimit

    return StoredHold(store, account, clock), StoredLimit(store, account, clock)


def _budget(clock: Clock, most: int | None, memory: "HoldMemory", limits: "LimitMemory") -> "Budget":
    # Imported here because it imports asyncio, which a pass that finds nothing to do does not need.
    from notion_sync.notion.rate.budget import Budget

    return Budget(clock, limit=most, memory=memory, limits=limits)


@contextmanager
def _client(
    credentials: Credentials,
    clock: Clock,
    threads: Threads,
    budget: "Budget",
    tell: Callable[[str], None],
) -> "Iterator[Notion]":
    # Imported here: httpx costs 100 ms.
    from notion_sync.notion.connect import over_https

    with over_https(
        register_secret(credentials.token()),
        base_url=credentials.base_url,
        budget=budget,
        clock=clock,
        threads=threads,
        user_agent=f"notion-sync/{__version__}",
        tell=tell,
    ) as notion:
        try:
            yield notion
        finally:
            with suppress(NotionSyncError):  # what went wrong with the store is told already
                budget.limiter.remember()


def remembered_account(credentials: Credentials, store: Store, clock: Clock) -> Account | None:
    """Return our account if Notion was asked for it not long ago (`ACCOUNT_KEPT`), else None."""
    with store.reading():
        known = store.remembered.get(_account_key(credentials), clock.now() - ACCOUNT_KEPT)
    if known is None:
        return None
    limit = known.get("limit")
    return Account(
        str(known["bot"]), limit if isinstance(limit, int) else None, str(known.get("workspace") or "")
    )


def rate_for(credentials: Credentials, store: Store, clock: Clock, given: int | None) -> int:
    """Return the requests per minute to expect: as many as Notion accepted with the same token.

    Args:
        credentials: With the token.
        store: Has what is known of the limit.
        clock: Not used, because nothing is stored.
        given: The configuration's limit; None for as many as Notion accepts.

    Raises:
        NoToken: There is none.
    """
    from notion_sync.cli.remembered.limits import StoredLimit
    from notion_sync.state.limits import requests_a_minute

    known = StoredLimit(store, _account_name(credentials), clock).load()
    return requests_a_minute(known.limit if known is not None else None, given)


async def _account(notion: "Notion", credentials: Credentials, store: Store, clock: Clock) -> Account:
    if known := remembered_account(credentials, store, clock):
        return known
    bot = await notion.me()
    fields = {"bot": bot.id, "limit": bot.max_upload_bytes, "workspace": bot.workspace_name}
    with store.transaction():
        store.remembered.set(_account_key(credentials), fields, clock.now())
    return Account(bot.id, bot.max_upload_bytes, bot.workspace_name or "")


def _account_key(credentials: Credentials) -> str:
    return f"account {_account_name(credentials)}"


def _account_name(credentials: Credentials) -> str:
    # The token itself is never stored; its hash identifies it. The client refuses bytes of the environment that are
    # not text, with a message.
    secret = hashlib.sha256(credentials.token().encode(errors="surrogateescape")).hexdigest()[:16]
    address = credentials.base_url.encode(errors="backslashreplace").decode()
    return f"{address} {secret}"


def _leave() -> None:
    abandon()
    os._exit(Cancelled.exit_code)


@contextmanager
def _signals(stop: Stop) -> Iterator[None]:
    """End at SIGINT, SIGTERM and SIGHUP (the terminal was closed), see `ending`; nohup(1) is respected."""
    ending = Ending(leave=_leave)

    def begin() -> None:
        # In another thread: this one may have been interrupted while it holds the event's lock, which is not reentrant.
        try:
            threading.Thread(target=stop.set, daemon=True).start()
        except RuntimeError:  # no thread can be started
            stop.set()

    def handle(_number: int, _frame: FrameType | None) -> None:
        ending.ask(begin)

    heeded = [signal.SIGINT, signal.SIGTERM]
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        heeded.append(signal.SIGHUP)
    before = {number: signal.signal(number, handle) for number in heeded}
    try:
        with ending:
            yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
