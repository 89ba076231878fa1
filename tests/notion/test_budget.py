"""When the next call may go: with a clock that never waits, alone and with threads."""

import threading

import pytest

from notion_sync.errors import Cancelled
from notion_sync.notion.budget import Budget
from notion_sync.notion.requests import Lane

from .support import FakeClock


def most_in_any_window(times: list[float], window: float = 60.0) -> int:
    return max(sum(start <= other < start + window for other in times) for start in times)


def spend(budget: Budget, clock: FakeClock, calls: int) -> list[float]:
    times = []
    for _ in range(calls):
        budget.take()
        times.append(clock.monotonic())
    return times


def test_a_fresh_window_is_spent_in_a_burst_and_never_exceeded() -> None:
    clock = FakeClock(0.0)
    times = spend(Budget(clock, limit=180), clock, 500)
    assert times[:180] == [0.0] * 180
    assert times[180] == pytest.approx(60.5)
    assert times[360] == pytest.approx(121.0)
    assert most_in_any_window(times) == 180


def test_places_become_free_as_they_were_taken() -> None:
    clock = FakeClock(0.0)
    budget = Budget(clock, limit=3, window=10.0)
    times = []
    for _ in range(7):
        budget.take()
        times.append(clock.monotonic())
        clock.advance(2.0)
    assert times == pytest.approx([0.0, 2.0, 4.0, 10.5, 12.5, 14.5, 21.0])
    assert most_in_any_window(times, 10.0) == 3


def test_it_says_how_many_are_free_and_how_long_the_next_waits() -> None:
    clock = FakeClock(0.0)
    budget = Budget(clock, limit=3, window=10.0)
    assert (budget.free, budget.wait()) == (3, 0.0)
    spend(budget, clock, 2)
    assert (budget.free, budget.wait()) == (1, 0.0)
    clock.advance(4.0)
    budget.take()
    assert budget.free == 0
    assert budget.wait() == pytest.approx(6.5)
    clock.advance(6.5)
    assert (budget.free, budget.wait()) == (2, 0.0)


def test_no_limit_still_waits_when_told_to() -> None:
    clock = FakeClock(0.0)
    budget = Budget(clock, limit=None)
    assert spend(budget, clock, 1000) == [0.0] * 1000
    assert budget.free is None
    budget.hold(7.0)
    assert budget.wait() == 7.0
    assert spend(budget, clock, 1) == [7.0]


def test_after_a_refusal_everybody_waits_and_the_window_is_fresh() -> None:
    clock = FakeClock(0.0)
    budget = Budget(clock, limit=3, window=10.0)
    spend(budget, clock, 3)
    budget.hold(4.0, fresh_window=True)
    budget.hold(2.0)  # shorter: changes nothing
    assert budget.wait() == 4.0
    assert spend(budget, clock, 4) == pytest.approx([4.0, 4.0, 4.0, 14.5])


def test_a_hold_alone_gives_nothing_back() -> None:
    clock = FakeClock(0.0)
    budget = Budget(clock, limit=3, window=10.0)
    spend(budget, clock, 3)
    budget.hold(4.0)
    assert spend(budget, clock, 1) == pytest.approx([10.5])


def test_the_limit_can_change() -> None:
    clock = FakeClock(0.0)
    budget = Budget(clock, limit=2, window=10.0)
    spend(budget, clock, 2)
    budget.limit = 4
    assert spend(budget, clock, 2) == [0.0, 0.0]
    budget.limit = 1
    assert spend(budget, clock, 2) == pytest.approx([10.5, 21.0])
    with pytest.raises(ValueError, match="at least 1"):
        budget.limit = 0
    with pytest.raises(ValueError, match="at least 1"):
        Budget(clock, limit=-1)


def test_a_cancelled_wait_leaves_no_trace() -> None:
    clock = FakeClock(0.0)
    budget = Budget(clock, limit=1, window=10.0)
    budget.take()
    clock.cancelled = True
    with pytest.raises(Cancelled):
        budget.take()
    clock.cancelled = False
    assert budget.waiting == 0
    assert spend(budget, clock, 1) == pytest.approx([10.5])


def test_many_threads_together_keep_the_limit() -> None:
    clock = FakeClock(0.0)
    budget = Budget(clock, limit=20, window=10.0)
    times: list[float] = []
    lock = threading.Lock()

    def work() -> None:
        for _ in range(15):
            budget.take()
            with lock:
                times.append(clock.monotonic())

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(times) == 120
    assert budget.waiting == 0
    assert clock.monotonic() >= 5 * 10.5


