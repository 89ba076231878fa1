"""`on_delete: remove`: what is gone from the folder goes from Notion, unless something looks wrong."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.e2e.rules import config, database, make_row, page, push, rows, tree
from tests.e2e.world import World, sha256

REMOVE = "on_delete: remove"
FILES = {f"{name}.txt": name.encode() for name in "abcdefgh"}


def names(world: World) -> list[str]:
    return [block["name"] for block in world.sandbox.blocks()]


def left(*gone: str) -> list[str]:
    return [name for name in FILES if name not in gone]


def pushed(world: World, target: str = "", *options: str) -> dict[str, int]:
    return push(world, target, *options, rule=REMOVE).counts()


def test_a_file_that_is_gone(world: World) -> None:
    """Its block goes to the trash; others' blocks stay; the file coming back is a new one."""
    world.write(FILES)
    assert pushed(world) == {"attached": 8}
    (world.folder / "c.txt").unlink()

    run = push(world, rule=REMOVE)

    assert run.counts() == {"removed": 1, "unchanged": 7}
    (line,) = run.files
    assert (line["path"], line["action"], line["page_id"]) == ("c.txt", "removed", world.sandbox.page_id)
    assert line["block_id"]
    assert names(world) == left("c.txt")
    again = push(world, rule=REMOVE)
    assert again.counts() == {"unchanged": 7}
    assert again.summary["requests"] == 0
    world.write({"c.txt": b"c"})
    run = push(world, rule=REMOVE)
    assert run.counts() == {"attached": 1, "unchanged": 7}
    assert run.summary["uploads"] == 0


def test_keep_is_the_default(world: World) -> None:
    """Without the rule's word nothing is removed, however long the file has been gone; with it, at once."""
    world.write(FILES)
    push(world)
    (world.folder / "c.txt").unlink()
    assert push(world).counts() == {"unchanged": 7}
    assert names(world) == list(FILES)

    assert pushed(world, "", "--dry-run") == {"removed": 1, "unchanged": 7}
    assert names(world) == list(FILES)
    assert pushed(world) == {"removed": 1, "unchanged": 7}


def test_a_renamed_file_is_not_gone(world: World) -> None:
    """Renames and moves are seen first."""
    world.write(FILES)
    pushed(world)
    (world.folder / "sub").mkdir()
    for name in FILES:
        (world.folder / name).rename(world.folder / "sub" / f"new {name}")

    assert pushed(world) == {"renamed": 8}
    assert names(world) == [f"new {name}" for name in FILES]


def test_a_renamed_file_that_is_being_written_to_is_not_gone(world: World) -> None:
    """Its content is not known before it rests; it may be what is missing."""
    world.write(FILES)
    pushed(world)
    (world.folder / "c.txt").rename(world.folder / "new.txt")
    os.utime(world.folder / "new.txt")

    run = push(world, page(world), "--wait", "0", rule=f"{REMOVE}\nsettle: 1h")

    assert run.counts() == {"deferred": 1, "unchanged": 7}
    assert names(world) == list(FILES)
    world.write({"new.txt": b"c"})
    assert pushed(world) == {"renamed": 1, "unchanged": 7}
    assert names(world) == ["new.txt" if name == "c.txt" else name for name in FILES]


def test_a_file_that_is_gone_while_another_one_is_being_written_to(world: World) -> None:
    """One of another size cannot be it."""
    world.write(FILES)
    pushed(world)
    (world.folder / "c.txt").unlink()
    (world.folder / "new.txt").write_bytes(b"more than c")

    run = push(world, page(world), "--wait", "0", rule=f"{REMOVE}\nsettle: 1h")

    assert run.counts() == {"deferred": 1, "removed": 1, "unchanged": 7}


def test_copies_are_no_loss(world: World) -> None:
    """What is still there under another path is not lost, however many of its copies go."""
    copies = {f"copy {number}.txt": b"a" for number in range(8)}
    world.write({**FILES, **copies})
    pushed(world)
    for name in copies:
        (world.folder / name).unlink()

    assert pushed(world) == {"removed": 8, "unchanged": 8}
    assert names(world) == list(FILES)


def test_the_last_copy_is_a_loss(world: World) -> None:
    """Of eight files six are gone, of which two have the same content."""
    world.write({**{name: FILES[name] for name in left("g.txt", "h.txt")}, "x.txt": b"x", "y.txt": b"x"})
    pushed(world)
    for name in ("a.txt", "b.txt", "c.txt", "d.txt", "x.txt", "y.txt"):
        (world.folder / name).unlink()

    run = push(world, rule=REMOVE)

    assert run.counts() == {"failed": 1, "unchanged": 2}
    assert "6 of 8 files" in run.files[0]["reason"]


