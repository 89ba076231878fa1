"""`--to`, `--property` and `--row`: pages and databases named on the command line, and what is none."""

import json
import os
import subprocess
import sys
import uuid

import pytest

from tests.e2e.rules import config, make_row, rows
from tests.e2e.world import Json, Run, World, running_sandbox, sha256
from tests.watch.watching import watching

FILES = {"a.pdf": b"%PDF a", "a.txt": b"a", "sub/b.txt": b"b"}
OTHER = "0123456789abcdef0123456789abcdef"


def push_rows(world: World, *options: str) -> Run:
    database = world.sandbox.database_id
    return world.run("push", str(world.folder), "--to", database, "--json", *options)


def test_files_go_to_rows_by_their_stems(world: World) -> None:
    """As the shortest rule would have it; a row that is there is used; the second pass has nothing to do."""
    make_row(world.sandbox, "b", theirs="https://example.com/theirs")
    world.write(FILES)

    run = push_rows(world, "--property", "Attachments")

    assert (run.code, run.counts()) == (0, {"attached": 3}), run.stderr
    assert rows(world.sandbox) == {"a": ["a.pdf", "a.txt"], "b": ["theirs", "b.txt"]}
    again = push_rows(world, "--property", "Attachments")
    assert (again.counts(), again.summary["requests"]) == ({"unchanged": 3}, 0)


def test_a_title_of_ones_own(world: World) -> None:
    world.write(FILES)

    run = push_rows(world, "--property", "Attachments", "--row", "{folder} of {rule}")

    assert run.counts() == {"attached": 3}
    assert rows(world.sandbox) == {"folder of folder": ["a.pdf", "a.txt"], "sub of folder": ["b.txt"]}


def test_single_files_and_several_folders(world: World) -> None:
    world.write(FILES)
    (world.folder / "c.txt").write_bytes(b"c")
    os.utime(world.folder / "c.txt", (1_600_000_000, 1_600_000_000))
    paths = [str(world.folder / "a.txt"), str(world.folder / "sub")]

    run = world.run("push", *paths, "--to", world.sandbox.database_id, "--property", "Attachments", "--json")

    assert run.counts() == {"attached": 2}
    assert rows(world.sandbox) == {"a": ["a.txt"], "b": ["b.txt"]}


def test_addresses_as_people_copy_them(world: World) -> None:
    """A view of the database, its data source's id, a row open over it."""
    world.write({"a.txt": b"a"})
    plain = world.sandbox.database_id.replace("-", "")
    row = make_row(world.sandbox, "somebody's").replace("-", "")

    for address in (
        f"https://www.notion.so/acme/{plain}?v={OTHER}&source=copy_link",
        f"https://www.notion.so/acme/Files-{plain}",
        f"https://www.notion.so/acme/{plain}?v={OTHER}&p={row}&pm=s",
        f"www.notion.so/{plain}",
        world.sandbox.data_source_id,
    ):
        run = world.run("push", str(world.folder), "--to", address, "--property", "Attachments", "--json")
        assert run.code == 0, run.stderr
        world.state = world.home / f"state-{len(list(world.home.iterdir()))}"
    found = rows(world.sandbox)
    assert set(found) == {"a", "somebody's"}
    assert found["somebody's"] == []


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--property", "Attachments"], "--property names a files property, but not of which database"),
        (["--row", "x"], "--row is the title of a database's row, but no files property is named"),
        (
            ["--to", OTHER, "--row", "x"],
            "--row is the title of a database's row, but no files property is named",
        ),
        (["--to", OTHER, "--property", " "], "--property is empty"),
        (
            ["--to", OTHER, "--property", "F", "--row", ""],
            "--row is empty (is a variable of the shell not set?)",
        ),
        (
            ["--to", OTHER, "--property", "F", "--row", "{stme}"],
            "--row: unknown field {stme} (did you mean {stem}?)",
        ),
        (
            ["--to", OTHER, "--property", "F", "--row", "{zzz}"],
            "--row: unknown field {zzz}; fields are name, stem",
        ),
        (["--to", OTHER, "--property", "F", "--row", "{stem"], "--row: a brace has no counterpart"),
        (["--to", "Receipts", "--property", "F"], "--to: no Notion id in 'Receipts'"),
        (["--to", "ntn_secret", "--property", "F"], "looks like a token"),
    ],
)
@pytest.mark.parametrize("command", ["push", "watch", "explain"])
def test_half_a_target_is_wrong_usage(world: World, command: str, options: list[str], says: str) -> None:
    world.write({"a.txt": b"a"})

    run = world.run(command, str(world.folder / "a.txt"), *options)

    assert run.code == 2
    assert says in run.stderr
    assert world.sandbox.requests() == []


