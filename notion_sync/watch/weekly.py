"""`notify: weekly`: once a week a command gets the report of the time since the last one."""

from notion_sync.activity_report.facts import gather
from notion_sync.activity_report.text import headline, joined, lines
from notion_sync.clock import Clock
from notion_sync.notion.limit import PUBLISHED
from notion_sync.state import Store
from notion_sync.watch.notify import Notices
from notion_sync.watch.refusals import LAST_REPORT

WEEK = 7 * 86_400.0

_ALWAYS = float("-inf")


class WeeklyReport:
    """Sends it when it is due. A daemon that was not there then sends it when it is back.

    Args:
        notices: Run the command.
        clock: The time of day.
    """

    def __init__(self, notices: Notices, clock: Clock) -> None:
        self._notices = notices
        self._clock = clock
        self._next: float | None = None
        """When the store has to be asked again."""

    def tend(self, store: Store, rate_limit: int | None) -> None:
        """Send one if a week has passed since the last one.

        Args:
            store: Knows when that was; under our lock.
            rate_limit: Requests a minute, None for Notion's own limit.
        """
        now = self._clock.now()
        if not self._notices.notify.weekly or (
            self._next is not None and self._next - WEEK <= now < self._next
        ):
            return
        with store.reading():
            known = store.remembered.get(LAST_REPORT, _ALWAYS) or {}
        last = known.get("at")
        if not isinstance(last, float) or last > now:  # there was none, or the clock has been set
            last = now
        elif now - last >= WEEK:
            facts = gather(store, since=last, until=now, limit=rate_limit or PUBLISHED[0])
            self._notices.report(headline(facts), joined(list(lines(facts))))
            last = now
        self._next = last + WEEK
        if last != known.get("at"):
            with store.noting():
                store.remembered.set(LAST_REPORT, {"at": last}, now)
