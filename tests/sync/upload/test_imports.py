"""Files that Notion fetches from their addresses, each one once: the sandbox's core, and servers in the test."""

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import pytest

from notion_sync.errors import Cancelled
from notion_sync.model import FETCHED, Address, FilePath, Fingerprint, SourceFile
from notion_sync.notion.errors import BadAnswer, ValidationFailed
from notion_sync.sync.batching import Activity
from notion_sync.sync.import_policy import (
    REUSABLE_FOR,
    ImportDelayed,
    ImportFailed,
    ImportPolicy,
    StillFetching,
)
from notion_sync.sync.tasks import Tasks
from notion_sync.sync.upload.imports import AT_ONCE, Imports
from notion_sync.sync.upload.transfers import LIFETIME, Ensured, Transfers
from tests.simulation.web import Site
from tests.support.store import upload
from tests.sync.bench import Bench

URL = "https://example.com/a.txt"
CREATED = "POST /v1/file_uploads"
ASKED = "GET /v1/file_uploads/…"

End = Ensured | BaseException


def leads_to(url: str, name: str = "a.txt", path: str = "a.url") -> SourceFile:
    """A link file."""
    return SourceFile(FilePath("/d", path), path, Fingerprint(1, 1, 1, 1), f"/d/{path}", Address(url, name))


def ensure(
    bench: Bench,
    *found: SourceFile,
    policy: ImportPolicy | None = None,
    kind: str = "file",
    activity: Activity | None = None,
    meanwhile: Callable[[], object] | None = None,
) -> list[End]:
    """What becomes of each, all wanted at once."""

    async def scenario() -> list[End]:
        tasks = Tasks()
        imports = Imports(
            ports=bench.ports, transfers=Transfers(bench.ports, bench.heard, bench.tally),
            activity=activity or Activity(), tasks=tasks, report=bench.heard, tally=bench.tally,
            policy=policy or ImportPolicy(),
        )  # fmt: skip
        work = [imports.ensure(each, kind, may_download=False) for each in found]
        ends = await asyncio.gather(*work, return_exceptions=True)
        await tasks.join()
        return list(ends)

    return bench.run(scenario(), meanwhile)


def at(bench: Bench, url: str = URL, **facts: object) -> None:
    """What is at an address."""
    bench.transport.web.sites[url] = Site(**facts)  # type: ignore[arg-type]


def test_what_notion_fetches_is_recorded_under_its_address(bench: Bench) -> None:
    at(bench, seconds=10)
    began = bench.clock.now()
    (end,) = ensure(bench, leads_to(URL))
    assert isinstance(end, Ensured)
    assert not end.reused
    assert (end.upload.variant, end.upload.status, end.upload.size) == (FETCHED, "uploaded", 7)
    assert end.upload.digest == Address(URL, "a.txt").digest
    assert end.upload.expires_at is not None
    assert began + LIFETIME <= end.upload.expires_at < began + LIFETIME + 5
    assert bench.tally.uploads == 1
    assert bench.heard.notes == ["a.url: Notion is fetching it"]
    # It is asked about after 1, 2, 4 and 8 seconds.
    assert Counter(bench.asked())[ASKED] == 4
    assert 15 <= bench.clock.now() - began < 25


def test_an_answer_about_an_earlier_upload_begins_no_import(bench: Bench) -> None:
    """It has the name that was asked for, and is pending; but what it holds comes from elsewhere."""
    at(bench)
    earlier = bench.caller.ok("POST", "/v1/file_uploads", {"filename": "a.txt"})["id"]
    recorded = replace(upload(1), id=earlier, digest=Address("https://example.com/other", "a.txt").digest)
    with bench.store.transaction():
        bench.store.uploads.save(bench.core.workspace.bot_id, recorded)
    bench.faults({"method": "POST", "path": "/file_uploads$", "nth": 1, "do": {"foreign": True}})
    (end,) = ensure(bench, leads_to(URL))
    assert isinstance(end, BadAnswer)
    (end,) = ensure(bench, leads_to(URL))
    assert isinstance(end, Ensured)
    assert end.upload.id != earlier


def test_an_address_is_fetched_once_however_many_lead_there(bench: Bench) -> None:
    at(bench, seconds=5)
    ends = ensure(bench, leads_to(URL), leads_to(URL, path="b.url"), leads_to(URL, "other.txt", "c.url"))
    assert [end.reused for end in ends if isinstance(end, Ensured)] == [False, True, True]
    assert Counter(bench.asked())[CREATED] == 1


@pytest.mark.parametrize(("age", "again"), [(REUSABLE_FOR / 2, False), (REUSABLE_FOR + 120, True)])
def test_what_was_fetched_is_good_for_an_hour(bench: Bench, age: float, again: bool) -> None:
    """What is at an address changes."""
    at(bench)
    ensure(bench, leads_to(URL))
    with bench.store.transaction():  # attached, so that it does not expire
        bench.store.uploads.attached(
            bench.store.uploads.of_content(bench.core.workspace.bot_id, Address(URL, "").digest)
        )
    bench.time.advance(age)
    (end,) = ensure(bench, leads_to(URL))
    assert isinstance(end, Ensured)
    assert end.reused is not again
    assert Counter(bench.asked())[CREATED] == 1 + again


