"""Decide when to flush a partial batch, so that people see files appear, at the cost of few extra requests.

One request makes up to 100 blocks, so full batches need the fewest requests; but a person who looks at the page should
see progress. Items that have been ready for `AFTER` seconds are therefore written early, at most every `EVERY` seconds
a page or row, while a pass spends at most `SHARE` of its requests on it, plus `FREE` for a page. Without the free ones,
a pass of few files with a large one among them would show nothing until its end.
"""

from notion_sync.sync.ports import Link

AFTER = 8.0
"""Seconds for which a ready item waits for its batch to fill, and for items before it."""

PASSED_AFTER = 4.0
"""Seconds for which a ready item waits for items before it when others are written: more than most requests differ."""

EVERY = 15.0
"""Minimum seconds between two early writes to one page or row; 20 with the duration of a request."""

AGAIN = 5.0
"""Seconds after which an early write that was not allowed is considered again."""

SHARE = 0.03
"""Requests that may be spent on early writes, as a fraction of all that a pass sends."""

FREE = 4
"""Requests for early writes to one page that do not count against `SHARE`."""

FREE_PAGES = 4
"""Maximum number of pages with `FREE` requests: a pass may have very many pages."""


class Cadence:
    """The requests that a pass has spent on early writes.

    Args:
        link: Counts requests.
    """

    def __init__(self, link: Link) -> None:
        self._link = link
        self._sent_before = link.request_count
        self.spent = 0
        """Requests spent so far, not counting the free ones."""
        self._free: dict[object, int] = {}
        """Free requests left, by page."""

    @property
    def earned(self) -> float:
        """Requests that may be spent now; negative if too many were."""
        return SHARE * (self._link.request_count - self._sent_before) - self.spent

    def spare(self, page: object) -> float:
        """Requests that may be spent now at a page, including its free ones."""
        unknown = FREE if len(self._free) < FREE_PAGES else 0
        return max(0.0, self.earned) + self._free.get(page, unknown)

    def spend(self, page: object, requests: int) -> None:
        """Count requests that were spent at a page; its free ones are used up first."""
        if len(self._free) < FREE_PAGES:
            self._free.setdefault(page, FREE)
        free = min(requests, self._free.get(page, 0))
        if free:
            self._free[page] -= free
        self.spent += requests - free
