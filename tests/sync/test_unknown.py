"""Unknown is not "not done": what a write may have made is not made again while Notion cannot be looked at."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest

from notion_sync.model import ActionName
from notion_sync.notion.requests import Request
from notion_sync.rules import RowTarget, Target
from notion_sync.sync.run import exit_code
from notion_sync.template import parse
from tests.sync.bench import Bench, Json

FOREIGN = "<html>Sign in to the guest network</html>"


@dataclass(frozen=True)
class Kind:
    """A kind of write that may have been performed, and how it is looked for."""

    method: str
    path: str
    look: str
    rows: bool
    row_there: bool = False


APPEND = Kind("PATCH", "/children$", "/children$", rows=False)
NEW_ROW = Kind("POST", "^/v1/pages$", "/query$", rows=True)
ENTRY = Kind("PATCH", "^/v1/pages/", "^/v1/pages/", rows=True, row_there=True)

TROUBLES = [
    pytest.param({"status": 500}, id="500"),
    pytest.param({"status": 503}, id="503"),
    pytest.param({"status": 409}, id="409"),
    pytest.param({"status": 403, "body": FOREIGN}, id="a proxy's 403"),
    pytest.param({"status": 404, "body": FOREIGN}, id="a proxy's 404"),
    pytest.param({"cut": True}, id="no answer"),
]


@pytest.fixture(params=[APPEND, NEW_ROW, ENTRY], ids=["append", "new row", "entry"])
def kind(request: pytest.FixtureRequest) -> Kind:
    made = request.param
    assert isinstance(made, Kind)
    return made


@pytest.mark.parametrize("trouble", TROUBLES)
@pytest.mark.parametrize("when", ["before", "after"])
def test_it_is_not_made_again_while_it_cannot_be_looked_for(
    bench: Bench, kind: Kind, when: str, trouble: Json
) -> None:
    target: Target = (
        RowTarget(bench.core.workspace.database_id, "Attachments", parse("row"))
        if kind.rows
        else bench.page_target
    )
    bench.rule = replace(bench.rule, targets=(target,))
    there: Callable[[], list[str]] = (
        (lambda: [name for names in bench.rows().values() for name in names]) if kind.rows else bench.blocks
    )
    if kind.row_there:
        bench.write("first.txt", b"first")
        push(bench)
    bench.write("a.txt", b"content")
    before = there()

    lose_the_answer(bench, kind, when, trouble)
    assert push(bench) in (1, 75)
    written = writes(bench, kind)
    for _ in range(2):
        assert push(bench) in (1, 75)
        assert writes(bench, kind) == written

    bench.faults()
    bench.time.advance(3600)
    assert push(bench) == 0
    assert there() == [*before, "a.txt"]
    if kind.rows:
        assert list(bench.rows()) == ["row"]


def test_who_writes_to_the_row_later_in_the_pass_does_not_make_it_again(bench: Bench) -> None:
    """Its creation is late, and nobody could look for it when it was lost."""
    database = bench.core.workspace.database_id
    targets = [RowTarget(database, column, parse("row")) for column in ("Attachments", "")]
    bench.rule = replace(bench.rule, targets=(targets[0], replace(targets[1], body=True)))
    bench.write("a.txt", b"content")
    bench.faults(
        {"method": "POST", "path": "^/v1/pages$", "nth": 1, "do": {"late": 30}},
        {"method": "POST", "path": "/query$", "nth": 2, "do": {"status": 403}},
    )
    assert push(bench) in (1, 75)
    bench.faults()
    bench.time.advance(200)
    for _ in bench.core.advance_to(bench.time.moment):
        pass
    assert push(bench) == 0
    assert bench.rows() == {"row": ["a.txt"]}
    assert writes(bench, NEW_ROW) == 1


def lose_the_answer(bench: Bench, kind: Kind, when: str, trouble: Json) -> None:
    """The next write of that kind gets no answer, and from then on nothing can be looked for."""
    lost = {"method": kind.method, "path": kind.path, "nth": 1, "when": when, "do": {"cut": True}}
    looks = {"method": "POST" if kind.look == "/query$" else "GET", "path": kind.look, "do": trouble}
    bench.faults(lost)

    def begin(request: Request) -> None:
        if request.method == kind.method and _matches(request.path, kind.path):
            bench.transport.hook = lambda _: None
            bench.faults(lost, looks)

    bench.transport.hook = begin


def _matches(path: str, pattern: str) -> bool:
    return re.search(pattern, path) is not None


def writes(bench: Bench, kind: Kind) -> int:
    """How many writes of that kind Notion has got."""
    return sum(
        each["method"] == kind.method and _matches(each["path"], kind.path)
        for each in bench.core.journal.entries()
    )


def push(bench: Bench) -> int:
    """One pass, and what it says to the shell."""
    try:
        bench.push()
    except Exception as error:
        return getattr(error, "exit_code", 1)
    assert ActionName.ATTACHED in bench.tally.counts
    return exit_code(bench.tally)
