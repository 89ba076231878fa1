"""The pages of subfolders on the sandbox's page: found again, or made, and never twice."""

import asyncio
from collections import Counter
from collections.abc import Coroutine
from typing import Any, TypeVar

import pytest

from notion_sync.errors import Cancelled
from notion_sync.notion.errors import NetworkError, NotFound, NotionError, ValidationFailed
from notion_sync.notion.requests import Request
from notion_sync.sync.failures import Ambiguous, StillOpen
from notion_sync.sync.journal import Journal
from notion_sync.sync.lateness import LATE_AFTER
from notion_sync.sync.page.pages import Subpages, subpage_title
from notion_sync.writes import PageCreation
from tests.sync.bench import Bench, Json

T = TypeVar("T")

MADE = "POST /v1/pages"
CREATES: Json = {"method": "POST", "path": "^/v1/pages$"}


def find(bench: Bench, *places: str) -> list[str | BaseException]:
    """The pages of some places, all asked for at once."""

    async def scenario() -> list[str | BaseException]:
        subpages = Subpages(bench.ports, Journal(bench.ports, bench.heard))
        root = bench.core.workspace.page_id
        return list(
            await asyncio.gather(*(subpages.find(root, each) for each in places), return_exceptions=True)
        )

    return bench.run(scenario())


def run(bench: Bench, work: Coroutine[Any, Any, T]) -> T:
    return bench.run(work)


def below(bench: Bench, page_id: str | None = None) -> dict[str, Any]:
    """The pages below a page by title; what stands twice fails."""
    found: dict[str, Any] = {}
    for child in bench.page(page_id)["children"]:
        if child["type"] == "child_page" and not child["in_trash"]:
            assert child["name"] not in found
            found[child["name"]] = below(bench, child["id"])
    return found


def made(bench: Bench) -> int:
    return Counter(bench.asked())[MADE]


def test_the_folder_itself_is_the_target_s_page(bench: Bench) -> None:
    assert find(bench, "") == [bench.core.workspace.page_id]
    assert bench.asked() == []


def test_a_page_is_made_with_those_above_it_and_known_from_then_on(bench: Bench) -> None:
    (page,) = find(bench, "a/b/c")
    assert below(bench) == {"a": {"b": {"c": {}}}}
    assert made(bench) == 3
    before = len(bench.asked())
    assert find(bench, "a/b/c") == [page]
    assert len(bench.asked()) == before
    assert not bench.store.has_open_writes()


def test_whoever_asks_while_it_is_made_gets_the_same(bench: Bench) -> None:
    pages = find(bench, "a/b", "a", "a/b", "a/c", "a")
    assert pages[0] == pages[2]
    assert pages[1] == pages[4]
    assert len(set(pages)) == 3
    assert below(bench) == {"a": {"b": {}, "c": {}}}
    assert made(bench) == 3


def test_a_page_of_its_title_that_somebody_made_is_taken(bench: Bench) -> None:
    there = bench.other_page("a")
    assert find(bench, "a") == [there]
    assert bench.store.pages.get(bench.core.workspace.page_id, "a") == there
    assert made(bench) == 1  # somebody's


def test_a_page_in_the_trash_is_none(bench: Bench) -> None:
    gone = bench.other_page("a")
    bench.caller.ok("PATCH", f"/v1/pages/{gone}", {"in_trash": True})
    (page,) = find(bench, "a")
    assert page != gone
    assert below(bench) == {"a": {}}


@pytest.mark.parametrize(
    "fault",
    [
        {"when": "before", "do": {"cut": True}},
        {"when": "after", "do": {"cut": True}},
        {"do": {"late": LATE_AFTER - 3}},
        {"when": "before", "do": {"status": 502}},
        {"when": "after", "do": {"status": 500}},
        {"do": {"truncate": True}},
        {"do": {"committed": True}},
    ],
)
@pytest.mark.parametrize("nth", [1, 2])
def test_whatever_happens_to_a_creation_each_page_is_there_once(bench: Bench, fault: Json, nth: int) -> None:
    bench.faults({**CREATES, "nth": nth, **fault})
    pages = find(bench, "a/b", "a/c")
    assert all(isinstance(page, str) for page in pages), pages
    assert below(bench) == {"a": {"b": {}, "c": {}}}
    assert not bench.store.has_open_writes()


def test_a_creation_whose_answers_are_always_lost_is_given_up(bench: Bench) -> None:
    bench.faults({**CREATES, "do": {"cut": True}})
    (error,) = find(bench, "a")
    assert isinstance(error, NetworkError)
    assert made(bench) == 3
    assert not bench.store.has_open_writes()


def test_a_creation_that_cannot_be_looked_for_stays_open_and_is_found_out_by_the_next_pass(
    bench: Bench,
) -> None:
    """In this pass nothing is made at that place."""
    bench.faults(
        {**CREATES, "nth": 1, "when": "after", "do": {"cut": True}},
        # The page is listed before the creation; afterwards it cannot be for a while.
        {"method": "GET", "path": "children$", "nth": 2, "times": 6, "do": {"status": 503}},
    )

    async def scenario() -> tuple[BaseException, str]:
        subpages = Subpages(bench.ports, Journal(bench.ports, bench.heard))
        root = bench.core.workspace.page_id
        (error,) = await asyncio.gather(subpages.find(root, "a"), return_exceptions=True)
        assert isinstance(error, BaseException)
        (entry,) = bench.store.journal.open()
        assert isinstance(entry.write, PageCreation)
        with pytest.raises(StillOpen):
            await subpages.find(root, "a")
        next_journal = Journal(bench.ports, bench.heard)
        await bench.recovery(next_journal).look()
        return error, await Subpages(bench.ports, next_journal).find(root, "a")

    error, page = run(bench, scenario())
    assert isinstance(error, StillOpen)
    assert below(bench) == {"a": {}}
    assert made(bench) == 1
    assert bench.store.pages.get(bench.core.workspace.page_id, "a") == page
    assert not bench.store.has_open_writes()


