"""`uploads`: the connection's file uploads, as Notion lists them."""

import httpx
import pytest

from tests.e2e.world import World
from tests.support.terminal import Terminal


def test_every_page_of_the_list(world: World) -> None:
    """Notion lists a hundred at a time."""
    headers = {"Authorization": f"Bearer {world.sandbox.token}", "Notion-Version": "2026-03-11"}
    with httpx.Client(base_url=world.sandbox.base_url, headers=headers) as http:
        for number in range(103):
            http.post("/v1/file_uploads", json={"filename": f"{number}.txt"}).raise_for_status()

    run = world.run("uploads", "--json")

    assert run.code == 0
    assert {line["filename"] for line in run.lines} == {f"{number}.txt" for number in range(103)}
    assert "103 uploads" in run.stderr


def test_fields_and_status(world: World) -> None:
    world.write({"a.txt": b"one"})
    world.push()
    pending = world.sandbox.api(
        "POST", "/v1/file_uploads", {"filename": "big.zip", "mode": "multi_part", "number_of_parts": 3}
    )

    (attached,) = world.run("uploads", "--json", "--status", "uploaded").lines
    (waiting,) = world.run("uploads", "--json", "--status", "pending").lines

    (block,) = world.sandbox.blocks()
    assert (attached["id"], attached["attached"]) == (block["file_upload_id"], True)
    assert set(attached) == {
        "id", "status", "attached", "filename", "content_type", "content_length", "created_time", "expiry_time",
        "parts_total", "parts_sent", "import_error",
    }  # fmt: skip
    assert (waiting["id"], waiting["parts_total"], waiting["attached"]) == (pending["id"], 3, False)
    assert waiting["expiry_time"].startswith("20")


def test_expired_ones(world: World) -> None:
    world.sandbox.api("POST", "/v1/file_uploads", {"filename": "a.txt"})
    world.sandbox.advance(3700)

    (line,) = world.run("uploads", "--json", "--status", "expired").lines

    assert line["filename"] == "a.txt"


def test_table_for_people(world: World) -> None:
    world.write({"a.txt": b"one"})
    world.push()
    world.sandbox.api(
        "POST", "/v1/file_uploads", {"filename": "b.zip", "mode": "multi_part", "number_of_parts": 3}
    )

    run = world.run("uploads")

    newest, oldest = run.stdout.splitlines()
    assert "pending, 0 of 3 parts" in newest
    assert "attached" in oldest
    assert "  a.txt  " in oldest


def test_refused_token(world: World) -> None:
    world.environ["NOTION_TOKEN"] = "ntn_wrong"
    run = world.run("uploads")
    assert (run.code, run.stdout) == (77, "")


def test_a_terminal_shows_the_newest_hundred_unless_an_option_says_otherwise(world: World) -> None:
    for number in range(102):
        world.sandbox.api("POST", "/v1/file_uploads", {"filename": f"{number}.txt"})

    for options, shown, more in (
        ([], 100, True),
        (["--limit", "1000"], 102, False),
        (["--since", "1h"], 102, False),
    ):
        with Terminal(world.command("uploads", *options), world.environ, columns=140, rows=200) as terminal:
            assert terminal.end() == 0
        *uploads, last = terminal.lines()
        assert len(uploads) == shown
        assert ("older ones are not shown: --limit 1000, --since 1w" in last) == more


def test_the_newest_ones_and_those_since_a_time(world: World) -> None:
    for name in ("old.txt", "new.txt", "newest.txt"):
        world.sandbox.api("POST", "/v1/file_uploads", {"filename": name})
        world.sandbox.advance(86_400)
    made = {line["filename"]: line["created_time"] for line in world.run("uploads", "--json").lines}

    def listed(*options: str) -> list[str]:
        return [line["filename"] for line in world.run("uploads", "--json", *options).lines]

    assert listed("--limit", "2") == ["newest.txt", "new.txt"]
    assert listed("--since", made["new.txt"]) == ["newest.txt", "new.txt"]


@pytest.mark.parametrize("columns", [40, 50, 80, 140])
def test_each_is_one_line_however_narrow_the_terminal_is(world: World, columns: int) -> None:
    for name in ("a.txt", f"{'long ' * 20}.txt"):
        world.sandbox.api("POST", "/v1/file_uploads", {"filename": name})

    with Terminal(world.command("uploads"), world.environ, columns=columns) as terminal:
        assert terminal.end() == 0

    long, short, number = terminal.lines()
    assert ("pending" in long, "long" in long, "a.txt" in short, number) == (True, True, True, "2 uploads")
