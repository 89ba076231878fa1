"""The lines that the daemon writes at its start, one for each rule. Pure."""

from collections.abc import Sequence

from notion_sync.notion.ids import page_url
from notion_sync.rules import PAGE_IMAGES, PageTarget, Rule, Target
from notion_sync.text.visible import visible
from notion_sync.watch.due import within
from notion_sync.watch.folders.guard import FolderState, Mode


def banner(rules: Sequence[Rule], only: Sequence[str], states: Sequence[FolderState]) -> list[str]:
    """Return what is watched, where it goes, and how changes are detected.

    Args:
        rules: All rules.
        only: Absolute paths that restrict the daemon; none for everything.
        states: How each folder is watched.
    """
    lines = []
    for rule in rules:
        paths = [rule.folder]
        if only and not within(rule.folder, only):
            paths = [path for path in only if within(path, (rule.folder,))]
        if paths:
            taken = f" ({', '.join(rule.match.lines)})" if rule.match.lines else ""
            where = " and ".join(map(_destination, rule.targets))
            line = f"{rule.name}: watching {', '.join(paths)}{taken} for {where}; {_how(paths, states)}"
            lines.append(visible(line))
    return lines


def _destination(target: Target) -> str:
    if isinstance(target, PageTarget):
        url = page_url(target.page_id)
        return f"the {target.kind} of {url}" if target.kind in PAGE_IMAGES else url
    entry = [f'"{target.property_name}" in the rows'] if target.property_name else []
    body = ["the pages of the rows"] if target.body else []
    image = [f"the {target.kind} of the rows"] if target.kind in PAGE_IMAGES else []
    return f"{' and '.join((*entry, *body, *image))} of {page_url(target.database_id)}"


def _how(paths: Sequence[str], states: Sequence[FolderState]) -> str:
    modes = {
        state.mode
        for state in states
        for path in paths
        if within(path, (state.folder,)) or within(state.folder, (path,))
    }
    if Mode.MISSING in modes:
        return "waiting for the folder"
    if Mode.HELD in modes:
        return "held"
    # A single file has no watcher; it is polled.
    return (
        "changes are noticed at once" if modes == {Mode.EVENTS} else "looking for changes every few seconds"
    )
