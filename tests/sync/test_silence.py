"""Whoever waits for Notion is told so, where no answer comes at all."""

from notion_sync.notion.client import Notion
from tests.sync.bench import Bench


def told(bench: Bench, *delays: float) -> list[str]:
    """What is said while Notion thinks about requests for so many seconds each."""
    heard: list[str] = []
    notion = Notion(
        bench.transport, clock=bench.clock, threads=bench.threads, random=lambda: 0.5, tell=heard.append
    )
    for delay in delays:
        bench.faults({"path": "/v1/users/me", "nth": 1, "do": {"delay": delay}})
        bench.run(notion.me())
    return heard


def test_a_long_silence_is_said_once(bench: Bench) -> None:
    assert len(told(bench, 20.0)) == 1
    assert "no answer" in told(bench, 20.0)[0]


def test_silence_after_an_answer_is_another_one(bench: Bench) -> None:
    assert len(told(bench, 20.0, 1.0, 30.0)) == 2


def test_an_answer_that_takes_its_usual_time_is_nothing_to_speak_of(bench: Bench) -> None:
    assert told(bench, 1.0, 4.0) == []
