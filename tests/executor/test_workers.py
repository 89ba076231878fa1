"""Real threads, and the one that hears of their results."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future

import pytest

from notion_sync.errors import Cancelled, FileVanished, NotNow
from notion_sync.executor.workers import READERS, REQUESTS, Workers


@pytest.fixture
def workers() -> Iterator[Workers]:
    made = Workers()
    yield made
    made.finish()


def until_idle(workers: Workers) -> None:
    while workers.busy:
        workers.handle_next(30.0)


@pytest.mark.parametrize("pool", ["request", "read"])
def test_tasks_run_elsewhere_and_results_are_heard_here(workers: Workers, pool: str) -> None:
    here = threading.get_ident()
    heard: list[tuple[int, int]] = []

    def done(future: Future[int]) -> None:
        heard.append((future.result(), threading.get_ident()))

    submit: Callable[..., None] = getattr(workers, pool)
    submit(threading.get_ident, done)
    until_idle(workers)
    ((there, heard_in),) = heard
    assert there != here
    assert heard_in == here


def test_an_error_is_a_result(workers: Workers) -> None:
    heard: list[BaseException | None] = []

    def fail() -> None:
        raise FileVanished("it is gone")

    workers.read(fail, lambda future: heard.append(future.exception()))
    until_idle(workers)
    assert [type(error) for error in heard] == [FileVanished]


@pytest.mark.parametrize(("pool", "count"), [("request", REQUESTS), ("read", READERS)])
def test_so_many_work_together_and_no_more(workers: Workers, pool: str, count: int) -> None:
    together = threading.Barrier(count)
    most, now = 0, 0
    lock = threading.Lock()

    def task() -> None:
        nonlocal most, now
        with lock:
            now += 1
            most = max(most, now)
        together.wait(timeout=30)
        with lock:
            now -= 1

    submit: Callable[..., None] = getattr(workers, pool)
    for _ in range(2 * count):
        submit(task, lambda future: future.result())
    until_idle(workers)
    assert most == count


def test_readers_do_not_wait_for_requests(workers: Workers) -> None:
    """A slow Notion keeps nobody from reading files."""
    release = threading.Event()
    heard: list[str] = []
    for _ in range(REQUESTS + 1):
        workers.request(release.wait, lambda _: heard.append("request"))
    workers.read(lambda: None, lambda _: heard.append("read"))
    workers.handle_next(30.0)
    assert heard == ["read"]
    release.set()
    until_idle(workers)
    assert len(heard) == REQUESTS + 2


def test_waiting_ends_in_time_when_nothing_happens(workers: Workers) -> None:
    release = threading.Event()
    workers.request(release.wait, lambda _: None)
    workers.handle_next(0.0)
    workers.handle_next(0.001)
    assert workers.busy
    release.set()
    until_idle(workers)


def test_all_results_that_are_there_are_handled_together(workers: Workers) -> None:
    both_done = threading.Barrier(2)
    heard: list[int] = []
    for number in range(2):
        workers.request(lambda: both_done.wait(30), lambda _, n=number: heard.append(n))  # type: ignore[misc]
    while len(heard) < 2:
        workers.handle_next(30.0)
    assert not workers.busy


def test_a_result_may_begin_more_work(workers: Workers) -> None:
    heard: list[str] = []

    def read(_: Future[None]) -> None:
        heard.append("read")
        workers.request(lambda: None, lambda _: heard.append("sent"))

    workers.read(lambda: None, read)
    until_idle(workers)
    assert heard == ["read", "sent"]


def test_an_error_in_a_handler_leaves_the_other_results_to_be_handled(workers: Workers) -> None:
    both_done = threading.Barrier(2)
    heard: list[str] = []

    def fail(_: Future[int]) -> None:
        raise NotNow("no space left")

    workers.request(lambda: both_done.wait(30), fail)
    workers.read(lambda: both_done.wait(30), lambda _: heard.append("heard"))
    failures = 0
    while workers.busy:
        try:
            workers.handle_next(30.0)
        except NotNow:
            failures += 1
    assert (failures, heard) == (1, ["heard"])


# The end


def test_at_the_end_what_is_under_way_is_heard_and_what_waits_is_not_begun() -> None:
    workers = Workers()
    under_way, release = threading.Barrier(REQUESTS + 1), threading.Event()
    heard: list[str] = []
    begun: list[None] = []

    def task() -> None:
        begun.append(None)
        under_way.wait(30)
        release.wait(30)

    for _ in range(REQUESTS + 5):
        workers.request(task, lambda _: heard.append("request"))
    under_way.wait(30)
    threading.Timer(0.05, release.set).start()
    workers.finish()
    assert len(heard) == len(begun) == REQUESTS
    assert not workers.busy


def test_after_the_end_nothing_begins() -> None:
    workers = Workers()
    workers.finish()
    heard: list[str] = []
    workers.request(lambda: None, lambda _: heard.append("request"))
    workers.read(lambda: None, lambda _: heard.append("read"))
    assert (heard, workers.busy) == ([], False)
    workers.finish()


def test_a_result_that_comes_at_the_end_begins_nothing_more() -> None:
    workers = Workers()
    heard: list[str] = []

    def done(_: Future[None]) -> None:
        heard.append("first")
        workers.request(lambda: None, lambda _: heard.append("second"))

    workers.request(lambda: None, done)
    workers.finish()
    assert heard == ["first"]


def test_at_the_end_all_is_heard_before_the_first_error_goes_on() -> None:
    workers = Workers()
    heard: list[str] = []

    def fail(_: Future[None]) -> None:
        heard.append("fails")
        raise NotNow(str(len(heard)))

    workers.request(lambda: None, fail)
    workers.request(lambda: None, fail)
    workers.request(lambda: None, lambda _: heard.append("heard"))
    with pytest.raises(NotNow, match="1"):
        workers.finish()
    assert sorted(heard) == ["fails", "fails", "heard"]


def test_a_task_that_is_cancelled_by_the_clock_is_a_result(workers: Workers) -> None:
    heard: list[BaseException | None] = []

    def stopped() -> None:
        raise Cancelled("stopped")

    workers.request(stopped, lambda future: heard.append(future.exception()))
    until_idle(workers)
    assert isinstance(heard[0], Cancelled)
