"""What is said of files that a stopped run leaves is how far each has got."""

from dataclasses import replace

import pytest

from notion_sync.notion.errors import Unauthorized
from notion_sync.rules import Links
from notion_sync.scan.reading import MIB
from notion_sync.sync.failures import STILL_OPEN
from notion_sync.sync.recorder import (
    FETCHING,
    NOT_FETCHED,
    NOT_RENAMED,
    NOT_SENT,
    PARTLY_SENT,
    RUN_ENDED,
    SENT,
)
from tests.simulation.web import Site
from tests.sync.bench import Bench, Json

URL = "https://example.com/a.txt"
SMALL, LARGE = b"small", bytes(21 * MIB)
CREATE, SEND, APPEND, CHANGE = "/v1/file_uploads$", "/send$", "/children$", "/v1/blocks/[^/]*$"


def refused(method: str, path: str, nth: int = 1) -> Json:
    """From the nth of such requests on, Notion refuses the token."""
    return {"method": method, "path": path, "nth": nth, "do": {"status": 401, "code": "unauthorized"}}


def left(bench: Bench) -> dict[str, str]:
    """What a push that Notion stops says of each file."""
    with pytest.raises(Unauthorized):
        bench.push()
    return {outcome.path: outcome.reason for outcome in bench.heard.outcomes}


@pytest.mark.parametrize(
    ("content", "fault", "said"),
    [
        (SMALL, refused("POST", CREATE), NOT_SENT),
        (SMALL, refused("POST", SEND), NOT_SENT),
        (LARGE, refused("POST", SEND, 3), PARTLY_SENT),
        (SMALL, refused("PATCH", APPEND), SENT),
        (LARGE, refused("PATCH", APPEND), SENT),
    ],
    ids=["nothing", "what was under way", "some parts", "all", "all parts"],
)
def test_of_a_new_file(bench: Bench, content: bytes, fault: Json, said: str) -> None:
    bench.write("a.txt", content)
    bench.faults(fault)
    assert left(bench) == {"a.txt": said}
    assert said in RUN_ENDED


def test_of_a_changed_and_of_a_renamed_one(bench: Bench) -> None:
    bench.write("a.txt", b"a")
    bench.push()
    bench.write("a.txt", b"changed")
    bench.faults(refused("PATCH", CHANGE))
    assert left(bench) == {"a.txt": SENT}
    bench.faults()
    bench.push()
    (bench.root / "a.txt").rename(bench.root / "b.txt")
    bench.faults(refused("PATCH", CHANGE))
    assert left(bench) == {"b.txt": NOT_RENAMED}


@pytest.mark.parametrize(
    ("fault", "said"),
    [(refused("POST", CREATE), NOT_FETCHED), (refused("GET", "/v1/file_uploads/"), FETCHING)],
    ids=["not asked for", "under way"],
)
def test_of_a_link_file(bench: Bench, fault: Json, said: str) -> None:
    bench.rule = replace(bench.rule, links=Links.IMPORT)
    bench.transport.web.sites[URL] = Site(seconds=10)
    bench.write("a.url", f"[InternetShortcut]\nURL={URL}\n".encode())
    bench.faults(fault)
    assert left(bench) == {"a.url": said}


def test_of_one_whose_write_was_not_answered(bench: Bench) -> None:
    """It may be there, so it is not said to wait."""
    bench.write("a.txt", SMALL)
    bench.faults({"method": "PATCH", "path": APPEND, "do": {"cut": True}}, refused("GET", APPEND, 2))
    assert left(bench) == {"a.txt": STILL_OPEN}
