"""Everything that can go wrong between here and Notion, at every kind of request: exactly once all the same."""

import os
from typing import Any

import pytest

from tests.e2e.world import World

LARGE = 21 * 2**20
CALLS = {
    "account": ("GET", "/users/me$"),
    "page": ("GET", "/pages/"),
    "create": ("POST", "/file_uploads$"),
    "send": ("POST", "/send$"),
    "complete": ("POST", "/complete$"),
    "append": ("PATCH", "/children$"),
}
TROUBLES: dict[str, dict[str, Any]] = {
    "cut before": {"when": "before", "do": {"cut": True}},
    "cut after": {"when": "after", "do": {"cut": True}},
    "half an answer": {"when": "after", "do": {"truncate": True}},
    "500 before": {"when": "before", "do": {"status": 500}},
    "500 after": {"when": "after", "do": {"status": 500}},
    "502 page": {"when": "after", "do": {"status": 502, "body": "<html>Bad Gateway</html>"}},
    "503 after": {"when": "after", "do": {"status": 503}},
    "504 after": {"when": "after", "do": {"status": 504}},
    "429": {"when": "before", "do": {"status": 429, "headers": {"Retry-After": "1"}}},
    "529": {"when": "before", "do": {"status": 529, "headers": {"Retry-After": "1"}}},
    "409": {"when": "before", "do": {"status": 409}},
    "committed": {"when": "after", "do": {"committed": True}},
}
DAILY = ("cut before", "cut after", "500 after", "429")
EACH_TROUBLE = [pytest.param(name, marks=() if name in DAILY else pytest.mark.soak) for name in TROUBLES]
"""The daily ones, and the rest for `make soak`: the simulated sweep plays all of them every day."""


def _pairs() -> list[object]:
    """Everything for the one call that must not be repeated; for the others the rest is left to `make soak`."""
    return [
        pytest.param(call, trouble, marks=() if call == "append" or trouble in DAILY else pytest.mark.soak)
        for call in CALLS
        for trouble in TROUBLES
    ]


@pytest.mark.parametrize(("call", "trouble"), _pairs())
def test_trouble(world: World, call: str, trouble: str) -> None:
    """One request of each kind goes wrong once; the push ends well, and the next one finds nothing to do."""
    world.write({"a.txt": b"one", "b.txt": b"one", "c.png": b"\x89PNG", "d.pdf": os.urandom(LARGE)})
    method, path = CALLS[call]
    world.sandbox.faults([{"method": method, "path": path, "nth": 1, "times": 1, **TROUBLES[trouble]}])

    run = world.push()

    assert run.code == 0, run.stdout + run.stderr
    world.assert_mirrors()
    again = world.push()
    assert again.counts() == {"unchanged": 4}
    assert again.summary["requests"] == 0


@pytest.mark.parametrize("trouble", ["cut before", "cut after", "500 after", "committed", "429"])
def test_trouble_with_changes(world: World, trouble: str) -> None:
    """A replacement and a new name survive the same."""
    world.write({"a.txt": b"one", "b.txt": b"two"})
    assert world.push().code == 0
    world.write({"a.txt": b"uno"}, mtime=1_600_000_100)
    (world.folder / "b.txt").rename(world.folder / "c.txt")
    world.sandbox.faults(
        [{"method": "PATCH", "path": "/blocks/[^/]+$", "every": 1, "times": 2, **TROUBLES[trouble]}]
    )

    run = world.push()

    assert run.counts() == {"replaced": 1, "renamed": 1}, run.stdout + run.stderr
    world.assert_mirrors()
    assert [block["name"] for block in world.sandbox.blocks()] == ["a.txt", "c.txt"]


def test_everything_goes_wrong_now_and_then(world: World) -> None:
    """A third of all requests fail, in every way, and a hundred files still arrive exactly once."""
    world.write({f"{n:03}.txt": f"file {n}".encode() for n in range(60)})
    faults = [
        {"path": "^/v1/", "probability": 0.04, "seed": seed, **trouble}
        for seed, trouble in enumerate(TROUBLES.values())
        if "committed" not in trouble["do"]
        and trouble["do"].get("status") != 429  # what they teach of the rate limit makes all the others slow
    ]
    for _ in range(8):
        world.sandbox.faults(faults)
        run = world.push()
        assert run.code in (0, 1, 75), run.stderr
        if run.code == 0:
            break
    world.sandbox.faults([])

    assert world.push().code == 0
    # A file whose turn failed comes in a later run, and so stands further down.
    there = sorted(block["sha256"] for block in world.sandbox.blocks())
    assert there == sorted(digest for _, digest in world.contents())