def test_more_than_max_delete(world: World) -> None:
    """Nothing is removed, and the reason and the way out are said; new files go all the same."""
    world.write(FILES)
    pushed(world)
    for name in ("a.txt", "b.txt", "c.txt"):
        (world.folder / name).unlink()
    world.write({"new.txt": b"new"})

    run = push(world, rule=REMOVE)

    assert run.code == 1
    assert run.counts() == {"attached": 1, "failed": 1, "unchanged": 5}
    (line,) = [line for line in run.files if line["action"] == "failed"]
    assert "3 of 8 files" in line["reason"]
    assert "max_delete" in line["reason"]
    assert names(world) == [*FILES, "new.txt"]
    run = push(world, rule=f"{REMOVE}\nmax_delete: 50%")
    assert run.counts() == {"removed": 3, "unchanged": 6}


def test_new_files_do_not_make_a_loss_small(world: World) -> None:
    """What was stopped once is not done a pass later because the rule has more files by then."""
    world.write(FILES)
    pushed(world)
    for name in ("a.txt", "b.txt", "c.txt"):
        (world.folder / name).unlink()
    world.write({f"new{number}.txt": b"%d" % number for number in range(20)})
    assert pushed(world) == {"attached": 20, "failed": 1, "unchanged": len(FILES) - 3}

    again = push(world, rule=REMOVE)

    assert again.summary["removed"] == 0
    assert f"3 of {len(FILES)} files" in again.stdout
    run = push(world, rule="on_delete: remove\nmax_delete: 50%")
    assert run.summary["removed"] == 3


def test_an_emptied_folder(world: World) -> None:
    """It may be a disk that is not mounted; who says 100% means it."""
    world.write(FILES)
    pushed(world)
    for name in FILES:
        (world.folder / name).unlink()

    run = push(world, rule=f"{REMOVE}\nmax_delete: 99%")

    assert run.counts() == {"failed": 1}
    assert "empty" in run.files[0]["reason"]
    assert names(world) == list(FILES)
    assert push(world, rule=f"{REMOVE}\nmax_delete: 100%").counts() == {"removed": 8}
    assert names(world) == []


def test_a_loss_that_a_person_confirms(world: World) -> None:
    """What is gone then goes from Notion; of what is gone later nothing was said."""
    world.write(FILES)
    pushed(world)
    for name in ("a.txt", "b.txt", "c.txt"):
        (world.folder / name).unlink()
    assert pushed(world) == {"failed": 1, "unchanged": 5}
    text = config(world, rule=REMOVE)

    assert "3 missing files count as deleted" in world.run("resume", "folder", config=text).stderr
    assert pushed(world) == {"removed": 3, "unchanged": 5}

    for name in ("d.txt", "e.txt", "f.txt"):
        (world.folder / name).unlink()
    assert pushed(world) == {"failed": 1, "unchanged": 2}
    assert names(world) == left("a.txt", "b.txt", "c.txt")


def test_nothing_is_confirmed_that_no_rule_would_remove(world: World) -> None:
    world.write(FILES)
    keeping, removing = config(world, rule="on_delete: keep"), config(world, rule=REMOVE)

    assert "nothing was brought to Notion yet" in world.run("resume", "folder", config=removing).stderr
    pushed(world)
    assert "nothing is missing there" in world.run("resume", "folder", config=removing).stderr
    (world.folder / "a.txt").unlink()
    assert "nothing is missing there" in world.run("resume", "folder", config=keeping).stderr
    elsewhere = world.run("resume", "/elsewhere", config=removing)
    assert (elsewhere.code, "no rule's folder" in elsewhere.stderr) == (2, True)
    without = world.run("resume", "folder")
    assert (without.code, "without a configuration nothing is held" in without.stderr) == (2, True)


def test_a_missing_folder(world: World) -> None:
    """No survey, no removals."""
    world.write(FILES)
    pushed(world)
    world.folder.rename(world.home / "away")

    run = push(world, rule=f"{REMOVE}\nmax_delete: 100%")

    assert run.counts() == {"failed": 1}
    assert "missing" in run.files[0]["reason"]
    assert names(world) == list(FILES)


def test_another_disk_in_the_folders_place(world: World, tmp_path: Path) -> None:
    """A link that leads elsewhere now: even 100% is not enough."""
    other = Path("/dev/shm") if os.stat("/dev/shm").st_dev != os.stat(tmp_path).st_dev else None
    if other is None:
        pytest.skip("needs two file systems")
    world.write(FILES)
    link = world.home / "link"
    link.symlink_to(world.folder)
    text = config(world, rule=f"{REMOVE}\nmax_delete: 100%").replace(str(world.folder), str(link))
    assert world.run("push", "--json", config=text).counts() == {"attached": 8}
    elsewhere = other / f"notion-sync-test-{os.getpid()}"
    elsewhere.mkdir()
    try:
        link.unlink()
        link.symlink_to(elsewhere)
        run = world.run("push", "--json", config=text)
    finally:
        shutil.rmtree(elsewhere)

    assert run.counts() == {"failed": 1}
    assert "another disk" in run.files[0]["reason"]
    assert names(world) == list(FILES)


