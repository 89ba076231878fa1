"""`only_new` and `--since`: what is older stays at home, and that is said."""

import os
import time

import pytest

from tests.e2e.rules import config, push
from tests.e2e.world import World

ONLY_NEW = "only_new: true"


def names(world: World) -> list[str]:
    """Of the blocks on the page."""
    return sorted(block["name"] for block in world.sandbox.blocks())


def test_a_rule_that_starts_from_now(world: World) -> None:
    world.write({"old.txt": b"o", "sub/old.txt": b"s", "changed.txt": b"c"})

    first = push(world, rule=ONLY_NEW)

    assert (first.code, first.counts(), names(world)) == (0, {}, [])
    # What comes later may have an old date; what changes is new.
    world.write({"copied.txt": b"n", "changed.txt": b"another"})
    run = push(world, rule=ONLY_NEW)
    assert (run.counts(), names(world)) == ({"attached": 2}, ["changed.txt", "copied.txt"])
    again = push(world, rule=ONLY_NEW)
    assert (again.counts(), again.summary["requests"]) == ({"unchanged": 2}, 0)
    assert push(world).counts() == {"attached": 2, "unchanged": 2}  # without it they are taken


def test_it_says_what_stays_and_why(world: World) -> None:
    world.write({"old.txt": b"o"})
    text = config(world, rule=ONLY_NEW)
    old = str(world.folder / "old.txt")

    assert "1 file stays at home: 1 older than its rule (only_new)" in world.run("push", config=text).stderr
    assert "older than its rule (only_new)" in world.run("missing", config=text).stdout
    assert "not all: older than the rule (only_new)" in world.run("explain", old, config=text).stdout
    status = world.run("status", config=text)
    assert f"all takes what came since {time.strftime('%Y-%m-%d')}" in status.stdout
    named = world.run("push", old, config=text)
    assert (named.code, "older than the rule (only_new)" in named.stderr) == (2, True)


def test_another_rule_takes_what_is_too_old_for_the_first(world: World) -> None:
    world.write({"old.txt": b"o"})
    page = world.sandbox.page_id
    text = "rules:\n" + "".join(
        f"  - {{name: {name}, folder: '{world.folder}', {more}to: {{page: {page}}}}}\n"
        for name, more in (("new", "only_new: true, "), ("rest", ""))
    )
    run = world.run("push", "--json", config=text)
    assert [(line["rule"], line["action"]) for line in run.files] == [("rest", "attached")]
    world.write({"later.txt": b"l"})
    assert [line["rule"] for line in world.run("push", "--json", config=text).files] == ["new"]
    assert world.run("missing", config=text).stdout == "Everything is in Notion.\n"


@pytest.mark.parametrize("only_new", [False, True])
def test_since(world: World, only_new: bool) -> None:
    """By the date that people see, also where the rule begins now; the next push takes the rest as it is told to."""
    rule = ONLY_NEW if only_new else ""
    world.write({"old.txt": b"o"})
    world.write({"recent.txt": b"r"}, mtime=time.time() - 86_400)
    older = str(world.folder / "old.txt")

    assert push(world, "", "--since", "1w", rule=rule).counts() == {"attached": 1}
    assert names(world) == ["recent.txt"]
    named = world.run("push", older, "--since", "1w", config=config(world))
    assert (named.code, "older than --since" in named.stderr) == (2, True)

    rest = push(world, rule=rule)
    assert rest.counts() == ({"unchanged": 1} if only_new else {"attached": 1, "unchanged": 1})


def test_an_upgrade_of_a_rule_that_has_sent_all(world: World) -> None:
    """What is in Notion stays there, and is not looked at again."""
    world.write({"a.txt": b"a"})
    push(world)
    run = push(world, rule=ONLY_NEW)
    assert (run.counts(), run.summary["requests"], names(world)) == ({"unchanged": 1}, 0, ["a.txt"])
    os.rename(world.folder / "a.txt", world.folder / "z.txt")
    assert push(world, rule=ONLY_NEW).counts() == {"renamed": 1}
