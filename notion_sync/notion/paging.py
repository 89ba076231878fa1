"""Follow the cursors of a list, with a guard against lists that never end."""

from typing import Any, Final

from notion_sync.notion.errors import BadAnswer
from notion_sync.notion.values import ListPage

_LONGEST_CURSOR: Final = 4096
"""Characters; the cursor becomes part of an address."""

_MOST_EMPTY: Final = 50
"""Maximum number of empty pages in a row."""

_MOST_PAGES: Final = 20_000
"""Enough for two million items; a data source has fewer rows."""


class Paging:
    """The position in a list.

    Args:
        cursor: Where to begin; None for the start of the list.
    """

    def __init__(self, cursor: str | None = None) -> None:
        self.cursor = cursor
        self._seen = {cursor}
        self._empty = 0

    def follow(self, page: ListPage[Any]) -> bool:
        """Advance past a page; return False if it was the last one.

        Raises:
            BadAnswer: The cursors repeat or do not end, so the list's content is unknown.
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