class Limiter:
    """Notion's side: `limit` calls in each window that starts where the one before it ended."""

    def __init__(self, clock: FakeClock, limit: int, window: float, began: float) -> None:
        self.clock, self.limit, self.window, self.began = clock, limit, window, began
        self.count = 0

    def refusal(self) -> float | None:
        now = self.clock.monotonic()
        if now >= self.began + self.window:
            self.began += (now - self.began) // self.window * self.window
            self.count = 0
        self.count += 1
        return self.began + self.window - now if self.count > self.limit else None


@pytest.mark.parametrize(
    ("limit", "window", "began"), [(180, 60.0, -20.0), (30, 60.0, -20.0), (3, 1.0, -0.3)]
)
def test_two_refusals_teach_the_limit(limit: int, window: float, began: float) -> None:
    clock = FakeClock(0.0)
    budget = Budget(clock, limit=600)
    notion = Limiter(clock, limit, window, began)
    refusals = []
    for call in range(limit * 6):
        while True:
            asked = budget.take()
            clock.advance(0.01)
            if (seconds := notion.refusal()) is None:
                break
            refusals.append(call)
            budget.hold(seconds, fresh_window=True, asked=asked)
    assert refusals == [limit, 2 * limit]
    assert budget.learned_limit == limit
    assert clock.monotonic() < 6 * (window + 1.0)


def test_calls_under_way_at_a_refusal_do_not_count_as_granted() -> None:
    clock = FakeClock(0.0)
    budget = Budget(clock, limit=100)
    for _ in range(2):
        spend(budget, clock, 25)
        for _ in range(5):
            budget.hold(10.0, fresh_window=True, asked=clock.monotonic())
            clock.advance(1.0)
    spend(budget, clock, 1)
    assert budget.learned_limit == 20


def test_a_late_refusal_of_the_window_before_teaches_nothing() -> None:
    clock = FakeClock(0.0)
    budget = Budget(clock, limit=100)
    asked = budget.take()
    budget.hold(10.0, fresh_window=True, asked=asked)
    spend(budget, clock, 3)
    budget.hold(10.0, fresh_window=True, asked=asked)
    spend(budget, clock, 3)
    assert budget.learned_limit is None


def test_what_was_learned_is_tried_again_after_a_while() -> None:
    clock = FakeClock(0.0)
    budget = Budget(clock, limit=100)
    for _ in range(2):
        spend(budget, clock, 2)
        budget.hold(10.0, fresh_window=True, asked=spend(budget, clock, 1)[0])
    spend(budget, clock, 1)
    assert budget.learned_limit == 2
    clock.advance(600.0)
    assert budget.free == 100
    assert budget.learned_limit is None


class Steps(FakeClock):
    """A clock for several threads: each step waits until all of them sleep again or are done."""

    def __init__(self) -> None:
        super().__init__(0.0)
        self._changed = threading.Condition()
        self._step = self._asleep = self._awake = 0

    def start(self, work: threading.Thread) -> None:
        with self._changed:
            self._awake += 1
            work.start()
            assert self._changed.wait_for(lambda: self._awake == 0, timeout=60)

    def done(self) -> None:
        with self._changed:
            self._awake -= 1
            self._changed.notify_all()

    def sleep(self, seconds: float) -> None:
        assert 0 < seconds <= 1.0, "whoever waits looks again within a second"
        with self._changed:
            step = self._step
            self._asleep += 1
            self._awake -= 1
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._step > step)

    def step(self, seconds: float) -> None:
        with self._changed:
            self._time += seconds
            self._step += 1
            self._awake, self._asleep = self._asleep, 0
            self._changed.notify_all()
            assert self._changed.wait_for(lambda: self._awake == 0, timeout=60)


def test_attachments_go_before_new_uploads_and_else_the_first_come() -> None:
    clock = Steps()
    budget = Budget(clock, limit=1, window=1.0)
    budget.take()
    order: list[str] = []

    def work(name: str, lane: Lane) -> None:
        budget.take(lane)
        order.append(name)
        clock.done()

    for name, lane in [
        ("create 1", Lane.BEGIN),
        ("create 2", Lane.BEGIN),
        ("send 1", Lane.SEND),
        ("append 1", Lane.FINISH),
        ("append 2", Lane.FINISH),
        ("send 2", Lane.SEND),
    ]:
        clock.start(threading.Thread(target=work, args=(name, lane)))
    assert budget.waiting == 6
    assert budget.wait() == pytest.approx(7.7)
    for count in range(1, 7):
        clock.step(1.1)
        assert len(order) == count
    assert order == ["append 1", "append 2", "send 1", "send 2", "create 1", "create 2"]
