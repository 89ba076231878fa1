"""`push` on real files into the sandbox, and the workspace looked at afterwards."""

import contextlib
import os
import pty
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from watchdog.events import FileSystemEvent, FileSystemEventHandler
from watchdog.observers import Observer

from tests.e2e.world import LONG_AGO, World, sha256, wait_until

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 60
MIXED = {
    "a picture.png": PNG,
    "b/Grüße 日本.txt": b"hello",
    "b/copy of hello.txt": b"hello",
    "b-side/tune.mp3": b"ID3" + b"\0" * 100,
    "b.txt": b"text",
    "film.mp4": b"\0\0\0\x18ftypmp42" + b"\0" * 50,
    "paper.pdf": b"%PDF-1.4\n%%EOF\n",
    "table.csv": b"a,b\n1,2\n",
}
KINDS = ["image", "audio", "file", "file", "file", "video", "pdf", "file"]


def test_every_file_is_there_once_in_path_order_as_the_right_kind(world: World) -> None:
    """A first push of a mixed tree; equal contents travel once."""
    world.write(MIXED)

    run = world.push()

    assert run.code == 0, run.stderr
    assert run.counts() == {"attached": 8}
    assert (run.summary["uploads"], run.summary["reused"]) == (7, 1)
    world.assert_mirrors()
    assert [block["type"] for block in world.sandbox.blocks()] == KINDS


def test_json_lines_have_the_promised_fields(world: World) -> None:
    """One object a file, then the summary, and nothing else on stdout."""
    world.write({"a.txt": b"one"})

    run = world.push()

    (line,) = run.files
    (block,) = world.sandbox.blocks()
    assert line == {
        "event": "file",
        "rule": "folder",
        "path": "a.txt",
        "action": "attached",
        "reason": "",
        "bytes": 3,
        "sha256": sha256(b"one"),
        "target": world.sandbox.page_id,
        "page_id": world.sandbox.page_id,
        "block_id": block["id"],
        "file_upload_id": block["file_upload_id"],
    }
    assert set(run.summary) == {
        "event", "attached", "replaced", "renamed", "removed", "unchanged", "skipped", "deferred", "failed",
        "uploads", "reused", "bytes_uploaded", "requests", "seconds",
    }  # fmt: skip


def test_second_push_asks_nothing_and_reads_nothing(world: World) -> None:
    """An unchanged tree costs neither a request nor a read of a file."""
    world.write(MIXED)
    world.push()
    before = len(world.sandbox.requests())

    with opened_below(world.folder) as opened:
        run = world.push()

    assert run.counts() == {"unchanged": 8}
    assert run.summary["requests"] == 0
    assert len(world.sandbox.requests()) == before
    assert opened == []


@contextlib.contextmanager
def opened_below(folder: Path) -> Iterator[list[str]]:
    """The files that anybody opens while the block runs, as inotify tells."""
    opened: list[str] = []

    class Listener(FileSystemEventHandler):
        def on_opened(self, event: FileSystemEvent) -> None:
            if not event.is_directory:
                opened.append(os.fsdecode(event.src_path))

    observer = Observer()
    observer.schedule(Listener(), str(folder), recursive=True)
    observer.start()
    try:
        yield opened
        # What was opened before this file is known once this file is.
        (folder / "last.part").write_bytes(b"")
        wait_until(lambda: any(path.endswith("last.part") for path in opened), "the event of the last file")
    finally:
        observer.stop()
        observer.join()
        (folder / "last.part").unlink()
        opened[:] = [path for path in opened if not path.endswith("last.part")]


def test_large_file_goes_in_parts(world: World) -> None:
    """Above 20 MiB a file is sent in parts and arrives byte for byte."""
    world.write({"big.pdf": os.urandom(23 * 2**20)})

    run = world.push()

    assert run.code == 0
    world.assert_mirrors()
    (upload,) = world.sandbox.state()["uploads"]
    assert (upload["mode"], upload["parts_sent"]) == ("multi_part", [1, 2, 3])
    assert (
        run.summary["requests"] == 1 + 1 + 1 + (1 + 3 + 1) + 1
    )  # me, page, what is on it, the upload, append


