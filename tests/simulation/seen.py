"""What of ours is seen in Notion, by destination and place."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tests.simulation.people import People, Thing, entry_of
from tests.simulation.world import World

Json = dict[str, Any]


@dataclass(frozen=True)
class Eyes:
    """Whoever looks at the workspace.

    Args:
        world: Where.
        other: The id of the page that is a destination of its own, if there is one.
        people: Know what is theirs.
    """

    world: World
    other: str | None
    people: People

    def things(self) -> Iterator[Thing]:
        """All that is ours; what stands twice where it may stand once fails."""
        pages = {page["id"]: page for page in self.world.notion()["pages"] if not page["in_trash"]}
        yield from self._on_page(pages, self.world.core.workspace.page_id, "page", "")
        if self.other is not None:
            yield from self._on_page(pages, self.other, "other", "")
        titles, theirs = set(), Counter(self.people.entries)
        for page in pages.values():
            if self.people.column not in page["properties"]:
                continue
            title = page["title"]
            assert title not in titles, f"two rows {title}"
            titles.add(title)
            for index, entry in enumerate(page["properties"][self.people.column]):
                if theirs[key := entry_of(page["id"], entry)]:
                    theirs[key] -= 1
                else:
                    piece = ("rows", title, entry["name"], entry["sha256"])
                    yield Thing(piece, page["id"], None, index)
            yield from self._on_page(pages, page["id"], "body", title)

    def _on_page(self, pages: dict[str, Json], page: str, destination: str, place: str) -> Iterator[Thing]:
        titles = set()
        for child in pages[page]["children"]:
            if child["in_trash"] or child["id"] == self.other or child["id"] in self.people.blocks:
                continue
            if child["type"] == "child_page":
                assert child["name"] not in titles, f"two pages {child['name']}"
                titles.add(child["name"])
                below = f"{place}/{child['name']}".lstrip("/")
                yield from self._on_page(pages, child["id"], destination, below)
            elif child["type"] == "file":
                yield Thing((destination, place, child["name"], child["sha256"]), page, child["id"])
