"""One state a path, in bounded memory: when to look at it, how it was seen, why it failed, what was told."""

from collections.abc import Callable

import pytest

from notion_sync.model import Fingerprint
from notion_sync.watch.due import FILES, FILES_OF_ONE_FOLDER, FOLDERS, LONGEST_WAIT, TREES, Due
from notion_sync.watch.pending import FAILURES, MAX_LOOKS, TOLD, Pending
from notion_sync.watch.retries import RetryState


def _pending() -> Pending:
    return Pending(lambda _path: "/root")


def test_a_file_is_looked_at_when_it_was_left_alone() -> None:
    pending = _pending()
    for now in (0.0, 1.0, 2.0):
        pending.due.written("/root/a", settle=5.0, now=now)
    assert pending.due.next() == 7.0
    assert not pending.due.take(6.9)
    assert pending.due.take(7.0) == Due(files=frozenset(["/root/a"]))
    assert pending.due.next() == float("inf")


def test_a_file_that_is_written_to_all_the_time_is_looked_at_all_the_same() -> None:
    pending = _pending()
    for now in range(100):
        pending.due.written("/root/a", settle=5.0, now=float(now))
    assert pending.due.next() == LONGEST_WAIT


def test_an_event_brings_a_later_look_forward_and_does_not_put_it_off() -> None:
    pending = _pending()
    pending.due.look("/root/a", 60.0)
    assert pending.due.written("/root/a", settle=5.0, now=10.0)
    assert pending.due.next() == 15.0
    pending.due.written("/root/a", settle=5.0, now=58.0)
    assert pending.due.next() == 60.0


def test_whoever_waits_is_woken_only_by_what_comes_earlier() -> None:
    pending = _pending()
    assert pending.due.written("/root/a", settle=5.0, now=0.0)
    assert pending.due.next() == 5.0
    assert not pending.due.written("/root/b", settle=5.0, now=1.0)
    assert pending.due.changed("/root/c", settle=1.0, now=1.0)
    assert not pending.due.written("/root/d", settle=2.0, now=1.0)


def test_too_many_files_become_their_folder() -> None:
    pending = _pending()
    for number in range(10_000):
        pending.due.written(f"/root/sub/{number}", settle=5.0, now=number / 1000)
    due = pending.due.take(100.0)
    assert len(due.files) == FILES_OF_ONE_FOLDER
    assert due.folders == {"/root/sub"}
    # The books are kept: there is room again.
    pending.due.written("/root/sub/a", settle=5.0, now=200.0)
    assert pending.due.take(300.0) == Due(files=frozenset(["/root/sub/a"]))


def test_too_many_folders_become_the_root() -> None:
    pending = _pending()
    for number in range(10_000):
        pending.due.written(f"/root/{number}/a", settle=5.0, now=0.0)
    due = pending.due.take(100.0)
    assert (len(due.files), len(due.folders), due.trees) == (FILES, FOLDERS, frozenset(["/root"]))


def test_too_many_trees_become_the_root() -> None:
    pending = _pending()
    for number in range(10_000):
        pending.due.changed(f"/root/{number}", settle=5.0, now=0.0)
    due = pending.due.take(100.0)
    assert len(due.trees) == TREES + 1
    assert "/root" in due.trees


def test_what_could_not_be_looked_at_is_taken_back() -> None:
    pending = _pending()
    due = Due(frozenset(["/root/a"]), frozenset(["/root/f"]), frozenset(["/root/t"]))
    pending.due.look_again(due, 10.0)
    assert pending.due.waiting(9.9) == 0
    assert pending.due.waiting(10.0) == 3
    assert pending.due.take(10.0) == due


def _print(size: int) -> Fingerprint:
    return Fingerprint(size, size * 1000, size * 1000, 7)


def test_it_begins_anew_with_every_change() -> None:
    pending = _pending()
    assert not pending.stable("/a", _print(1), settle=5.0, ready_in=5.0, now=0.0)
    assert not pending.stable("/a", _print(2), settle=5.0, ready_in=5.0, now=5.0)
    assert not pending.stable("/a", _print(2), settle=5.0, ready_in=5.0, now=9.0)
    assert pending.stable("/a", _print(2), settle=5.0, ready_in=5.0, now=10.0)
    assert len(pending) == 0


def test_looks_are_bounded() -> None:
    pending = _pending()
    for number in range(MAX_LOOKS + 10):
        pending.stable(f"/{number}", _print(1), settle=5.0, ready_in=3.0, now=float(number))
    assert len(pending.unstable()) == MAX_LOOKS
    assert pending.pause(f"/{MAX_LOOKS + 1}", 3.0) == 3.0
    assert pending.seen_since("/5", 5.0)
    assert not pending.seen_since("/5", 5.1)
    pending.forget_looks(MAX_LOOKS - 1.0)
    assert pending.unstable() == (f"/{MAX_LOOKS - 1}",)
    pending.forget_look(f"/{MAX_LOOKS - 1}")
    assert not pending.unstable()
    assert len(pending) == 0


def test_what_was_looked_at_and_did_not_fail_is_forgotten() -> None:
    pending = _pending()
    pending.failed("/seen/a", "why", 1.0, parked=False)
    pending.failed("/unseen/b", "why", 1.0, parked=False)
    pending.failed("/seen/again", "why", 3.0, parked=False)
    pending.deferred("/seen/c", "why", 1.0)
    pending.deferred("/unseen/d", "why", 1.0)
    pending.looked(Due(trees=frozenset(["/seen"])), since=2.0, now=4.0)
    assert [path for path, _ in pending.failures()] == ["/unseen/b", "/seen/again"]
    assert [path for path, _ in pending.deferrals()] == ["/unseen/d"]


