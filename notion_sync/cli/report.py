"""`notion-sync report`: what came over a time, what did not, and how much of the rate limit was used."""

import os
import tempfile
import time
from contextlib import suppress

import click

from notion_sync.activity_report.facts import PeriodFacts, gather
from notion_sync.activity_report.page import MARK, page
from notion_sync.activity_report.text import lines
from notion_sync.cli.app import Settings
from notion_sync.cli.configured import config_of
from notion_sync.cli.folders import state_folder
from notion_sync.cli.places import PATH
from notion_sync.cli.since import Since
from notion_sync.errors import NotionSyncError, UsageError
from notion_sync.log import said
from notion_sync.state import Store
from notion_sync.state.limits import latest_limit, requests_a_minute
from notion_sync.text.visible import visible

USUAL_TIME = 30 * 86_400.0
"""Period of a report in seconds, unless one is given."""


@click.command()
@click.option(
    "--html", "file", metavar="FILE", type=PATH, help="Write a page with plots to FILE (- is stdout)."
)
@click.option(
    "--since", type=Since(), help="What happened since then: 1w, 3mo, 2026-10-03; 30 days without it."
)
@click.pass_obj
def command(settings: Settings, file: str | None, since: float | None) -> int:
    """Report what came over a time, what failed or is left out, and how much of the rate limit was used.

    As plain text on stdout, for a mail, say; with --html as one page that needs nothing else. Asks nothing of Notion.
    """
    now = time.time()
    with Store(state_folder(settings.state, os.environ), read_only=True) as store:
        facts = gather(
            store, since=min(now, since if since is not None else now - USUAL_TIME), until=now,
            limit=_limit(settings, store),
        )  # fmt: skip
    if file is None:
        for line in lines(facts):
            click.echo(said(line))
    elif file == "-":
        click.echo(page(facts), nl=False)
    else:
        _write(file, facts)
        settings.console().write(f"written: {visible(file)}")
    return 0


def _limit(settings: Settings, store: Store) -> int:
    """Return the requests a minute that the configuration allows and Notion is known to take."""
    given = None
    with suppress(NotionSyncError):
        config = config_of(settings)
        given = config.rate_limit if config is not None else None
    return requests_a_minute(latest_limit(store), given)


def _write(file: str, facts: PeriodFacts) -> None:
    """Write the page into a file atomically; a file that is not such a page is not overwritten.

    Raises:
        UsageError: It cannot be written, or is something else.
    """
    try:
        if os.path.lexists(file) and not _is_report(file):
            raise UsageError(f"{file} is there and is no report", hint="name another file")
        handle, part = tempfile.mkstemp(
            prefix=".notion-sync-report.", dir=os.path.dirname(os.path.abspath(file))
        )
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as out:
                out.write(page(facts))
            os.replace(part, file)
        except BaseException:
            with suppress(OSError):
                os.unlink(part)
            raise
    except OSError as error:
        raise UsageError(f"cannot write {file}: {error.strerror}") from error


def _is_report(file: str) -> bool:
    if not os.path.isfile(file):
        return False
    with open(file, "rb") as there:
        return MARK.encode() in there.read(200)
