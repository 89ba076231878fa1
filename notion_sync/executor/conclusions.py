"""What a trouble means for the files behind the one that had it: what need not be tried, and what need not be said."""

from notion_sync.clock import Clock
from notion_sync.executor.edits import Change
from notion_sync.executor.intake import Job
from notion_sync.executor.reach import Reach
from notion_sync.executor.remote import Link
from notion_sync.executor.trouble import SERVER_ERRORS_IN_A_ROW, Scope, Trouble
from notion_sync.model import ActionName, Failure
from notion_sync.notion.errors import NotionError
from notion_sync.notion.media import extension
from notion_sync.plan import Attach, Replace, dressed
from notion_sync.rules import Unsupported
from notion_sync.state import Store

_ENDS = {
    Scope.LATER: ActionName.DEFERRED,
    Scope.CHANGED: ActionName.DEFERRED,
    Scope.GONE: ActionName.SKIPPED,
    Scope.TYPE: ActionName.SKIPPED,
}
"""How a file in such trouble ends, where not as failed."""


class Conclusions:
    """The conclusions of one pass.

    Args:
        store: Remembers what would end the same way next time.
        link: Knows whose uploads were refused.
        reach: Hears of places that cannot be used.
        clock: The time of day.
    """

    def __init__(self, *, store: Store, link: Link, reach: Reach, clock: Clock) -> None:
        self._store = store
        self._link = link
        self._reach = reach
        self._clock = clock
        self._said: dict[tuple[str, str], str] = {}
        """Troubles of targets, and the file of which they were told."""
        self._server_errors = 0

    def remember(self, job: Job, action: Change, trouble: Trouble) -> None:
        """What would end the same way next time need not be tried."""
        now = self._clock.now()
        if trouble.scope is Scope.TYPE:
            form = action.form if isinstance(action, Attach | Replace) else ""
            refused = extension(dressed(job.found.name, form))
            with self._store.transaction():
                self._store.failures.refuse_type(self._link.account.bot, refused, trouble.reason, now)
        elif trouble.scope is Scope.CONTENT:
            failure = Failure(action.digest, job.task.rule_key, trouble.reason)
            with self._store.transaction():
                self._store.failures.save(job.found.id, action.target.key, failure, now)

    def reason(self, job: Job, action: Change, trouble: Trouble) -> str:
        """The reason in full for the first file that it stops, for the others where to read it."""
        if trouble.scope is not Scope.TARGET:
            return trouble.reason
        self._reach.spoil(action.target, action.spot.place, trouble)
        first = self._said.setdefault((str(trouble.error), action.target.key), job.found.path)
        return trouble.reason if first == job.found.path else f'its page cannot be used, see "{first}"'

    def went_well(self) -> None:
        """Notion is not down."""
        self._server_errors = 0

    def is_down(self, trouble: Trouble) -> bool:
        """Whether Notion has failed at so many files in a row that it is no use to go on."""
        if isinstance(trouble.error, NotionError) and trouble.scope is Scope.FILE:
            self._server_errors += 1
        return self._server_errors >= SERVER_ERRORS_IN_A_ROW


def ended_as(trouble: Trouble) -> ActionName:
    """How a file in trouble ends."""
    return _ENDS.get(trouble.scope, ActionName.FAILED)


def can_be_dressed(job: Job, action: Change, trouble: Trouble) -> bool:
    """Whether the rule knows what to do with a type that Notion has just refused."""
    plain = isinstance(action, Attach | Replace) and not action.form
    return trouble.scope is Scope.TYPE and plain and job.task.rule.unsupported is not Unsupported.SKIP
