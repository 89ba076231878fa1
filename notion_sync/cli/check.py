"""`notion-sync check`: every problem of the configuration at once, without going online."""

import os

import click

from notion_sync.cli.app import Settings
from notion_sync.config import check, find_config, schema_text
from notion_sync.errors import ConfigError, UsageError
from notion_sync.log import Level


@click.command()
@click.option("--schema", is_flag=True, help="Print the JSON Schema of the configuration, for editors.")
@click.option("--online", is_flag=True, help="Then try all that doctor tries.")
@click.pass_obj
def command(settings: Settings, schema: bool, online: bool) -> int:
    """Check the configuration, offline unless told otherwise; exit code 78 if anything is wrong with it.

    A folder that is missing now is only warned of: it may be on a disk that is not mounted.
    """
    if schema:
        click.echo(schema_text(), nl=False)
        return 0
    path = find_config(settings.config, os.environ)
    if path is None:
        raise UsageError(
            "there is no configuration",
            hint="notion-sync init makes one; --config names one that is elsewhere",
        )
    checked = check(path)
    for warning in checked.warnings:
        settings.console().write(f"warning: {warning}", Level.WARNING)
    if checked.problems:
        raise ConfigError(checked.problems)
    settings.console().write(f"{path}: good")
    if not online:
        return 0
    from notion_sync.cli.doctor import examine

    return examine(settings)
