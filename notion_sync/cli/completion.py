"""`notion-sync completion`: the script that teaches a shell our commands."""

import click
from click.shell_completion import get_completion_class


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def command(ctx: click.Context, shell: str) -> int:
    """Print a completion script: put eval "$(notion-sync completion bash)" into ~/.bashrc."""
    kind = get_completion_class(shell)
    assert kind is not None
    root = ctx.find_root().command
    click.echo(kind(root, {}, "notion-sync", "_NOTION_SYNC_COMPLETE").source())
    return 0
