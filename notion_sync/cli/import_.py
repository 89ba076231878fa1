"""`notion-sync import`: Notion fetches public files itself."""

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import click

from notion_sync import __version__
from notion_sync.cli.app import Settings
from notion_sync.cli.folders import state_folder
from notion_sync.cli.reports import choose_report
from notion_sync.cli.scope import config_of, credentials_of
from notion_sync.cli.session import Session, open_session
from notion_sync.cli.target import TargetOptions
from notion_sync.engine import exit_code
from notion_sync.errors import UsageError
from notion_sync.report import Report, Tally
from notion_sync.rules import PageTarget

if TYPE_CHECKING:
    from notion_sync.imports.importer import Wish


@click.command()
@click.argument("urls", nargs=-1, required=True, metavar="URL...")
@click.option("--to", "target", required=True, metavar="TARGET", help="A Notion page: its URL or id.")
@click.option("--name", metavar="NAME", help="What to call the file; the last part of its URL without it.")
@click.option(
    "--timeout", type=click.FloatRange(min=0), default=600.0, show_default=True, metavar="SECONDS",
    help="How long Notion may take to fetch a file.",
)  # fmt: skip
@click.option("--fallback", is_flag=True, help="Fetch a file here and send it when Notion cannot fetch it.")
@click.option("--json", "as_json", is_flag=True, help="JSON Lines on stdout, as push writes them.")
@click.pass_obj
def command(
    settings: Settings,
    urls: tuple[str, ...],
    target: str,
    name: str | None,
    timeout: float,
    fallback: bool,
    as_json: bool,
) -> int:
    """Have Notion fetch public files by their HTTPS addresses, and attach them to a page.

    The bytes do not pass through this machine. An address that was imported to the page before is left
    alone. Exit codes as those of push.
    """
    wishes = _wishes(urls, name)
    page = TargetOptions(target).target()
    assert isinstance(page, PageTarget)
    config = config_of(settings)
    with open_session(
        state=state_folder(settings.state, os.environ),
        purpose="import",
        credentials=credentials_of(settings),
        rate_limit=config.rate_limit if config else None,
        bandwidth_limit=config.bandwidth_limit if config else None,
    ) as session:
        return _run(session, wishes, page, timeout, fallback, choose_report(settings, as_json=as_json))


def _wishes(urls: tuple[str, ...], name: str | None) -> "Sequence[Wish]":
    """What is to be imported under which names.

    Raises:
        UsageError: An address that Notion cannot fetch, or one name for several.
    """
    from notion_sync.imports.importer import Wish, name_of

    if name is not None and len(urls) > 1:
        raise UsageError("--name names one file, and there are several URLs")
    for url in urls:
        try:
            parts = urlsplit(url)
            good = parts.scheme.lower() == "https" and parts.hostname and url.isprintable() and " " not in url
        except ValueError:
            good = False
        if not good:
            raise UsageError(f"{url}: is no address that Notion fetches", hint="it begins with https://")
    return [Wish(url, name or name_of(url)) for url in dict.fromkeys(urls)]


def _run(
    session: Session,
    wishes: "Sequence[Wish]",
    page: PageTarget,
    timeout: float,
    fallback: bool,
    report: Report,
) -> int:
    from notion_sync.imports.carry import Carrier
    from notion_sync.imports.importer import Importer
    from notion_sync.notion.download import Downloader

    def downloader() -> Downloader:
        return Downloader(session.clock, user_agent=f"notion-sync/{__version__}")

    tally = Tally()
    begun = session.clock.monotonic()
    try:
        carried = Carrier(
            store=session.store, link=session.link, clock=session.clock, report=report, tally=tally
        )
        with carried as carrier:
            carrier.recover()
            session.link.remote.check_page(page.page_id)
            importer = Importer(
                store=session.store, link=session.link, clock=session.clock, report=report, tally=tally,
                carrier=carrier, timeout=timeout, downloader=downloader if fallback else None,
            )  # fmt: skip
            for wish in wishes:
                importer.bring(wish, page)
    finally:
        tally.seconds = session.clock.monotonic() - begun
        tally.requests = session.link.remote.request_count if session.link.opened else 0
        report.end(tally)
    return exit_code(tally)
