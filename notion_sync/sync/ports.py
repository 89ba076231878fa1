"""What a pass has of the world. Each is a port: a simulation puts its own behind it."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from notion_sync.clock import Clock
from notion_sync.scan.disk import Disk
from notion_sync.scan.system_disk import SYSTEM_DISK
from notion_sync.state import Store
from notion_sync.sync.unclaimed import Unclaimed
from notion_sync.threads import Threads

if TYPE_CHECKING:
    from asyncio import Lock

    # Only whoever goes online pays for importing them.
    from notion_sync.notion.client import Notion


@dataclass(frozen=True, slots=True)
class PageListing:
    """What of a page was seen and is not recorded. `listed_at` in seconds of the monotonic clock."""

    blocks: Unclaimed
    listed_at: float


@dataclass
class Listings:
    """The pages that a process has looked at, each of them once, by id."""

    pages: dict[str, PageListing] = field(default_factory=dict)
    sizes: dict[str, int] = field(default_factory=dict)
    """By file id the bytes of entries of rows that are not recorded."""

    def is_new(self, page_id: str) -> None:
        """The page was made a moment ago: there is nothing on it."""
        self.pages[page_id] = PageListing(Unclaimed(), 0.0)


@dataclass(frozen=True, slots=True)
class Account:
    """The bot whose uploads count, and its workspace's limit in bytes where it is known."""

    bot: str
    limit: int | None
    workspace: str = ""


class Link:
    """The client and the account, made or asked for at the first use: a pass that changes nothing needs neither.

    Args:
        connect: Makes the client; the costly part is importing it.
        ask_account: Who we are, remembered or asked.
        bytes_per_second: How fast contents may be sent, None for no limit.
        private_hosts: Hosts of this machine or its network from which files may be fetched.
    """

    def __init__(
        self,
        connect: "Callable[[], Notion]",
        ask_account: "Callable[[Notion], Awaitable[Account]]",
        bytes_per_second: int | None = None,
        private_hosts: Sequence[str] = (),
    ) -> None:
        self.bytes_per_second = bytes_per_second
        self.private_hosts = private_hosts
        self.tell: Callable[[str], None] = lambda _: None
        """Hears that Notion does not answer and is asked again; for whoever has a person waiting."""
        self._connect = connect
        self._ask_account = ask_account
        self._account: Account | None = None
        self._asking: Lock | None = None

    @cached_property
    def notion(self) -> "Notion":
        """The client."""
        return self._connect()

    async def account(self) -> Account:
        """Who we are in Notion."""
        if self._account is not None:
            return self._account
        if self._asking is None:
            from asyncio import Lock  # noqa: PLC0415 - only whoever goes online pays for it

            self._asking = Lock()
        async with self._asking:
            if self._account is None:
                self._account = await self._ask_account(self.notion)
        return self._account

    @property
    def opened(self) -> bool:
        """Whether anything was asked of it."""
        return "notion" in self.__dict__

    @property
    def request_count(self) -> int:
        """Requests that were sent so far."""
        return self.notion.request_count if self.opened else 0


@dataclass(frozen=True, slots=True)
class Ports:
    """The record, Notion, time, threads that block, and the disk.

    The record and Notion belong to the event loop's thread, the disk is asked in threads.
    """

    store: Store
    link: Link
    clock: Clock
    threads: Threads
    disk: Disk = SYSTEM_DISK
    listings: Listings = field(default_factory=Listings)
    """What of its pages a process has looked at."""
