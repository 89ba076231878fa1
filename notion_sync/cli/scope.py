"""What a command line asks for: which rules, and which part of their folders."""

import os
from collections.abc import Sequence

from notion_sync.cli.app import Settings
from notion_sync.cli.session import Credentials
from notion_sync.config import Config, find_config, load, rule_for_command_line
from notion_sync.errors import UsageError
from notion_sync.rules import Rule, Target, relative_to, selection
from notion_sync.sync.run import PassScope
from notion_sync.user_paths import absolute


def config_of(settings: Settings) -> Config | None:
    """The configuration, if there is one.

    Raises:
        ConfigError: It has problems, or the one that was named does not exist.
    """
    path = find_config(settings.config, os.environ)
    return load(path) if path is not None else None


def rules_for_target(paths: Sequence[str], target: Target) -> tuple[tuple[Rule, ...], tuple[str, ...]]:
    """One rule for each path of `push PATH... --to TARGET`, and the single files among the paths.

    Raises:
        UsageError: No path, or one that does not exist.
    """
    if not paths:
        raise UsageError(
            "--to says where to, but not what", hint="name a folder: notion-sync push FOLDER --to TARGET"
        )
    rules: dict[str, Rule] = {}
    only = []
    for path in map(absolute, paths):
        single = os.path.isfile(path)
        folder = os.path.dirname(path) if single else path
        if not single and not os.path.isdir(path):
            raise UsageError(f"{path}: there is no such file or folder")
        rule = rules.setdefault(folder, rule_for_command_line(folder, target))
        if single and not (chosen := selection(rule, os.path.basename(path))).taken:
            raise UsageError(f"{path}: this file stays at home: {chosen.reason}")
        only.append(path)
    return tuple(rules.values()), tuple(only)


def credentials_of(settings: Settings) -> Credentials:
    """Whose token: `--profile`, else the configuration's profile."""
    config = None if settings.profile else config_of(settings)
    return Credentials.of_user(settings.profile or (config.profile if config else "default"), os.environ)


def scope_within(rules: Sequence[Rule], paths: Sequence[str], *, thorough: bool) -> PassScope:
    """The scope of `push PATH...` with a configuration.

    Raises:
        UsageError: A path that no rule's folder has anything to do with.
    """
    only = tuple(map(absolute, paths))
    for path in only:
        if not any(
            relative_to(rule.folder, path) is not None or relative_to(path, rule.folder) is not None
            for rule in rules
        ):
            folders = ", ".join(dict.fromkeys(rule.folder for rule in rules))
            raise UsageError(f"{path}: no rule's folder holds it", hint=f"the rules' folders are {folders}")
    return PassScope(only, thorough)