def test_a_look_that_is_long_past_is_forgotten_with_the_next_pass() -> None:
    pending = _pending()
    pending.stable("/a", _print(1), settle=5.0, ready_in=5.0, now=0.0)
    pending.stable("/b", _print(1), settle=5.0, ready_in=5.0, now=5.0)
    pending.looked(Due(), since=3602.0, now=3602.0)
    assert pending.unstable() == ("/b",)


def test_not_more_failures_are_remembered_than_there_is_room_for() -> None:
    pending = _pending()
    kept = [pending.failed(f"/{number}", "why", 0.0, parked=True) for number in range(FAILURES + 5)]
    assert len(pending.failures()) == FAILURES
    assert kept[FAILURES:] == [None] * 5
    again = pending.failed("/7", "why", 1.0, parked=False)
    assert again is not None
    assert again.attempts == 2, "one that is remembered has room"
    assert all(pending.deferred(f"/{number}", "why", 0.0) for number in range(FAILURES))
    assert pending.deferred("/one-more", "why", 0.0) is None


def test_a_failure_is_told_once_until_it_went_well_or_has_another_reason() -> None:
    pending = _pending()
    assert pending.tell("/a", ("rule", "page x"), "too large")
    assert not pending.tell("/a", ("rule", "page x"), "too large")
    assert pending.tell("/a", ("rule", "page y"), "too large")
    assert pending.tell("/a", ("rule", "page x"), "refused")
    pending.forget_told("/a", ("rule", "page x"))
    assert pending.tell("/a", ("rule", "page x"), "refused")
    assert not pending.tell("/a", ("rule", "page y"), "too large")
    pending.forget_told("/a", ("rule", "page x"))
    pending.forget_told("/a", ("rule", "page y"))
    assert len(pending) == 0


def test_what_was_told_first_is_forgotten_first() -> None:
    pending = _pending()
    for number in range(TOLD + 2):
        assert pending.tell(f"/{number}", ("rule", None), "why")
    assert len(pending) == TOLD
    assert pending.tell("/0", ("rule", None), "why")
    assert not pending.tell(f"/{TOLD}", ("rule", None), "why")


def test_a_path_is_forgotten_when_nothing_of_it_matters_any_more() -> None:
    """One state holds everything; each part of it goes by itself."""
    pending = _pending()
    pending.due.look("/a", 5.0)
    pending.stable("/a", _print(1), settle=5.0, ready_in=5.0, now=0.0)
    pending.failed("/a", "why", 0.0, parked=False)
    pending.deferred("/a", "why", 0.0)
    pending.tell("/a", ("rule", None), "why")
    assert len(pending) == 1
    assert pending.due.take(5.0) == Due(files=frozenset(["/a"]))
    pending.forget_look("/a")
    pending.forget_told("/a", ("rule", None))
    assert len(pending) == 1
    pending.forget_retries()
    assert len(pending) == 0
    assert (pending.failures(), pending.deferrals(), pending.unstable()) == ((), (), ())


def test_what_a_pass_covers() -> None:
    due = Due(frozenset(["/f/a"]), frozenset(["/g"]), frozenset(["/t"]))
    covered = ("/f/a", "/g/a", "/t", "/t/a/b")
    assert [path for path in (*covered, "/f/b", "/g/a/b", "/tree") if due.covers(path)] == list(covered)
    assert due.outside(["/g", "/f"]) == Due(folders=frozenset(), trees=frozenset(["/t"]))


@pytest.mark.parametrize(
    ("failed_at", "since", "covered", "kept"),
    [
        pytest.param(1.0, 2.0, True, False, id="before the pass"),
        pytest.param(2.0, 2.0, True, True, id="as it began"),
        pytest.param(3.0, 2.0, True, True, id="in the pass"),
        pytest.param(1.0, 2.0, False, True, id="elsewhere"),
    ],
)
def test_what_a_pass_has_ended(failed_at: float, since: float, covered: bool, kept: bool) -> None:
    pending = _pending()
    pending.failed("/f/a", "why", failed_at, parked=False)
    pending.deferred("/f/a", "why", failed_at)
    pending.looked(Due(trees=frozenset(["/f" if covered else "/g"])), since, 10.0)
    assert [path for path, _ in pending.failures()] == ["/f/a"] * kept
    assert [path for path, _ in pending.deferrals()] == ["/f/a"] * kept


@pytest.mark.parametrize(
    ("seen", "since", "pause"),
    [
        pytest.param(None, False, 9.0, id="never seen"),
        pytest.param(4.9, False, 3.0, id="seen before"),
        pytest.param(5.0, True, 3.0, id="seen then"),
        pytest.param(6.0, True, 3.0, id="seen since"),
    ],
)
def test_how_a_file_was_seen_last(seen: float | None, since: bool, pause: float) -> None:
    pending = _pending()
    pending.failed("/a", "why", 5.0, parked=True)
    if seen is not None:
        pending.stable("/a", _print(1), settle=5.0, ready_in=3.0, now=seen)
    assert pending.seen_since("/a", 5.0) is since
    assert pending.pause("/a", 9.0) == pause


@pytest.mark.parametrize("fail", [Pending.failed, Pending.deferred])
def test_what_is_forgotten_begins_anew_though_the_path_is_known(
    fail: Callable[..., RetryState | None],
) -> None:
    pending = _pending()
    parked = {"parked": False} if fail is Pending.failed else {}
    pending.tell("/a", ("rule", None), "why")
    attempts = []
    for forgets in (False, True, False):
        state = fail(pending, "/a", "why", 1.0, **parked)
        assert state is not None
        attempts.append(state.attempts)
        if forgets:
            pending.forget_retries()
    assert attempts == [1, 2, 1]
