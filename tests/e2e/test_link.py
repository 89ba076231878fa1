"""`link`: where a file is in Notion."""

import httpx
import pytest

from tests.e2e.adopting import adopt, lose
from tests.e2e.rules import config, database, make_row, page, push, row
from tests.e2e.world import Json, World, sha256

PNG = b"\x89PNG\r\n\x1a\n"


def test_address_of_the_block(world: World) -> None:
    world.write({"a.txt": b"one"})
    world.push()

    run = world.run("link", "a.txt", cwd=world.folder)

    (block,) = world.sandbox.blocks()
    plain = f"https://www.notion.so/{world.sandbox.page_id}#{block['id']}".replace("-", "")
    assert (run.code, run.stdout, run.stderr) == (0, f"{plain}\n", "")


def test_fresh_address_of_the_bytes(world: World) -> None:
    world.write({"a.txt": b"one"})
    world.push()

    run = world.run("link", str(world.folder / "a.txt"), "--download")

    assert run.code == 0
    assert httpx.get(run.stdout.strip()).content == b"one"


def test_a_line_for_each_target(world: World) -> None:
    world.write({"a.png": b"\x89PNG\r\n\x1a\n"})
    page = world.sandbox.page_id
    config = (
        "version: 1\nrules:\n"
        f"  - {{name: r, folder: '{world.folder}', to: [{{page: {page}}}, {{page: {page}, as: cover}}]}}\n"
    )
    world.run("push", config=config)

    run = world.run("link", str(world.folder / "a.png"))

    assert len(run.stdout.splitlines()) == 2


def test_block_that_was_deleted_in_notion(world: World) -> None:
    world.write({"a.txt": b"one"})
    world.push()
    (block,) = world.sandbox.blocks()
    world.sandbox.api("DELETE", f"/v1/blocks/{block['id']}")

    run = world.run("link", str(world.folder / "a.txt"), "--download")

    assert (run.code, run.stdout) == (1, "")
    assert "deleted in Notion" in run.stderr or "not there any more" in run.stderr


def test_what_is_not_recorded_says_what_to_do(world: World) -> None:
    world.write({"a.txt": b"one"})

    run = world.run("link", str(world.folder / "a.txt"))

    assert (run.code, run.stdout) == (1, "")
    assert "notion-sync explain" in run.stderr


def test_a_folder_has_no_bytes(world: World) -> None:
    world.write({"a.txt": b"one"})
    world.push()

    run = world.run("link", str(world.folder), "--download")

    assert run.code == 1
    assert "is a folder (name one of the files in it)" in run.stderr


def address(page_id: str, block_id: str = "") -> str:
    """What a browser opens."""
    return f"https://www.notion.so/{page_id}{'#' if block_id else ''}{block_id}".replace("-", "")


def download(world: World, name: str) -> list[bytes]:
    """What the signed addresses of a file lead to."""
    run = world.run("link", str(world.folder / name), "--download")
    assert run.code == 0, run.stderr
    return [httpx.get(url).content for url in run.stdout.splitlines()]


def edit_entries(world: World, title: str, entries: list[Json]) -> None:
    """A person edits a row."""
    files = {"properties": {"Attachments": {"files": entries}}}
    world.sandbox.api("PATCH", f"/v1/pages/{row(world.sandbox, title)['id']}", files)


def entries_of(world: World, title: str) -> list[Json]:
    """As the API gives them."""
    page = world.sandbox.api("GET", f"/v1/pages/{row(world.sandbox, title)['id']}")
    found: list[Json] = page["properties"]["Attachments"]["files"]
    return found


def test_entries_of_a_row(world: World) -> None:
    """Each its own file, beside those of others, under whatever name a person gives it."""
    make_row(world.sandbox, "all", theirs="https://example.com/theirs")
    world.write({"a.txt": b"one", "b.txt": b"two"})
    push(world, database(world, "row: all"))
    theirs, first, second = entries_of(world, "all")
    edit_entries(world, "all", [theirs, second, {**first, "name": "My own name.txt"}])

    assert download(world, "a.txt") == [b"one"]
    assert download(world, "b.txt") == [b"two"]
    link = world.run("link", str(world.folder / "a.txt"))
    assert (link.code, link.stdout.strip()) == (0, address(row(world.sandbox, "all")["id"]))


def test_entry_and_block_of_a_row(world: World) -> None:
    world.write({"a.txt": b"one"})
    push(world, database(world, "body: true"))
    page = row(world.sandbox, "a")["id"]
    (block,) = world.sandbox.blocks(page)

    assert world.run("link", str(world.folder / "a.txt")).stdout.split() == [
        address(page),
        address(page, block["id"]),
    ]
    assert download(world, "a.txt") == [b"one", b"one"]


def test_address_is_fresh_each_time(world: World) -> None:
    world.write({"a.txt": b"one"})
    push(world, database(world))
    first = world.run("link", str(world.folder / "a.txt"), "--download").stdout.strip()
    world.sandbox.advance(2 * 3600)

    assert httpx.get(first).status_code == 403
    assert download(world, "a.txt") == [b"one"]


