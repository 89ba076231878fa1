"""Read `config.yaml`: parse, validate, build, compare; return a value, or every problem at once."""

import os
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from notion_sync.config import amounts
from notion_sync.config.build import PlacedRule, build_rules
from notion_sync.config.crosscheck import check_links, check_names, check_reachable
from notion_sync.config.document import Value, read_document
from notion_sync.config.notify import Notify, build_notify
from notion_sync.config.problems import Problems, shown
from notion_sync.config.validate import validate
from notion_sync.errors import ConfigError
from notion_sync.rules import Rule
from notion_sync.system.paths import absolute
from notion_sync.system.permissions import changeable_by_others
from notion_sync.web import is_entry

LEAST_BANDWIDTH = 10_000
"""Bytes a second. With less not even a part of 20 MiB is sent within the hour that an upload has."""


@dataclass(frozen=True, slots=True)
class Config:
    """A valid configuration."""

    path: str
    profile: str
    rate_limit: int | None
    """Requests a minute; None for `auto`."""
    bandwidth_limit: int | None
    """Bytes a second; None for `none`."""
    private_hosts: tuple[str, ...]
    """Hosts of this machine or its network from which files may be fetched."""
    rules: tuple[Rule, ...]
    notify: Notify
    """The notices that `watch` sends."""
    warnings: tuple[str, ...] = field(compare=False)
    """Problems that do not prevent its use."""
    lines: Mapping[str, int] = field(compare=False)
    """The line of the file at which each rule begins, by name."""


def load(path: str | os.PathLike[str]) -> Config:
    """Read a configuration. A missing folder is no problem here, because its disk may not be mounted.

    Raises:
        ConfigError: With every problem.
    """
    config, _, problems = _read(os.fspath(path))
    if config is None or problems:
        raise ConfigError(problems.texts())
    return config


@dataclass(frozen=True, slots=True)
class Checked:
    """The problems of a configuration and of the folders in it; each is a line with its place."""

    problems: tuple[str, ...]
    """Reasons why it cannot be used."""
    warnings: tuple[str, ...]
    """Folders that cannot be used now: `watch` waits for them, `push` reports them and does the rest."""


def check(path: str | os.PathLike[str]) -> Checked:
    """Find every problem of a configuration, including the current state of its folders."""
    config, placed, problems = _read(os.fspath(path))
    check_links(placed, problems)
    warnings = Problems(os.fspath(path))
    warnings.lines = problems.lines
    for each in placed:
        if obstacle := _folder_obstacle(each.rule.folder):
            warnings.add((*each.place, "folder"), f"{each.rule.folder}: {obstacle}")
    more = config.warnings if config is not None else ()
    return Checked(problems.texts(), (*warnings.texts(), *more))


def _folder_obstacle(folder: str) -> str | None:
    """Return why a folder cannot be read now; None if it can."""
    try:
        with os.scandir(folder):
            return None
    except FileNotFoundError:
        if "$" in folder or "%" in folder:
            return "there is no such folder (variables are not replaced here; ~ is the home folder)"
        return "there is no such folder (is its disk mounted?)"
    except NotADirectoryError:
        return "is not a folder"
    except OSError as error:
        return f"cannot be read: {error.strerror}"


def _read(path: str) -> tuple[Config | None, tuple[PlacedRule, ...], Problems]:
    problems = Problems(path)
    document = read_document(path, problems)
    if document is None:
        return None, (), problems
    misspelt = validate(document, problems)
    path = absolute(path)
    base = os.path.dirname(path)
    placed = build_rules(document, base, misspelt, problems)
    check_names(document, problems)
    check_reachable(placed, problems)
    notify, warnings = _trusted(build_notify(document, problems), path)
    config = Config(
        path=path,
        profile=str(document.get("profile", "default")),
        rate_limit=_rate_limit(document.get("rate_limit")),
        bandwidth_limit=_bandwidth_limit(document.get("bandwidth_limit"), problems),
        private_hosts=_private_hosts(document.get("private_hosts"), problems),
        rules=tuple(each.rule for each in placed),
        notify=notify,
        warnings=warnings,
        lines={each.rule.name: problems.line(each.place) for each in placed},
    )
    return config, placed, problems


def _trusted(notify: Notify, path: str) -> tuple[Notify, tuple[str, ...]]:
    """Drop the commands if others can change the file, because they could then choose what this user runs."""
    if notify.on_error is None and notify.on_success is None and notify.weekly is None:
        return notify, ()
    changeable = changeable_by_others(path)
    if changeable is None:
        return notify, ()
    whose = os.stat(changeable).st_uid
    remedy = f"chmod go-w {shlex.quote(changeable)}"
    if whose not in {0, os.geteuid()}:
        remedy = f"chown {os.geteuid()} {shlex.quote(changeable)}"
    said = f"{path}: others can change {changeable}, so the commands of notify: are not run; run: {remedy}"
    return replace(notify, on_error=None, on_success=None, weekly=None), (said,)


def _rate_limit(value: Value) -> int | None:
    return value if isinstance(value, int) else None


def _private_hosts(value: Value, problems: Problems) -> tuple[str, ...]:
    hosts = [value] if isinstance(value, str) else value if isinstance(value, list) else []
    for index, host in enumerate(hosts):
        if isinstance(host, str) and not is_entry(host):
            place = ("private_hosts", index) if isinstance(value, list) else ("private_hosts",)
            problems.add(
                place, f"{shown(host)} is not a host: a name, an IP address or a network such as 10.0.0.0/8"
            )
    return tuple(host for host in hosts if isinstance(host, str))


def _bandwidth_limit(value: Value, problems: Problems) -> int | None:
    if not isinstance(value, str | int):
        return None
    try:
        limit = amounts.rate(value)
    except ValueError as error:
        problems.add(("bandwidth_limit",), str(error))
        return None
    if limit is not None and limit < LEAST_BANDWIDTH:
        problems.add(("bandwidth_limit",), f"{shown(value)} is too slow for Notion; at least 10 KB/s")
    return limit
