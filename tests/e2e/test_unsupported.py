"""`unsupported`: what happens to files of a type that Notion refuses."""

import hashlib
import os
import zipfile
from io import BytesIO
from pathlib import Path

import httpx
import pytest

from tests.e2e.rules import database, push, row
from tests.e2e.world import LONG_AGO, World, kill, running_sandbox, sha256, until_fault, wait_until

MIB = 2**20


def download(world: World, name: str) -> bytes:
    """What Notion serves for the one block of a name."""
    (block,) = [b for b in world.sandbox.blocks() if b["name"] == name]
    answer = world.sandbox.api("GET", f"/v1/blocks/{block['id']}")
    return httpx.get(answer["file"]["file"]["url"], timeout=30).content


def test_skip_is_the_default(world: World) -> None:
    """Learned from one refusal; the others of that type are not tried."""
    world.write({"a.xyzzy": b"a", "b.xyzzy": b"b", "c.txt": b"c"})

    assert push(world).counts() == {"attached": 1, "skipped": 2}
    before = len(world.sandbox.requests())
    assert push(world).counts() == {"unchanged": 1, "skipped": 2}
    assert len(world.sandbox.requests()) == before


@pytest.mark.parametrize(
    ("rule", "counts"), [("", {"attached": 2, "skipped": 1}), ("unsupported: txt", {"attached": 3})]
)
def test_a_refusal_is_of_the_name_not_of_the_content(world: World, rule: str, counts: dict[str, int]) -> None:
    """A file of another type with the same content is taken, and its type not learned to be refused."""
    world.write({"a.xyzzy": b"same", "b.txt": b"same", "c.txt": b"other"})

    assert push(world, rule=rule).counts() == counts
    world.write({"d.txt": b"new"})
    assert push(world, rule=rule).counts()["attached"] == 1


def test_zip(world: World) -> None:
    """One member with the file's name, time and content; the same file gives the same bytes; nothing stays behind."""
    world.write({"a.xyzzy": b"a" * 1000, "b.xyzzy": b"b", "c.txt": b"c"})

    run = push(world, rule="unsupported: zip")

    assert run.counts() == {"attached": 3}, run.stdout
    assert [block["name"] for block in world.sandbox.blocks()] == ["a.xyzzy.zip", "b.xyzzy.zip", "c.txt"]
    packed = download(world, "a.xyzzy.zip")
    with zipfile.ZipFile(BytesIO(packed)) as archive:
        (member,) = archive.infolist()
        assert (member.filename, member.date_time) == ("a.xyzzy", (2020, 9, 13, 12, 26, 40))
        assert archive.read(member) == b"a" * 1000
    assert {line["sha256"] for line in run.files} == {sha256(b"a" * 1000), sha256(b"b"), sha256(b"c")}
    assert os.listdir(world.state / "packed") == []
    again = push(world, rule="unsupported: zip")
    assert again.counts() == {"unchanged": 3}
    assert again.summary["requests"] == 0
    world.state = world.home / "other state"
    assert push(world, rule="unsupported: zip").counts() == {"unchanged": 3}  # it knows what is in a zip
    world.state = world.home / "yet another state"
    for block in world.sandbox.blocks():
        world.sandbox.api("DELETE", f"/v1/blocks/{block['id']}")
    assert push(world, rule="unsupported: zip").counts() == {"attached": 3}
    assert world.sandbox.blocks()[0]["sha256"] == hashlib.sha256(packed).hexdigest()


def test_txt(world: World) -> None:
    """The bytes as they are, under a name and a type that Notion takes."""
    world.write({"a.xyzzy": b"plain"})

    assert push(world, rule="unsupported: txt").counts() == {"attached": 1}
    assert download(world, "a.xyzzy.txt") == b"plain"
    (upload,) = [u for u in world.sandbox.state()["uploads"] if u["sha256"]]
    assert (upload["filename"], upload["content_type"]) == ("a.xyzzy.txt", "text/plain")


def test_changes_and_renames(world: World) -> None:
    """A packaged file lives like any other."""
    world.write({"a.xyzzy": b"one", "b.xyzzy": b"two"})
    push(world, rule="unsupported: zip")
    ids = [block["id"] for block in world.sandbox.blocks()]
    world.write({"a.xyzzy": b"changed"}, mtime=LONG_AGO + 1)
    (world.folder / "b.xyzzy").rename(world.folder / "c.xyzzy")

    run = push(world, rule="unsupported: zip")

    assert run.counts() == {"replaced": 1, "renamed": 1}
    assert [(b["id"], b["name"]) for b in world.sandbox.blocks()] == [
        (ids[0], "a.xyzzy.zip"),
        (ids[1], "c.xyzzy.zip"),
    ]
    with zipfile.ZipFile(BytesIO(download(world, "a.xyzzy.zip"))) as archive:
        assert archive.read("a.xyzzy") == b"changed"


