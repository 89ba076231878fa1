"""`-v` and `--log-file` in real runs: what was done can be found out, and no secret with it."""

import json
import stat

import pytest

from tests.e2e.world import World


def traced(world: World, *options: str) -> tuple[str, str]:
    """Push two files by a trace of everything; stderr and the log file."""
    world.write({"a.txt": b"one", "b\x1b[2J\nc.txt": b"two"})
    file = world.home / "trace.log"
    run = world.push("-vv", "--log-file", str(file), *options)
    assert run.code == 0, run.stderr
    assert run.counts() == {"attached": 2}  # stdout is what it always was
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    return run.stderr, file.read_text("utf-8")


@pytest.mark.parametrize("form", ["text", "json"])
def test_no_token_and_no_query_is_in_it(world: World, form: str) -> None:
    for text in traced(world, "--log-format", form):
        assert world.environ["NOTION_TOKEN"] not in text
        assert "X-Amz-" not in text
        assert "begins: notion-sync push" in text


def test_each_line_is_a_record_whatever_the_names_of_files(world: World) -> None:
    for text in traced(world):
        for line in text.splitlines():
            assert line.isprintable()
            _, level, topic, _ = line.split(" ", 3)
            assert level in ("DEBUG", "INFO")
            assert topic.startswith("notion_sync.")


def test_each_line_is_json(world: World) -> None:
    for text in traced(world, "--log-format", "json"):
        for line in map(json.loads, text.splitlines()):
            assert {"time", "level", "message"} <= set(line)


def test_silent_by_default(world: World) -> None:
    world.write({"a.txt": b"one"})
    assert world.push().stderr == ""


def test_a_wrong_token_is_not_in_it_either(world: World) -> None:
    world.write({"a.txt": b"one"})
    world.environ["NOTION_TOKEN"] = "issued-by-a-vault-0123456789"
    run = world.push("-vv")
    assert run.code == 77
    assert "0123456789" not in run.stderr
