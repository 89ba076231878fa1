"""Events: what was done when."""

import pytest

from notion_sync.model import ActionName, FilePath, Outcome, RecordedRefusal
from notion_sync.state import Store
from notion_sync.state.history import KEPT, EventFilter
from tests.support.store import PAGE, digest

A = FilePath("/d", "a.txt")


def outcome(action: ActionName = ActionName.ATTACHED, **fields: str) -> Outcome:
    return Outcome(
        "r", "a.txt", action, fields.get("reason", ""), 5, digest("x"), PAGE.key, PAGE.page_id, "block",
        "upload",
    )  # fmt: skip


def test_an_event_tells_everything_of_an_outcome(store: Store) -> None:
    with store.transaction():
        store.history.add("/bad\udcff/a.txt", outcome(), 12.5)
    (event,) = store.history.events()
    assert (event.at, event.path, event.action, event.bytes) == (12.5, "/bad\udcff/a.txt", "attached", 5)
    assert (event.rule, event.sha256, event.target) == ("r", digest("x"), PAGE.key)
    assert (event.page_id, event.block_id, event.file_upload_id) == (PAGE.page_id, "block", "upload")


def test_what_is_not_known_stays_unknown(store: Store) -> None:
    with store.transaction():
        store.history.add("/d/a", Outcome("r", "a", ActionName.FAILED, "why"), 1.0)
    (event,) = store.history.events()
    assert (event.reason, event.sha256, event.target, event.block_id) == ("why", None, None, None)


@pytest.mark.parametrize("action", ActionName)
def test_only_what_happened_is_history(store: Store, action: ActionName) -> None:
    with store.transaction():
        store.history.add("/d/a", outcome(action), 1.0)
    nothing = (ActionName.UNCHANGED, ActionName.DEFERRED)
    assert [event.action for event in store.history.events()] == ([] if action in nothing else [str(action)])


@pytest.mark.parametrize(
    ("below", "paths"),
    [
        (None, ["/d/b", "/d/a", "/d/sub/a", "/de", "/d/b"]),
        ("/d", ["/d/b", "/d/a", "/d/sub/a", "/d/b"]),
        ("/d/", ["/d/b", "/d/a", "/d/sub/a", "/d/b"]),
        ("/d/b", ["/d/b", "/d/b"]),
        ("/d/su", []),
        ("/", ["/d/b", "/d/a", "/d/sub/a", "/de", "/d/b"]),
    ],
)
def test_the_history_of_a_path_oldest_first(store: Store, below: str | None, paths: list[str]) -> None:
    with store.transaction():
        for path in ("/d/b", "/d/a", "/d/sub/a", "/de", "/d/b"):
            store.history.add(path, outcome(), 1.0)
    assert [event.path for event in store.history.events(EventFilter(below))] == paths


def test_a_reason_may_quote_a_path_that_is_no_text(store: Store) -> None:
    """That of a rename does."""
    with store.transaction():
        store.history.add("/d/a", outcome(ActionName.RENAMED, reason="was /d/bad\udcff"), 1.0)
        store.failures.save(A, PAGE.key, RecordedRefusal(digest("x"), b"a rule", "no bad\udcff"), 1.0)
    assert [event.reason for event in store.history.events()] == ["was /d/bad\ufffd"]
    assert store.failures.get(A, PAGE.key) == RecordedRefusal(digest("x"), b"a rule", "no bad\ufffd")


def test_the_oldest_events_are_dropped_by_whoever_writes_new_ones(store: Store) -> None:
    with store.transaction():
        for path, number in (("/d/first", 1), ("/d/old", 1000), ("/d/kept", 1001), ("/d/last", KEPT + 999)):
            store.history.add(path, outcome(), 1.0)
            store._database.execute("UPDATE history SET id = ? WHERE path = ?", (number, path.encode()))
        store.history.add("/d/new", outcome(), 2.0)
    assert [event.path for event in store.history.events()] == ["/d/kept", "/d/last", "/d/new"]


def test_the_newest_few(store: Store) -> None:
    with store.transaction():
        for number in range(5):
            store.history.add(f"/d/{number}", outcome(), float(number))
    assert [event.path for event in store.history.events(limit=2)] == ["/d/3", "/d/4"]
    assert [event.path for event in store.history.events(limit=2, newest_first=True)] == ["/d/4", "/d/3"]
    assert [event.path for event in store.history.events(EventFilter(since=3.0, search="D/4"))] == ["/d/4"]
