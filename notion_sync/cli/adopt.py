"""`notion-sync adopt`: rebuild the record from what is in Notion."""

import json
from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING

import click

from notion_sync import __version__
from notion_sync.cli.app import Settings
from notion_sync.cli.push import Order, understood
from notion_sync.cli.session import Session, open_session
from notion_sync.cli.target import TargetOptions
from notion_sync.log import Console, Level
from notion_sync.report import human_bytes, human_seconds, printable

if TYPE_CHECKING:
    from notion_sync.adopt.run import Adoption, Finding, Sums


@click.command()
@click.argument("paths", nargs=-1, metavar="[PATH]...", type=click.Path())
@click.option(
    "--to", "target", metavar="TARGET", help="As with push: a Notion page, without a configuration."
)
@click.option("--verify", is_flag=True, help="Download and compare contents, not only names and sizes.")
@click.option("--dry-run", is_flag=True, help="Say what matches; record nothing.")
@click.option("--json", "as_json", is_flag=True, help="JSON Lines on stdout, one object a file or block.")
@click.pass_obj
def command(
    settings: Settings,
    paths: tuple[str, ...],
    target: str | None,
    verify: bool,
    dry_run: bool,
    as_json: bool,
) -> int:
    """Record what the rules' pages hold already of their folders' files, after the state store was lost.

    Files and blocks are matched by name and size; where that leaves a choice, only --verify decides. Notion
    is only read. Afterwards a push uploads what is really missing. Exit code 1: something is undecided, and
    a push would attach it a second time.
    """
    with (
        understood(settings, paths, TargetOptions(target), in_sandbox=False) as order,
        open_session(
            state=order.state, purpose="adopt", credentials=order.credentials, rate_limit=order.rate_limit
        ) as session,
    ):
        console = settings.console()
        tell = _as_json if as_json else partial(_in_words, console, settings.verbose)
        return _adopt(order, session, console, tell, verify=verify, dry_run=dry_run, as_json=as_json)


def _adopt(
    order: Order,
    session: Session,
    console: Console,
    tell: "Callable[[Finding], None]",
    *,
    verify: bool,
    dry_run: bool,
    as_json: bool,
) -> int:
    from notion_sync.adopt.run import Adoption
    from notion_sync.notion.download import Downloader

    begun = session.clock.monotonic()
    with Downloader(session.clock, user_agent=f"notion-sync/{__version__}") as downloader:
        adoption = Adoption(
            store=session.store,
            link=session.link,
            clock=session.clock,
            downloader=downloader,
            tell=tell,
            note=lambda text: console.write(printable(text), Level.WARNING),
            verify=verify,
            record=not dry_run,
        )
        try:
            adoption.run(order.rules, order.scope.extent)
        finally:
            seconds = session.clock.monotonic() - begun
            _say_sums(adoption, session, console, seconds, dry_run=dry_run, as_json=as_json)
    sums = adoption.sums
    return 1 if sums.ambiguous or sums.failed or sums.left_out else 0


def _say_sums(
    adoption: "Adoption", session: Session, console: Console, seconds: float, *, dry_run: bool, as_json: bool
) -> None:
    requests = session.link.remote.request_count if session.link.opened else 0
    if as_json:
        summary = {"event": "summary", **asdict(adoption.sums), "requests": requests}
        summary |= {"seconds": round(seconds, 3), **({"planned": True} if dry_run else {})}
        click.echo(json.dumps(summary))
    else:
        text = _sums_in_words(adoption.sums)
        console.write(f"{text}; {requests} requests in {human_seconds(seconds)}")
        if dry_run:
            console.write("nothing was recorded, as it was a dry run")
    if adoption.sums.ambiguous:
        console.write(
            "the next push attaches ambiguous files a second time; adopt --verify decides by their contents",
            Level.WARNING,
        )


def _sums_in_words(sums: "Sums") -> str:
    parts = [
        (sums.matched, "matched"),
        (sums.recorded, "recorded before"),
        (sums.missing, "missing in Notion"),
        (sums.ambiguous, "ambiguous"),
        (sums.failed, "failed"),
        (sums.unknown, "blocks that are none of the files"),
        (sums.others, "blocks of others left alone"),
        (sums.left_out, "targets left out"),
    ]
    return ", ".join(f"{count} {what}" for count, what in parts if count) or "nothing to adopt"


def _as_json(finding: "Finding") -> None:
    line = {"event": "block" if finding.path is None else "file", **asdict(finding)}
    if finding.path is not None:
        line["path"] = printable(finding.path)
    click.echo(json.dumps(line, ensure_ascii=True))


def _in_words(console: Console, verbose: bool, finding: "Finding") -> None:
    if finding.result == "matched" and not verbose:
        return
    if finding.path is None:
        text = f"{finding.result:<9} block {finding.block_id}, {printable(finding.name or '')}: none of the files"
    else:
        text = f"{finding.result:<9} {printable(finding.path)}  {human_bytes(finding.bytes or 0)}"
    if finding.reason:
        text += f": {finding.reason}"
    console.write(text, Level.ERROR if finding.result in ("failed", "ambiguous") else Level.INFO)
