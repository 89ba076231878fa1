"""`import`: Notion fetches public files itself; what it cannot fetch is fetched here if that is wanted."""

import os
import signal
import subprocess

import pytest

from tests.e2e.origin import Origin, Page
from tests.e2e.rules import config, row, rows
from tests.e2e.world import Run, World, kill, sha256, wait_until

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 60


@pytest.fixture
def world(world: World, origin: Origin) -> World:
    world.environ["SSL_CERT_FILE"] = str(origin.certificate)
    return world


def import_(world: World, *arguments: str) -> Run:
    return world.run("import", *arguments, "--to", world.sandbox.page_id, "--json", config=config(world))


def test_notion_fetches_the_file_and_it_is_attached(world: World, origin: Origin) -> None:
    origin.pages["/files/a%20picture.png"] = Page(PNG, "image/png")
    url = f"{origin.url}/files/a%20picture.png"

    run = import_(world, url)

    assert run.code == 0, run.stderr
    (block,) = world.sandbox.blocks()
    assert (block["type"], block["sha256"]) == ("image", sha256(PNG))
    (line,) = run.files
    page = world.sandbox.page_id
    assert line == {
        "event": "file", "rule": "import", "path": url, "action": "attached", "reason": "", "bytes": len(PNG),
        "sha256": None, "target": page, "page_id": page, "block_id": block["id"],
        "file_upload_id": block["file_upload_id"],
    }  # fmt: skip
    (upload,) = world.sandbox.state()["uploads"]
    assert (upload["mode"], upload["filename"], upload["attached"]) == ("external_url", "a picture.png", True)


def test_several_files_and_a_name(world: World, origin: Origin) -> None:
    origin.pages["/1"] = Page(b"one", "text/plain")
    origin.pages["/2.pdf"] = Page(b"%PDF-1.4\n", "application/pdf")

    assert import_(world, f"{origin.url}/1", "--name", "first.txt").code == 0
    assert import_(world, f"{origin.url}/2.pdf").code == 0

    kinds = [(block["type"], block["name"]) for block in world.sandbox.blocks()]
    assert [kind for kind, _ in kinds] == ["file", "pdf"]
    assert kinds[0][1] == "first.txt"
    assert import_(world, f"{origin.url}/1", f"{origin.url}/2.pdf", "--name", "x").code == 2


def test_imported_once_is_imported(world: World, origin: Origin) -> None:
    origin.pages["/a.txt"] = Page(b"one")
    url = f"{origin.url}/a.txt"
    import_(world, url)

    again = import_(world, url)

    assert again.counts() == {"unchanged": 1}
    assert len(world.sandbox.blocks()) == 1
    assert world.run("link", url).stdout.count("https://www.notion.so/") == 1
    assert url in world.run("history", url).stdout
    assert world.run("forget", url).code == 0
    assert import_(world, url).counts() == {"attached": 1}
    assert len(world.sandbox.blocks()) == 2


def test_import_that_fails_is_said_in_words(world: World, origin: Origin) -> None:
    origin.pages["/a.txt"] = Page(b"one", get=404)
    origin.pages["/b.txt"] = Page(b"two")

    run = import_(world, f"{origin.url}/a.txt", f"{origin.url}/b.txt")

    assert run.code == 1
    assert run.counts() == {"attached": 1, "failed": 1}
    failed = next(line for line in run.files if line["action"] == "failed")
    assert "the download failed" in failed["reason"]
    assert "its server answered 404" in failed["reason"]
    assert "--fallback" in failed["reason"]


def test_fallback_fetches_here_what_notion_cannot(world: World, origin: Origin) -> None:
    """Like an address signed for GET alone: its HEAD is refused."""
    origin.pages["/a.png"] = Page(PNG, "image/png", head=403)
    url = f"{origin.url}/a.png"
    refused = import_(world, url)
    assert refused.code == 1
    assert "Failed to fetch the headers" in refused.files[0]["reason"]
    run = import_(world, url, "--fallback")

    assert run.code == 0, run.stderr
    (block,) = world.sandbox.blocks()
    assert (block["type"], block["sha256"]) == ("image", sha256(PNG))
    assert run.files[0]["sha256"] == sha256(PNG)
    assert run.summary["bytes_uploaded"] == len(PNG)
    assert import_(world, url, "--fallback").counts() == {"unchanged": 1}


