"""The rules of a life: drawn as the model has them, and as the program is given them."""

import random
from collections.abc import Mapping
from dataclasses import replace

from notion_sync.rules import OnChange, OnDelete, PageTarget, RowTarget, Rule, Subfolders, Target
from notion_sync.sandbox.workspace import Workspace
from notion_sync.template import parse
from tests.property.model import Config, Configs
from tests.simulation.world import FOLDER

DESTINATIONS = ("page", "rows", "rows body", "other", "page other", "page rows", "other rows body")


def draw_configs(dice: random.Random) -> Configs:
    """One rule for everything, or another one before it for a subfolder."""
    one = _draw_config(dice)
    return (replace(_draw_config(dice), folder="s"), one) if dice.random() < 0.3 else (one,)


def _draw_config(dice: random.Random) -> Config:
    follows = dice.random() < 0.4
    return Config(
        destinations=tuple(dice.choice(DESTINATIONS).split()),
        pages=dice.random() < 0.5,
        row=dice.choice(["{stem}", "all", "{ext}"]),
        on_change="replace" if follows else dice.choice(["replace", "append", "keep"]),
        on_delete="remove" if follows else dice.choice(["keep", "remove"]),
        max_delete=1.0,
    )


def rule_of(config: Config, name: str, workspace: Workspace, other: str) -> Rule:
    """A rule as the program has it.

    Args:
        config: The rule in the model.
        name: Its name.
        workspace: Has the page and the database that its destinations name.
        other: The id of the other page.
    """
    body = "body" in config.destinations
    targets: Mapping[str, Target] = {
        "page": PageTarget(workspace.page_id),
        "other": PageTarget(other),
        "rows": RowTarget(workspace.database_id, "Attachments", parse(config.row), body=body),
    }
    return Rule(
        name, f"{FOLDER}/{config.folder}".rstrip("/"),
        tuple(targets[each] for each in config.destinations if each in targets),
        on_change=OnChange(config.on_change), on_delete=OnDelete(config.on_delete),
        max_delete=config.max_delete, subfolders=Subfolders.PAGES if config.pages else Subfolders.FLAT,
    )  # fmt: skip