def test_one_upload_for_all_targets(world: World) -> None:
    """Packed once, sent once."""
    world.write({"a.xyzzy": b"one"})
    target = (
        f"- page: {world.sandbox.page_id}\n- database: {world.sandbox.database_id}\n  property: Attachments"
    )

    run = push(world, target, rule="unsupported: zip")

    assert run.counts() == {"attached": 2}
    assert (run.summary["uploads"], run.summary["reused"]) == (1, 1)
    assert row(world.sandbox, "a")["properties"]["Attachments"][0]["name"] == "a.xyzzy.zip"


def test_entries_of_a_row_stay_in_the_order_of_their_files(world: World) -> None:
    """What has to be packaged keeps its place among those that need not be."""
    world.write({"a.txt": b"a", "b.xyzzy": b"b", "c.txt": b"c"})
    target = database(world, "row: all")

    assert push(world, target, rule="unsupported: zip").counts() == {"attached": 3}

    entries = row(world.sandbox, "all")["properties"]["Attachments"]
    assert [entry["name"] for entry in entries] == ["a.txt", "b.xyzzy.zip", "c.txt"]


def test_from_skip_to_zip_and_as(world: World) -> None:
    """A changed rule is enough; what must be an image is no zip."""
    world.write({"a.xyzzy": b"one"})
    assert push(world).counts() == {"skipped": 1}
    image = f"page: {world.sandbox.page_id}\nas: image"
    assert push(world, image, rule="unsupported: zip").counts() == {"failed": 1}
    assert push(world, rule="unsupported: zip").counts() == {"attached": 1}
    assert push(world, database(world), rule="unsupported: zip").counts() == {"attached": 1}


def test_a_sandbox_that_takes_no_zip_either(world: World, tmp_path: Path) -> None:
    """Skipped with the reason, and not tried again."""
    world.write({"a.xyzzy": b"one", "b.xyzzy": b"two"})
    with running_sandbox(tmp_path / "classic", "--types", "classic", "--rate", "off") as classic:
        world.sandbox = classic
        world.environ |= {"NOTION_TOKEN": classic.token, "NOTION_BASE_URL": classic.api_url}
        assert push(world, rule="unsupported: zip").counts() == {"skipped": 2}
        before = len(classic.requests())
        assert push(world, rule="unsupported: zip").counts() == {"skipped": 2}
        assert len(classic.requests()) == before
        assert push(world, rule="unsupported: txt").counts() == {"attached": 2}


@pytest.mark.parametrize("nth", [2, 4])
def test_a_large_one_goes_on_where_it_was_killed(world: World, nth: int) -> None:
    """Packed again, it has the same bytes: the parts that Notion has are not sent again."""
    world.write({"big.xyzzy": os.urandom(23 * MIB)})
    world.write({"learn.xyzzy": b"small"})
    push(world, rule="unsupported: zip")
    from tests.e2e.rules import config

    (world.folder / "big.xyzzy").rename(world.home / "big")
    world.write({"bigger.xyzzy": os.urandom(33 * MIB)})
    before = _parts_sent(world)
    world.sandbox.faults([{"path": "/send$", "nth": nth, "when": "before", "do": {"delay": 600}}])
    process = world.start_with(config(world, rule="unsupported: zip"))
    until_fault(world.sandbox, process, "the part that hangs")
    wait_until(lambda: _parts_sent(world) - before == 3, "the other three parts")
    kill(process)
    world.sandbox.faults([])

    run = push(world, rule="unsupported: zip")

    assert run.code == 0, run.stdout
    assert run.summary["bytes_uploaded"] < 33 * MIB
    with zipfile.ZipFile(BytesIO(download(world, "bigger.xyzzy.zip"))) as archive:
        assert archive.read("bigger.xyzzy") == (world.folder / "bigger.xyzzy").read_bytes()
    assert os.listdir(world.state / "packed") == []


def _parts_sent(world: World) -> int:
    """Parts of files that Notion has answered."""
    return sum(request["path"].endswith("/send") for request in world.sandbox.requests())
