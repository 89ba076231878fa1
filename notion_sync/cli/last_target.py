"""What was pushed last with `--to`, so that `init --from-last` can make rules of it."""

import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from notion_sync.cli.app import Settings
from notion_sync.cli.folders import state_folder
from notion_sync.cli.target import TargetOptions
from notion_sync.errors import UsageError
from notion_sync.rules import Rule
from notion_sync.state import Store
from notion_sync.state.seen import LAST_TARGET, OFFERED


@dataclass(frozen=True, slots=True)
class LastTarget:
    """Folders, and where they went."""

    paths: Sequence[str]
    options: TargetOptions


def remember_target(store: Store, folders: Sequence[str], options: TargetOptions, now: float) -> None:
    """Note it; the next one takes its place."""
    with store.noting():
        store.remembered.set(LAST_TARGET, {"paths": list(folders), "options": asdict(options)}, now)


def is_first_offer(store: Store, rules: Sequence[Rule], now: float) -> bool:
    """Return whether these folders were never offered with these targets as rules; from now on they were."""
    key = OFFERED + "\n".join(
        each for rule in rules for each in (rule.folder, *(t.key for t in rule.targets))
    )
    with store.noting():
        if store.remembered.get(key) is not None:
            return False
        store.remembered.set(key, {}, now)
    return True


def recall(settings: Settings) -> LastTarget:
    """What was noted.

    Raises:
        UsageError: Nothing.
    """
    with Store(state_folder(settings.state, os.environ), read_only=True) as store, store.reading():
        known = store.remembered.get(LAST_TARGET, 0.0)
    match known:
        case {"paths": list(paths), "options": dict(options)}:
            return LastTarget([str(path) for path in paths], TargetOptions(**options))
    raise UsageError("no folder was pushed with --to yet", hint="notion-sync push FOLDER --to PAGE")