def test_a_page_that_is_refused_fails_those_who_asked_and_may_be_asked_for_again(bench: Bench) -> None:
    bench.faults({**CREATES, "nth": 1, "do": {"status": 400}})
    errors = find(bench, "a", "a/b")
    assert [type(error) for error in errors] == [ValidationFailed] * 2
    assert all(isinstance(page, str) for page in find(bench, "a", "a/b"))


def test_a_target_that_is_not_there_is_said_so(bench: Bench) -> None:
    async def scenario() -> str:
        return await Subpages(bench.ports, Journal(bench.ports, bench.heard)).find(
            "01234567-89ab-4def-8123-456789abcdef", "a"
        )

    with pytest.raises(NotFound):
        run(bench, scenario())


def test_whoever_waits_for_a_page_gives_up_when_the_pass_is_to_end(bench: Bench) -> None:
    bench.faults({**CREATES, "nth": 1, "do": {"delay": 30}})

    async def scenario() -> list[str | BaseException]:
        subpages = Subpages(bench.ports, Journal(bench.ports, bench.heard))
        root = bench.core.workspace.page_id
        asyncio.get_running_loop().call_later(10, bench.clock.halt)
        places = ("a", "a", "b")
        return list(
            await asyncio.gather(*(subpages.find(root, each) for each in places), return_exceptions=True)
        )

    first, second, third = run(bench, scenario())
    # What is on its way is waited for, by whoever has sent it.
    assert isinstance(first, str)
    assert isinstance(second, Cancelled)
    assert isinstance(third, Cancelled)
    assert below(bench) == {"a": {}}
    assert bench.store.pages.get(bench.core.workspace.page_id, "a") == first


@pytest.mark.parametrize(
    ("place", "title"),
    [
        ("a", "a"),
        ("a/b", "b"),
        ("a/tab\tand\nline", "tab and line"),
        ("a/bad\udcff", "bad\ufffd"),
        ("x" * 3000, "x" * 2000),
    ],
)
def test_what_a_page_is_called(place: str, title: str) -> None:
    assert subpage_title(place) == title


def test_an_error_of_notion_s_is_all_that_comes_out(bench: Bench) -> None:
    bench.faults({"method": "GET", "do": {"status": 403}})
    (error,) = find(bench, "a")
    assert isinstance(error, NotionError)


# Looked for right before they are made


@pytest.mark.parametrize(
    "do", [{"status": 429, "headers": {"Retry-After": "12"}}, {"status": 409}], ids=["limit", "conflict"]
)
def test_a_page_that_a_person_makes_while_its_creation_waits(bench: Bench, do: Json) -> None:
    bench.faults({**CREATES, "nth": 1, "do": do})
    refused: list[str] = []

    def interfere(request: Request) -> None:
        if refused:
            bench.transport.hook = lambda _: None
            bench.other_page("a")
        if f"{request.method} {request.path}" == MADE:
            refused.append(request.path)

    bench.transport.hook = interfere
    (page,) = find(bench, "a")
    assert isinstance(page, str)
    assert below(bench) == {"a": {}}


def test_a_page_that_a_person_makes_after_others_were_made(bench: Bench) -> None:
    async def scenario() -> str:
        subpages = Subpages(bench.ports, Journal(bench.ports, bench.heard))
        await subpages.find(bench.core.workspace.page_id, "a")
        there = bench.other_page("b")
        assert await subpages.find(bench.core.workspace.page_id, "b") == there
        return there

    run(bench, scenario())
    assert below(bench) == {"a": {}, "b": {}}


def test_each_page_that_is_made_costs_one_look(bench: Bench) -> None:
    find(bench, *(f"{number:02}" for number in range(20)))
    asked = Counter(bench.asked())
    assert asked[MADE] == 20
    assert asked["GET /v1/blocks/…/children"] == 20


# Titles as people read them


@pytest.mark.parametrize(
    ("title", "place"),
    [
        ("\u00c9t\u00e9", "E\u0301te\u0301"),
        ("E\u0301te\u0301", "\u00c9t\u00e9"),
        ("a ", "a"),
        ("a", "a "),
        ("at 10\u00a0AM", "at 10\u202fAM"),
    ],
)
def test_a_page_whose_title_reads_the_same_is_the_subfolder_s(bench: Bench, title: str, place: str) -> None:
    there = bench.other_page(title)
    (page, inner) = find(bench, place, f"{place}/b")
    assert page == there
    assert below(bench) == {title: {"b": {}}}
    assert isinstance(inner, str)


def test_the_page_of_exactly_the_title_goes_first(bench: Bench) -> None:
    pages = {title: bench.other_page(title) for title in ("\u00c9t\u00e9", "E\u0301te\u0301")}
    assert find(bench, "E\u0301te\u0301", "\u00c9t\u00e9") == [
        pages["E\u0301te\u0301"],
        pages["\u00c9t\u00e9"],
    ]


def test_several_pages_that_read_the_same_are_named(bench: Bench) -> None:
    bench.other_page("\u00c9t\u00e9")
    bench.other_page("\u00c9t\u00e9 ")
    (error,) = find(bench, "E\u0301te\u0301")
    assert isinstance(error, Ambiguous)
    assert '"\u00c9t\u00e9 " (' in str(error)
    assert made(bench) == 2  # by the person


def test_folders_that_read_the_same_share_a_page(bench: Bench) -> None:
    one, other = find(bench, "\u00c9t\u00e9", "E\u0301te\u0301")
    assert one == other
    assert made(bench) == 1
