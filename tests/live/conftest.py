"""The same scenarios on the sandbox (by default) and on the real Notion (`make live`).

On the sandbox a guess that does not hold fails its test: the sandbox has to be what we say it is. On the real
Notion it goes into a table, for us to learn from.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import httpx
import pytest

from notion_sync.clock import SystemClock
from notion_sync.notion.ids import parse_id
from notion_sync.notion.rate.budget import Budget
from tests.e2e.world import running_sandbox
from tests.live.place import Json, Place, make_database, make_page

# Read before the tests' own fixtures take everything of this kind out of the environment.
TOKEN = os.environ.get("NOTION_TOKEN", "")
PAGE = os.environ.get("NOTION_LIVE_PAGE", "")
DATABASE = os.environ.get("NOTION_LIVE_DATABASE", "")
BASE_URL = os.environ.get("NOTION_BASE_URL", "https://api.notion.com").rstrip("/")

Guess = Callable[[str, str, str], None]


@pytest.fixture(scope="session")
def workspace(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """Some Notion with a page that we were given."""
    with httpx.Client(timeout=120) as client:
        if request.config.getoption("--live"):
            if not TOKEN or not PAGE:
                pytest.exit("set NOTION_TOKEN and NOTION_LIVE_PAGE; docs/sandbox.md tells the rest", 2)
            yield Place(BASE_URL, TOKEN, parse_id(PAGE), client, Budget(SystemClock()), live=True)
            return
        with running_sandbox(tmp_path_factory.mktemp("live"), "--rate", "off") as sandbox:
            budget = Budget(SystemClock(), limit=10_000)
            yield Place(sandbox.base_url, sandbox.token, sandbox.page_id, client, budget, live=False)


@pytest.fixture(scope="session")
def place(workspace: Place) -> Iterator[Place]:
    """A page for all tests below the one that was given; into the trash in the end, with all there is on it."""
    page_id = make_page(workspace, workspace.page_id)
    yield replace(workspace, page_id=page_id)
    workspace.ok("PATCH", f"/v1/pages/{page_id}", {"in_trash": True})


@pytest.fixture(scope="session")
def source_id(place: Place) -> str:
    """A data source for rows: of the database that was given, or of one on the tests' page."""
    if place.live and DATABASE:
        return str(place.ok("GET", f"/v1/databases/{parse_id(DATABASE)}")["data_sources"][0]["id"])
    return make_database(place)


@pytest.fixture
def row(place: Place, source_id: str) -> Iterator["Row"]:
    """A row with an empty `files` property; into the trash in the end."""
    properties = place.ok("GET", f"/v1/data_sources/{source_id}")["properties"]
    names = [name for name, schema in properties.items() if schema["type"] == "files"]
    if not names:
        pytest.skip("not run: the database of NOTION_LIVE_DATABASE has no property for files")
    body = {"parent": {"type": "data_source_id", "data_source_id": source_id}, "properties": {}}
    row = Row(place, str(place.ok("POST", "/v1/pages", body)["id"]), names[0])
    yield row
    place.ok("PATCH", f"/v1/pages/{row.page_id}", {"in_trash": True})


class Row:
    """A row of a database and its property for files."""

    def __init__(self, place: Place, page_id: str, name: str) -> None:
        self.place = place
        self.page_id = page_id
        self.name = name

    def put(self, *entries: object) -> httpx.Response:
        """Give the property these files."""
        body = {"properties": {self.name: {"files": list(entries)}}}
        return self.place.call("PATCH", f"/v1/pages/{self.page_id}", body)

    def files(self) -> list[Json]:
        """What is in it."""
        page = self.place.ok("GET", f"/v1/pages/{self.page_id}")
        files: list[Json] = page["properties"][self.name]["files"]
        return files


@pytest.fixture
def guess(place: Place, record_property: Callable[[str, object], None]) -> Guess:
    """Hold what we think of Notion against what it does: `guess(about, expected, seen)`."""

    def compare(about: str, expected: str, seen: str) -> None:
        record_property("guess", (about, expected, seen))
        assert place.live or seen == expected, about

    return compare


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """The table of guesses: after a live run, or where more words are wished for (`-v`)."""
    if config.getoption("--live") or config.get_verbosity() > 0:
        reports = [report for kind in ("passed", "failed") for report in terminalreporter.getreports(kind)]
        guesses = [value for report in reports for name, value in report.user_properties if name == "guess"]
        if guesses:
            terminalreporter.section("what we guess of Notion")
            for line in table(guesses):
                terminalreporter.write_line(line)


def table(guesses: Sequence[tuple[str, str, str]]) -> Iterator[str]:
    """Lines for people."""
    rows = [("guess", "expected", "seen", "held")]
    rows += [(*guess, "yes" if guess[1] == guess[2] else "NO") for guess in guesses]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
    held = sum(expected == seen for _, expected, seen in guesses)
    yield f"{held} of {len(guesses)} held"