@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("unshare"), reason="needs root, and unshare")
def test_a_disk_that_is_unmounted_below_the_folder(world: World) -> None:
    """Its file stays, is not missed by a dry run, and the way out that is named leads out."""
    world.write({**FILES, "disk/hidden by the mount.txt": b"x"})
    (world.folder / "disk/hidden by the mount.txt").unlink()
    (world.folder / "a.txt").unlink()
    steps = """set -u; disk=$1; shift
        mount -t tmpfs stick "$disk" || exit 99
        echo y > "$disk/y.txt"; touch -d 2020-01-01 "$disk/y.txt"
        "$@"; umount "$disk"; rm "$disk/../b.txt"; "$@" --dry-run; "$@" """
    command = world.command("push", "--json", config=config(world, rule=REMOVE))
    run = subprocess.run(
        ["unshare", "-m", "sh", "-c", steps, "sh", str(world.folder / "disk"), *command],
        env=world.environ, cwd=world.home, capture_output=True, text=True, timeout=100, check=False,
    )  # fmt: skip
    if run.returncode == 99:
        pytest.skip("nothing can be mounted")

    assert run.returncode == 1
    ends = [json.loads(line) for line in run.stdout.splitlines() if '"summary"' in line]
    assert [(end["attached"], end["removed"], end["failed"]) for end in ends] == [
        (8, 0, 0),
        (0, 1, 1),
        (0, 1, 1),
    ]
    assert run.stdout.count(f"1 file is missing below {world.folder}/disk, and its disk is not mounted") == 2
    assert sorted(names(world)) == [*left("a.txt", "b.txt"), "y.txt"]
    confirmed = world.run("resume", "folder/disk", config=config(world, rule=REMOVE))
    assert (confirmed.code, confirmed.stdout) == (0, "")
    assert "1 missing file counts as deleted" in confirmed.stderr
    assert push(world, rule=REMOVE).counts() == {"removed": 1, "unchanged": 6}
    assert names(world) == left("a.txt", "b.txt")


@pytest.mark.skipif(os.geteuid() == 0 and not shutil.which("setpriv"), reason="root reads everything")
def test_a_folder_that_cannot_be_seen(world: World) -> None:
    """A link into nowhere in a rule that follows links is trouble enough: what is behind it is unknown."""
    world.write(FILES)
    pushed(world)
    deep = world.folder
    for _ in range(25):
        deep = deep / ("d" * 200)
    # More than the system can name: the walk ends with trouble.
    before = os.getcwd()
    try:
        os.chdir(world.folder)
        for _ in range(25):
            os.mkdir("d" * 200)
            os.chdir("d" * 200)
    finally:
        os.chdir(before)
    (world.folder / "c.txt").unlink()

    run = push(world, rule=REMOVE)

    assert run.counts() == {"failed": 1, "unchanged": 7}
    assert names(world) == list(FILES)


def test_part_of_the_folder_says_nothing_of_the_rest(world: World) -> None:
    """`push PATH` removes nothing."""
    world.write({**FILES, "sub/x.txt": b"x"})
    pushed(world)
    (world.folder / "c.txt").unlink()
    text = config(world, rule=REMOVE)

    run = world.run("push", "--json", str(world.folder / "sub"), config=text)
    assert run.counts() == {"unchanged": 1}
    run = world.run("push", "--json", str(world.folder), config=text)
    assert run.counts() == {"removed": 1, "unchanged": 8}


def test_entries_of_rows(world: World) -> None:
    """Ours go one by one, all of a row in one write; links of others and the row stay."""
    make_row(world.sandbox, "all", theirs="https://example.com/theirs")
    world.write(FILES)
    target = database(world, "row: all\nbody: true")
    assert pushed(world, target) == {"attached": 8}
    for name in ("c.txt", "d.txt"):
        (world.folder / name).unlink()
    before = len(world.sandbox.requests())

    run = push(world, target, rule=REMOVE)

    assert run.counts() == {"removed": 2, "unchanged": 6}
    assert rows(world.sandbox) == {"all": ["theirs", *left("c.txt", "d.txt")]}
    done = [(r["method"], r["path"].split("/")[2]) for r in world.sandbox.requests()[before:]]
    assert sorted(done) == [
        ("DELETE", "blocks"), ("DELETE", "blocks"), ("GET", "blocks"), ("GET", "blocks"), ("GET", "data_sources"),
        ("GET", "pages"), ("PATCH", "pages"),
    ]  # fmt: skip
    assert pushed(world, target) == {"unchanged": 6}


