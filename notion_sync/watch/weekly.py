"""Send the weekly report (`notify: weekly`): a command gets the report of the period since the last one."""

from notion_sync.activity_report.facts import gather
from notion_sync.activity_report.text import headline, joined, lines
from notion_sync.clock import Clock
from notion_sync.state import Store
from notion_sync.state.limits import latest_limit, requests_a_minute
from notion_sync.watch.notify import Notices
from notion_sync.watch.refusals import LAST_REPORT

WEEK = 7 * 86_400.0


class WeeklyReport:
    """Sends the report when it is due. A daemon that was not running then sends it after its next start.

    Args:
        notices: Runs the command.
        clock: Time of day.
    """

    def __init__(self, notices: Notices, clock: Clock) -> None:
        self._notices = notices
        self._clock = clock
        self._next: float | None = None
        """When the store has to be queried again, in seconds since the epoch."""

    def tick(self, store: Store, rate_limit: int | None) -> None:
        """Send a report if a week has passed since the last one.

        Args:
            store: Holds the time of the last report; its lock is ours.
            rate_limit: Requests per minute, or None for as many as Notion takes.
        """
        now = self._clock.now()
        if not self._notices.notify.weekly or (
            self._next is not None and self._next - WEEK <= now < self._next
        ):
            return
        with store.reading():
            known = store.remembered.get(LAST_REPORT) or {}
        last = known.get("at")
        if not isinstance(last, float) or last > now:  # there was none, or the clock has been set
            last = now
        elif now - last >= WEEK:
            facts = gather(
                store, since=last, until=now, limit=requests_a_minute(latest_limit(store), rate_limit)
            )
            self._notices.report(headline(facts), joined(list(lines(facts))))
            last = now
        self._next = last + WEEK
        if last != known.get("at"):
            with store.noting():
                store.remembered.set(LAST_REPORT, {"at": last}, now)
