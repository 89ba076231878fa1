"""What a pass needs from outside: record, Notion, clock, threads, disk. A simulation replaces each of these ports."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from notion_sync.clock import Clock
from notion_sync.errors import NotionSyncError
from notion_sync.scan.disk import SYSTEM_DISK, Disk
from notion_sync.state import Store
from notion_sync.sync.listings import Listings
from notion_sync.system.threads import Threads

if TYPE_CHECKING:
    from asyncio import Lock

    # Only a process that goes online pays for importing them.
    from notion_sync.notion.client import Notion


@dataclass(frozen=True, slots=True)
class Account:
    """The bot that owns our uploads, and the upload limit of its workspace in bytes, if known."""

    bot: str
    limit: int | None
    workspace: str = ""


class Remote:
    """Notion, as a pass reaches it: the API client and our account there.

    Both are created or fetched at the first use, because a pass without changes needs neither.

    Args:
        connect: Creates the client; importing it is the expensive part.
        ask_account: Returns the account, from the record or from Notion.
        bytes_per_second: Upload bandwidth limit; None for no limit.
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
        """Callback with a message while Notion does not answer and is asked again; for a user who waits."""
        self._connect = connect
        self._notion: Notion | None = None
        self._ask_account = ask_account
        self._account: Account | None = None
        self._asking: Lock | None = None

    @property
    def notion(self) -> "Notion":
        """The client, created at the first use."""
        if self._notion is None:
            self._notion = self._connect()
        return self._notion

    def open(self) -> None:
        """Create the client, if there is none yet.

        Raises:
            NotionSyncError: There is no token, or what was given cannot be used.
        """
        _ = self.notion

    async def account(self) -> Account:
        """Return our account in Notion; it is asked for once."""
        if self._account is not None:
            return self._account
        if self._asking is None:
            from asyncio import Lock  # noqa: PLC0415 - only a process that goes online pays for it

            self._asking = Lock()
        async with self._asking:
            if self._account is None:
                self._account = await self._ask_account(self.notion)
        return self._account

    @property
    def known_account(self) -> Account | None:
        """Our account, if it was asked for."""
        return self._account

    async def account_for_file(self) -> Account:
        """Return our account, while one file is handled.

        Raises:
            NotNow: Notion cannot be asked. This ends the run, because the file is not the reason.
        """
        from notion_sync.sync.failures import stop_error  # noqa: PLC0415 - as above

        try:
            return await self.account()
        except NotionSyncError as error:
            raise stop_error(error) from error

    @property
    def opened(self) -> bool:
        """Whether the client was created."""
        return self._notion is not None

    @property
    def request_count(self) -> int:
        """Number of requests sent so far."""
        return self.notion.request_count if self.opened else 0


@dataclass(frozen=True, slots=True)
class Ports:
    """The record, Notion, the clock, the thread pools, and the disk.

    The record and Notion are used in the event loop's thread only; the disk is used in worker threads.
    """

    store: Store
    remote: Remote
    clock: Clock
    threads: Threads
    disk: Disk = SYSTEM_DISK
    listings: Listings = field(default_factory=Listings)
    """Cache of the pages that this process has listed."""
