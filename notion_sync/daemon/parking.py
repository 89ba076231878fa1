"""Files for which trying again is of no use until they, their rule or somebody's mind changes."""

from collections.abc import Iterable, Sequence

from notion_sync.model import FileId
from notion_sync.rules import Rule
from notion_sync.state import Store


def is_parked(store: Store, path: str, target: str | None) -> bool:
    """Whether Notion refused a file at a target for good."""
    if target is None:
        return False
    with store.reading():
        return store.failures.get(_id(path), target) is not None


def unpark(store: Store, rules: Sequence[Rule], paths: Iterable[str]) -> None:
    """Let files be tried again that were refused."""
    targets = {target.key for rule in rules for target in rule.pages}
    with store.transaction():
        for path in paths:
            file = _id(path)
            store.files.unsettle(file.folder)
            for target in targets:
                store.failures.clear(file, target)


def _id(path: str) -> FileId:
    folder, _, name = path.rpartition("/")
    return FileId(folder or "/", name)
