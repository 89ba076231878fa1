"""`link`: where a file is in Notion."""

import httpx

from tests.e2e.world import World


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


def test_icon(world: World) -> None:
    world.write({"a.png": b"\x89PNG\r\n\x1a\n"})
    page = world.sandbox.page_id
    config = (
        f"version: 1\nrules:\n  - {{name: r, folder: '{world.folder}', to: {{page: {page}, as: icon}}}}\n"
    )
    assert world.run("push", config=config).code == 0

    path = str(world.folder / "a.png")

    assert world.run("link", path).stdout.strip() == f"https://www.notion.so/{page.replace('-', '')}"
    download = world.run("link", path, "--download")
    assert httpx.get(download.stdout.strip()).content == (world.folder / "a.png").read_bytes()


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


def test_folder_is_no_file(world: World) -> None:
    world.write({"a.txt": b"one"})
    world.push()

    run = world.run("link", str(world.folder))

    assert run.code == 1
    assert "is a folder with 1 files in Notion" in run.stderr
