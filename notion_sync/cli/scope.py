"""What a command line asks for: which rules, and which part of their folders."""

import os
from collections.abc import Sequence

from notion_sync.cli.app import Settings
from notion_sync.cli.configured import config_of
from notion_sync.cli.credentials import DEFAULT
from notion_sync.cli.named_paths import Recorded, check_paths, nothing_there
from notion_sync.cli.session import Credentials
from notion_sync.errors import UsageError
from notion_sync.rules import Rule, Target
from notion_sync.system.paths import absolute
from notion_sync.text.visible import visible


def rule_for_command_line(folder: str, target: Target) -> Rule:
    """Return the only rule of `push PATH --to TARGET`, with the defaults and the folder's name.

    Args:
        folder: The folder; a relative one starts from the working directory.
        target: Where its files go.
    """
    path = absolute(folder)
    return Rule(
        # Names that are not valid UTF-8 contain surrogates, which neither SQLite nor JSON accepts.
        name=os.fsencode(os.path.basename(path) or path).decode("utf-8", "replace"),
        folder=path,
        targets=(target,),
    )


def rules_for_target(paths: Sequence[str], target: Target) -> tuple[tuple[Rule, ...], tuple[str, ...]]:
    """One rule for each path of `push PATH... --to TARGET`, and the paths.

    Raises:
        UsageError: No path, or one that does not exist or stays at home.
    """
    if not paths:
        raise UsageError(
            "--to says where, but not what to push", hint="name a folder: notion-sync push FOLDER --to TARGET"
        )
    only = tuple(map(absolute, paths))
    for path in only:
        if not os.path.lexists(path):
            raise UsageError(f"{visible(path)}: {nothing_there(path)}")
    folders = [path if os.path.isdir(path) else os.path.dirname(path) for path in only]
    rules = tuple(rule_for_command_line(folder, target) for folder in dict.fromkeys(folders))
    check_paths(rules, only, lambda _: False)
    return rules, only


def credentials_of(settings: Settings) -> Credentials:
    """Whose token: `--profile`, else the configuration's profile."""
    config = None if settings.profile else config_of(settings)
    return Credentials.of_user(
        os.environ, asked=settings.profile, configured=config.profile if config else DEFAULT
    )


def paths_within(rules: Sequence[Rule], paths: Sequence[str], recorded: Recorded) -> tuple[str, ...]:
    """The absolute paths of `push PATH...` with a configuration.

    Raises:
        UsageError: A path that a pass by these rules would not come to.
    """
    only = tuple(map(absolute, paths))
    check_paths(rules, only, recorded)
    return only