def test_moving_away_and_back_touching_and_renaming_send_no_bytes(world: World) -> None:
    """A path is a label: contents that Notion has are never sent again."""
    world.write(MIXED)
    world.push()

    (world.folder / "b").rename(world.home / "away")
    assert world.push().counts() == {"unchanged": 6}
    (world.home / "away").rename(world.folder / "b")
    assert world.push().counts() == {"unchanged": 8}
    for path in world.folder.rglob("*"):
        os.utime(path, (LONG_AGO + 100, LONG_AGO + 100))
    assert world.push().counts() == {"unchanged": 8}
    (world.folder / "b.txt").rename(world.folder / "renamed.txt")
    (world.folder / "b").rename(world.folder / "c")

    run = world.push()

    assert run.counts() == {"renamed": 3, "unchanged": 5}
    assert (run.summary["uploads"], run.summary["bytes_uploaded"]) == (0, 0)
    names = [block["name"] for block in world.sandbox.blocks() if block["type"] == "file"]
    assert names == ["renamed.txt", "Grüße 日本.txt", "copy of hello.txt", "table.csv"]
    (world.folder / "c").rename(world.folder / "b")
    assert world.push().counts() == {"renamed": 2, "unchanged": 6}
    (world.folder / "b" / "copy of hello.txt").write_bytes(b"changed")
    os.utime(world.folder / "b" / "copy of hello.txt", (LONG_AGO, LONG_AGO))
    assert world.push().counts() == {"replaced": 1, "unchanged": 7}


def test_changed_file_keeps_its_block(world: World) -> None:
    """New content, same block, same place; the other blocks are not touched."""
    world.write({"a.txt": b"one", "b.txt": b"two", "c.png": PNG})
    world.push()
    before = [block["id"] for block in world.sandbox.blocks()]
    world.write({"b.txt": b"two and a half"}, mtime=LONG_AGO + 1)

    run = world.push()

    assert run.counts() == {"replaced": 1, "unchanged": 2}
    assert [block["id"] for block in world.sandbox.blocks()] == before
    world.assert_mirrors()


def test_what_cannot_go_is_reported_and_the_others_go(world: World) -> None:
    """An empty file, a refused type, a secret, a pipe: each with its reason; exit code 0."""
    world.write(
        {"a.txt": b"one", "empty.txt": b"", "strange.xyzzy": b"?", ".env": b"TOKEN=1", "id_rsa": b"key"}
    )
    os.mkfifo(world.folder / "pipe")

    run = world.push()

    assert run.code == 0
    assert {line["path"]: line["action"] for line in run.files} == {
        "a.txt": "attached",
        "empty.txt": "skipped",
        "strange.xyzzy": "skipped",
    }
    assert all(line["reason"] for line in run.files if line["action"] != "attached")
    assert [upload["filename"] for upload in world.sandbox.state()["uploads"]] == ["a.txt"]
    before = len(world.sandbox.requests())
    assert world.push().counts() == {"unchanged": 1, "skipped": 2}
    assert len(world.sandbox.requests()) == before


def test_long_names_are_shortened_with_their_extension(world: World) -> None:
    """Notion takes names of 100 characters; the file's own name may have 255 bytes."""
    world.write({"x" * 200 + ".txt": b"long", "é" * 120 + ".csv": b"longer"})

    assert world.push().code == 0
    names = [block["name"] for block in world.sandbox.blocks()]
    assert all(len(name) <= 100 for name in names)
    assert [name[-4:] for name in names] == [".txt", ".csv"]


def test_names_that_are_no_text(world: World) -> None:
    """Bytes that are no UTF-8, line breaks and quotes in names do no harm."""
    raw = os.fsencode(world.folder) + b"/caf\xe9.txt"
    with open(raw, "wb") as file:
        file.write(b"latin")
    os.utime(raw, (LONG_AGO, LONG_AGO))
    world.write({'new\nline".txt': b"odd"})

    run = world.push()

    assert run.code == 0, run.stderr
    assert run.counts() == {"attached": 2}
    assert {block["sha256"] for block in world.sandbox.blocks()} == {sha256(b"latin"), sha256(b"odd")}
    assert world.push().counts() == {"unchanged": 2}


def test_more_than_a_hundred_files_need_one_append_a_hundred(world: World) -> None:
    """Requests: one look at each of account and page, two a file, one append for each hundred."""
    world.write({f"{n:03}.txt": str(n).encode() for n in range(130)})

    run = world.run("push", "--json", config=_config(world, "rate_limit: 100000"))

    assert run.counts() == {"attached": 130}
    assert run.summary["requests"] == 3 + 2 * 130 + 2
    world.assert_mirrors()


def test_dry_run_writes_nothing_and_says_the_same(world: World) -> None:
    """The plan of a dry run is what the push then does."""
    world.write(MIXED | {"empty.txt": b""})

    planned = world.push("--dry-run")
    assert all(line["planned"] for line in planned.lines)
    assert [r for r in world.sandbox.requests() if r["method"] != "GET"] == []
    done = world.push()

    def gist(lines: list[dict[str, object]]) -> list[tuple[object, ...]]:
        return sorted((line["path"], line["action"], line["bytes"], line["sha256"]) for line in lines)

    assert gist(planned.files) == gist(done.files)
    assert planned.summary["uploads"] == done.summary["uploads"]
    assert planned.summary["requests"] == done.summary["requests"]


