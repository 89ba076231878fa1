"""How long Notion takes is known of each kind of write: on average, and how long a slow one takes."""

import pytest

from notion_sync.notion.rate.answers import AnswerTimes
from notion_sync.notion.requests import Effect, Priority, Request


def write(priority: Priority) -> Request:
    return Request("POST", "/v1/file_uploads", effect=Effect.IDEMPOTENT, priority=priority)


def test_kinds_are_told_apart_and_reads_are_left_out() -> None:
    times = AnswerTimes()
    times.answered(write(Priority.BEGIN), 1.0)
    times.answered(write(Priority.SEND), 5.0)
    times.answered(Request("GET", "/v1/users/me", effect=Effect.READ), 0.1)
    assert (times.average(Priority.BEGIN), times.average(Priority.SEND)) == (1.0, 5.0)
    assert times.average(Priority.FINISH) > 1.0


def test_the_slowest_of_the_last_few_hundred_counts() -> None:
    times, request = AnswerTimes(), write(Priority.SEND)
    for seconds in (2.0, 9.0, *[2.0] * 20):
        times.answered(request, seconds)
    assert times.average(Priority.SEND) == pytest.approx(2.0, abs=0.2)
    assert times.slowest(Priority.SEND) > 7.0
    for _ in range(400):
        times.answered(request, 2.0)
    assert times.slowest(Priority.SEND) == pytest.approx(2.0, abs=0.2)
