"""`notion-sync link`: the address of a file in Notion."""

import os
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from notion_sync.cli.addresses import NotRecorded, addresses_of, placements_of
from notion_sync.cli.app import Settings
from notion_sync.cli.configured import config_of
from notion_sync.cli.folders import sandbox_folder, state_folder
from notion_sync.cli.local import sandbox_at
from notion_sync.cli.places import PATH, placement_link, target_page
from notion_sync.cli.scope import credentials_of
from notion_sync.cli.session import Credentials, online
from notion_sync.errors import NotionSyncError
from notion_sync.log import Level
from notion_sync.model import Placement
from notion_sync.notion.errors import NotFound, NotionError
from notion_sync.notion.pages import Page
from notion_sync.notion.values import FileRef
from notion_sync.plan.actions import ENTRY
from notion_sync.rules import Kind, Rule
from notion_sync.state import Store
from notion_sync.system.event_loop import run_to_end
from notion_sync.text.visible import visible

if TYPE_CHECKING:
    from notion_sync.notion.client import Notion


@click.command()
@click.argument("path", type=PATH)
@click.option("--download", is_flag=True, help="A signed address of the bytes instead, good for an hour.")
@click.option(
    "--sandbox", is_flag=True, help="Its address on the page of the local Notion, after push --sandbox."
)
@click.pass_obj
def command(settings: Settings, path: str, download: bool, sandbox: bool) -> int:
    """Print where PATH is in Notion, a line for each target: a file's block or row, a folder's page.

    With --download, Notion is asked for a fresh address of the bytes. Whoever has that address can read the
    file for an hour, without logging in.
    """
    if sandbox:
        return _in_sandbox(settings, path, download=download)
    with Store(state_folder(settings.state, os.environ), read_only=True) as store:
        if not download:
            for address in addresses_of(store, path, rules_if_any(settings)):
                click.echo(address)
            return 0
        placements = _of_one_file(store, path)
    return _downloads(settings, credentials_of(settings), placements)


def _of_one_file(store: Store, path: str) -> Sequence[Placement]:
    """Return where a file is according to the record.

    Raises:
        NotRecorded: Nowhere, or it is a folder.
    """
    placements = placements_of(store, path)
    if not placements:
        raise NotRecorded(f"{visible(path)} is a folder", hint="name one of the files in it")
    return placements


def _in_sandbox(settings: Settings, path: str, *, download: bool) -> int:
    """Print the same for files that were pushed with `--sandbox`; their addresses are the local Notion's."""
    folder = sandbox_folder()
    settings = replace(settings, state=settings.state or os.path.join(folder, "state"))
    with Store(state_folder(settings.state, os.environ), read_only=True) as store:
        placements = _of_one_file(store, path)
    with sandbox_at(folder) as local:
        if download:
            return _downloads(settings, local.credentials, placements)
        for placement in placements:
            page = placement.page_id or target_page(placement.target) or placement.block_id
            click.echo(f"{local.browse_url}#/{'/'.join(filter(None, (page, placement.block_id)))}")
    return 0


def _downloads(settings: Settings, credentials: Credentials, placements: Sequence[Placement]) -> int:
    with online(credentials, settings.state, tell=settings.console().write) as notion:
        return run_to_end(_print_addresses(settings, notion, placements))


async def _print_addresses(settings: Settings, notion: "Notion", placements: Sequence[Placement]) -> int:
    failed = 0
    async for placement, address in _addresses(notion, placements):
        if isinstance(address, str):
            click.echo(visible(address))
        else:
            failed += 1
            settings.console().write(f"{placement_link(placement)}: {address}", Level.ERROR)
    return 1 if failed else 0


def rules_if_any(settings: Settings) -> Sequence[Rule]:
    """Return the rules of the configuration; none if it is missing or invalid."""
    try:
        config = config_of(settings)
    except NotionSyncError:
        return ()
    return config.rules if config is not None else ()


async def _addresses(
    notion: "Notion", placements: Sequence[Placement]
) -> AsyncIterator[tuple[Placement, str | NotionSyncError]]:
    for placement in placements:
        try:
            yield placement, await _address(notion, placement)
        except NotFound as error:
            gone = "it is not there any more, or not shared with the connection any more"
            yield placement, NotFound(gone, code=error.code, request_id=error.request_id, status=error.status)
        except NotionError as error:
            if error.exit_code != 1:
                raise  # no network, no valid token: the same for all
            yield placement, error
        except NotRecorded as error:
            yield placement, error


async def _address(notion: "Notion", placement: Placement) -> str:
    file: FileRef | None
    if placement.block_id is not None:
        block = await notion.block(placement.block_id)
        if block.in_trash:
            raise NotRecorded("it was deleted in Notion", hint="it is in the page's trash there")
        file = block.file if placement.file_id in (None, block.url_path_file_id) else None
    else:
        page = await notion.page(placement.page_id or target_page(placement.target) or "")
        if page.in_trash:
            raise NotRecorded("its page was deleted in Notion", hint="it is in the trash there")
        file = _file_on(page, placement)
    if file is None or not file.hosted or file.url is None:
        raise NotRecorded("the file is not there any more", hint="somebody has replaced it in Notion")
    return file.url


def _file_on(page: Page, placement: Placement) -> FileRef | None:
    """Return the icon, the cover, or the entry of a `files` property."""
    if placement.kind == ENTRY:
        files = [each.file for each in page.files(placement.target.partition("/")[2]) or ()]
    else:
        files = [file for file in (page.icon if placement.kind == Kind.ICON else page.cover,) if file]
    return next((file for file in files if placement.file_id in (None, file.url_path_file_id)), None)
