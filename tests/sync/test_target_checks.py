"""Whether a place can take files: asked once a pass, and of the sandbox."""

import asyncio
from collections.abc import Sequence

import pytest

from notion_sync.errors import NotionSyncError
from notion_sync.notion.errors import NotFound, ServerError
from notion_sync.rules import Destination, PageTarget, RowPage, RowTarget
from notion_sync.sync.failures import Unusable
from notion_sync.sync.target_checks import SOURCES_KEPT, TargetChecks, known_source
from notion_sync.template import parse
from tests.support.store import notion_id
from tests.sync.bench import Bench

PAGE, DATABASE, SOURCE = "GET /v1/pages/…", "GET /v1/databases/…", "GET /v1/data_sources/…"


def rows(bench: Bench, column: str = "Attachments", **more: object) -> RowTarget:
    return RowTarget(bench.core.workspace.database_id, column, parse("{stem}"), **more)  # type: ignore[arg-type]


def check(bench: Bench, *questions: tuple[Destination, str], checks: TargetChecks | None = None) -> list[str]:
    """What is wrong with each, all asked at once; empty for nothing."""
    one = checks or TargetChecks(bench.ports)

    async def scenario() -> Sequence[BaseException | None]:
        return await asyncio.gather(*(one.check(*each) for each in questions), return_exceptions=True)

    return [str(error) if error else "" for error in bench.run(scenario())]


def failing(bench: Bench, target: Destination, place: str = "") -> BaseException:
    with pytest.raises(NotionSyncError) as caught:
        bench.run(TargetChecks(bench.ports).check(target, place))
    return caught.value


def test_a_page_is_asked_for_once_whoever_wants_to_know(bench: Bench) -> None:
    checks = TargetChecks(bench.ports)
    page = bench.page_target
    assert check(bench, (page, ""), (page, ""), (page, "sub"), checks=checks) == ["", "", ""]
    assert check(bench, (page, ""), checks=checks) == [""]
    assert bench.asked() == [PAGE]


def test_the_page_of_a_subfolder_is_asked_for_where_it_is_known(bench: Bench) -> None:
    sub = bench.other_page("sub")
    with bench.store.transaction():
        bench.store.pages.save(bench.page_target.page_id, "sub", sub)
    assert check(bench, (bench.page_target, "sub")) == [""]
    bench.caller.ok("PATCH", f"/v1/pages/{sub}", {"in_trash": True})
    (error,) = check(bench, (bench.page_target, "sub"))
    assert "trash" in error


def test_a_page_that_is_not_there(bench: Bench) -> None:
    assert isinstance(failing(bench, PageTarget(notion_id(99))), NotFound)


def test_a_database_where_a_page_was_meant(bench: Bench) -> None:
    error = failing(bench, PageTarget(bench.core.workspace.database_id))
    assert isinstance(error, Unusable)
    assert "is a database, not a page" in str(error)
    assert '"Attachments"' in str(error)


def test_a_database_is_held_against_the_rule_once(bench: Bench) -> None:
    checks = TargetChecks(bench.ports)
    target = rows(bench)
    assert check(bench, (target, "a"), (RowPage(target), "b"), (target, "c"), checks=checks) == ["", "", ""]
    assert bench.asked() == [DATABASE, SOURCE]
    assert checks.tables[target.key].source.id == bench.core.workspace.data_source_id
    # The next pass knows which data source it is.
    assert check(bench, (target, "a")) == [""]
    assert bench.asked()[2:] == [SOURCE]


def test_a_data_source_is_believed_for_a_week(bench: Bench) -> None:
    target = rows(bench)
    check(bench, (target, ""))
    source = bench.core.workspace.data_source_id
    assert known_source(bench.store, target, bench.clock.now()) == source
    bench.time.advance(SOURCES_KEPT + 60)
    assert known_source(bench.store, target, bench.clock.now()) is None


@pytest.mark.parametrize(
    ("column", "words"),
    [
        ("Nothing", 'has no property "Nothing"; its files properties are "Attachments"'),
        ("Status", "is of type select"),
    ],
)
def test_a_column_that_does_not_fit(bench: Bench, column: str, words: str) -> None:
    error = failing(bench, rows(bench, column))
    assert isinstance(error, Unusable)
    assert words in str(error)


def test_a_page_where_a_database_was_meant(bench: Bench) -> None:
    error = failing(bench, RowTarget(bench.core.workspace.page_id, "Attachments", parse("a")))
    assert "is a page, not a database" in str(error)


def test_what_fails_for_the_moment_is_asked_again_for_the_next_file(bench: Bench) -> None:
    bench.faults({"path": "/v1/pages", "times": 6, "do": {"status": 503}})
    checks = TargetChecks(bench.ports)
    with pytest.raises(ServerError):
        bench.run(checks.check(bench.page_target, ""))
    assert check(bench, (bench.page_target, ""), checks=checks) == [""]


def test_what_fails_for_good_is_not_asked_again(bench: Bench) -> None:
    checks, target = TargetChecks(bench.ports), PageTarget(notion_id(99))
    (first,) = check(bench, (target, ""), checks=checks)
    before = len(bench.asked())
    assert check(bench, (target, ""), (target, "sub"), checks=checks) == [first, first]
    assert len(bench.asked()) == before


@pytest.mark.parametrize(
    ("failed", "asked", "words"),
    [
        ("", "", "full"),
        ("", "sub", "full"),
        ("sub", "sub", "full"),
        ("sub", "", ""),
        ("sub", "other", ""),
    ],
)
def test_a_place_that_turned_out_to_be_unusable_is_so_from_then_on(
    bench: Bench, failed: str, asked: str, words: str
) -> None:
    with bench.store.transaction():
        bench.store.pages.save(bench.page_target.page_id, "sub", bench.other_page("sub"))

    async def scenario() -> str:
        checks = TargetChecks(bench.ports)
        await checks.check(bench.page_target, failed)
        checks.mark_failed(bench.page_target, failed, Unusable("full"))
        (error,) = await asyncio.gather(checks.check(bench.page_target, asked), return_exceptions=True)
        return str(error or "")

    assert bench.run(scenario()) == words


def test_what_the_page_of_one_row_refuses_others_may_take(bench: Bench) -> None:
    bodies = RowPage(rows(bench))

    async def scenario() -> None:
        checks = TargetChecks(bench.ports)
        await checks.check(bodies, "a")
        checks.mark_failed(bodies, "a", Unusable("this row's page"))
        await checks.check(bodies, "a")
        await checks.check(bodies, "b")

    bench.run(scenario())