def test_what_moved_to_another_page_leaves_the_old_one(world: World) -> None:
    """Notion cannot move blocks: attached there, removed here; also where the rule itself moves things."""
    world.write({"one/a.txt": b"a", "one/b.txt": b"b", "two/c.txt": b"c", "two/d.txt": b"d"})
    rule = f"{REMOVE}\nsubfolders: pages"
    push(world, rule=rule)
    (world.folder / "one/a.txt").rename(world.folder / "two/a.txt")

    run = push(world, rule=rule)

    assert run.counts() == {"attached": 1, "removed": 1, "unchanged": 3}
    assert run.summary["uploads"] == 0
    assert tree(world.sandbox) == {"": [], "one": {"": ["b.txt"]}, "two": {"": ["c.txt", "d.txt", "a.txt"]}}
    planned = push(world, "", "--dry-run", rule=REMOVE)
    run = push(world, rule=REMOVE)
    assert planned.counts() == run.counts() == {"attached": 4, "removed": 4}
    assert names(world) == ["b.txt", "a.txt", "c.txt", "d.txt"]
    assert push(world, rule=REMOVE).summary["requests"] == 0


def test_versions_go_with_their_file(world: World) -> None:
    """`on_change: append` leaves versions; when the file goes, they go."""
    world.write(FILES)
    rule = f"{REMOVE}\non_change: append"
    push(world, rule=rule)
    world.write({"c.txt": b"c again"}, mtime=1_600_000_001)
    assert push(world, rule=rule).counts() == {"attached": 1, "unchanged": 7}
    assert push(world, rule=rule).counts() == {"unchanged": 8}
    (world.folder / "c.txt").unlink()

    assert push(world, rule=rule).counts() == {"removed": 1, "unchanged": 7}
    assert names(world) == left("c.txt")


def test_what_a_person_removed_before_is_fine(world: World) -> None:
    """A block in the trash, a row in the trash, an entry that is not there any more."""
    world.write(FILES)
    target = f"- {page(world)}\n- database: {world.sandbox.database_id}\n  property: Attachments"
    assert pushed(world, target) == {"attached": 16}
    world.sandbox.api("DELETE", f"/v1/blocks/{world.sandbox.blocks()[2]['id']}")
    for row in world.sandbox.state()["pages"]:
        if row["title"] == "c":
            world.sandbox.api("PATCH", f"/v1/pages/{row['id']}", {"in_trash": True})
        if row["title"] == "d":
            world.sandbox.api(
                "PATCH", f"/v1/pages/{row['id']}", {"properties": {"Attachments": {"files": []}}}
            )
    for name in ("c.txt", "d.txt"):
        (world.folder / name).unlink()

    run = push(world, target, rule=REMOVE)

    assert run.code == 0, run.stdout
    assert run.counts() == {"removed": 4, "unchanged": 12}
    assert names(world) == left("c.txt", "d.txt")
    assert rows(world.sandbox)["d"] == []
    assert "c" not in rows(world.sandbox)


def test_each_rule_for_its_own_files(world: World) -> None:
    """Two rules over one folder and to one page: one keeps, one removes."""
    world.write({**FILES, "x.csv": b"x", "y.csv": b"y", "z.csv": b"z", "w.csv": b"w"})
    text = f"""
rules:
  - {{name: tables, folder: {world.folder}, match: "*.csv", on_delete: remove, to: {{{page(world)}}}}}
  - {{name: texts, folder: {world.folder}, to: {{{page(world)}}}}}
"""
    assert world.run("push", "--json", config=text).counts() == {"attached": 12}
    (world.folder / "c.txt").unlink()
    (world.folder / "x.csv").unlink()

    run = world.run("push", "--json", config=text)

    assert run.summary["removed"] == 1
    assert set(names(world)) == {*FILES, "y.csv", "z.csv", "w.csv"}


@pytest.mark.parametrize("trouble", ["cut after", "500 after", "429", "409"])
def test_trouble_while_removing(world: World, trouble: str) -> None:
    """Removing twice is removing once."""
    from tests.crash.test_faults import TROUBLES

    world.write(FILES)
    target = f"- {page(world)}\n- database: {world.sandbox.database_id}\n  property: Attachments\n  row: all"
    pushed(world, target)
    (world.folder / "c.txt").unlink()
    world.sandbox.faults(
        [
            {"method": method, "path": path, "nth": 1, "times": 1, **TROUBLES[trouble]}
            for method, path in (("DELETE", "/blocks/"), ("PATCH", "/v1/pages/"))
        ]
    )

    assert pushed(world, target) == {"removed": 2, "unchanged": 14}
    assert names(world) == left("c.txt")
    assert rows(world.sandbox) == {"all": left("c.txt")}
    assert sha256(b"c") not in {block["sha256"] for block in world.sandbox.blocks()}
