"""The options that name a target on a command line: `--to`, `--property`, `--row`."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import wraps
from typing import TYPE_CHECKING

import click

from notion_sync.errors import UsageError
from notion_sync.notion.ids import parse_database_id, parse_id
from notion_sync.rules import PageTarget, RowTarget, Target
from notion_sync.template import ROW, TemplateError
from notion_sync.template import parse as parse_template
from notion_sync.text.secret import looks_like_a_token

if TYPE_CHECKING:
    from notion_sync.cli.local import Coordinates


@dataclass(frozen=True, slots=True)
class TargetOptions:
    """What was written behind `--to`, `--property` and `--row`."""

    to: str | None = None
    property_name: str | None = None
    row: str | None = None

    @property
    def given(self) -> bool:
        """Whether the command line speaks of a target at all."""
        return (self.to, self.property_name, self.row) != (None, None, None)

    def inside(self, sandbox: "Coordinates", *, paths: bool) -> "TargetOptions":
        """The same with the sandbox's own page or database, where paths or a property need one."""
        if self.to is None and self.property_name is not None:
            return replace(self, to=sandbox.database_id)
        if self.to is None and paths:
            return replace(self, to=sandbox.page_id)
        return self

    def target(self) -> Target:
        """What the options name: a page, or with `--property` a database.

        Raises:
            UsageError: They name nothing, or half of something.
        """
        if self.row is not None and self.property_name is None:
            raise UsageError(
                "--row is the title of a database's row, but no files property is named",
                hint='--to DATABASE --property NAME --row "{stem}"',
            )
        if self.to is None:
            raise UsageError(
                "--property names a files property, but not of which database",
                hint="--to DATABASE --property NAME",
            )
        if self.property_name is None:
            return PageTarget(_id("--to", self.to, parse_id))
        if not self.property_name.strip():
            raise UsageError("--property is empty; it takes the name of a files property of the database")
        if self.row is not None and not self.row.strip():
            raise UsageError(f"--row is empty; without it a row is titled {ROW}")
        try:
            row = parse_template(ROW if self.row is None else self.row)
        except TemplateError as error:
            raise UsageError(f"--row: {error}") from None
        return RowTarget(_id("--to", self.to, parse_database_id), self.property_name.strip(), row)


def target_options(*, required: bool = False) -> Callable[[Callable[..., int]], Callable[..., int]]:
    """Give a command the three options; it gets them as `target`, one `TargetOptions`."""

    def with_options(command: Callable[..., int]) -> Callable[..., int]:
        @click.option(
            "--to", metavar="TARGET", required=required,
            help="A Notion page, or with --property a database: its URL or id. Needs no configuration.",
        )  # fmt: skip
        @click.option(
            "--property", "property_name", metavar="NAME",
            help="The files property of the database that takes the files.",
        )  # fmt: skip
        @click.option(
            "--row", metavar="TEMPLATE",
            help=f"The title of the row a file belongs to, {ROW} without it; the row is found or made.",
        )  # fmt: skip
        @wraps(command)
        def gathering(
            *args: object, to: str | None, property_name: str | None, row: str | None, **rest: object
        ) -> int:
            return command(*args, target=TargetOptions(to, property_name, row), **rest)

        return gathering

    return with_options


def _id(option: str, text: str, parse: Callable[[str], str]) -> str:
    if looks_like_a_token(text):
        raise UsageError(
            f"{option} names a page; what was given looks like a token, which belongs in NOTION_TOKEN"
        )
    try:
        return parse(text)
    except ValueError as error:
        raise UsageError(f"{option}: {error}") from None
