"""Paths that a user names, and where in Notion a file is: what the commands that ask the record share."""

import datetime as dt
import os
import re

import click

from notion_sync.model import Placement
from notion_sync.notion.ids import block_url, page_url
from notion_sync.system.paths import absolute

PATH = click.Path(readable=False)
"""The type of a path on the command line. Click would refuse the whole command for one that cannot be read; where it is
read, this is said of it alone."""

_ADDRESS = re.compile(r"https?://", re.IGNORECASE)


def is_address(path: str) -> bool:
    """Whether it is an address of the web, under which an imported file is recorded."""
    return _ADDRESS.match(path) is not None


def named(path: str) -> str:
    """A path as the record has it: absolute, but an address that was imported stays as it is."""
    return path if is_address(path) else absolute(path)


def looked_at(path: str) -> tuple[os.stat_result | None, str]:
    """Return the status of what is at a path, None if nothing is seen there; and, if that is unknown, why, in words."""
    try:
        return os.lstat(path), ""
    except OSError as error:
        unseen = why_unseen(error)
        return None, unseen and f"it cannot be looked at: {unseen}"


def why_unseen(error: OSError) -> str:
    """Return why it cannot be found out whether something is at a path; empty if nothing is there."""
    gone = isinstance(error, FileNotFoundError | NotADirectoryError)
    return "" if gone else error.strerror or str(error)


def below_home(path: str) -> str:
    """A path as people write it, `~` in the place of their home."""
    home = os.path.expanduser("~").rstrip("/")
    return f"~{path[len(home) :]}" if home and path.startswith(f"{home}/") else path


def target_page(key: str) -> str | None:
    """The page of a target by its key; None for a database, whose rows are pages of their own."""
    return None if "/" in key else key.partition("#")[0]


def link(page_id: str | None, block_id: str | None) -> str | None:
    """The address of a page, or of a block in it."""
    if page_id is None:
        return page_url(block_id) if block_id else None
    return block_url(page_id, block_id) if block_id else page_url(page_id)


def placement_link(placement: Placement) -> str | None:
    """The address at which a browser shows the file."""
    return link(placement.page_id or target_page(placement.target), placement.block_id)


def local_time(at: float) -> str:
    """`2026-07-01 12:00:03` in this machine's time zone."""
    return f"{dt.datetime.fromtimestamp(at).astimezone():%Y-%m-%d %H:%M:%S}"


def iso_time(at: float | None) -> str | None:
    """`2026-07-01T10:00:03.120+00:00`, for JSON."""
    return None if at is None else dt.datetime.fromtimestamp(at, dt.UTC).isoformat(timespec="milliseconds")
