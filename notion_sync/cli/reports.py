"""Which report a run gets."""

import sys
from functools import partial

from notion_sync.cli.app import Settings
from notion_sync.log import Console, Level, is_terminal
from notion_sync.report import JsonReport, PlainLines, Report


def choose_report(settings: Settings, *, as_json: bool, planned: bool = False) -> Report:
    """JSON Lines if asked for, live progress on a terminal, plain lines elsewhere."""
    if as_json:
        return JsonReport(sys.stdout, sys.stderr, planned=planned, verbose=settings.verbose)
    if is_terminal() and settings.log_format == "text" and not settings.quiet and not planned:
        from notion_sync.cli.progress import LiveProgress

        return LiveProgress(colour=settings.colour, verbose=settings.verbose)
    return PlainLines(partial(_write, settings.console()), planned=planned, verbose=settings.verbose)


def _write(console: Console, text: str, bad: bool) -> None:
    console.write(text, Level.ERROR if bad else Level.INFO)
