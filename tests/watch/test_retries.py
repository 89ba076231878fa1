"""The retry schedule of single files, as literals."""

import pytest

from notion_sync.watch.retries import FIRST_PAUSE, LONGEST_PAUSE, RetryState, backoff, next_retry


@pytest.mark.parametrize(
    ("attempts", "pause"),
    [(1, 60.0), (2, 120.0), (3, 240.0), (6, 1920.0), (7, 3600.0), (8, 3600.0), (10_000, 3600.0)],
)
def test_a_pause_is_twice_the_one_before_up_to_the_longest(attempts: int, pause: float) -> None:
    assert backoff(attempts, FIRST_PAUSE, LONGEST_PAUSE) == pause


@pytest.mark.parametrize(
    ("before", "parked", "first", "after"),
    [
        pytest.param(None, False, 60.0, RetryState("why", 1, 1000.0, 1060.0), id="the first one"),
        pytest.param(None, False, 5.0, RetryState("why", 1, 1000.0, 1005.0), id="another first pause"),
        pytest.param(None, True, 60.0, RetryState("why", 1, 1000.0, None), id="parked at once"),
        pytest.param(
            RetryState("old", 1, 900.0, 960.0), False, 60.0, RetryState("why", 2, 1000.0, 1120.0), id="the second"
        ),
        pytest.param(
            RetryState("why", 1, 900.0, 905.0), False, 5.0, RetryState("why", 2, 1000.0, 1010.0),
            id="the second of another first pause",
        ),
        pytest.param(
            RetryState("why", 40, 900.0, 4500.0), False, 60.0, RetryState("why", 41, 1000.0, 4600.0), id="the longest"
        ),
        pytest.param(
            RetryState("old", 3, 900.0, 1140.0), True, 60.0, RetryState("why", 4, 1000.0, None), id="parked later"
        ),
        pytest.param(
            RetryState("old", 3, 900.0, None), False, 60.0, RetryState("why", 4, 1000.0, 1480.0), id="parked no more"
        ),
    ],
)  # fmt: skip
def test_what_follows_from_an_attempt(
    before: RetryState | None, parked: bool, first: float, after: RetryState
) -> None:
    assert next_retry(before, "why", 1000.0, parked=parked, first=first) == after


def test_another_attempt_is_made_after_a_minute_unless_something_else_is_said() -> None:
    assert next_retry(None, "why", 1000.0) == RetryState("why", 1, 1000.0, 1060.0)
