"""`notion-sync sandbox`: serve the local Notion."""

from pathlib import Path

import click

from notion_sync.cli.folders import sandbox_folder
from notion_sync.cli.numbers import WholeNumber


class RateParam(click.ParamType):  # type: ignore[type-arg]
    """`N/SECONDS`, or `off`."""

    name = "rate"

    def convert(
        self, value: str, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, float] | None:
        """Requests and seconds of a window; None for no limit."""
        if value == "off":
            return None
        count, _, seconds = value.partition("/")
        try:
            rate = (int(count), float(seconds))
        except ValueError:
            rate = (0, 0.0)
        if rate[0] < 1 or not 0 < rate[1] < float("inf"):
            self.fail("is N/SECONDS, as 180/60, or off", param, ctx)
        return rate


@click.command()
@click.option("--port", type=WholeNumber(0, 65535), default=0, help="0 takes the last one, or a free one.")
@click.option(
    "--dir", "folder", type=click.Path(file_okay=False, path_type=Path), help="Where to keep everything."
)
@click.option("--token", help="The token to accept; a fresh one without it.")
@click.option(
    "--plan",
    type=click.Choice(["free", "plus", "business"]),
    default="plus",
    show_default=True,
    help="The workspace's plan: how large a file may be, how many requests a minute.",
)
@click.option(
    "--types",
    type=click.Choice(["classic", "2026-09"]),
    default="2026-09",
    show_default=True,
    help="Which types of files it takes: those of before September 2026, or since.",
)
@click.option("--rate", type=RateParam(), help="N/SECONDS or off; Notion's own for the plan without it.")
@click.option(
    "--latency",
    default="none",
    show_default=True,
    metavar="FILE|real|none",
    help="How long answers take: as FILE says, as measured with Notion, or no longer than they need.",
)
@click.option(
    "--faults", type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="FILE",
    help="What goes wrong from the start: a JSON list.",
)  # fmt: skip
@click.option("--discard", is_flag=True, help="Keep hashes and sizes of contents, not the bytes.")
@click.pass_context
def command(
    ctx: click.Context,
    port: int,
    folder: Path | None,
    token: str | None,
    plan: str,
    types: str,
    rate: tuple[int, float] | None,
    latency: str,
    faults: Path | None,
    discard: bool,
) -> int:
    """Serve a local Notion until Ctrl-C.

    When it is ready it prints one line of JSON: where it is, the token, a page and a database to use, and
    the address of a page that shows the workspace in a browser.
    """
    from notion_sync.sandbox.main import serve
    from notion_sync.sandbox.options import Options

    given = ctx.get_parameter_source("rate")
    options = Options(
        port=port,
        dir=folder or Path(sandbox_folder()),
        token=token,
        plan=plan,  # type: ignore[arg-type]
        types=types,  # type: ignore[arg-type]
        rate="plan" if given is click.core.ParameterSource.DEFAULT else rate,
        latency=latency,
        faults=faults,
        discard=discard,
    )
    return serve(options)
