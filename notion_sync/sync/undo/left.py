"""Tell what `undo` leaves of a run's work, and why: what took the place of something that nobody has any more."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from notion_sync.state import Store
from notion_sync.state.history import EventFilter
from notion_sync.sync.undo.plan import UndoPlan
from notion_sync.text.words import counted


@dataclass(frozen=True, slots=True)
class LeftAsIs:
    """Files of which `undo` leaves something as the run left it: absolute paths, and the sentence about them."""

    paths: tuple[str, ...]
    why: str


_ACTIONS: Final[Mapping[str, str]] = {
    "replaced": "the new content of {files} stays: nothing holds the content that was there before",
    "renamed": "the new name of {files} stays: that is how the file is called now",
    "removed": "{files} that it removed: look in Notion's trash, where things stay for 30 days",
}
"""What `undo` does not take back, by action, and the sentence about it."""


def left_as_is(store: Store, plan: UndoPlan) -> Iterator[LeftAsIs]:
    """Yield what the run has done, and `undo` does not take back."""
    with store.reading():
        events = store.history.events(EventFilter(actions=tuple(_ACTIONS), run=plan.run))
        done: dict[str, dict[str, None]] = {action: {} for action in _ACTIONS}
        for event in events:
            done[event.action][event.path] = None
        images = _images(store, plan)
    for action, paths in done.items():
        if paths:
            yield LeftAsIs(tuple(sorted(paths)), _ACTIONS[action].format(files=counted(len(paths), "file")))
    if images:
        said = counted(len(images), "icon or cover", "icons and covers")
        yield LeftAsIs(tuple(images), f"{said} stay: what was there before is not known")


def _images(store: Store, plan: UndoPlan) -> Sequence[str]:
    """Return the paths of the icons and covers that the run gave to pages that it has not made."""
    made = {page.page_id for page in plan.pages}
    return [each.id.path for each in store.things.images_of(plan.run) if each.page_id not in made]
