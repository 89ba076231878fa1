"""One pass: what is due becomes a scope, and what came of it says how to go on."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from importlib import import_module

from notion_sync.daemon.agenda import Due, within
from notion_sync.daemon.clerk import Clerk
from notion_sync.daemon.desk import Desk
from notion_sync.engine import Scope, push
from notion_sync.errors import Cancelled, ConfigError, NotionSyncError
from notion_sync.executor.fetching import Terms
from notion_sync.report import Tally
from notion_sync.rules import Rule

_TERMS = Terms(patience=20.0, stays=True, too_slow="it is asked again in a while")
"""Most imports end in one pass; new files must not wait for the others."""

_REFUSED = 77
"""The exit code of everything that is wrong with the token."""


class End(Enum):
    """How a pass ended."""

    DONE = "done"
    CUT_SHORT = "cut short"
    """Something more urgent came; what was left is to be looked at later."""
    INTERRUPTED = "interrupted"
    SHUT = "shut"
    """Notion, the network or the disk does not let us."""
    REFUSED = "refused"
    """The token is."""


@dataclass(frozen=True, slots=True)
class Turn:
    """A pass that is over."""

    end: End
    error: NotionSyncError | None
    seconds: float
    requests: int
    contacted: bool
    """Whether Notion answered."""


def take_turn(desk: Desk, rules: Sequence[Rule], due: Due, clerk: Clerk) -> Turn:
    """Make one pass over what is due; trouble with the run comes back as a value."""
    scope = Scope(tuple(due.files | due.trees), flat=tuple(due.folders))
    before = _requests(desk)
    began = desk.clock.monotonic()
    error: NotionSyncError | None = None
    tally: Tally | None = None
    try:
        tally = push(
            rules, store=desk.store, link=desk.link, clock=desk.clock, report=clerk, scope=scope,
            patience=0.0, attendant=clerk, terms=_TERMS,
        )  # fmt: skip
    except NotionSyncError as caught:
        error = caught
    seconds, requests = desk.clock.monotonic() - began, _requests(desk) - before
    contacted = requests > 0 and (tally is not None or clerk.uploaded_bytes > 0)
    return Turn(_end(error, clerk), error, seconds, requests, contacted)


def warm_up() -> None:
    """Import what an upload needs, while its file rests; a daemon with nothing to do never needs it."""
    for name in ("notion_sync.executor.coordinator", "notion_sync.notion.client"):
        import_module(name)


def covers(due: Due, path: str) -> bool:
    """Whether a file was looked at in a pass over what was due."""
    return path in due.files or path.rpartition("/")[0] in due.folders or within(path, due.trees)


def _requests(desk: Desk) -> int:
    return desk.link.remote.request_count if desk.link.opened else 0


def _end(error: NotionSyncError | None, clerk: Clerk) -> End:
    match error:
        case None:
            return End.CUT_SHORT if clerk.cut_short else End.DONE
        case Cancelled():
            return End.INTERRUPTED
        case ConfigError():
            return End.REFUSED  # the token's file cannot be used
        case _ if error.exit_code == _REFUSED:
            return End.REFUSED
        case _:
            return End.SHUT
