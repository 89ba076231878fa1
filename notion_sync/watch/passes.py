"""Make one pass of the daemon: turn what is due into a scope, and the pass's end into a result."""

import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import Enum
from importlib import import_module
from typing import Final

from notion_sync.errors import Cancelled, ConfigError, NotionSyncError
from notion_sync.model import FilePath
from notion_sync.report import Tally
from notion_sync.rules import Rule
from notion_sync.state import Store
from notion_sync.sync.import_policy import ImportPolicy
from notion_sync.sync.run import PassScope, run_pass
from notion_sync.watch.due import Due
from notion_sync.watch.observer import PassObserver
from notion_sync.watch.pass_report import PassReport
from notion_sync.watch.session import Session

_log: Final = logging.getLogger("notion_sync.watch")

_POLICY = ImportPolicy(patience=20.0, looks_again=True, too_slow="it is asked again in a while")
"""Most imports end within one pass; new files must not wait for the others."""

_TOKEN_REFUSED = 77
"""Exit code of every error of the token."""


class PassEnd(Enum):
    """How a pass ended."""

    DONE = "done"
    CUT_SHORT = "cut short"
    """Something more urgent came; the rest is looked at later."""
    INTERRUPTED = "interrupted"
    UNAVAILABLE = "unavailable"
    """Notion, the network or the disk is unavailable."""
    REFUSED = "token refused"
    """The token is refused."""


@dataclass(frozen=True, slots=True)
class PassResult:
    """How a pass ended, when it began, and how many requests it sent."""

    end: PassEnd
    error: NotionSyncError | None
    began: float
    seconds: float = 0.0
    requests: int = 0
    contacted: bool = False
    """Whether Notion has answered."""


def read_again(store: Store, paths: Collection[str]) -> None:
    """Mark files to be read at the next look whatever their stat."""
    if paths:
        with store.noting():
            for path in paths:
                folder, _, name = path.rpartition("/")
                store.files.read_again(FilePath(folder or "/", name))


async def make_pass(
    session: Session, rules: Sequence[Rule], due: Due, observer: PassObserver, report: PassReport
) -> PassResult:
    """Make one pass over what is due; an error that ends the pass is returned in the result.

    Args:
        session: The open session.
        rules: In the order of the configuration.
        due: What to look at.
        observer: Schedules the next looks at what is not done.
        report: Reports and counts; both have begun this pass.
    """
    scope = PassScope(tuple(due.files | due.trees), flat=tuple(due.folders))
    remote, clock = session.ports.remote, session.ports.clock
    before, began = remote.request_count, clock.monotonic()
    counts = {"files": len(due.files), "folders": len(due.folders), "trees": len(due.trees)}
    _log.info("pass: begins", extra={"fields": {**counts, "due": sorted(scope.only + scope.flat)[:20]}})
    error: NotionSyncError | None = None
    tally: Tally | None = None
    try:
        tally = await run_pass(
            rules, ports=session.ports, report=report, scope=scope, observer=observer, policy=_POLICY
        )
    except NotionSyncError as caught:
        error = caught
    seconds, requests = clock.monotonic() - began, remote.request_count - before
    contacted = requests > 0 and (tally is not None or report.sent_bytes > 0)
    end = _end(error, cut_short=observer.cut_short)
    fields = {"end": end.value, "seconds": seconds, "requests": requests, "error": error and str(error)}
    _log.info("pass: %s after %.1f s", end.value, seconds, extra={"fields": fields})
    return PassResult(end, error, observer.began, seconds, requests, contacted)


def warm_up() -> None:
    """Import what an upload needs while its file becomes stable; a daemon without work never imports it."""
    for name in ("notion_sync.sync.passes", "notion_sync.notion.client"):
        import_module(name)


def _end(error: NotionSyncError | None, *, cut_short: bool) -> PassEnd:
    match error:
        case None:
            return PassEnd.CUT_SHORT if cut_short else PassEnd.DONE
        case Cancelled():
            return PassEnd.INTERRUPTED
        case ConfigError():
            return PassEnd.REFUSED  # the token's file cannot be used
        case _ if error.exit_code == _TOKEN_REFUSED:
            return PassEnd.REFUSED
        case _:
            return PassEnd.UNAVAILABLE
