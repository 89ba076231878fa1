"""What is said of a run while it goes on, in its end, and afterwards: real terminals, real signals."""

import contextlib
import json
import os
import pty
import signal
import subprocess
import termios
import time
from collections.abc import Sequence

import pyte
import pytest

from tests.e2e import rules
from tests.e2e.world import Json, World, wait_until
from tests.support.terminal import Terminal

NOBODY = "5e1f3c0a9b7d4c1e8f2a6d0b4c8e1f37"
"""The id of a page that is not shared."""

SLOW: Sequence[Json] = [{"path": "/send$", "do": {"delay": 2}}]


@pytest.mark.parametrize("columns", [50, 140])
def test_a_push_on_a_terminal_leaves_its_lines_and_nothing_that_moved(world: World, columns: int) -> None:
    world.write({f"{number}.md": b"%d" % number for number in range(3)})
    world.sandbox.faults([{"path": "/send$", "do": {"delay": 0.6}}])
    environ = {name: value for name, value in world.environ.items() if name != "COLUMNS"}
    push = world.command("push", str(world.folder), "--to", world.sandbox.page_id)
    with Terminal(push, environ, columns=columns) as shown:
        code = shown.end()
    assert (code, shown.most_moving, shown.screen.cursor.hidden) == (0, 1, False)
    lines = shown.lines()
    assert [line.split()[:2] for line in lines[:3]] == [["attached", f"{number}.md"] for number in range(3)]
    assert "3 attached" in lines[3]


def test_a_push_that_is_asked_to_stop_says_so_before_it_has_stopped(world: World) -> None:
    world.write({f"{number:02}.md": b"%d" % number for number in range(40)})
    world.sandbox.faults(SLOW)
    process = subprocess.Popen(
        world.command("push", str(world.folder), "--to", world.sandbox.page_id),
        env=world.environ, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stderr is not None
    wait_until(lambda: world.sandbox.fired() > 0, "a content is on its way")
    process.send_signal(signal.SIGINT)
    assert process.stderr.readline().startswith("stopping: ")
    assert process.poll() is None
    rest = process.communicate()[1]
    assert process.returncode == 130
    assert "40 files: not sent" in rest or "files: not sent (the run was stopped)" in rest
    assert len(rest.splitlines()) < 8


def test_one_cause_is_told_once_by_push_and_by_status(world: World) -> None:
    world.write({f"{number:02}.md": b"%d" % number for number in range(30)})
    config = rules.config(world, f"page: {NOBODY}")
    push = world.run("push", config=config)
    (line,) = [line for line in push.stderr.splitlines() if line.startswith("failed")]
    assert line.startswith("failed    30 files: ")
    assert "request " not in line
    assert len(world.run("push", "--json", config=config).files) == 30

    status = world.run("status")
    assert status.code == 1
    assert status.stdout.startswith("Not everything is in Notion: 30 files failed.")
    (line,) = [line for line in status.stdout.splitlines() if line.startswith("failed")]
    assert "tried 2 times" in line
    history = [event for event in world.run("history", "--json").lines if event["action"] == "failed"]
    assert len(history) == 30


def test_trouble_that_is_over_is_over(world: World) -> None:
    """A file that is gone or mended, and a folder that is there again."""
    config = rules.config(world, rule="max_size: 1 KB")
    world.write({"good.md": b"x", "huge.md": b"x" * 2000, "gone.md": b"x" * 2000})
    world.run("push", config=config)
    before = json.loads(world.run("status", "--json").stdout)["store"]
    assert (before["left_out"], before["failed"]) == (2, 0)
    world.write({"huge.md": b"x"})
    (world.folder / "gone.md").unlink()
    world.folder.rename(world.home / "elsewhere")
    assert world.run("push", config=config).code == 1
    assert "folder" in world.run("status").stdout
    (world.home / "elsewhere").rename(world.folder)
    assert world.run("push", config=config).code == 0
    status = world.run("status")
    assert status.code == 0
    assert status.stdout.startswith("Everything is in Notion, as of the last look.")
    after = json.loads(world.run("status", "--json").stdout)
    assert (after["store"]["left_out"], after["store"]["last_run"]["exit_code"]) == (0, 0)
    assert after["last_success_at"] == pytest.approx(time.time(), abs=60)


def test_what_is_not_in_notion_is_listed_by_its_reason(world: World) -> None:
    config = rules.config(world, rule='max_size: 1 KB\nignore: ["*.log"]')
    world.write({"in.md": b"x", "huge.md": b"x" * 2000, ".plan": b"x", "id_rsa": b"x", "a.log": b"x"})
    push = world.run("push", config=config)
    assert push.stderr.splitlines()[-1].startswith("3 files stay at home: ")
    world.write({"later.md": b"later"})
    run = world.run("missing", "--json", config=config)
    found = {os.path.basename(line["path"]): line["kind"] for line in run.lines}
    assert found == {
        "huge.md": "left out", "later.md": "waiting", ".plan": "at home", "id_rsa": "at home", "a.log": "at home",
    }  # fmt: skip
    words = world.run("missing", str(world.folder / "id_rsa"), config=config).stdout
    assert words.splitlines() == ["at home   1 file: secret", f"            {world.folder}/id_rsa"]


def test_each_rule_is_told_in_numbers(world: World) -> None:
    world.write({"a.md": b"x", "sub/b.md": b"y", "huge.md": b"x" * 2000})
    more = f"  - name: disk\n    folder: {world.home}/gone\n    to: {{page: {world.sandbox.page_id}}}\n"
    config = rules.config(world, rule="max_size: 1 KB") + more
    world.run("push", config=config)
    status = world.run("status", "--json", config=config)
    found = json.loads(status.stdout)["rules"]
    looked_at = [rule.pop("last_check_at") for rule in found]
    assert [at is None for at in looked_at] == [False, True]  # the folder of the second is not there
    assert found == [
        {
            "rule": "all",
            "folder": str(world.folder),
            "in_notion": 2,
            "waiting": 0,
            "failed": 0,
            "left_out": 1,
            "undone": 0,
            "since": None,
        },
        {
            "rule": "disk",
            "folder": f"{world.home}/gone",
            "in_notion": 0,
            "waiting": 0,
            "failed": 1,
            "left_out": 0,
            "undone": 0,
            "since": None,
        },
    ]
    _, head, first, second, *_ = world.run("status", config=config).stdout.splitlines()
    assert (head.split()[:3], first.split()[:5]) == (["RULE", "IN", "NOTION"], ["all", "2", "0", "0", "1"])
    assert second.split()[:5] == ["disk", "0", "0", "1", "0"]


def test_status_is_followed_on_a_terminal_until_somebody_has_seen_enough(world: World) -> None:
    leader, follower = pty.openpty()
    termios.tcsetwinsize(follower, (30, 100))
    process = subprocess.Popen(
        world.command("status", "--watch"), env=world.environ | {"TERM": "xterm"}, stdin=follower, stdout=follower,
        stderr=follower,
    )  # fmt: skip
    os.close(follower)
    screen = pyte.Screen(100, 30)
    stream, typed = pyte.ByteStream(screen), False
    with contextlib.suppress(OSError):  # the other end is closed
        while data := os.read(leader, 65536):
            stream.feed(data)
            if not typed and "nothing was brought to Notion yet" in "".join(screen.display):
                process.send_signal(signal.SIGINT)
                typed = True
    os.close(leader)
    assert (process.wait(30), screen.cursor.hidden) == (130, False)
    refused = world.run("status", "--watch")
    assert (refused.code, "needs a terminal" in refused.stderr) == (2, True)
