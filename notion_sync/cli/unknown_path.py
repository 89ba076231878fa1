"""A path of which the record knows nothing: said so, with what was probably meant."""

import os
from collections.abc import Iterable
from contextlib import suppress
from difflib import get_close_matches

from notion_sync.cli.places import is_address, looked_at
from notion_sync.state import Store
from notion_sync.text.visible import visible

_ALIKE = 0.7
"""How much of two names has to be the same (difflib's ratio) for one to be taken for the other misspelt."""


def is_known(store: Store, path: str) -> bool:
    """Whether anything is recorded, or has ever happened, at or below an absolute path."""
    with store.reading():
        return (
            store.placements.any_below(path)
            or store.troubles.any_below(path)
            or store.failures.any_below(path)
            or store.history.knows(path)
        )


def unknown(store: Store, path: str) -> str:
    """What to say of a path that is not."""
    said = f"{visible(path)}: nothing is known of it"
    there, obstacle = (None, "") if is_address(path) else looked_at(path)
    if obstacle:
        return f"{said}, and {obstacle}"
    if there is not None or is_address(path):
        return f"{said} (notion-sync explain says which rule would take it)"
    meant = nearest(store, path)
    return f"{said}, and it is not there" + (f"; did you mean {visible(meant)}?" if meant else "")


def nearest(store: Store, path: str) -> str | None:
    """The recorded or existing path that is written almost like it."""
    folder, name = os.path.split(path)
    with store.reading():
        names = set(store.placements.names_in(folder))
        folders = store.files.folders()
    with suppress(OSError):
        names.update(os.listdir(folder))
    if names:
        found = _like(name, names)
        return None if found is None else os.path.join(folder, found)
    other = _like(folder, folders)
    if other is None:
        return None
    with store.reading():
        inside = store.placements.names_in(other)
    found = _like(name, inside)
    return other if found is None else os.path.join(other, found)


def _like(word: str, words: Iterable[str]) -> str | None:
    """The word that is most like it but for what it ends in: equal endings say nothing."""
    by_stem = {os.path.splitext(each)[0]: each for each in words}
    by_stem |= dict(_with_ending(words, os.path.splitext(word)[1]))
    found = get_close_matches(os.path.splitext(word)[0], list(by_stem), 1, _ALIKE)
    return by_stem[found[0]] if found else None


def _with_ending(words: Iterable[str], ending: str) -> Iterable[tuple[str, str]]:
    return ((stem, stem + end) for stem, end in map(os.path.splitext, words) if end == ending)
