"""`notion-sync adopt`: rebuild the record from what is in Notion."""

import json
from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING

import click

from notion_sync.cli.app import Settings
from notion_sync.cli.places import PATH
from notion_sync.cli.push import Invocation, understood
from notion_sync.cli.reports import moving
from notion_sync.cli.session import Session, open_session
from notion_sync.cli.target import TargetOptions, target_options
from notion_sync.log import Console, Level
from notion_sync.system.event_loop import run_to_end
from notion_sync.text.visible import visible
from notion_sync.text.words import counted, human_bytes, human_seconds

if TYPE_CHECKING:
    from notion_sync.adopt.findings import Finding, Sums
    from notion_sync.adopt.run import Adoption

DOWNLOADS = 8
"""Number of concurrent downloads from Notion; most only ask for a file's size."""


@click.command()
@click.argument("paths", nargs=-1, metavar="[PATH]...", type=PATH)
@target_options()
@click.option("--verify", is_flag=True, help="Download and compare contents, not only names and sizes.")
@click.option("--dry-run", is_flag=True, help="Say what matches; record nothing.")
@click.option("--json", "as_json", is_flag=True, help="JSON Lines on stdout, one object a file or block.")
@click.pass_obj
def command(
    settings: Settings,
    paths: tuple[str, ...],
    target: TargetOptions,
    verify: bool,
    dry_run: bool,
    as_json: bool,
) -> int:
    """Record what Notion holds already of the rules' files, after the state store was lost.

    Files are matched by name and size to blocks that this connection made, to entries of rows, and to pages'
    icons and covers; where that leaves a choice, only --verify decides. Notion is only read. Afterwards a push
    uploads what is really missing. Exit code 1: something is undecided, and a push may attach it a second time.
    """
    with (
        understood(settings, paths, target, in_sandbox=False) as invocation,
        open_session(
            state=invocation.state,
            purpose="adopt",
            credentials=invocation.credentials,
            rate_limit=invocation.rate_limit,
            downloads=DOWNLOADS,
        ) as session,
    ):
        tell = _as_json if as_json else partial(_in_words, settings.console(), settings.verbose)
        return _adopt(settings, invocation, session, tell, verify=verify, dry_run=dry_run, as_json=as_json)


def _adopt(
    settings: Settings,
    invocation: Invocation,
    session: Session,
    tell: "Callable[[Finding], None]",
    *,
    verify: bool,
    dry_run: bool,
    as_json: bool,
) -> int:

    from notion_sync.adopt.run import Adoption

    console = settings.console()
    begun = session.clock.monotonic()
    session.remote.tell = console.write
    adoption = Adoption(
        ports=session.ports,
        tell=tell,
        note=lambda text: console.write(visible(text), Level.WARNING),
        verify=verify,
        keep=not dry_run,
    )

    def how_far() -> str:
        requests = counted(session.remote.request_count, "request")
        return f"comparing with Notion: {counted(_files(adoption.sums), 'file')}, {requests} so far"

    try:
        with moving(settings, session, how_far):
            run_to_end(adoption.run(invocation.rules, invocation.scope.extent))
    finally:
        seconds = session.clock.monotonic() - begun
        _say_sums(adoption, session, console, seconds, dry_run=dry_run, as_json=as_json)
    code = 1 if adoption.sums.ambiguous or adoption.sums.failed else 0
    session.ended(code)
    return code


def _files(sums: "Sums") -> int:
    return sums.matched + sums.missing + sums.ambiguous + sums.failed + sums.recorded


def _say_sums(
    adoption: "Adoption", session: Session, console: Console, seconds: float, *, dry_run: bool, as_json: bool
) -> None:
    requests = session.remote.request_count
    if as_json:
        summary = {"event": "summary", **asdict(adoption.sums), "requests": requests}
        summary |= {"seconds": round(seconds, 3), **({"planned": True} if dry_run else {})}
        click.echo(json.dumps(summary))
    else:
        text = _sums_in_words(adoption.sums)
        console.write(f"{text}; {counted(requests, 'request')} in {human_seconds(seconds)}")
        if dry_run:
            console.write("nothing was recorded, as it was a dry run")
    if adoption.sums.ambiguous:
        console.write(
            "the next push may attach ambiguous files a second time; adopt --verify decides by contents, and "
            "of rows or pages of one title only one may stay",
            Level.WARNING,
        )


def _sums_in_words(sums: "Sums") -> str:
    parts = [
        (sums.matched, "matched"),
        (sums.recorded, "recorded before"),
        (sums.missing, "missing in Notion"),
        (sums.ambiguous, "ambiguous"),
        (sums.failed, "failed"),
        (sums.unknown, "in Notion that are none of the files"),
        (sums.others, "of others left alone"),
    ]
    return ", ".join(f"{count} {what}" for count, what in parts if count) or "nothing adopted"


def _as_json(finding: "Finding") -> None:
    line = asdict(finding)
    line = {"event": line.pop("what"), **line}
    if finding.path is not None:
        line["path"] = visible(finding.path)
    click.echo(json.dumps(line, ensure_ascii=True))


def _in_words(console: Console, verbose: bool, finding: "Finding") -> None:
    if finding.result == "matched" and not verbose:
        return
    if finding.path is None:
        where = finding.block_id or f"of row {finding.page_id}"
        name = visible(finding.name or "without a name")
        text = f"{finding.result:<9} {name} ({finding.what} {where}): no local file matches"
    else:
        text = f"{finding.result:<9} {visible(finding.path)}  {human_bytes(finding.bytes or 0)}"
    if finding.reason:
        text += f": {finding.reason}"
    console.write(text, Level.ERROR if finding.result in ("failed", "ambiguous") else Level.INFO)
