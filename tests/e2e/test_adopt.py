"""`adopt`: the record is lost, and nothing is uploaded twice."""

import os
import shutil
from pathlib import Path

import pytest

from tests.e2e.world import LONG_AGO, Json, Run, World, running_sandbox, sha256

PNG = b"\x89PNG\r\n\x1a\n"


def adopt(world: World, *arguments: str) -> Run:
    return world.run("adopt", str(world.folder), "--to", world.sandbox.page_id, "--json", *arguments)


def results(run: Run) -> dict[str, str]:
    """Path (or `block` and its name) → result."""
    return {
        line["path"] or f"block {line['name']}": line["result"]
        for line in run.lines
        if line["event"] != "summary"
    }


def lose(world: World) -> None:
    shutil.rmtree(world.state)


def summary(run: Run) -> Json:
    last: Json = run.lines[-1]
    assert last["event"] == "summary"
    return last


def test_after_adopting_a_push_uploads_nothing(world: World) -> None:
    """Thirty files of every kind; the store is deleted; the next push finds them all."""
    kinds = (".png", ".txt", ".pdf", ".mp3", ".mp4", ".csv")
    world.write({f"{n % 3}/file {n} ü{kinds[n % 6]}": b"content %d" % n + b"." * n for n in range(30)})
    world.push()
    before = world.sandbox.blocks()
    lose(world)

    run = adopt(world)

    assert run.code == 0, run.stderr
    assert summary(run) == {
        "event": "summary", "matched": 30, "missing": 0, "ambiguous": 0, "failed": 0, "recorded": 0,
        "unknown": 0, "others": 0, "requests": summary(run)["requests"],
        "seconds": summary(run)["seconds"],
    }  # fmt: skip
    assert summary(run)["requests"] <= 3
    again = world.push()
    assert again.counts() == {"unchanged": 30}
    assert (again.summary["uploads"], again.summary["requests"]) == (0, 0)
    assert world.sandbox.blocks() == before


def test_json_lines_have_the_documented_fields(world: World) -> None:
    world.write({"a.txt": b"one"})
    world.push()
    lose(world)

    (line,) = [line for line in adopt(world).lines if line["event"] == "file"]

    (block,) = world.sandbox.blocks()
    page = world.sandbox.page_id
    assert line == {
        "event": "file", "result": "matched", "target": page, "page_id": page, "rule": "folder", "path": "a.txt",
        "reason": "", "bytes": 3, "sha256": sha256(b"one"), "block_id": block["id"], "name": None,
    }  # fmt: skip


def test_only_what_is_really_missing_is_uploaded_afterwards(world: World) -> None:
    world.write({"old.txt": b"old", "gone.txt": b"gone"})
    world.push()
    lose(world)
    (world.folder / "gone.txt").unlink()
    world.write({"new.txt": b"new", "old.txt": b"old"})

    run = adopt(world)

    assert run.code == 0
    assert results(run) == {"old.txt": "matched", "new.txt": "missing", "block gone.txt": "unknown"}
    push = world.push()
    assert push.counts() == {"attached": 1, "unchanged": 1}
    assert push.summary["uploads"] == 1
    assert sorted(block["name"] for block in world.sandbox.blocks()) == ["gone.txt", "new.txt", "old.txt"]


def test_adopted_files_live_on(world: World) -> None:
    """An adopted block is replaced when its file changes, and follows it when it is renamed."""
    world.write({"a.txt": b"one", "b.txt": b"two"})
    world.push()
    first, second = (block["id"] for block in world.sandbox.blocks())
    lose(world)
    adopt(world)
    world.write({"a.txt": b"changed"})
    os.rename(world.folder / "b.txt", world.folder / "c.txt")

    run = world.push()

    assert run.counts() == {"replaced": 1, "renamed": 1}
    blocks = world.sandbox.blocks()
    assert [block["id"] for block in blocks] == [first, second]
    assert [(block["name"], block["sha256"]) for block in blocks] == [
        ("a.txt", sha256(b"changed")),
        ("c.txt", sha256(b"two")),
    ]