def test_patience_ends_and_the_next_pass_asks_about_the_same(bench: Bench) -> None:
    at(bench, seconds=1000)
    policy = ImportPolicy(patience=60, too_slow="the next one asks")
    began = bench.clock.monotonic()
    (error,) = ensure(bench, leads_to(URL), policy=policy)
    assert isinstance(error, StillFetching)
    assert str(error) == "Notion is still fetching it (the next one asks)"
    assert bench.clock.monotonic() - began == pytest.approx(60, abs=10)
    bench.time.advance(1000)
    (end,) = ensure(bench, leads_to(URL), policy=policy)
    assert isinstance(end, Ensured)
    assert Counter(bench.asked())[CREATED] == 1


def test_where_somebody_stays_a_pending_one_is_asked_about_once(bench: Bench) -> None:
    at(bench, seconds=1000)
    policy = ImportPolicy(patience=60, looks_again=True)
    ensure(bench, leads_to(URL), policy=policy)
    before = Counter(bench.asked())[ASKED]
    (error,) = ensure(bench, leads_to(URL), policy=policy)
    assert isinstance(error, StillFetching)
    assert Counter(bench.asked())[ASKED] - before == 1


def test_a_pending_one_that_notion_does_not_know_any_more_is_begun_anew(bench: Bench) -> None:
    at(bench, seconds=1000)
    ensure(bench, leads_to(URL), policy=ImportPolicy(patience=1))
    at(bench, seconds=0)
    bench.faults({"method": "GET", "path": "/v1/file_uploads/", "nth": 1, "do": {"status": 404}})
    (end,) = ensure(bench, leads_to(URL))
    assert isinstance(end, Ensured)
    assert Counter(bench.asked())[CREATED] == 2


@pytest.mark.parametrize(
    ("status", "error"),
    [(404, ImportFailed), (403, ImportFailed), (503, ImportDelayed), (429, ImportDelayed)],
)
def test_an_import_that_ends_without_a_file(bench: Bench, status: int, error: type[Exception]) -> None:
    at(bench, get=status, seconds=2)
    ends = ensure(bench, leads_to(URL), leads_to(URL, path="b.url"))
    assert [type(end) for end in ends] == [error] * 2
    assert ends[0] is ends[1]
    assert f"its server answered {status}" in str(ends[0])
    # It is not offered to the next one.
    at(bench)
    (end,) = ensure(bench, leads_to(URL))
    assert isinstance(end, Ensured)


@pytest.mark.parametrize("head", [None, 404])
def test_an_address_that_notion_refuses_at_once(bench: Bench, head: int | None) -> None:
    at(bench, head=head)
    (error,) = ensure(bench, leads_to(URL), policy=ImportPolicy(not_fetched="is it public?"))
    assert isinstance(error, ValidationFailed)
    assert "is it public?" in str(error)


def test_a_type_that_is_refused_is_that_of_a_name(bench: Bench) -> None:
    """What is at the address is welcome under another one."""
    at(bench)
    refused, taken = ensure(bench, leads_to(URL, "a.exe"), leads_to(URL, "a.txt", "b.url"))
    assert isinstance(refused, ValidationFailed)
    assert refused.unsupported_type
    assert isinstance(taken, Ensured)


def test_so_many_imports_go_on_together_and_no_more(bench: Bench) -> None:
    addresses = [f"https://example.com/{number}.txt" for number in range(AT_ONCE + 3)]
    for url in addresses:
        at(bench, url, seconds=20)
    most = 0

    def look() -> None:
        nonlocal most
        begun = Counter(bench.asked())[CREATED]
        ended = bench.tally.uploads
        most = max(most, begun - ended)

    ends = ensure(bench, *(leads_to(url, path=url[-6:]) for url in addresses), meanwhile=look)
    assert all(isinstance(end, Ensured) for end in ends)
    assert most == AT_ONCE


def test_a_slow_import_is_no_reason_to_keep_others_waiting(bench: Bench) -> None:
    at(bench, seconds=100)
    activity, seen = Activity(), list[tuple[float, bool]]()
    activity.begin()
    activity.end_admission()
    began = bench.clock.monotonic()
    ensure(
        bench, leads_to(URL), activity=activity,
        meanwhile=lambda: seen.append((bench.clock.monotonic() - began, activity.batch_may_grow)),
    )  # fmt: skip
    assert all(company for second, company in seen if second < 14)
    assert not any(company for second, company in seen if 17 < second < 90)
    activity.end()


def test_whoever_waits_gives_up_when_the_pass_is_to_end(bench: Bench) -> None:
    """The import goes on, and the next pass asks about it."""
    at(bench, seconds=60)
    ends = ensure(
        bench, leads_to(URL), leads_to(URL, path="b.url"),
        meanwhile=lambda: bench.clock.halt() if bench.heard.notes else None,
    )  # fmt: skip
    assert [type(end) for end in ends] == [Cancelled] * 2
    bench.clock.go_on()
    bench.time.advance(60)
    (end,) = ensure(bench, leads_to(URL))
    assert isinstance(end, Ensured)
    assert Counter(bench.asked())[CREATED] == 1
