"""Going on through a list that comes in pages, to an end that there always is."""

from typing import Any, Final

from notion_sync.notion.errors import BadAnswer
from notion_sync.notion.values import ListPage

_LONGEST_CURSOR: Final = 4096
"""Characters; it becomes part of an address."""

_MOST_EMPTY: Final = 50
"""Pages without anything in them, one after the other."""

_MOST_PAGES: Final = 20_000
"""Two million things; a data source has fewer rows."""


class Paging:
    """Where a list is to go on.

    Args:
        cursor: Where to begin, None for its beginning.
    """

    def __init__(self, cursor: str | None = None) -> None:
        self.cursor = cursor
        self._seen = {cursor}
        self._empty = 0

    def follow(self, page: ListPage[Any]) -> bool:
        """Go on after a page; False if it was the last one.

        Raises:
            BadAnswer: The list turns in circles, or has no end: it is not known what is in it.
        """
        following = page.next_cursor
        if following is None:
            return False
        self._empty = 0 if page.items else self._empty + 1
        if (
            following in self._seen
            or len(following) > _LONGEST_CURSOR
            or self._empty > _MOST_EMPTY
            or len(self._seen) > _MOST_PAGES
        ):
            raise BadAnswer("the list has no end: it goes on where it has been, or with nothing")
        self._seen.add(following)
        self.cursor = following
        return True
