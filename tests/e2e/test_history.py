"""`history`: what was done when."""

import datetime as dt
import os
import pty
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress

import pytest

from tests.e2e.world import World, sha256


@pytest.fixture
def storied(world: World) -> World:
    """A failure, two files, and one of them changed."""
    world.write({"a.txt": b"one", "b.txt": b"two", "empty.txt": b""})
    world.push()
    world.write({"a.txt": b"other"})
    world.push()
    return world


def on_terminal(command: Sequence[str], environ: Mapping[str, str]) -> tuple[int, str]:
    """How a run ends whose output goes to a terminal, and what it has written there."""
    master, slave = pty.openpty()
    with os.fdopen(master, "rb", buffering=0) as screen:
        process = subprocess.Popen(command, stdout=slave, stderr=slave, env={**environ, "TERM": "xterm"})
        os.close(slave)
        shown = b""
        with suppress(OSError):  # how Linux tells that nobody writes any more
            while chunk := screen.read(65536):
                shown += chunk
        return process.wait(), shown.decode().replace("\r\n", "\n")


def test_json_lines_have_the_documented_fields(world: World) -> None:
    world.write({"a.txt": b"one"})
    world.push()

    run = world.run("history", "--json")

    (block,) = world.sandbox.blocks()
    (line,) = run.lines
    at = dt.datetime.fromisoformat(line.pop("at"))
    assert abs((dt.datetime.now(dt.UTC) - at).total_seconds()) < 100
    page = world.sandbox.page_id
    assert line == {
        "rule": "folder", "path": str(world.folder / "a.txt"), "action": "attached", "reason": "", "bytes": 3,
        "sha256": sha256(b"one"), "target": page, "page_id": page, "block_id": block["id"],
        "file_upload_id": block["file_upload_id"],
        "url": f"https://www.notion.so/{page}#{block['id']}".replace("-", ""), "run": 1,
    }  # fmt: skip


def test_newest_stands_last_and_unchanged_files_are_no_event(world: World) -> None:
    world.write({"a.txt": b"one"})
    world.push()
    world.push()
    world.write({"a.txt": b"other"})
    world.push()

    assert [line["action"] for line in world.run("history", "--json").lines] == ["attached", "replaced"]


def test_below_a_path(world: World) -> None:
    world.write({"a/1.txt": b"1", "a b/2.txt": b"2", "a/c/3.txt": b"3"})
    world.push()

    def names(path: str) -> list[str]:
        run = world.run("history", path, "--json", cwd=world.folder)
        return [line["path"].rpartition("/")[2] for line in run.lines]

    assert sorted(names("a")) == ["1.txt", "3.txt"]
    assert names("a/1.txt") == ["1.txt"]
    assert names("nothing") == []


def test_words_for_people(world: World) -> None:
    world.write({"a.txt": b"one", "empty.txt": b""})
    world.push()

    plain, with_addresses = world.run("history"), world.run("history", "--urls")

    (line,) = [line for line in plain.stdout.splitlines() if "a.txt" in line]
    assert "attached" in line
    assert "~/folder/a.txt  3 B" in line
    assert "https://www.notion.so/" not in plain.stdout
    assert "https://www.notion.so/" in with_addresses.stdout
    assert (plain.code, plain.stderr) == (0, "")


@pytest.mark.parametrize(
    ("options", "names"),
    [
        ([], ["empty.txt", "a.txt", "b.txt", "a.txt"]),
        (["--limit", "2"], ["b.txt", "a.txt"]),
        (["--failed"], ["empty.txt"]),
        (["--rule", "folder", "--search", "B.T"], ["b.txt"]),
        (["--search", "no empty files"], ["empty.txt"]),
        (["--rule", "other"], []),
        (["--since", "1h"], ["empty.txt", "a.txt", "b.txt", "a.txt"]),
        (["--since", "2100-01-01"], []),
    ],
)
def test_asked_as_people_ask(storied: World, options: list[str], names: list[str]) -> None:
    run = storied.run("history", "--json", *options)
    assert [line["path"].rpartition("/")[2] for line in run.lines] == names
    assert run.code == 0
    assert ("nothing of the kind" in run.stderr) == (not names)


def test_newest_first_by_day_on_a_terminal(storied: World) -> None:
    status, screen = on_terminal(storied.command("history"), storied.environ)
    lines = screen.splitlines()
    assert status == 0
    assert lines[0] == f"{dt.datetime.now().astimezone():%a %-d %b %Y}"
    # A line may be broken; what follows stands below its text.
    assert [line.split()[1:3] for line in lines[1:] if not line.startswith(" ")] == [
        ["replaced", "folder"], ["attached", "folder"], ["attached", "folder"], ["skipped", "folder"]
    ]  # fmt: skip


def test_a_time_that_is_none_is_refused_in_words(world: World) -> None:
    run = world.run("history", "--since", "soon")
    assert run.code == 2
    assert '"soon" is no time such as 12h' in run.stderr


@pytest.mark.parametrize(
    ("command", "path", "said"),
    [
        ("history", "folder/emtpy.txt", "did you mean {home}/folder/empty.txt?"),
        ("history", "foldr/a.txt", "did you mean {home}/folder/a.txt?"),
        ("history", "elsewhere/x", "nothing is known of it, and it is not there"),
        ("retry", "folder/a.text", "did you mean {home}/folder/a.txt?"),
        ("explain", "folder/aa.txt", "nothing is known of it, and it is not there"),
    ],
)
def test_a_path_of_which_nothing_is_known(storied: World, command: str, path: str, said: str) -> None:
    more = ["--to", storied.sandbox.page_id] if command == "explain" else []
    run = storied.run(command, path, *more)
    assert run.code == 1
    assert said.format(home=storied.home) in run.stderr


def test_before_anything_was_done(world: World) -> None:
    """Nothing is made on the way."""
    run = world.run("history")
    assert (run.code, run.stdout) == (0, "")
    assert "nothing was done yet" in run.stderr
    assert not world.state.exists()


def test_a_foreign_or_newer_store_is_refused_in_words(world: World) -> None:
    import sqlite3

    world.state.mkdir()
    database = sqlite3.connect(world.state / "state.db")
    database.execute("CREATE TABLE x (y)")
    database.execute("PRAGMA application_id=0x4E53594E")
    database.execute("PRAGMA user_version=99")
    database.close()

    run = world.run("history")

    assert run.code == 78
    assert "newer notion-sync" in run.stderr