def test_upload_of_an_adopted_block_is_not_offered_for_reuse(world: World) -> None:
    """Nobody knows the id of its upload: a copy of the file is sent."""
    world.write({"a.txt": b"one"})
    world.push()
    lose(world)
    adopt(world)
    world.write({"copy.txt": b"one"})

    run = world.push()

    assert run.code == 0, run.stderr
    assert (run.summary["uploads"], run.summary["reused"]) == (1, 0)
    assert len(world.sandbox.blocks()) == 2


SAME_NAME_AND_SIZE = {"a/x.txt": b"one", "b/x.txt": b"two"}


def test_choice_between_blocks_is_not_guessed(world: World) -> None:
    world.write(SAME_NAME_AND_SIZE)
    world.push()
    lose(world)

    run = adopt(world)

    assert run.code == 1
    assert results(run) == {"a/x.txt": "ambiguous", "b/x.txt": "ambiguous"}
    assert "--verify" in run.stderr


def test_verify_decides_by_content(world: World) -> None:
    world.write(SAME_NAME_AND_SIZE)
    world.push()
    lose(world)

    run = adopt(world, "--verify")

    assert (run.code, summary(run)["matched"]) == (0, 2)
    assert world.push().counts() == {"unchanged": 2}
    by_block = {block["id"]: block["sha256"] for block in world.sandbox.blocks()}
    matched = [line for line in run.lines if line["event"] == "file"]
    assert {line["block_id"]: line["sha256"] for line in matched} == by_block


def test_equal_copies_are_no_choice(world: World) -> None:
    world.write({"a/x.txt": b"one", "b/x.txt": b"one"})
    world.push()
    lose(world)

    assert adopt(world).code == 0
    assert world.push().counts() == {"unchanged": 2}


@pytest.mark.parametrize(("options", "result"), [((), "matched"), (("--verify",), "missing")])
def test_verify_notices_another_content_of_the_same_size(
    world: World, options: tuple[str, ...], result: str
) -> None:
    """Without it the file counts as the one on the page, as the help says."""
    world.write({"a.txt": b"one"})
    world.push()
    lose(world)
    world.write({"a.txt": b"ONE"})

    assert results(adopt(world, *options))["a.txt"] == result


def test_verify_finds_a_renamed_file(world: World) -> None:
    world.write({"a.png": PNG})
    world.push()
    lose(world)
    os.rename(world.folder / "a.png", world.folder / "b.png")

    assert results(adopt(world, "--dry-run"))["b.png"] == "missing"
    assert results(adopt(world, "--verify")) == {"b.png": "matched"}
    assert world.push().counts() == {"unchanged": 1}


def test_changed_file_is_missing_and_says_why(world: World) -> None:
    world.write({"a.txt": b"one"})
    world.push()
    lose(world)
    world.write({"a.txt": b"longer"})

    (line,) = [line for line in adopt(world).lines if line["event"] == "file"]

    assert (line["result"], line["reason"]) == (
        "missing",
        "a block of its name has another size (3 bytes, not 6)",
    )


def test_dry_run_records_nothing(world: World) -> None:
    world.write({"a.txt": b"one"})
    world.push()
    lose(world)

    run = adopt(world, "--dry-run")

    assert (summary(run)["matched"], summary(run)["planned"]) == (1, True)
    assert world.run("link", str(world.folder / "a.txt")).code == 1


def test_adopting_twice_changes_nothing(world: World) -> None:
    world.write({"a.txt": b"one"})
    world.push()
    lose(world)
    adopt(world)

    run = adopt(world)

    assert (summary(run)["recorded"], summary(run)["matched"], summary(run)["unknown"]) == (1, 0, 0)


