"""`python -m notion_sync.sandbox`: the sandbox on its own, with the options of `notion-sync sandbox`."""

import argparse
import sys
from pathlib import Path
from typing import Literal

from notion_sync.sandbox.main import serve
from notion_sync.sandbox.options import Options, Rate


def main(argv: list[str] | None = None) -> int:
    """Parse the command line and serve."""
    arguments = _parser().parse_args(argv)
    options = Options(
        port=arguments.port,
        dir=arguments.dir,
        token=arguments.token,
        plan=arguments.plan,
        types=arguments.types,
        rate=arguments.rate,
        latency=arguments.latency,
        faults=arguments.faults,
        discard=arguments.discard,
    )
    return serve(options)


def rate(text: str) -> Rate | Literal["plan"] | None:
    """Parse a rate: `180/60`, `off`, or `plan` for the plan's own."""
    if text in ("off", "plan"):
        return None if text == "off" else "plan"
    count, _, seconds = text.partition("/")
    parsed = (int(count), float(seconds))
    if parsed[0] < 1 or parsed[1] <= 0:
        raise ValueError(text)
    return parsed


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m notion_sync.sandbox", description="Serve a local Notion."
    )
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--dir", type=Path, help="where everything is kept (default: a temporary folder)")
    parser.add_argument("--token", help="the token to accept (default: the folder's, or a fresh one)")
    parser.add_argument("--plan", choices=("free", "plus", "business"), default="plus")
    parser.add_argument("--types", choices=("classic", "2026-09"), default="2026-09")
    parser.add_argument(
        "--rate", type=rate, default="plan", metavar="N/SECONDS|off", help="default: the plan's"
    )
    parser.add_argument("--latency", default="none", metavar="FILE|real|none")
    parser.add_argument(
        "--faults", type=Path, metavar="FILE", help="a list as POST /__sandbox__/faults takes it"
    )
    parser.add_argument("--discard", action="store_true", help="keep hashes and sizes, not bytes")
    return parser


if __name__ == "__main__":
    sys.exit(main())
