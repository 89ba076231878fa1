"""How often what is ready is shown although more could go with it: early and steadily, for few requests more.

A request makes up to a hundred blocks, so as few as possible are sent; but whoever looks at the page shall see files
come. So what has been ready for `AFTER` seconds goes, `EVERY` so many, as long as that makes a push by no more than
`SHARE` longer. A place's first such write is free, or a push of few files with a large one would show nothing.
"""

from notion_sync.sync.ports import Link

AFTER = 10.0
"""Seconds that something ready waits for company, and for those before it."""

EVERY = 15.0
"""Seconds between two writes of one place that do not wait for company; with the time of a request, 20."""

AGAIN = 5.0
"""Seconds until it is asked again, where that was not allowed."""

SHARE = 0.03
"""Requests that may be spent on it, by all that a pass sends."""

FREE = 4
"""Places whose first such write is free."""


class Cadence:
    """What a pass has spent on showing things early.

    Args:
        link: Counts requests.
    """

    def __init__(self, link: Link) -> None:
        self._link = link
        self._sent_before = link.request_count
        self._spent = 0
        self._places: set[object] = set()

    def allows(self, place: object, requests: int) -> bool:
        """Whether a place may be written to although more can come; a page or row, and what that costs."""
        places = len(self._places) if place in self._places else len(self._places) + 1
        earned = SHARE * (self._link.request_count - self._sent_before)
        return self._spent + requests <= requests * min(places, FREE) + earned

    def spend(self, place: object, requests: int) -> None:
        """That was done."""
        self._places.add(place)
        self._spent += requests
