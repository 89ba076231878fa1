"""`notion-sync uploads`: the connection's file uploads, as Notion lists them."""

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from notion_sync.cli.app import Settings
from notion_sync.cli.newest import FOR_OLDER_ONES, SHOWN, is_shortened
from notion_sync.cli.numbers import WholeNumber
from notion_sync.cli.places import iso_time, local_time
from notion_sync.cli.scope import credentials_of
from notion_sync.cli.session import online
from notion_sync.cli.since import Since
from notion_sync.log import is_terminal, said, terminal_columns
from notion_sync.notion.values import FileUpload
from notion_sync.sync.import_policy import failure_words
from notion_sync.system.event_loop import run_to_end
from notion_sync.text.visible import visible
from notion_sync.text.words import counted, human_bytes

if TYPE_CHECKING:
    from notion_sync.notion.client import Notion

_LEAST_NAME = 16
"""Columns for a name below which other columns are left out."""

_SHORTEST_NAME = 8
"""Columns for a name on any terminal."""

STATUSES = ("pending", "uploaded", "expired", "failed")


@dataclass(frozen=True, slots=True)
class _Wanted:
    """Which uploads are listed.

    Args:
        status: Only those with this status; None for all.
        since: Only those made since then, in seconds since the epoch.
        limit: At most so many.
    """

    status: str | None
    since: float | None
    limit: int | None


@click.command()
@click.option("--status", type=click.Choice(STATUSES), help="Only those.")
@click.option(
    "--since", type=Since(), help="Only what was made since then: 12h, 3d, 1w, yesterday, 2026-10-03."
)
@click.option("--limit", type=WholeNumber(min=1), metavar="N", help="Only the newest N.")
@click.option("--json", "as_json", is_flag=True, help="JSON Lines, one object an upload.")
@click.pass_obj
def command(
    settings: Settings, status: str | None, since: float | None, limit: int | None, as_json: bool
) -> int:
    """List the file uploads of this connection, newest first.

    On a terminal the newest 100 are shown unless an option says otherwise. An upload that is attached nowhere is
    dropped by Notion an hour after it was made.
    """
    person = is_terminal(sys.stdout) and not as_json
    short = is_shortened(person=person, limit=limit, since=since)
    wanted = _Wanted(status, since, SHOWN if short else limit)
    with online(credentials_of(settings), settings.state, tell=settings.console().write) as notion:
        count, more = run_to_end(_list(notion, wanted, as_json))
    older = f"; older ones are not shown: {FOR_OLDER_ONES}" if short and more else ""
    settings.console().write(counted(count, "upload") + older)
    return 0


async def _list(notion: "Notion", wanted: _Wanted, as_json: bool) -> tuple[int, bool]:
    """Print the uploads; return their number, and whether there are more than `limit`."""
    count, columns = 0, terminal_columns()
    async for upload in notion.uploads(status=wanted.status):
        if wanted.since is not None and _is_older(upload, wanted.since):
            break  # Notion lists the newest first
        if count == wanted.limit:
            return count, True
        line = said(upload_line(upload, columns)) if not as_json else json.dumps(upload_fields(upload))
        click.echo(line)
        count += 1
    return count, False


def _is_older(upload: FileUpload, than: float) -> bool:
    """Return whether it was certainly made before that; Notion rounds the time down to the minute."""
    return upload.created_time is not None and upload.created_time + 60 <= than


def upload_fields(upload: FileUpload) -> Mapping[str, object]:
    """One JSON line."""
    result = upload.import_result
    return {
        "id": upload.id,
        "status": upload.status,
        "attached": upload.attached,
        "filename": upload.filename,
        "content_type": upload.content_type,
        "content_length": upload.content_length,
        "created_time": iso_time(upload.created_time),
        "expiry_time": iso_time(upload.expiry_time),
        "parts_total": upload.parts_total,
        "parts_sent": upload.parts_sent,
        "import_error": failure_words(result) if result and not result.ok else None,
    }


def upload_line(upload: FileUpload, columns: int | None = None) -> str:
    """One line for people; on a narrow terminal the name is shortened, and what has no room is left out."""
    # Notion's times have no seconds.
    made = local_time(upload.created_time)[:16] if upload.created_time is not None else ""
    size = human_bytes(upload.content_length) if upload.content_length is not None else ""
    name = visible(upload.filename or "(no name)")
    status = "attached" if upload.attached else upload.status
    whole = f"{made:<16}  {_state(upload):<20} {size:>10}  "
    layouts = [
        (whole, f"  {upload.id}"),
        (whole, ""),
        (f"{made:<16}  {status:<8}  ", ""),
        (f"{status:<8}  ", ""),
    ]
    if columns is None:
        head, tail = layouts[0]
    else:
        from notion_sync.cli.progress import fitted

        fits = (each for each in layouts if columns - len("".join(each)) >= _LEAST_NAME)
        head, tail = next(fits, layouts[-1])
        name = fitted(name, max(_SHORTEST_NAME, columns - len(head) - len(tail)))
    result = upload.import_result
    failure = f": {failure_words(result)}" if result and not result.ok else ""
    return visible(f"{head}{name}{tail}{failure}")


def _state(upload: FileUpload) -> str:
    if upload.attached:
        return "attached"
    if upload.status == "pending" and upload.parts_total:
        return f"pending, {upload.parts_sent or 0} of {upload.parts_total} parts"
    if upload.status in ("pending", "uploaded") and upload.expiry_time is not None:
        return f"{upload.status} until {local_time(upload.expiry_time)[11:16]}"
    return upload.status
