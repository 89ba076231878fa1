"""`adopt` for files that Notion took in another form, and for those sent in parts."""

import os
import zipfile
from io import BytesIO

import pytest

from tests.e2e.adopting import adopt, lose, results, sums
from tests.e2e.rules import database, push
from tests.e2e.world import LONG_AGO, World

ZIP = "unsupported: zip"
FILES = {"a.xyzzy": b"a" * 1000, "b.xyzzy": b"b", "c.txt": b"c", "sub/d.xyzzy": os.urandom(70_000)}


def assert_pushes_nothing(world: World, files: int, *, rule: str, target: str = "") -> None:
    """What was adopted is as if it had been pushed from here: nothing is asked, nothing is sent."""
    before = world.sandbox.state()["pages"]
    again = push(world, target, rule=rule)
    assert again.counts() == {"unchanged": files}, again.stdout
    assert (again.summary["uploads"], again.summary["requests"]) == (0, 0)
    assert world.sandbox.state()["pages"] == before


@pytest.mark.parametrize("options", [(), ("--verify",)])
@pytest.mark.parametrize("rule", [ZIP, "unsupported: txt"])
def test_dressed_files(world: World, rule: str, options: tuple[str, ...]) -> None:
    world.write(FILES)
    push(world, rule=rule)
    lose(world)

    run = adopt(world, "", *options, rule=rule)

    assert (run.code, results(run)) == (0, dict.fromkeys(FILES, "matched")), run.stdout
    assert_pushes_nothing(world, 4, rule=rule)


def test_dressed_entries(world: World) -> None:
    world.write(FILES)
    target = database(world, "row: all\nbody: true")
    push(world, target, rule=ZIP)
    lose(world)

    assert sums(adopt(world, target, rule=ZIP)) == {"matched": 8}
    assert_pushes_nothing(world, 4, rule=ZIP, target=target)


@pytest.mark.parametrize("rule", [ZIP, "unsupported: txt"])
def test_an_adopted_file_keeps_its_dress(world: World, rule: str) -> None:
    """A renamed one is called as before but for its name."""
    world.write({"a.xyzzy": b"a"})
    push(world, rule=rule)
    lose(world)
    adopt(world, rule=rule)
    (world.folder / "a.xyzzy").rename(world.folder / "z.xyzzy")

    assert push(world, rule=rule).counts() == {"renamed": 1}
    assert [block["name"] for block in world.sandbox.blocks()] == [f"z.xyzzy.{rule[-3:]}"]


@pytest.mark.parametrize("options", [(), ("--verify",)])
def test_a_zip_is_known_by_what_is_in_it(world: World, options: tuple[str, ...]) -> None:
    """It was packed under another name, and the file's time is another since it was restored."""
    world.write({"a.xyzzy": b"content"})
    push(world, rule=ZIP)
    (world.folder / "a.xyzzy").rename(world.folder / "another name.xyzzy")
    assert push(world, rule=ZIP).counts() == {"renamed": 1}
    lose(world)
    world.write({"another name.xyzzy": b"content"}, mtime=LONG_AGO + 1000)

    assert results(adopt(world, "", *options, rule=ZIP)) == {"another name.xyzzy": "matched"}
    assert_pushes_nothing(world, 1, rule=ZIP)


@pytest.mark.parametrize(
    ("content", "options", "result"),
    [
        (b"CONTENT", (), "matched"),
        (b"CONTENT", ("--verify",), "missing"),
        (b"longer than it was", (), "missing"),
    ],
)
def test_other_contents(world: World, content: bytes, options: tuple[str, ...], result: str) -> None:
    world.write({"a.xyzzy": b"content"})
    push(world, rule=ZIP)
    lose(world)
    world.write({"a.xyzzy": content})

    assert results(adopt(world, "", *options, rule=ZIP))["a.xyzzy"] == result


def test_zips_of_people(world: World) -> None:
    """A file that is a zip is itself, under a rule that packs, too; a zip of several files is no file of ours."""
    both = BytesIO()
    with zipfile.ZipFile(both, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.xyzzy", b"a")
        archive.writestr("b.xyzzy", b"b")
    world.write({"a.xyzzy.zip": both.getvalue(), "c.xyzzy.zip": b"no zip at all"})
    push(world, rule=ZIP)
    lose(world)

    assert sums(adopt(world, "", "--verify", rule=ZIP)) == {"matched": 2}
    lose(world)
    (world.folder / "a.xyzzy.zip").rename(world.home / "a.xyzzy.zip")
    (world.folder / "c.xyzzy.zip").rename(world.home / "c.xyzzy.zip")
    world.write({"a.xyzzy": b"a", "c.xyzzy": b"c"})

    assert sums(adopt(world, rule=ZIP)) == {"missing": 2, "unknown": 2}


def test_large_files(world: World) -> None:
    """Sent in parts; a rename moves no byte, before and after."""
    world.write({"large.bin.txt": os.urandom(2**20) * 21, "b.txt": b"b"})
    push(world)
    (world.folder / "large.bin.txt").rename(world.folder / "renamed.txt")
    push(world)
    lose(world)

    assert results(adopt(world, "", "--verify")) == {"b.txt": "matched", "renamed.txt": "matched"}
    assert_pushes_nothing(world, 2, rule="")


def test_imports_are_left_out_and_said(world: World) -> None:
    """Nothing in Notion tells what address a block came from; a link file that is one itself is adopted."""
    shortcut = b"[InternetShortcut]\r\nURL=https://example.com/a.pdf\r\n"
    world.write({"a.url": shortcut, "program.desktop": b"[Desktop Entry]\nType=Application\n", "b.txt": b"b"})

    run = adopt(world, rule="links: import")

    assert (run.code, sums(run)) == (1, {"failed": 1, "missing": 2})
    assert "a.url: imports are not adopted" in run.stderr
    assert sums(adopt(world)) == {"missing": 3}
