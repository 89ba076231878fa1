"""`notion-sync check`: every problem of the configuration at once, without going online."""

import os

import click

from notion_sync.cli.app import Settings
from notion_sync.config import check, find_config, schema_text
from notion_sync.errors import ConfigError, UsageError


@click.command()
@click.option("--schema", is_flag=True, help="Print the JSON Schema of the configuration, for editors.")
@click.pass_obj
def command(settings: Settings, schema: bool) -> int:
    """Check the configuration offline; exit code 78 if anything is wrong with it."""
    if schema:
        click.echo(schema_text(), nl=False)
        return 0
    path = find_config(settings.config, os.environ)
    if path is None:
        raise UsageError("there is no configuration", hint="name one with --config, see config.example.yaml")
    if problems := check(path):
        raise ConfigError(tuple(problems))
    settings.console().write(f"{path}: good")
    return 0
