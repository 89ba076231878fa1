"""What is ready is shown early and steadily, whatever else takes long, and for few requests more."""

import math
from dataclasses import replace
from itertools import pairwise

import pytest

from notion_sync.notion.requests import Request
from notion_sync.rules import RowTarget
from notion_sync.sync.batching import EARLY_SHARE, FREE_PAGES, FREE_REQUESTS, Cadence
from notion_sync.sync.ports import Remote
from notion_sync.template import parse
from tests.sync.bench import Bench

SEEN_WITHIN = 20.0
"""Seconds within which people see what has come."""


class Counting(Remote):
    """A connection that has sent some requests."""

    sent = 0

    def __init__(self) -> None:
        """Nothing is ever asked."""

    @property
    def request_count(self) -> int:
        """So many."""
        return self.sent


def allowed(cadence: Cadence, page: str) -> int:
    """How often a page may be written to early now; that is done."""
    times = 0
    while cadence.spare(page) >= 1 and times < 100:
        cadence.spend(page, 1)
        times += 1
    return times


def test_some_are_free_and_others_are_earned() -> None:
    remote = Counting()
    remote.sent = 500  # before the pass
    cadence = Cadence(remote)
    assert allowed(cadence, "page") == FREE_REQUESTS
    remote.sent += math.ceil(1 / EARLY_SHARE)
    assert allowed(cadence, "page") == 1
    remote.sent += math.ceil(10 / EARLY_SHARE)
    assert allowed(cadence, "page") == 10
    assert allowed(cadence, "other") == FREE_REQUESTS


def test_rows_have_what_is_earned() -> None:
    remote = Counting()
    cadence = Cadence(remote)
    assert cadence.earned == 0
    remote.sent += 1000
    cadence.spent += 2
    assert cadence.earned == 1000 * EARLY_SHARE - 2


def test_of_any_number_of_pages_few_have_free_ones() -> None:
    cadence = Cadence(Counting())
    assert sum(allowed(cadence, f"page {number}") for number in range(100)) == FREE_REQUESTS * FREE_PAGES


def takes_long(bench: Bench, path: str, number: int, seconds: float = 400.0) -> None:
    bench.faults({"method": "POST", "path": path, "nth": number, "do": {"delay": seconds}})


@pytest.mark.parametrize("number", [1, 5, 40])
@pytest.mark.parametrize("path", ["^/v1/file_uploads$", "/send$"])
def test_a_file_that_takes_long_keeps_no_others_from_being_seen(bench: Bench, path: str, number: int) -> None:
    """Wherever it stands. It comes to its place later."""
    bench.threads.requests = 4.0
    names = [f"{each:02}.txt" for each in range(80)]
    for name in names:
        bench.write(name, name.encode())
    takes_long(bench, path, number)
    began, sent, seen = bench.clock.monotonic(), list[float](), list[float]()

    def look(request: Request) -> None:
        at = bench.clock.monotonic() - began
        if request.path.endswith("/send"):
            sent.append(at)
        elif request.method == "PATCH":
            seen.append(at)

    bench.transport.hook = look
    bench.push()
    assert bench.blocks() == names
    assert seen[0] <= SEEN_WITHIN
    early = [at for at in seen if at < 300]
    assert all(after - before <= SEEN_WITHIN for before, after in pairwise(early))
    assert max(at for at in sent if at < 300) < early[-1]  # all but that one are there
    assert bench.notion.request_count <= (2 * len(names) + 1 + 3) * (1 + EARLY_SHARE) + 1


def test_few_files_that_come_soon_cost_no_request_more(bench: Bench) -> None:
    for name in ("a.txt", "b.txt", "c.txt"):
        bench.write(name, name.encode())
    bench.push()
    assert bench.notion.request_count == 3 + 2 * 3 + 1


def test_files_that_trickle_in_are_not_shown_one_by_one(bench: Bench) -> None:
    """On a slow line, say: that would be half as many requests again."""
    bench.threads.requests = 200.0
    for number in range(60):
        bench.write(f"{number:02}.txt", b"%d" % number)
    bench.push()
    look_for_the_place_of_the_first = 1
    assert (
        bench.notion.request_count
        <= math.ceil((3 + 2 * 60 + 1) * (1 + EARLY_SHARE)) + FREE_REQUESTS + look_for_the_place_of_the_first
    )


def test_a_row_shows_what_is_ready_while_a_file_of_it_takes_long(bench: Bench) -> None:
    rows = RowTarget(bench.core.workspace.database_id, "Attachments", parse("all"))
    bench.rule = replace(bench.rule, targets=(rows,))
    names = [f"{each:02}.txt" for each in range(50)]
    for name in names:
        bench.write(name, name.encode())
    takes_long(bench, "/send$", 1)
    began, shown = bench.clock.monotonic(), list[int]()

    def look() -> None:
        if 25 < bench.clock.monotonic() - began < 300:
            shown.append(sum(map(len, bench.rows().values())))

    bench.push(meanwhile=look)
    assert set(shown) == {49}
    assert sorted(bench.rows()["all"]) == names
