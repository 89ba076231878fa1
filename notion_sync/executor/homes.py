"""The page that the blocks of a place go to: the target itself, a subfolder's page, or the page of a row."""

from collections.abc import Callable

from notion_sync.executor.places import Places
from notion_sync.executor.rows import Rows
from notion_sync.executor.trouble import Scope, Trouble, Unusable
from notion_sync.rules import BlockTarget, RowPage

Found = Callable[[str], None]
Lost = Callable[[Trouble], None]


class Homes:
    """Where blocks live.

    Args:
        places: Finds and makes the pages of subfolders.
        rows: Finds and makes rows, for the entries that the blocks go with.
    """

    def __init__(self, places: Places, rows: Rows) -> None:
        self._places = places
        self._rows = rows
        self._waiting: list[tuple[RowPage, str, Found, Lost]] = []

    def find(self, target: BlockTarget, place: str, found: Found, lost: Lost) -> None:
        """Call back with the page, or with why there is none; a row may have to be made first."""
        if isinstance(target, RowPage):
            self._waiting.append((target, place, found, lost))
        else:
            self._places.find(target.page_id, place, found, lost)

    def settle(self) -> None:
        """Answer those whose rows are done with."""
        waiting, self._waiting = self._waiting, []
        for each in waiting:
            target, place, found, lost = each
            if self._rows.waits_for(target.rows, place):
                self._waiting.append(each)
            elif (page := self._rows.page_of(target.rows, place)) is not None:
                found(page)
            else:
                missing = Unusable(f'the row "{place}" was not made')
                lost(Trouble(Scope.FILE, str(missing), missing))
