"""How often what is ready is shown although more could go with it: early and steadily, for few requests more.

A request makes up to a hundred blocks, so as few as possible are sent; but whoever looks at the page shall see files
come. So what has been ready for `AFTER` seconds goes, `EVERY` so many, as long as a pass sends no more requests for
that than a `SHARE` of all. At a page the first time is free: few files with a large one would show nothing otherwise.
"""

import math

from notion_sync.sync.ports import Link

AFTER = 8.0
"""Seconds that something ready waits for company, and for those before it."""

EVERY = 15.0
"""Seconds between two such writes to one page or row; with the time of a request, 20."""

AGAIN = 5.0
"""Seconds until it is asked again, where that was not allowed."""

SHARE = 0.03
"""Requests that may be spent on it, by all that a pass sends."""

FREE = 4
"""Pages at which the first time is free."""


class Cadence:
    """What a pass has spent on showing things early.

    Args:
        link: Counts requests.
    """

    def __init__(self, link: Link) -> None:
        self._link = link
        self._sent_before = link.request_count
        self.spent = 0
        """Requests that were spent so far, the free ones apart."""
        self._pages: set[object] = set()

    @property
    def earned(self) -> float:
        """How many requests may be spent on it."""
        return SHARE * (self._link.request_count - self._sent_before) - self.spent

    def spare(self, page: object) -> float:
        """The same at a page: its first time is free."""
        return math.inf if page not in self._pages and len(self._pages) < FREE else self.earned

    def spend(self, page: object, requests: int) -> None:
        """That was done."""
        if self.spare(page) < math.inf:
            self.spent += requests
        self._pages.add(page)
