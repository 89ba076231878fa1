"""`history`: what was done when."""

import datetime as dt

from tests.e2e.world import World, sha256


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
        "url": f"https://www.notion.so/{page}#{block['id']}".replace("-", ""),
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

    run = world.run("history")

    (line,) = [line for line in run.stdout.splitlines() if "a.txt" in line]
    assert "attached" in line
    assert "https://www.notion.so/" in line
    assert run.stderr == ""


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