def test_fallback_connects_to_a_private_address_only_where_the_command_names_it(
    world: World, origin: Origin
) -> None:
    """A name may lead anywhere, and so may another server."""
    origin.pages["/a.txt"] = Page(b"one", head=403)
    origin.pages["/away.txt"] = Page(head=403, get=302, location="https://127.0.0.2/a.txt")

    def ends(*urls: str) -> list[tuple[str, bool]]:
        run = world.run("import", *urls, "--fallback", "--to", world.sandbox.page_id, "--json")
        return sorted((line["action"], "private_hosts" in line["reason"]) for line in run.files)

    assert ends(f"{origin.url}/a.txt".replace("127.0.0.1", "localhost")) == [("failed", True)]
    assert ends(f"{origin.url}/a.txt", f"{origin.url}/away.txt") == [("attached", False), ("failed", True)]


def test_fallback_follows_redirects_but_not_out_of_https(world: World, origin: Origin) -> None:
    origin.pages["/a.txt"] = Page(head=403, get=302, location="/b.txt")
    origin.pages["/b.txt"] = Page(b"there")
    origin.pages["/c.txt"] = Page(head=403, get=302, location="http://127.0.0.1/b.txt")
    origin.pages["/d.txt"] = Page(head=403, get=500)

    run = import_(world, *(f"{origin.url}/{name}.txt" for name in "acd"), "--fallback")

    ends = {line["path"][-5]: (line["action"], line["reason"]) for line in run.files}
    assert {name: action for name, (action, _) in ends.items()} == {
        "a": "attached", "c": "failed", "d": "failed",
    }  # fmt: skip
    assert "without HTTPS" in ends["c"][1]
    assert "answers 500" in ends["d"][1]
    assert [block["sha256"] for block in world.sandbox.blocks()] == [sha256(b"there")]


def test_time_limit(world: World, origin: Origin) -> None:
    origin.pages["/slow.txt"] = Page(b"slow")
    origin.hold.clear()

    run = import_(world, f"{origin.url}/slow.txt", "--timeout", "1")

    assert (run.code, run.counts()) == (75, {"deferred": 1})
    assert "--timeout" in run.files[0]["reason"]


def test_the_next_run_asks_about_the_same_import(world: World, origin: Origin) -> None:
    origin.pages["/slow.txt"] = Page(b"slow")
    origin.hold.clear()
    url = f"{origin.url}/slow.txt"
    assert import_(world, url, "--timeout", "1").counts() == {"deferred": 1}
    origin.hold.set()

    assert import_(world, url).counts() == {"attached": 1}

    assert len(world.sandbox.state()["uploads"]) == 1
    assert [block["sha256"] for block in world.sandbox.blocks()] == [sha256(b"slow")]


def test_what_failed_is_tried_again_because_it_is_asked_for(world: World, origin: Origin) -> None:
    origin.pages["/a.txt"] = Page(b"one", get=404)
    url = f"{origin.url}/a.txt"
    assert import_(world, url).counts() == {"failed": 1}
    origin.pages["/a.txt"] = Page(b"one")

    assert import_(world, url).counts() == {"attached": 1}


