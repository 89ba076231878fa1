"""What is kept of files that are not in Notion, and of runs: outcomes in, what `status` reads out."""

from dataclasses import replace

import pytest

from notion_sync.model import ActionName, Outcome
from notion_sync.state import Store
from notion_sync.state.overview import TroubleGroup, grouped
from notion_sync.state.runs import KEPT
from notion_sync.state.troubles import TO_BE_TRIED

FAILED = Outcome(
    "scans", "a.pdf", ActionName.FAILED, "it is not shared [object_not_found, request 1-a]", target="page"
)


def save(store: Store, path: str, now: float, outcome: Outcome = FAILED) -> bool:
    with store.noting():
        return store.troubles.save(path, outcome, now)


def test_a_trouble_is_news_once_and_keeps_its_age(store: Store) -> None:
    again = replace(FAILED, reason="it is not shared [object_not_found, request 2-b]")
    assert [save(store, "/d/a.pdf", 1.0), save(store, "/d/a.pdf", 5.0, again)] == [True, False]
    (trouble,) = store.troubles.all()
    assert (trouble.since, trouble.last_at, trouble.times) == (1.0, 5.0, 2)


@pytest.mark.parametrize(
    "other", [replace(FAILED, reason="it is too large"), replace(FAILED, action=ActionName.SKIPPED)]
)
def test_another_trouble_takes_its_place(store: Store, other: Outcome) -> None:
    save(store, "/d/a.pdf", 1.0)
    assert save(store, "/d/a.pdf", 5.0, other)
    (trouble,) = store.troubles.all()
    assert (trouble.since, trouble.times) == (5.0, 1)


@pytest.mark.parametrize(
    ("below", "left"),
    [((), []), (("/d",), ["/e/b.pdf"]), (("/d/a.pdf",), ["/e/b.pdf"]), (("/f",), ["/d/a.pdf", "/e/b.pdf"])],
)
def test_what_is_to_be_tried_again_has_no_other_trouble(
    store: Store, below: tuple[str, ...], left: list[str]
) -> None:
    save(store, "/d/a.pdf", 1.0)
    save(store, "/e/b.pdf", 1.0)
    with store.noting():
        store.troubles.try_again(below)
    assert [each.path for each in store.troubles.all() if each.reason != TO_BE_TRIED] == left


def test_what_is_over_is_over_at_that_target(store: Store) -> None:
    elsewhere = replace(FAILED, target="other")
    everywhere = replace(FAILED, target=None, reason="it cannot be read")
    for outcome in (FAILED, elsewhere, everywhere):
        save(store, "/d/a.pdf", 1.0, outcome)
    with store.noting():
        store.troubles.over("/d/a.pdf", "scans", "page")
    assert [each.target for each in store.troubles.all()] == ["other"]


def test_troubles_are_grouped_by_their_cause(store: Store) -> None:
    for number in range(5):
        save(store, f"/d/{number}.pdf", 10.0 - number)
    save(store, "/d/0.pdf", 11.0, replace(FAILED, target="other"))
    save(store, "/d/x.pdf", 2.0, Outcome("scans", "x.pdf", ActionName.SKIPPED, "it is empty"))
    first = ("/d/0.pdf", "/d/1.pdf", "/d/2.pdf")
    assert grouped(store.troubles.all()) == (
        TroubleGroup("scans", "failed", "it is not shared", 5, first, 6.0, 1),
        TroubleGroup("scans", "skipped", "it is empty", 1, ("/d/x.pdf",), 2.0, 1),
    )


def test_a_run_is_known_with_its_end(store: Store) -> None:
    with store.noting():
        store.runs.begin("push", 7, 1.0)
    running = store.runs.last()
    assert running is not None
    assert (running.command, running.pid, running.started_at, running.ended_at) == ("push", 7, 1.0, None)
    with store.noting():
        store.runs.passed({ActionName.ATTACHED: 3, ActionName.FAILED: 1, ActionName.SKIPPED: 0}, None)
        store.runs.end(1, "", 9.0)
    ended = store.runs.last()
    assert ended is not None
    assert (ended.ended_at, ended.exit_code, ended.counts) == (9.0, 1, {"attached": 3, "failed": 1})


def test_a_dry_run_is_no_run(store: Store) -> None:
    with store.noting():
        store.runs.begin("push", 7, 1.0)
        store.runs.begin("push --dry-run", 8, 2.0)
    last = store.runs.last()
    assert last is not None
    assert last.pid == 7


def test_only_so_many_runs_are_kept(store: Store) -> None:
    with store.noting():
        for number in range(KEPT + 10):
            store.runs.begin("push", number, float(number))
    assert store._database.execute("SELECT count(*), min(pid) FROM runs").fetchone() == (KEPT, 10)
