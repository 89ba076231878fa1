"""What things in Notion hold. Names come with the page; a size costs a small download, a content all its bytes."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar

from notion_sync.adopt.fetch import Fetch, Fetcher
from notion_sync.adopt.match import Held
from notion_sync.adopt.names import packed_names, plain_names
from notion_sync.adopt.sites import Resident
from notion_sync.adopt.things import Thing
from notion_sync.adopt.zips import TAIL, member_sha256, member_size
from notion_sync.model import Digest
from notion_sync.notion.download import Downloader

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Dress:
    """How the files themselves are had from what Notion holds; None where it holds no such thing."""

    names: Callable[[Resident], frozenset[str]]
    """What Notion may call a file of ours that is there in this way."""
    size: Fetch[int | None]
    sha256: Fetch[str | None]


def _packed_size(downloader: Downloader, url: str) -> int | None:
    return member_size(downloader.tail(url, TAIL))


def _packed_sha256(downloader: Downloader, url: str) -> str | None:
    with downloader.opened(url) as pieces:
        return member_sha256(pieces)


PLAIN = Dress(plain_names, Downloader.size, Downloader.sha256)
PACKED = Dress(packed_names, _packed_size, _packed_sha256)


@dataclass(slots=True)
class HeldThings:
    """The things at one site that may be adopted.

    Args:
        fetcher: For sizes and contents.
        things: By id, in their order.
    """

    fetcher: Fetcher
    things: Mapping[str, Thing]
    unread: set[str] = field(default_factory=set)
    """Names of things that should have been looked at and could not be."""

    def named(self) -> list[Held]:
        """What Notion's lists say."""
        return [Held(thing.id, thing.names) for thing in self.things.values()]

    def sized(self, dress: Dress, held: Iterable[Held], wanted: Callable[[Held], bool]) -> list[Held]:
        """With sizes where they are wanted."""
        held = list(held)
        sizes = self._answers(dress.size, list(filter(wanted, held)))
        return [replace(each, size=sizes.get(each.id)) for each in held]

    def downloaded(self, dress: Dress, held: Iterable[Held], wanted: Callable[[Held], bool]) -> list[Held]:
        """With contents where they are wanted; one that cannot be had loses its size, too: it proves nothing."""
        held = list(held)
        chosen = list(filter(wanted, held))
        digests = self._answers(dress.sha256, chosen)
        lost = {each.id for each in chosen if digests.get(each.id) is None}
        return [
            replace(each, size=None)
            if each.id in lost
            else replace(each, digest=Digest(digest) if (digest := digests.get(each.id)) else None)
            for each in held
        ]

    def _answers(self, fetch: Fetch[T], chosen: list[Held]) -> dict[str, T]:
        answers = self.fetcher.answers(fetch, [self.things[each.id] for each in chosen])
        for each in chosen:
            if each.id not in answers:
                self.unread |= each.names
        return answers
