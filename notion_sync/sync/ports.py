"""What a pass has of the world. Each is a port: a simulation puts its own behind it."""

from dataclasses import dataclass, field

from notion_sync.clock import Clock
from notion_sync.scan.disk import Disk
from notion_sync.scan.system_disk import SYSTEM_DISK
from notion_sync.state import Store
from notion_sync.sync.link import Link
from notion_sync.sync.listings import Listings
from notion_sync.threads import Threads


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
