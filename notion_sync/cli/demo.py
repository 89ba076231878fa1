"""`notion-sync demo`: sample files, a sandbox, one push: the whole product without a Notion account."""

import os
import shlex
import tempfile
from dataclasses import replace
from pathlib import Path

import click

from notion_sync.cli.app import Settings
from notion_sync.cli.local import Coordinates, sandbox_at
from notion_sync.cli.reports import reporting
from notion_sync.cli.scope import rule_for_command_line
from notion_sync.cli.session import Session, open_session
from notion_sync.log import Console, is_terminal
from notion_sync.rules import PageTarget
from notion_sync.sync.run import PassScope, exit_code, push


@click.command()
@click.option(
    "--serve/--no-serve", default=None, help="Serve the page in the end; the default on a terminal."
)
@click.pass_obj
def command(settings: Settings, serve: bool | None) -> int:
    """Make a folder of sample files of every kind, start a local Notion, and bring them there.

    Everything it makes lies in one temporary folder, which is removed in the end.
    """
    from notion_sync.samples import make_samples

    console = settings.console()
    stays = is_terminal() if serve is None else serve
    with tempfile.TemporaryDirectory(prefix="notion-sync-demo-") as home:
        folder = os.path.join(home, "Samples")
        console.write(f"making sample files in {folder}")
        make_samples(Path(folder))
        console.write("starting a local Notion (notion-sync sandbox)")
        with (
            sandbox_at(os.path.join(home, "sandbox")) as sandbox,
            open_session(
                state=os.path.join(home, "state"), purpose="demo", credentials=sandbox.credentials
            ) as session,
        ):
            console.write(f"$ notion-sync push {shlex.quote(str(folder))} --to {sandbox.page_id}")
            code = _push(settings, folder, sandbox, session)
            console.write("once more: nothing has changed, so nothing is read and nothing is sent")
            _push(settings, folder, sandbox, session)
            _explain(console, sandbox, stays=stays)
            if stays:
                session.stop.wait()
    return code


def _push(settings: Settings, folder: str, sandbox: Coordinates, session: Session) -> int:
    # Nobody else writes to the samples, so they need not rest.
    rules = (replace(rule_for_command_line(folder, PageTarget(sandbox.page_id)), settle=0.0),)
    with reporting(settings, session, as_json=False) as report:
        tally = push(rules, ports=session.ports, report=report, scope=PassScope(), patience=60.0)
    return exit_code(tally)


def _explain(console: Console, sandbox: Coordinates, *, stays: bool) -> None:
    if stays:
        console.write(f"\nsee the page in a browser: {sandbox.browse_url}\nCtrl-C ends the demo")
    else:
        console.write("\nnotion-sync demo --serve keeps the page open for a browser")
    console.write(
        "your own files, still without an account: notion-sync push FOLDER --sandbox\n"
        "into Notion: notion-sync init, or NOTION_TOKEN=… notion-sync push FOLDER --to PAGE"
    )
