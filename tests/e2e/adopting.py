"""Losing the record and adopting by a configuration of one rule."""

import shutil

from tests.e2e.rules import config
from tests.e2e.world import Run, World


def adopt(world: World, target: str = "", *options: str, rule: str = "") -> Run:
    """`adopt --json` with the configuration that `rules.push` has."""
    return world.run("adopt", "--json", *options, config=config(world, target, rule=rule))


def lose(world: World) -> None:
    """The record is gone."""
    shutil.rmtree(world.state)


def results(run: Run) -> dict[str, str]:
    """Path (or what else it is, and its name) → result."""
    return {
        line["path"] or f"{line['event']} {line['name']}": line["result"]
        for line in run.lines
        if line["event"] != "summary"
    }


def sums(run: Run) -> dict[str, int]:
    """What is not zero in the summary."""
    names = ("matched", "missing", "ambiguous", "failed", "recorded", "unknown", "others")
    return {name: run.summary[name] for name in names if run.summary[name]}
