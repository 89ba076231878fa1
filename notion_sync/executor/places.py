"""The pages of subfolders: found again by what is recorded, else by title, else made, and never twice.

A page that is to be made is written down and committed before Notion is asked for it. If the answer is lost, the
parent is looked at until none can come late any more (`recover.LATE`); only then is it asked for again.
"""

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import partial

from notion_sync.clock import Clock
from notion_sync.executor.recover import LONGEST_WAIT, LOOKS
from notion_sync.executor.remote import Link, Remote
from notion_sync.executor.trouble import Trouble, trouble_of
from notion_sync.executor.workers import Workers
from notion_sync.model import Birth
from notion_sync.notion.errors import CommittedWrite, NotionError
from notion_sync.notion.media import clean_text, split_text
from notion_sync.state import Store

Found = Callable[[str], None]
Lost = Callable[[Trouble], None]

_ATTEMPTS = 3
_TITLE_LIMIT = 2000


@dataclass
class _Search:
    """A page that somebody waits for."""

    root: str
    place: str
    waiting: list[tuple[Found, Lost]] = field(default_factory=list)
    attempts: int = 0


class Places:
    """The child pages below the pages of one pass.

    Args:
        store: Knows and gets the pages.
        link: To Notion.
        workers: Do the requests.
        clock: For the time a page was asked for.
    """

    def __init__(self, *, store: Store, link: Link, workers: Workers, clock: Clock) -> None:
        self._store = store
        self._link = link
        self._workers = workers
        self._clock = clock
        self._open: dict[tuple[str, str], _Search] = {}
        self._titles: dict[str, dict[str, str]] = {}
        """By parent, the pages on it as it was listed in this pass."""
        self._births: deque[tuple[_Search, str]] = deque()
        """One page is made at a time: in order, and without conflicts at their parent."""
        self._bearing: _Search | None = None

    def find(self, root: str, place: str, found: Found, lost: Lost) -> None:
        """The page of a subfolder; calls back with its id, or with why there is none.

        Args:
            root: The page that stands for the rule's folder.
            place: The subfolder's path, empty for the folder itself.
            found: Gets the id.
            lost: Gets the trouble.
        """
        if not place:
            found(root)
            return
        if (search := self._open.get((root, place))) is not None:
            search.waiting.append((found, lost))
            return
        with self._store.reading():
            known = self._store.pages.get(root, place)
        if known is not None:
            found(known)
            return
        search = self._open[root, place] = _Search(root, place, [(found, lost)])
        above = place.rpartition("/")[0]
        self.find(root, above, partial(self._queue, search), partial(self._lost, search))

    def _queue(self, search: _Search, parent: str) -> None:
        self._births.append((search, parent))
        self._next()

    def _next(self) -> None:
        if self._bearing is None and self._births:
            self._bearing, parent = self._births.popleft()
            self._look(self._bearing, parent)

    def _look(self, search: _Search, parent: str) -> None:
        with self._store.reading():
            birth = self._store.pages.birth(search.root, search.place)
        if birth is None and parent in self._titles:
            self._listed(search, parent, self._titles[parent])
            return
        task = partial(_children, self._link.remote, parent, birth, title_of(search.place), self._clock)
        self._workers.request(task, partial(self._looked, search, parent))

    def _looked(self, search: _Search, parent: str, future: Future[dict[str, str]]) -> None:
        if (error := future.exception()) is not None:
            self._lost(search, trouble_of(error))
            return
        self._titles[parent] = future.result()
        self._listed(search, parent, future.result())

    def _listed(self, search: _Search, parent: str, titles: dict[str, str]) -> None:
        title = title_of(search.place)
        if (there := titles.get(title)) is not None:
            self._there(search, parent, there)
            return
        birth = Birth(search.root, search.place, parent, title, self._clock.now())
        with self._store.transaction():
            self._store.pages.begin(birth)
        search.attempts += 1
        task = partial(self._link.remote.make_page, parent, title)
        self._workers.request(task, partial(self._made, search, parent))

    def _made(self, search: _Search, parent: str, future: Future[str]) -> None:
        error = future.exception()
        if error is None:
            self._titles[future.result()] = {}
            self._there(search, parent, future.result())
        elif isinstance(error, CommittedWrite) and error.committed_resource_id:
            self._titles[error.committed_resource_id] = {}
            self._there(search, parent, error.committed_resource_id)
        elif isinstance(error, NotionError) and error.ambiguous:
            if search.attempts < _ATTEMPTS:
                self._titles.pop(parent, None)
                self._look(search, parent)  # the birth is written down: looks until none can come late
            else:
                self._lost(search, trouble_of(error))
        else:
            with self._store.transaction():
                self._store.pages.end(search.root, search.place)
            self._lost(search, trouble_of(error))

    def _there(self, search: _Search, parent: str, page_id: str) -> None:
        with self._store.transaction():
            self._store.pages.save(search.root, search.place, page_id)
            self._store.pages.end(search.root, search.place)
        self._titles.setdefault(parent, {})[title_of(search.place)] = page_id
        self._over(search)
        for found, _ in search.waiting:
            found(page_id)

    def _lost(self, search: _Search, trouble: Trouble) -> None:
        self._over(search)
        for _, lost in search.waiting:
            lost(trouble)

    def _over(self, search: _Search) -> None:
        del self._open[search.root, search.place]
        if self._bearing is search:
            self._bearing = None
            self._next()


def _children(remote: Remote, parent: str, birth: Birth | None, title: str, clock: Clock) -> dict[str, str]:
    """The pages on a page by title, the first of each; waits for one that is perhaps being born."""
    now = clock.now()
    begun = now if birth is not None and now - birth.started_at < LONGEST_WAIT else None
    titles: dict[str, str] = {}
    for look in LOOKS:
        if begun is not None:
            clock.sleep(max(0.0, begun + look - clock.now()))
        titles = {}
        for name, page_id in remote.child_pages(parent):
            titles.setdefault(name, page_id)
        if begun is None or title in titles:
            break
    return titles


def title_of(place: str) -> str:
    """What the page of a subfolder is called."""
    name = " ".join(clean_text(place.rpartition("/")[2]).split("\n")).replace("\t", " ")
    return split_text(name, _TITLE_LIMIT)[0]