def test_blocks_of_others_are_left_alone(world: World) -> None:
    """A linked file of the same name is nobody's upload."""
    world.write({"a.txt": b"one"})
    external = {
        "file": {"type": "external", "external": {"url": "https://example.com/a.txt"}, "name": "a.txt"}
    }
    world.sandbox.api("PATCH", f"/v1/blocks/{world.sandbox.page_id}/children", {"children": [external]})

    run = adopt(world)

    assert (summary(run)["others"], summary(run)["missing"]) == (1, 1)


def test_block_that_somebody_moved_into_a_toggle_is_found(world: World) -> None:
    world.write({"a.txt": b"one"})
    world.push()
    (block,) = world.sandbox.blocks()
    text = [{"type": "text", "text": {"content": "arranged"}}]
    children = f"/v1/blocks/{world.sandbox.page_id}/children"
    answer = world.sandbox.api("PATCH", children, {"children": [{"toggle": {"rich_text": text}}]})
    upload = {"type": "file_upload", "file_upload": {"id": block["file_upload_id"]}}
    moved = {"children": [{"file": {**upload, "name": "a.txt"}}]}
    inside = world.sandbox.api("PATCH", f"/v1/blocks/{answer['results'][0]['id']}/children", moved)
    world.sandbox.api("DELETE", f"/v1/blocks/{block['id']}")
    lose(world)

    (line,) = [line for line in adopt(world).lines if line["event"] == "file"]

    assert (line["result"], line["block_id"]) == ("matched", inside["results"][0]["id"])


def test_file_that_cannot_be_fetched_is_not_called_missing(tmp_path: Path) -> None:
    """This sandbox keeps no bytes. A push would upload the file again."""
    with running_sandbox(tmp_path / "sandbox", "--rate", "off", "--discard") as sandbox:
        world = World(tmp_path, sandbox)
        world.write({"a.txt": b"one"})
        world.push()
        lose(world)

        run = adopt(world)

    assert (run.code, results(run)["a.txt"]) == (1, "failed")
    assert "its server answers 410 Gone" in run.stderr
    assert "X-Amz" not in run.stdout + run.stderr


def test_page_that_is_not_shared_is_reported(world: World) -> None:
    world.write({"a.txt": b"one"})

    run = world.run("adopt", str(world.folder), "--to", "0123456789ab4def8123456789abcdef")

    assert run.code == 1
    assert "Connections" in run.stderr


def test_by_rules_and_only_below_a_path(world: World) -> None:
    """Two rules of one page; a part of one folder."""
    world.write({"a/1.txt": b"1", "a/2.png": PNG, "b/3.txt": b"333"})
    config = (
        "version: 1\nrules:\n"
        f"  - {{name: pictures, folder: '{world.folder}', match: ['*.png'], to: {{page: {world.sandbox.page_id}}}}}\n"
        f"  - {{name: rest, folder: '{world.folder}', to: {{page: {world.sandbox.page_id}}}}}\n"
    )
    assert world.run("push", config=config).code == 0
    lose(world)

    part = world.run("adopt", str(world.folder / "b"), "--json", config=config)
    assert (part.code, results(part)) == (0, {"b/3.txt": "matched"})

    run = world.run("adopt", "--json", config=config)
    assert results(run) == {"a/1.txt": "matched", "a/2.png": "matched"}
    again = world.run("push", "--json", config=config)
    assert (set(again.counts()), again.summary["requests"]) == ({"unchanged"}, 0)


def test_words_for_people(world: World) -> None:
    world.write({"a.txt": b"one", "b.txt": b"new"}, mtime=LONG_AGO)
    world.push()
    lose(world)
    world.write({"c.txt": b"c"})

    run = world.run("adopt", str(world.folder), "--to", world.sandbox.page_id)

    assert run.stdout == ""
    assert "missing   c.txt" in run.stderr
    assert "2 matched, 1 missing in Notion" in run.stderr