def test_several_are_fetched_side_by_side_and_stand_in_their_order(world: World, origin: Origin) -> None:
    """No file is let through before Notion asks for all of them."""
    urls: list[str] = []
    for number in range(5):
        origin.pages[f"/{number}.txt"] = Page(b"%d" % number)
        urls.insert(0, f"{origin.url}/{number}.txt")
    origin.hold.clear()
    command = world.command("import", *urls, "--to", world.sandbox.page_id, "--json")
    process = subprocess.Popen(
        command, env=world.environ, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    wait_until(lambda: len(world.sandbox.state()["uploads"]) == 5, "all imports have begun")
    origin.hold.set()

    process.communicate(timeout=60)

    assert process.returncode == 0
    assert [block["name"] for block in world.sandbox.blocks()] == [f"{n}.txt" for n in (4, 3, 2, 1, 0)]


def test_into_the_rows_of_a_database(world: World, origin: Origin) -> None:
    origin.pages |= {"/a.pdf": Page(b"%PDF-1.4\n", "application/pdf"), "/b.txt": Page(b"b")}
    urls = [f"{origin.url}/a.pdf", f"{origin.url}/b.txt"]
    target = ("--to", world.sandbox.database_id, "--property", "Attachments")

    run = world.run("import", *urls, *target, "--json")

    assert (run.code, run.counts()) == (0, {"attached": 2}), run.stdout
    assert rows(world.sandbox) == {"a": ["a.pdf"], "b": ["b.txt"]}
    assert run.files[0]["page_id"] in {row(world.sandbox, title)["id"] for title in "ab"}
    assert world.run("import", *urls, *target, "--json").counts() == {"unchanged": 2}
    both = world.run("import", urls[1], *target, "--row", "Inbox of {rule}", "--json")
    assert both.counts() == {"attached": 1}
    assert rows(world.sandbox) == {"a": ["a.pdf"], "b": ["b.txt"], "Inbox of import": ["b.txt"]}
    assert world.run("link", urls[0]).code == 0


def test_a_row_cannot_be_named_after_what_an_address_does_not_have(world: World) -> None:
    options = ("--to", world.sandbox.database_id, "--property", "Attachments", "--row", "{mtime:%Y-%m}")
    run = world.run("import", "https://example.com/a.pdf", *options)
    assert run.code == 2
    assert "{today}" in run.stderr


def test_a_type_that_notion_refuses_is_a_failure_to_whoever_asked(world: World, origin: Origin) -> None:
    origin.pages["/setup.exe"] = Page(b"MZ", "application/octet-stream")

    for _ in range(2):
        run = import_(world, f"{origin.url}/setup.exe", "--fallback")
        assert (run.code, run.counts()) == (1, {"skipped": 1})
        assert "not supported" in run.files[0]["reason"]


@pytest.mark.parametrize("path", ["", "/article", "/view.php?id=3", "/v1.2"])
def test_a_name_that_tells_no_type_is_asked_for(world: World, path: str) -> None:
    run = import_(world, f"https://example.com{path}")
    assert (run.code, run.counts()) == (1, {"failed": 1})
    assert "--name" in run.files[0]["reason"]


def test_interrupt_ends_the_wait(world: World, origin: Origin) -> None:
    origin.pages["/slow.txt"] = Page(b"slow")
    origin.hold.clear()
    command = world.command("import", f"{origin.url}/slow.txt", "--to", world.sandbox.page_id, "--json")
    process = subprocess.Popen(
        command, env=world.environ, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    wait_until(lambda: bool(world.sandbox.state()["uploads"]), "the import begins")

    process.send_signal(signal.SIGINT)

    _, errors = process.communicate(timeout=20)
    assert process.returncode == 130
    assert "Traceback" not in errors


def test_lost_answer_of_the_append_makes_no_second_block(world: World, origin: Origin) -> None:
    origin.pages["/a.txt"] = Page(b"one")
    world.sandbox.faults(
        [{"method": "PATCH", "path": ".*/children", "nth": 1, "when": "after", "do": {"cut": True}}]
    )

    run = import_(world, f"{origin.url}/a.txt")

    assert (run.code, run.counts()) == (0, {"attached": 1})
    assert len(world.sandbox.blocks()) == 1


def test_kill_during_the_append_makes_no_second_block(world: World, origin: Origin) -> None:
    origin.pages["/a.txt"] = Page(b"one")
    url = f"{origin.url}/a.txt"
    world.sandbox.faults(
        [{"method": "PATCH", "path": ".*/children", "nth": 1, "when": "after", "do": {"delay": 5}}]
    )
    command = world.command("import", url, "--to", world.sandbox.page_id)
    process = subprocess.Popen(
        command, env=world.environ, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    wait_until(lambda: len(world.sandbox.blocks()) == 1, "the block is there")
    kill(process)
    world.sandbox.faults([])

    again = import_(world, url)

    assert again.counts() == {"unchanged": 1}
    assert len(world.sandbox.blocks()) == 1


@pytest.mark.parametrize("url", ["http://example.com/a.txt", "example.com", "https://", "https://a b/c"])
def test_what_is_no_public_https_address_is_wrong_usage(world: World, url: str) -> None:
    run = import_(world, url)
    assert (run.code, run.stdout) == (2, "")
    assert "https://" in run.stderr


def test_a_push_leaves_imports_alone(world: World, origin: Origin) -> None:
    """They are no files of a folder."""
    origin.pages["/a.txt"] = Page(b"one")
    import_(world, f"{origin.url}/a.txt")
    world.write({"a.txt": b"one"})

    run = world.push()

    assert run.counts() == {"attached": 1}
    assert len(world.sandbox.blocks()) == 2
    os.unlink(world.folder / "a.txt")
    assert world.push().code == 0
    assert len(world.sandbox.blocks()) == 2
