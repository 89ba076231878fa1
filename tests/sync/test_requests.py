"""What each kind of push asks of Notion where nothing goes wrong: exact numbers, for one file and for thirty.

A page is looked at once a process before the first block is put there, and a block is read once before it is changed;
where many change, the first is read by itself and the others by listings, which are believed for ten seconds. A row is
read whenever it is written anyway. A page or row that this process has made costs no look.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

import pytest

from notion_sync.rules import OnDelete, RowTarget, Rule, Subfolders
from notion_sync.sync.listings import Listings
from notion_sync.template import parse
from tests.sync.bench import Bench

REQUESTS = {
    "me": "GET /v1/users/me",
    "page": "GET /v1/pages/…",
    "list": "GET /v1/blocks/…/children",
    "block": "GET /v1/blocks/…",
    "upload": "POST /v1/file_uploads",
    "send": "POST /v1/file_uploads/…/send",
    "append": "PATCH /v1/blocks/…/children",
    "update": "PATCH /v1/blocks/…",
    "trash": "DELETE /v1/blocks/…",
    "database": "GET /v1/databases/…",
    "source": "GET /v1/data_sources/…",
    "query": "POST /v1/data_sources/…/query",
    "make": "POST /v1/pages",
    "write": "PATCH /v1/pages/…",
}
FEW, MANY = 1, 30

FIRST, NEW, CHANGED, RENAMED, REMOVED = "first", "new", "changed", "renamed", "removed"


def rows(bench: Bench, title: str, *, body: bool = False) -> Rule:
    target = RowTarget(bench.core.workspace.database_id, "Attachments", parse(title), body=body)
    return replace(bench.rule, targets=(target,))


PLACES: dict[str, Callable[[Bench], Rule]] = {
    "one page": lambda bench: bench.rule,
    "subfolders": lambda bench: replace(
        bench.rule, subfolders=Subfolders.PAGES
    ),  # three, or one for one file
    "a row each": lambda bench: rows(bench, "{stem}"),
    "a row each, with body": lambda bench: rows(bench, "{stem}", body=True),
    "one row": lambda bench: rows(bench, "all"),
}


@dataclass(frozen=True)
class Push:
    """By request how often it is made for one file, and for thirty."""

    what: str
    place: str
    requests: dict[str, tuple[int, int]]

    def __str__(self) -> str:
        return f"{self.place}, {self.what}"


def push(what: str, place: str, **requests: tuple[int, int]) -> Push:
    return Push(what, place, requests)


PUSHES = [
    # The target is checked, and the page looked at for what is there; the blocks go together.
    push(FIRST, "one page", me=(1, 1), page=(1, 1), list=(1, 1), upload=(1, 30), send=(1, 30), append=(1, 1)),
    # Who we are is remembered from then on; another process looks from the last recorded block on.
    push(NEW, "one page", page=(1, 1), list=(1, 1), upload=(1, 30), send=(1, 30), append=(1, 1)),
    # Each block is read, the first by itself, the others by listings, each from the first that is wanted on: sending
    # thirty takes longer than one holds, and they come in any order.
    push(CHANGED, "one page", page=(1, 1), upload=(1, 30), send=(1, 30), block=(1, 1), list=(0, 4), update=(1, 30)),
    # Nothing has to be sent, so that one listing tells of all.
    push(RENAMED, "one page", page=(1, 1), block=(1, 1), list=(0, 1), update=(1, 30)),
    # What is removed needs no target to be checked.
    push(REMOVED, "one page", block=(1, 1), list=(0, 1), trash=(1, 30)),

    # The target is listed right before each of its pages is made; a new page is not looked at.
    push(
        FIRST, "subfolders",
        me=(1, 1), page=(1, 1), list=(1, 3), make=(1, 3), upload=(1, 30), send=(1, 30), append=(1, 3),
    ),
    # The target and each subfolder's page are checked; each page is looked at once.
    push(NEW, "subfolders", page=(2, 4), list=(1, 3), upload=(1, 30), send=(1, 30), append=(1, 3)),
    # As on one page, for each of three.
    push(
        CHANGED, "subfolders",
        page=(2, 4), upload=(1, 30), send=(1, 30), block=(1, 3), list=(0, 11), update=(1, 30),
    ),
    push(RENAMED, "subfolders", page=(2, 4), block=(1, 3), list=(0, 3), update=(1, 30)),
    push(REMOVED, "subfolders", block=(1, 3), list=(0, 3), trash=(1, 30)),

    # The database tells its data source, that its columns; rows are looked for right before they are made, as many
    # together as may be under way (`threads.REQUESTS`), and made with their entries.
    push(
        FIRST, "a row each",
        me=(1, 1), database=(1, 1), source=(1, 1), query=(1, 1), make=(1, 30), upload=(1, 30), send=(1, 30),
    ),
    # The data source is remembered.
    push(NEW, "a row each", source=(1, 1), query=(1, 1), make=(1, 30), upload=(1, 30), send=(1, 30)),
    # A row is read right before it is written.
    push(CHANGED, "a row each", source=(1, 1), page=(1, 30), write=(1, 30), upload=(1, 30), send=(1, 30)),
    # Another stem is another row: a new one with the known upload, and the old entry out of the old row.
    push(RENAMED, "a row each", source=(1, 1), query=(1, 1), make=(1, 30), page=(1, 30), write=(1, 30)),
    push(REMOVED, "a row each", source=(1, 1), page=(1, 30), write=(1, 30)),

    # The page of a row that was made a moment ago is not looked at; the upload serves entry and block.
    push(
        FIRST, "a row each, with body",
        me=(1, 1), database=(1, 1), source=(1, 1), query=(1, 1), make=(1, 30), upload=(1, 30), send=(1, 30),
        append=(1, 30),
    ),
    push(
        NEW, "a row each, with body",
        source=(1, 1), query=(1, 1), make=(1, 30), upload=(1, 30), send=(1, 30), append=(1, 30),
    ),
    # Each block is alone on its page, so that it is read by itself.
    push(
        CHANGED, "a row each, with body",
        source=(1, 1), page=(1, 30), write=(1, 30), upload=(1, 30), send=(1, 30), block=(1, 30), update=(1, 30),
    ),
    push(
        RENAMED, "a row each, with body",
        source=(1, 1), query=(1, 1), make=(1, 30), append=(1, 30), page=(1, 30), write=(1, 30),
        block=(1, 30), trash=(1, 30),
    ),
    push(
        REMOVED, "a row each, with body",
        source=(1, 1), page=(1, 30), write=(1, 30), block=(1, 30), trash=(1, 30),
    ),

    # All files of a row go into one write.
    push(
        FIRST, "one row",
        me=(1, 1), database=(1, 1), source=(1, 1), query=(1, 1), make=(1, 1), upload=(1, 30), send=(1, 30),
    ),
    # A row that is there: one reading, which tells what is not recorded in it, too, and one write.
    push(NEW, "one row", source=(1, 1), page=(1, 1), write=(1, 1), upload=(1, 30), send=(1, 30)),
    push(CHANGED, "one row", source=(1, 1), page=(1, 1), write=(1, 1), upload=(1, 30), send=(1, 30)),
    push(RENAMED, "one row", source=(1, 1), page=(1, 1), write=(1, 1)),
    push(REMOVED, "one row", source=(1, 1), page=(1, 1), write=(1, 1)),
]  # fmt: skip


def names(place: str, count: int, prefix: str = "") -> list[str]:
    """So many files, in three folders where folders are pages."""
    return [
        f"sub{number % 3}/{prefix}{number:02}.txt" if place == "subfolders" else f"{prefix}{number:02}.txt"
        for number in range(count)
    ]


def asked(bench: Bench) -> Counter[str]:
    """The requests of one more process, by their names here, and how many files it fetches."""
    bench.ports = replace(bench.ports, listings=Listings())
    bench.core.journal.clear()
    fetched = len(bench.files.asked)
    bench.push()
    short = {request: name for name, request in REQUESTS.items()}
    assert len(bench.files.asked) == fetched
    return Counter(short[each.partition("?")[0]] for each in bench.asked())


def change(bench: Bench, what: str, files: Sequence[str], others: Sequence[str]) -> None:
    """What the user does before a push."""
    for name in others if what == NEW else files:
        path = bench.root / name
        if what in (FIRST, NEW, CHANGED):
            bench.write(name, f"{name} {what}".encode(), age=50.0 if what == CHANGED else 100.0)
        elif what == RENAMED:
            path.rename(path.with_name(f"z{path.name}"))
        else:
            path.unlink()


def expected(place: str, count: int) -> Iterator[tuple[str, dict[str, int]]]:
    """By push what it asks for."""
    for each in PUSHES:
        if each.place == place:
            numbers = {name: few if count == FEW else many for name, (few, many) in each.requests.items()}
            yield each.what, {name: number for name, number in numbers.items() if number}


@pytest.mark.parametrize("count", [FEW, MANY])
@pytest.mark.parametrize("place", PLACES)
def test_what_a_push_asks_for(bench: Bench, place: str, count: int) -> None:
    """One after the other, and nothing where nothing has changed."""
    bench.rule = replace(PLACES[place](bench), on_delete=OnDelete.REMOVE, max_delete=1.0)
    files, others = names(place, count), names(place, count, "new")
    found = {}
    for what, _ in expected(place, count):
        change(bench, what, files, others)
        if what == RENAMED:
            files = [str(PurePosixPath(name).with_name(f"z{PurePosixPath(name).name}")) for name in files]
        found[what] = dict(asked(bench))
        assert asked(bench) == Counter()
    assert found == dict(expected(place, count))
