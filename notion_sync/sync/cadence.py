"""How often what is ready is shown although more could go with it: early and steadily, for few requests more.

A request makes up to a hundred blocks, so as few as possible are sent; but whoever looks at the page shall see files
come. So what has been ready for `AFTER` seconds goes, `EVERY` so many, as long as a pass sends no more requests for
that than a `SHARE` of all, and `FREE` for a page: few files with a large one among them would show nothing otherwise.
"""

from notion_sync.sync.ports import Link

AFTER = 8.0
"""Seconds that something ready waits for company, and for those before it."""

PASSED_AFTER = 4.0
"""Seconds that something ready waits for those before it, when others go: longer than requests differ, mostly."""

EVERY = 15.0
"""Seconds between two such writes to one page or row; with the time of a request, 20."""

AGAIN = 5.0
"""Seconds until it is asked again, where that was not allowed."""

SHARE = 0.03
"""Requests that may be spent on it, by all that a pass sends."""

FREE = 4
"""Requests that are free for a page."""

FREE_PAGES = 4
"""Pages for which they are: there may be very many."""


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
        self._free: dict[object, int] = {}
        """By page, how many are left."""

    @property
    def earned(self) -> float:
        """How many requests may be spent on it."""
        return SHARE * (self._link.request_count - self._sent_before) - self.spent

    def spare(self, page: object) -> float:
        """The same at a page."""
        unknown = FREE if len(self._free) < FREE_PAGES else 0
        return max(0.0, self.earned) + self._free.get(page, unknown)

    def spend(self, page: object, requests: int) -> None:
        """That was done."""
        if len(self._free) < FREE_PAGES:
            self._free.setdefault(page, FREE)
        free = min(requests, self._free.get(page, 0))
        if free:
            self._free[page] -= free
        self.spent += requests - free
