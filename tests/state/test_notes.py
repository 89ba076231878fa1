"""Refusals, answers worth keeping, and the history."""

import pytest

from notion_sync.model import ActionName, FileId, Outcome, RecordedRefusal
from notion_sync.state import Store
from notion_sync.state.history import EventFilter
from tests.support.store import BOT, OTHER_PAGE, PAGE, digest

A = FileId("/d", "a.txt")
REFUSED = RecordedRefusal(digest("x"), b"a rule", "Notion said no: é")

# Failures


def test_a_refusal_is_of_one_path_at_one_target(store: Store) -> None:
    with store.transaction():
        store.failures.save(A, PAGE.key, REFUSED, 1.0)
    assert store.failures.get(A, PAGE.key) == REFUSED
    assert store.failures.get(A, OTHER_PAGE.key) is None
    assert store.failures.get(FileId("/d", "b.txt"), PAGE.key) is None
    assert store.failures.of_file(A) == [(PAGE.key, REFUSED, 1.0)]


def test_a_refusal_lasts_until_it_goes_well_or_another_takes_its_place(store: Store) -> None:
    other = RecordedRefusal(digest("y"), b"another rule", "no")
    with store.transaction():
        store.failures.save(A, PAGE.key, REFUSED, 1.0)
        store.failures.save(A, PAGE.key, other, 2.0)
    assert store.failures.get(A, PAGE.key) == other
    with store.transaction():
        store.failures.clear(A, PAGE.key)
        store.failures.clear(A, OTHER_PAGE.key)
    assert store.failures.get(A, PAGE.key) is None


@pytest.mark.parametrize(
    ("below", "count", "left"),
    [
        ((), 4, []),
        (("/d",), 3, ["/de/c.txt"]),
        (("/d/a.txt",), 2, ["/d/sub/b.txt", "/de/c.txt"]),
        (("/d/sub", "/de"), 3, ["/d/a.txt"]),
        (("/elsewhere",), 1, ["/d/a.txt", "/d/sub/b.txt", "/de/c.txt"]),
    ],
)
def test_refusals_can_be_tried_again(
    store: Store, below: tuple[str, ...], count: int, left: list[str]
) -> None:
    files = [A, FileId("/d/sub", "b.txt"), FileId("/de", "c.txt")]
    with store.transaction():
        for file in files:
            store.failures.save(file, PAGE.key, REFUSED, 1.0)
        store.failures.refuse_type(BOT, "exe", "no", 1.0)
    with store.transaction():
        assert store.failures.retry(below) == count
    assert [file.path for file in files if store.failures.get(file, PAGE.key)] == left
    assert store.failures.refused_type(BOT, "exe", 0.0) is None


def test_a_refused_type_is_believed_for_a_while_and_of_one_bot(store: Store) -> None:
    with store.transaction():
        store.failures.refuse_type(BOT, "exe", "no programs", 100.0)
    assert store.failures.refused_type(BOT, "exe", 99.0) == "no programs"
    assert store.failures.refused_type(BOT, "exe", 100.0) is None
    assert store.failures.refused_type(BOT, "", 0.0) is None
    assert store.failures.refused_type("somebody else", "exe", 0.0) is None


# What is remembered


def test_answers_are_remembered_for_a_while(store: Store) -> None:
    value = {"bot": "é", "limit": None, "n": [1, 2]}
    with store.transaction():
        store.remembered.set("key", {"old": True}, 1.0)
        store.remembered.set("key", value, 100.0)
        store.remembered.set("root /a", value, 100.0)
    assert store.remembered.get("key", 99.0) == value
    assert store.remembered.get("key", 100.0) is None
    assert store.remembered.get("another", 0.0) is None
    with store.transaction():
        store.remembered.clear(keep="root ")
    assert store.remembered.get("key", 0.0) is None
    assert store.remembered.get("root /a", 0.0) == value


# History


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
