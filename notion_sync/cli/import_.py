"""`notion-sync import`: Notion fetches public files itself."""

import os
from collections.abc import Sequence
from urllib.parse import urlsplit

import click

from notion_sync.cli.app import Settings
from notion_sync.cli.configured import config_of
from notion_sync.cli.folders import state_folder
from notion_sync.cli.numbers import Seconds
from notion_sync.cli.reports import reporting
from notion_sync.cli.scope import credentials_of
from notion_sync.cli.session import open_session
from notion_sync.cli.target import TargetOptions, target_options
from notion_sync.errors import UsageError
from notion_sync.model import ActionName, Address
from notion_sync.rules import Links, RowTarget, Rule, Target
from notion_sync.scan.links.address import address_at, is_fetchable
from notion_sync.sync.import_policy import ImportPolicy
from notion_sync.sync.run import exit_code, import_urls
from notion_sync.web import as_ip

RULE = "import"
"""Name of the rule in reports and in the history."""

_OF_FILES = ("mtime", "ctime", "size")
"""Fields of templates that describe a file on this machine."""


@click.command()
@click.argument("urls", nargs=-1, required=True, metavar="URL...")
@target_options(required=True)
@click.option("--name", metavar="NAME", help="What to call the file; the last part of its URL without it.")
@click.option(
    "--timeout", type=Seconds(), default=600.0, show_default=True, metavar="SECONDS",
    help="How long Notion may take to fetch a file.",
)  # fmt: skip
@click.option("--fallback", is_flag=True, help="Fetch a file here and send it when Notion cannot fetch it.")
@click.option("--json", "as_json", is_flag=True, help="JSON Lines on stdout, as push writes them.")
@click.pass_obj
def command(
    settings: Settings,
    urls: tuple[str, ...],
    target: TargetOptions,
    name: str | None,
    timeout: float,
    fallback: bool,
    as_json: bool,
) -> int:
    """Have Notion fetch public files by their HTTPS addresses, and attach them to a page or to rows.

    The bytes do not pass through this machine. An address that was imported there before is left alone. Exit
    codes as those of push.
    """
    addresses = _addresses(urls, name)
    links = Links.FETCH if fallback else Links.IMPORT
    rule = Rule(name=RULE, folder="", targets=(_checked(target.target()),), links=links)
    policy = ImportPolicy(
        timeout,
        too_slow="try again, perhaps with a longer --timeout",
        not_fetched="--fallback fetches it here and sends the bytes",
        refused_type="Notion takes no files of this type; --name gives it another ending, where that is what it is",
    )
    config = config_of(settings)
    with (
        open_session(
            state=state_folder(settings.state, os.environ),
            purpose="import",
            credentials=credentials_of(settings),
            rate_limit=config.rate_limit if config else None,
            bandwidth_limit=config.bandwidth_limit if config else None,
            private_hosts=(*(config.private_hosts if config else ()), *_typed_hosts(addresses)),
        ) as session,
        reporting(settings, session, as_json=as_json) as report,
    ):
        tally = import_urls(addresses, rule, ports=session.ports, report=report, policy=policy)
        # Somebody asked for this file, so a type that Notion refuses is a failure and not left out.
        code = exit_code(tally) or int(tally.counts[ActionName.SKIPPED] > 0)
        session.ended(code)
    return code


def _addresses(urls: tuple[str, ...], name: str | None) -> Sequence[Address]:
    """Return what to import, and under which names.

    Raises:
        UsageError: An address that Notion cannot fetch, or one name for several.
    """
    if name is not None and len(urls) > 1:
        raise UsageError("--name names one file, and there are several URLs")
    # As mails and Markdown give an address (RFC 3986, appendix C).
    urls = tuple(url.strip(" \t\r\n<>\"'") for url in urls)
    for url in urls:
        if not is_fetchable(url):
            raise UsageError(f"{url}: Notion cannot fetch this address", hint="it has to begin with https://")
    return [address_at(url, name) for url in dict.fromkeys(urls)]


def _typed_hosts(addresses: Sequence[Address]) -> Sequence[str]:
    """Return the IP addresses that were typed: their user knows where they lead, while a name may lead anywhere."""
    hosts = [urlsplit(address.url).hostname or "" for address in addresses]
    return [host for host in hosts if as_ip(host) is not None]


def _checked(target: Target) -> Target:
    """Return the target, unless its template uses fields that an address does not have.

    Raises:
        UsageError: They would.
    """
    for field in _OF_FILES if isinstance(target, RowTarget) else ():
        if isinstance(target, RowTarget) and target.row.mentions(field):
            raise UsageError(
                f"--row: an address has no {{{field}}}", hint="{today} is the day on which it is imported"
            )
    return target
