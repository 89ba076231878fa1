"""Notion says how long it is not to be called: later processes and passes keep to it, `retry` does not."""

import json

import pytest

from tests.e2e.world import Json, World
from tests.watch.watching import config, watching

HOUR = {
    "path": "^/v1/", "nth": 1, "when": "before",
    "do": {
        "status": 429, "code": "rate_limited", "headers": {"Retry-After": "3600"},
        "additional_data": {"rate_limit_reason": "public_api_space_request_rate_limit"},
    },
}  # fmt: skip


def asked(world: World) -> int:
    return len(world.sandbox.requests())


def status(world: World) -> Json:
    return dict(json.loads(world.run("status", "--json").stdout))


def test_later_commands_ask_for_nothing_until_retry(world: World) -> None:
    world.write({"a.txt": b"a"})
    world.sandbox.faults([HOUR])
    first = world.push()
    assert first.code == 75
    assert "Notion is not called before" in first.stderr
    before = asked(world)

    later = world.push()
    assert later.code == 75
    assert "asked not to be called before" in later.stderr
    assert "asked not to be called before" in world.run("uploads").stderr
    assert asked(world) == before
    assert "asked not to be called before" in world.run("status").stdout
    assert isinstance(status(world)["held_until"], float)

    assert world.run("retry").code == 0
    assert status(world)["held_until"] is None
    assert world.push().code == 0
    world.assert_mirrors()


@pytest.mark.parametrize(("status", "code"), [(503, "service_unavailable"), (529, "service_overload")])
def test_no_file_fails_where_all_calls_are_to_wait(world: World, status: int, code: str) -> None:
    world.write({"a.txt": b"a"})
    answer = {"status": status, "code": code, "headers": {"Retry-After": "3600"}}
    world.sandbox.faults([{**HOUR, "do": answer}])

    run = world.push()

    assert (run.code, run.counts()) == (75, {"deferred": 1})
    assert world.run("retry").code == 0
    assert world.push().code == 0
    world.assert_mirrors()


def test_a_push_that_needs_nothing_needs_no_permission(world: World) -> None:
    world.write({"a.txt": b"a"})
    assert world.push().code == 0
    world.sandbox.faults([HOUR])
    assert world.run("uploads").code == 75
    assert world.push().code == 0


def test_a_daemon_keeps_to_it_and_says_until_when(world: World) -> None:
    with watching(world, config=config(world)) as daemon:
        world.sandbox.faults([HOUR])
        world.write({"a.txt": b"a"})
        daemon.hears("not now")
        before = asked(world)
        told = daemon.status()
        assert told["next_attempt_at"] - told["trouble_since"] > 3000
        world.write({"b.txt": b"b"})
        daemon.until(lambda: daemon.status().get("queued") == 2, "two files that wait")
        assert asked(world) == before
        daemon.tell("retry")
        daemon.brings("a.txt", "b.txt")