def test_push_of_one_file(world: World) -> None:
    """A file may be named instead of a folder; its neighbours stay at home."""
    world.write({"a.txt": b"one", "b.txt": b"two"})

    run = world.run("push", str(world.folder / "b.txt"), "--to", world.sandbox.page_id, "--json")

    assert [line["path"] for line in run.files] == ["b.txt"]
    assert world.push().counts() == {"attached": 1, "unchanged": 1}


def test_two_targets_one_upload(world: World) -> None:
    """A list of targets: uploaded once, attached at each."""
    other = world.sandbox.api(
        "POST",
        "/v1/pages",
        {
            "parent": {"page_id": world.sandbox.page_id},
            "properties": {"title": {"title": [{"text": {"content": "Other"}}]}},
        },
    )["id"]
    world.write({"a.png": PNG, "b.txt": b"two"})
    config = f"""
version: 1
rules:
  - name: both
    folder: {world.folder}
    to:
      - page: {world.sandbox.page_id}
        caption: "{{stem}}, {{size}} bytes"
      - page: {other}
        as: file
"""

    run = world.run("push", "--json", config=config)

    assert run.counts() == {"attached": 4}, run.stderr
    assert (run.summary["uploads"], run.summary["reused"]) == (2, 2)
    assert [b["caption"] for b in world.sandbox.blocks()] == ["a, 68 bytes", "b, 3 bytes"]
    assert [b["type"] for b in world.sandbox.blocks(other)] == ["file", "file"]


@pytest.mark.parametrize(("position", "expected"), [("start", "NEW OLD"), ("end", "OLD NEW")])
def test_position(world: World, position: str, expected: str) -> None:
    """`start` puts a pass above what was there, in its own order."""
    world.write({"old.txt": b"old"})
    world.push()
    world.write({"1.txt": b"1", "2.txt": b"2"})

    run = world.run("push", "--json", config=_config(world, target=f"position: {position}"))

    assert run.code == 0, run.stderr
    names = [block["name"].removesuffix(".txt") for block in world.sandbox.blocks()]
    assert names == expected.replace("OLD", "old").replace("NEW", "1 2").split()


def test_icon_and_cover(world: World) -> None:
    """An image becomes the page's icon; another one its cover."""
    world.write({"icon.png": PNG, "cover.jpg": b"\xff\xd8\xff" + b"\0" * 30})
    page = world.sandbox.page_id
    config = f"""
rules:
  - {{name: icon, folder: {world.folder}, match: icon.png, to: {{page: {page}, as: icon}}}}
  - {{name: cover, folder: {world.folder}, match: cover.jpg, to: {{page: {page}, as: cover}}}}
"""

    run = world.run("push", "--json", config=config)

    assert run.counts() == {"attached": 2}, run.stderr
    (state,) = [p for p in world.sandbox.state()["pages"] if p["id"] == page]
    assert state["icon"]["sha256"] == sha256(PNG)
    assert state["cover"]["sha256"] == sha256(b"\xff\xd8\xff" + b"\0" * 30)
    assert world.run("push", "--json", config=config).counts() == {"unchanged": 2}


def test_on_change_append_and_keep(world: World) -> None:
    """`append` adds the new version, `keep` leaves the old one."""
    world.write({"a.txt": b"one"})
    world.push()
    world.write({"a.txt": b"two"}, mtime=LONG_AGO + 1)

    kept = world.run("push", "--json", config=_config(world, rule="on_change: keep"))
    assert kept.counts() == {"unchanged": 1}
    appended = world.run("push", "--json", config=_config(world, rule="on_change: append"))

    assert appended.counts() == {"attached": 1}
    assert [b["sha256"] for b in world.sandbox.blocks()] == [sha256(b"one"), sha256(b"two")]


def test_an_older_version_does_not_stand_for_the_new_one(world: World) -> None:
    """The append of a new version is cut off before its effect: what is there is an earlier one, of the same name."""
    config = _config(world, rule="on_change: append", target="position: start")
    versions = [b"one", b"two", b"three"]
    for number, content in enumerate(versions[:2]):
        world.write({"a.txt": content}, mtime=LONG_AGO + number)
        assert world.run("push", "--json", config=config).counts() == {"attached": 1}
    world.write({"a.txt": versions[2]}, mtime=LONG_AGO + 2)
    world.sandbox.faults([{"method": "PATCH", "path": "/children$", "nth": 1, "do": {"cut": True}}])

    run = world.run("push", "--json", config=config)

    assert run.counts() == {"attached": 1}
    assert [b["sha256"] for b in world.sandbox.blocks()] == [sha256(c) for c in reversed(versions)]


