"""What a push learns of Notion's rate limit, and what the next one and `status` know of it."""

import json

from tests.e2e.world import Json, World

REFUSED = {
    "method": "POST", "path": "/v1/file_uploads$", "nth": 5, "when": "before",
    "do": {"status": 429, "code": "rate_limited", "headers": {"Retry-After": "1"}},
}  # fmt: skip


def known(world: World) -> Json | None:
    """What `status` says of it."""
    said: Json | None = json.loads(world.run("status", "--json").stdout)["rate_limit"]
    return said


def test_a_refusal_costs_a_wait_and_is_known_until_retry(world: World) -> None:
    world.write({f"{number}.txt": b"%d" % number for number in range(8)})
    world.sandbox.faults([REFUSED])
    assert world.push().code == 0
    world.assert_mirrors()
    assert [each["status"] for each in world.sandbox.requests()].count(429) == 1

    learned = known(world)
    assert learned is not None
    assert 4 <= learned["requests"] < 180
    assert "Notion takes " in world.run("status").stdout

    assert world.run("retry").code == 0
    assert known(world) is None


def test_what_goes_beyond_the_smaller_plan_is_remembered(world: World) -> None:
    """The sandbox of a world refuses nothing."""
    world.write({f"{number:03}.txt": b"%d" % number for number in range(95)})
    assert world.push().code == 0
    learned = known(world)
    assert learned is not None
    assert learned["requests"] > 180
    assert learned["tried_again_at"] is None
    world.assert_mirrors()

    # Estimates reckon with it.
    world.write({"new.txt": b"new"})
    rate = round(learned["requests"] * 60 / learned["seconds"])
    planned = world.run("push", str(world.folder), "--to", world.sandbox.page_id, "--dry-run")
    assert planned.stderr.rstrip().endswith(f"at {rate} requests a minute")
    assert f"of what {rate} a minute allow" in world.run("report").stdout