def test_entry_that_somebody_removed(world: World) -> None:
    """Another one of its name, with another content, is not it."""
    world.write({"a.txt": b"one", "b.txt": b"two"})
    push(world, database(world, "row: all"))
    _, second = entries_of(world, "all")
    edit_entries(world, "all", [{**second, "name": "a.txt"}])

    run = world.run("link", str(world.folder / "a.txt"), "--download")

    assert (run.code, run.stdout) == (1, "")
    assert "the file is not there any more" in run.stderr


def test_row_in_the_trash(world: World) -> None:
    world.write({"a.txt": b"one"})
    push(world, database(world))
    world.sandbox.api("PATCH", f"/v1/pages/{row(world.sandbox, 'a')['id']}", {"in_trash": True})

    run = world.run("link", str(world.folder / "a.txt"), "--download")

    assert (run.code, run.stdout) == (1, "")
    assert "deleted in Notion" in run.stderr


def test_what_is_left_of_two_targets(world: World) -> None:
    world.write({"a.txt": b"one"})
    push(world, f"- {page(world)}\n- {database(world).replace(chr(10), chr(10) + '  ')}")
    edit_entries(world, "a", [])

    run = world.run("link", str(world.folder / "a.txt"), "--download")

    assert run.code == 1
    assert [httpx.get(url).content for url in run.stdout.split()] == [b"one"]


def test_what_was_adopted(world: World) -> None:
    world.write({"a.txt": b"one", "b.png": PNG})
    targets = (
        f"- {page(world)}\n  as: cover\n- {database(world, 'body: true').replace(chr(10), chr(10) + '  ')}"
    )
    push(world, targets)
    lose(world)
    adopt(world, targets)

    assert download(world, "b.png") == [PNG] * 3


@pytest.mark.parametrize("part", ["icon", "cover"])
def test_icon_and_cover(world: World, part: str) -> None:
    world.write({"a.png": PNG})
    push(world, f"{page(world)}\nas: {part}")

    assert world.run("link", str(world.folder / "a.png")).stdout.strip() == address(world.sandbox.page_id)
    assert download(world, "a.png") == [PNG]


@pytest.mark.parametrize("part", ["icon", "cover"])
def test_icon_or_cover_that_somebody_changed(world: World, part: str) -> None:
    """Another picture is another file."""
    world.write({"a.png": PNG, "other.png": PNG + b"other"})
    push(world, f"- {page(world)}\n")
    (upload,) = [u["id"] for u in world.sandbox.state()["uploads"] if u["sha256"] == sha256(PNG + b"other")]
    (world.folder / "other.png").unlink()
    push(world, f"{page(world)}\nas: {part}")
    theirs = {part: {"type": "file_upload", "file_upload": {"id": upload}}}
    world.sandbox.api("PATCH", f"/v1/pages/{world.sandbox.page_id}", theirs)

    run = world.run("link", str(world.folder / "a.png"), "--download")

    assert run.code == 1
    assert len(run.stdout.split()) == 1, "the block"
    assert "the file is not there any more" in run.stderr
    world.sandbox.api("PATCH", f"/v1/pages/{world.sandbox.page_id}", {part: None})
    assert world.run("link", str(world.folder / "a.png"), "--download").code == 1


# Folders, and `open`


def _url(page_id: str) -> str:
    return f"https://www.notion.so/{page_id.replace('-', '')}"


def test_a_folder_is_its_page(world: World) -> None:
    """Its own where subfolders have pages, also where its files lie deeper; else the page of the rule."""
    world.write({"a.txt": b"a", "x/y/z.txt": b"z"})
    push(world, rule="subfolders: pages")
    ids = {each["title"]: each["id"] for each in world.sandbox.state()["pages"]}

    def address(path: str) -> str:
        return world.run("link", path, cwd=world.folder).stdout

    assert address(".") == f"{_url(world.sandbox.page_id)}\n"
    assert address("x") == f"{_url(ids['x'])}\n"
    assert address("x/y") == f"{_url(ids['y'])}\n"


def test_a_folder_of_a_database_and_one_of_which_nothing_is_recorded(world: World) -> None:
    target = database(world)
    push(world, target)
    before = world.run("link", str(world.folder))
    world.write({"x/a.txt": b"a"})
    push(world, target)
    database_url = f"{_url(world.sandbox.database_id)}\n"
    assert world.run("link", str(world.folder / "x")).stdout == database_url
    assert (before.code, before.stdout) == (1, "")
    assert world.run("link", str(world.folder), config=config(world, target)).stdout == database_url


def test_open(world: World) -> None:
    """In the browser that is named; printed where nobody would see one."""
    world.write({"a.txt": b"a"})
    push(world)
    opened = world.home / "opened"
    browser = world.home / "browser"
    browser.write_text(f'#!/bin/sh\necho "$1" >> {opened}\n')
    browser.chmod(0o755)
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER"):
        world.environ.pop(name, None)
    path = str(world.folder / "a.txt")
    address = world.run("link", path).stdout

    printed = world.run("open", path)
    world.environ["BROWSER"] = f"{browser} %s"
    shown = world.run("open", path)

    assert (printed.code, printed.stdout) == (0, address)
    assert (shown.code, shown.stdout, opened.read_text()) == (0, "", address)
    typo = world.run("open", str(world.folder / "aa.txt"))
    assert (typo.code, "not in Notion" in typo.stderr) == (1, True)