def test_what_notion_refuses_as_a_whole_is_sent_in_halves(world: World) -> None:
    """One block that it will not take must not cost a request for each of the others."""
    world.write({f"{number:02}.txt": b"%d" % number for number in range(62)})
    no = {"status": 400, "message": "body failed validation"}
    world.sandbox.faults([{"method": "PATCH", "path": "/children$", "nth": 1, "do": no}])

    run = world.run("push", "--json", config=_config(world, "rate_limit: 100000"))

    assert run.counts() == {"attached": 62}, run.stderr
    world.assert_mirrors()
    appends = [
        line
        for line in world.sandbox.requests()
        if line["method"] == "PATCH" and line["path"].endswith("/children")
    ]
    assert [line["status"] for line in appends] == [400, 200, 200]


def test_file_written_to_a_moment_ago_is_waited_for(world: World) -> None:
    """A file younger than `settle` is taken once it has rested, in its place."""
    world.write({"a.txt": b"old", "c.txt": b"old too"})
    (world.folder / "b.txt").write_bytes(b"fresh")

    run = world.run("push", "--json", config=_config(world, rule="settle: 1s"))

    assert run.counts() == {"attached": 3}
    world.assert_mirrors()


def test_file_that_never_rests_is_deferred(world: World) -> None:
    """The others go, and the exit code says: try again."""
    world.write({"a.txt": b"old"})
    (world.folder / "b.txt").write_bytes(b"fresh")
    config = f"""
rules:
  - {{name: slow, folder: {world.folder}, match: [b.txt], settle: 1h, to: {{page: {world.sandbox.page_id}}}}}
  - {{name: quick, folder: {world.folder}, match: [a.txt], settle: 0s, to: {{page: {world.sandbox.page_id}}}}}
"""

    run = world.run("push", "--json", "--wait", "0", config=config)

    assert run.code == 75
    assert run.counts() == {"attached": 1, "deferred": 1}


def test_deleted_block_gets_its_file_back_only_when_it_changes(world: World) -> None:
    """What a person deletes in Notion stays deleted, until the file has something new to show."""
    world.write({"a.txt": b"one", "b.txt": b"two"})
    world.push()
    world.sandbox.api("DELETE", f"/v1/blocks/{world.sandbox.blocks()[0]['id']}")

    assert world.push().counts() == {"unchanged": 2}
    world.write({"a.txt": b"news"}, mtime=LONG_AGO + 1)

    assert world.push().counts() == {"attached": 1, "unchanged": 1}
    assert [b["sha256"] for b in world.sandbox.blocks()] == [sha256(b"two"), sha256(b"news")]


def test_expired_upload_is_sent_again(world: World) -> None:
    """An upload of which Notion knows nothing any more is replaced by a new one."""
    world.write({"a.txt": b"one"})
    world.sandbox.faults([{"method": "PATCH", "path": "/children", "nth": 1, "do": {"status": 403}}])
    assert world.push().code == 1
    world.sandbox.faults([])
    world.sandbox.advance(2 * 3600)

    run = world.push()

    assert run.counts() == {"attached": 1}, run.stderr
    world.assert_mirrors()


def _config(world: World, top: str = "", *, rule: str = "", target: str = "") -> str:
    lines = ["version: 1", top, "rules:", "  - name: all", f"    folder: {world.folder}"]
    lines += [f"    {rule}"] if rule else []
    lines += ["    to:", f"      page: {world.sandbox.page_id}"]
    lines += [f"      {target}"] if target else []
    return "\n".join(lines) + "\n"


def test_a_first_large_push_is_asked_about_on_a_terminal(world: World) -> None:
    world.write({f"{number}.txt": b"x" for number in range(501)})
    terminal, end = pty.openpty()
    command = world.command("push", str(world.folder), "--to", world.sandbox.page_id)
    process = subprocess.Popen(
        command, stdin=end, stdout=end, stderr=end, env=world.environ, start_new_session=True
    )
    os.close(end)
    shown = b""
    while b"Go on?" not in shown:
        shown += os.read(terminal, 4096)
    os.write(terminal, b"n\n")
    while b"nothing was sent" not in shown:
        shown += os.read(terminal, 4096)

    assert process.wait(30) == 0
    os.close(terminal)
    assert b"501 files, 501 B" in shown
    assert world.sandbox.requests() == []
