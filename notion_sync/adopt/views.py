"""What can be seen of a site in Notion: what stands there, or why nothing can be compared."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from notion_sync.adopt.sites import Site
from notion_sync.adopt.things import Thing
from notion_sync.errors import NotionSyncError
from notion_sync.executor.trouble import Ambiguous, Scope, stop_error, trouble_of


@dataclass(frozen=True, slots=True)
class View:
    """What stands there.

    Args:
        site: The site.
        root: What the store knows the site's page by; see `state.pages`.
        things: What may be its files.
        page_id: The page, None where it is one of several rows.
        others: How many files stand there that cannot be ours.
    """

    site: Site
    root: str
    things: tuple[Thing, ...]
    page_id: str | None
    others: int = 0


@dataclass(frozen=True, slots=True)
class Absent:
    """There is no such place: no file of it is in Notion."""

    site: Site
    reason: str


@dataclass(frozen=True, slots=True)
class Unclear:
    """There are several where one should be."""

    site: Site
    reason: str


@dataclass(frozen=True, slots=True)
class Unseen:
    """It could not be looked at."""

    site: Site
    reason: str


Sight = View | Absent | Unclear | Unseen


def looked_at(site: Site, look: Callable[[], View | Absent]) -> Sight:
    """What a look gives, trouble with one site as a value.

    Raises:
        NotionSyncError: The run cannot go on.
    """
    try:
        return look()
    except Ambiguous as error:
        return Unclear(site, str(error))
    except NotionSyncError as error:
        return next(unseen([site], error))


def unseen(sites: Iterable[Site], error: NotionSyncError) -> Iterator[Unseen]:
    """Sites that could not be looked at.

    Raises:
        NotionSyncError: The run cannot go on.
    """
    if trouble_of(error).scope is Scope.RUN:
        raise stop_error(error) from error
    for site in sites:
        yield Unseen(site, str(error))