def test_a_database_where_a_page_was_expected(world: World) -> None:
    """It is told which files properties there are, and how to name one; nothing is sent."""
    extra: Json = {"properties": {"Scan of it": {"files": {}}}}
    world.sandbox.api("PATCH", f"/v1/data_sources/{world.sandbox.data_source_id}", extra)
    world.write({"a.txt": b"a"})

    for named in (world.sandbox.database_id, world.sandbox.data_source_id):
        run = world.run("push", str(world.folder), "--to", named)
        assert run.code == 1
        assert "is a database, not a page" in run.stderr
        assert 'its files properties are "Attachments", "Scan of it"' in run.stderr
        assert "--property NAME" in run.stderr
    assert world.sandbox.state()["uploads"] == []


def test_a_database_without_a_place_for_files(world: World) -> None:
    columns = {"Attachments": None}
    world.sandbox.api("PATCH", f"/v1/data_sources/{world.sandbox.data_source_id}", {"properties": columns})
    world.write({"a.txt": b"a"})

    assert (
        "it has no files property"
        in world.run("push", str(world.folder), "--to", world.sandbox.database_id).stderr
    )


def test_a_page_where_a_database_was_expected(world: World) -> None:
    """The page that a database stands on looks like it in the browser: the databases on it are named."""
    world.write({"a.txt": b"a"})
    plain = world.sandbox.database_id.replace("-", "")

    run = world.run("push", str(world.folder), "--to", world.sandbox.page_id, "--property", "Attachments")

    assert run.code == 1
    assert "is a page, not a database; the databases on it are" in run.stderr
    assert plain in run.stderr
    assert world.sandbox.state()["uploads"] == []


def test_a_configuration_hears_the_same(world: World) -> None:
    world.write({"a.txt": b"a"})

    as_page = world.run("push", config=config(world, f"page: {world.sandbox.database_id}"))
    as_rows = world.run(
        "push", config=config(world, f"database: {world.sandbox.page_id}\nproperty: Attachments")
    )

    assert "is a database, not a page" in as_page.stderr
    assert "database: and property: in a configuration" in as_page.stderr
    assert "is a page, not a database" in as_rows.stderr


def test_what_is_not_shared_is_still_said_to_be_that(world: World) -> None:
    world.write({"a.txt": b"a"})

    for options in ([], ["--property", "Attachments"]):
        run = world.run("push", str(world.folder), "--to", str(uuid.uuid4()), *options)
        assert run.code == 1
        assert "object_not_found" not in run.stderr  # for Notion's support: in JSON, history and log
        assert "share the page with the connection" in run.stderr


def test_explain_knows_rows(world: World) -> None:
    world.write({"a.txt": b"a"})
    options = ("--to", world.sandbox.database_id, "--property", "Attachments")

    run = world.run("explain", str(world.folder / "a.txt"), *options, "--json")

    document = json.loads(run.stdout)
    assert document["targets"][0]["as"] == 'files in "Attachments"'
    assert [each["action"] for each in document["next"]] == ["attached"]


def test_watch_brings_files_to_rows(world: World) -> None:
    world.write({"a.txt": b"a"})
    options = ("--to", world.sandbox.database_id, "--property", "Attachments", "--row", "{ext}")

    with watching(world, str(world.folder), *options) as daemon:
        daemon.until(lambda: rows(world.sandbox) == {"txt": ["a.txt"]}, "a row")
        (world.folder / "b.txt").write_bytes(b"b")
        daemon.until(lambda: rows(world.sandbox) == {"txt": ["a.txt", "b.txt"]}, "another entry")


def test_the_sandboxs_own_database(world: World) -> None:
    """`--sandbox --property` needs no id; a configuration is not asked."""
    world.write({"a.txt": b"a"})
    del world.environ["NOTION_TOKEN"], world.environ["NOTION_BASE_URL"]
    world.environ["XDG_DATA_HOME"] = str(world.home / "data")
    command = [sys.executable, "-m", "notion_sync", "push", str(world.folder), "--sandbox"]

    done = subprocess.run(
        [*command, "--property", "Attachments"],
        env=world.environ,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    with running_sandbox(world.home / "data" / "notion-sync" / "sandbox") as sandbox:
        assert rows(sandbox) == {"a": ["a.txt"]}
        (upload,) = sandbox.state()["uploads"]
        assert upload["sha256"] == sha256(b"a")
