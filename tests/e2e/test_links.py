"""Link files whose rule says `links: import`: what they lead to is in Notion, fetched by Notion itself."""

import json
import plistlib
from collections.abc import Sequence

import pytest

from tests.e2e.origin import Origin, Page
from tests.e2e.rules import config, database, page, push, row, rows, tree
from tests.e2e.world import LONG_AGO, Json, World, kill, sha256, wait_until
from tests.watch.watching import Watching, watching
from tests.watch.watching import config as watched

PDF, OTHER_PDF = b"%PDF-1.4\n", b"%PDF-1.7\n"
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 60
IMPORT = "links: import"


@pytest.fixture
def world(world: World, origin: Origin) -> World:
    world.environ["SSL_CERT_FILE"] = str(origin.certificate)
    return world


def link(world: World, name: str, url: str, *, mtime: float = LONG_AGO) -> None:
    """A link file as Windows makes it."""
    world.write({name: f"[InternetShortcut]\r\nURL={url}\r\n".encode()}, mtime=mtime)


def imports(world: World) -> Sequence[Json]:
    """The uploads that Notion fetches or has fetched."""
    return [each for each in world.sandbox.state()["uploads"] if each["mode"] == "external_url"]


def asked_for(world: World) -> int:
    """How many uploads were asked for."""
    return sum((r["method"], r["path"]) == ("POST", "/v1/file_uploads") for r in world.sandbox.requests())


def test_notion_fetches_what_a_link_leads_to(world: World, origin: Origin) -> None:
    origin.pages["/q3.pdf"] = Page(PDF, "application/pdf")
    link(world, "Quarterly report.url", f"{origin.url}/q3.pdf")

    run = push(world, rule=IMPORT)

    assert run.code == 0, run.stderr
    (block,) = world.sandbox.blocks()
    assert (block["type"], block["sha256"]) == ("pdf", sha256(PDF))
    (line,) = run.files
    assert (line["path"], line["action"], line["bytes"]) == ("Quarterly report.url", "attached", len(PDF))
    assert line["sha256"] == sha256((world.folder / "Quarterly report.url").read_bytes())
    (upload,) = world.sandbox.state()["uploads"]
    assert (upload["filename"], upload["attached"]) == ("Quarterly report.pdf", True)
    assert run.summary["bytes_uploaded"] == 0
    again = push(world, rule=IMPORT)
    assert (again.code, again.counts(), again.summary["requests"]) == (0, {"unchanged": 1}, 0)


def test_every_kind_of_link_file(world: World, origin: Origin) -> None:
    for number in range(4):
        origin.pages[f"/{number}.txt"] = Page(b"%d" % number)
    urls = [f"{origin.url}/{number}.txt" for number in range(4)]
    world.write(
        {
            "a.webloc": plistlib.dumps({"URL": urls[0]}),
            "b.webloc": plistlib.dumps({"URL": urls[1]}, fmt=plistlib.FMT_BINARY),
            "c.desktop": f"[Desktop Entry]\nType=Link\nName=c\nURL={urls[2]}\n".encode(),
            "d.URL": f"[InternetShortcut]\nURL={urls[3]}\n".encode("utf-16"),
            "e.txt": b"no link",
        }
    )

    run = push(world, rule=IMPORT)

    assert (run.code, run.counts()) == (0, {"attached": 5}), run.stdout
    shown = [(block["name"], block["sha256"]) for block in world.sandbox.blocks()]
    names = ["a.txt", "b.txt", "c.txt", "d.txt", "e.txt"]
    assert shown == [(n, sha256(c)) for n, c in zip(names, (b"0", b"1", b"2", b"3", b"no link"), strict=True)]


def test_without_the_key_a_link_is_a_file_like_any_other(world: World, origin: Origin) -> None:
    link(world, "a.url", f"{origin.url}/a.txt")

    run = push(world, rule="unsupported: txt")

    (block,) = world.sandbox.blocks()
    assert (run.counts(), block["name"]) == ({"attached": 1}, "a.url.txt")
    assert block["sha256"] == sha256((world.folder / "a.url").read_bytes())


def test_a_launcher_is_no_link(world: World) -> None:
    world.write(
        {"editor.desktop": b"[Desktop Entry]\nType=Application\nExec=vi\nURL=https://example.com/a.txt\n"}
    )

    run = push(world, rule=f"{IMPORT}\nunsupported: txt")

    (block,) = world.sandbox.blocks()
    assert (run.counts(), block["name"]) == ({"attached": 1}, "editor.desktop.txt")
    assert not imports(world)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://example.com/a.pdf", "begins with http:"),
        ("file:///etc/passwd", "begins with file:"),
        ("javascript:alert(1)", "begins with javascript:"),
        ("", "holds no address"),
        ("https://example.com/article", '"a.pdf.url"'),
        ("https://example.com/view.php?id=3", '"a.pdf.url"'),
    ],
)
def test_what_cannot_be_fetched_is_reported_and_the_others_go_on(world: World, url: str, said: str) -> None:
    link(world, "a.url", url)
    world.write({"b.txt": b"b"})

    run = push(world, rule=IMPORT)

    assert (run.code, run.counts()) == (1, {"attached": 1, "failed": 1})
    (failed,) = [line for line in run.files if line["action"] == "failed"]
    assert failed["path"] == "a.url"
    assert said in failed["reason"]
    assert not imports(world)


def test_the_name_says_the_type_where_the_address_does_not(world: World, origin: Origin) -> None:
    origin.pages["/download?id=3"] = Page(PDF, "application/pdf")
    link(world, "paper.pdf.url", f"{origin.url}/download?id=3")

    assert push(world, "as: file\n" + page(world), rule=IMPORT).code == 0

    (block,) = world.sandbox.blocks()
    assert (block["type"], block["name"], block["sha256"]) == ("file", "paper.pdf", sha256(PDF))


def test_a_link_to_another_address_replaces_what_was_there(world: World, origin: Origin) -> None:
    origin.pages |= {"/1.pdf": Page(PDF, "application/pdf"), "/2.pdf": Page(OTHER_PDF, "application/pdf")}
    link(world, "a.url", f"{origin.url}/1.pdf")
    push(world, rule=IMPORT)
    (before,) = world.sandbox.blocks()
    link(world, "a.url", f"{origin.url}/2.pdf", mtime=LONG_AGO + 1)

    run = push(world, rule=IMPORT)

    (after,) = world.sandbox.blocks()
    assert (run.counts(), after["id"], after["sha256"]) == ({"replaced": 1}, before["id"], sha256(OTHER_PDF))


def test_another_kind_of_file_needs_another_block(world: World, origin: Origin) -> None:
    origin.pages |= {"/1.pdf": Page(PDF, "application/pdf"), "/2.png": Page(PNG, "image/png")}
    link(world, "a.url", f"{origin.url}/1.pdf")
    push(world, rule=IMPORT)
    link(world, "a.url", f"{origin.url}/2.png", mtime=LONG_AGO + 1)

    assert push(world, rule=IMPORT).counts() == {"attached": 1}

    assert [block["type"] for block in world.sandbox.blocks()] == ["pdf", "image"]
    assert push(world, rule=IMPORT).counts() == {"unchanged": 1}


@pytest.mark.parametrize(("on_change", "count"), [("append", 2), ("keep", 1)])
def test_on_change(world: World, origin: Origin, on_change: str, count: int) -> None:
    origin.pages |= {"/1.pdf": Page(PDF, "application/pdf"), "/2.pdf": Page(OTHER_PDF, "application/pdf")}
    rule = f"{IMPORT}\non_change: {on_change}"
    link(world, "a.url", f"{origin.url}/1.pdf")
    push(world, rule=rule)
    link(world, "a.url", f"{origin.url}/2.pdf", mtime=LONG_AGO + 1)

    assert push(world, rule=rule).code == 0

    contents = [sha256(PDF), sha256(OTHER_PDF)][:count]
    assert [block["sha256"] for block in world.sandbox.blocks()] == contents
    assert len(imports(world)) == count


def test_a_renamed_link_renames_its_block(world: World, origin: Origin) -> None:
    origin.pages["/x.txt"] = Page(b"x")
    link(world, "old.url", f"{origin.url}/x.txt")
    push(world, rule=IMPORT)
    (world.folder / "old.url").rename(world.folder / "new.url")

    run = push(world, rule=IMPORT)

    (block,) = world.sandbox.blocks()
    assert (run.counts(), block["name"]) == ({"renamed": 1}, "new.txt")
    assert len(imports(world)) == 1


def test_a_link_that_is_gone_goes_where_the_rule_says_so(world: World, origin: Origin) -> None:
    origin.pages["/x.txt"] = Page(b"x")
    link(world, "a.url", f"{origin.url}/x.txt")
    world.write({"b.txt": b"b"})
    rule = f"{IMPORT}\non_delete: remove\nmax_delete: 50%"
    push(world, rule=rule)
    (world.folder / "a.url").unlink()

    assert push(world, rule=rule).counts() == {"removed": 1, "unchanged": 1}

    assert [block["name"] for block in world.sandbox.blocks()] == ["b.txt"]


def test_one_import_for_rows_their_pages_and_a_page(world: World, origin: Origin) -> None:
    origin.pages["/2024/invoice-17.pdf"] = Page(PDF, "application/pdf")
    link(world, "Power bill.url", f"{origin.url}/2024/invoice-17.pdf")
    here = f"- database: {world.sandbox.database_id}\n  property: Attachments\n  body: true\n"
    here += f"- page: {world.sandbox.page_id}\n"

    run = push(world, here, rule=IMPORT)

    assert (run.code, run.counts()) == (0, {"attached": 2}), run.stdout
    assert rows(world.sandbox) == {"Power bill": ["Power bill.pdf"]}
    bill = row(world.sandbox, "Power bill")
    assert bill["properties"]["Attachments"][0]["sha256"] == sha256(PDF)
    assert [block["sha256"] for block in world.sandbox.blocks(bill["id"])] == [sha256(PDF)]
    assert [block["sha256"] for block in world.sandbox.blocks()] == [sha256(PDF)]
    assert len(imports(world)) == 1


def test_an_entry_follows_its_link(world: World, origin: Origin) -> None:
    origin.pages |= {"/1.pdf": Page(PDF, "application/pdf"), "/2.png": Page(PNG, "image/png")}
    link(world, "a.url", f"{origin.url}/1.pdf")
    push(world, database(world), rule=IMPORT)
    link(world, "a.url", f"{origin.url}/2.png", mtime=LONG_AGO + 1)

    assert push(world, database(world), rule=IMPORT).counts() == {"replaced": 1}

    (entry,) = row(world.sandbox, "a")["properties"]["Attachments"]
    assert (entry["name"], entry["sha256"]) == ("a.png", sha256(PNG))


@pytest.mark.parametrize("part", ["icon", "cover"])
def test_icon_and_cover(world: World, origin: Origin, part: str) -> None:
    origin.pages["/logo.png"] = Page(PNG, "image/png")
    link(world, "logo.url", f"{origin.url}/logo.png")

    assert push(world, page(world) + f"\nas: {part}", rule=IMPORT).code == 0

    (shown,) = [p[part] for p in world.sandbox.state()["pages"] if p["id"] == world.sandbox.page_id]
    assert shown["sha256"] == sha256(PNG)


def test_pages_of_subfolders(world: World, origin: Origin) -> None:
    origin.pages["/x.txt"] = Page(b"x")
    link(world, "June/a.url", f"{origin.url}/x.txt")

    assert push(world, rule=f"{IMPORT}\nsubfolders: pages").code == 0

    assert tree(world.sandbox) == {"": [], "June": {"": ["a.txt"]}}


def test_links_to_one_address_are_one_import(world: World, origin: Origin) -> None:
    origin.pages["/x.txt"] = Page(b"x")
    link(world, "a.url", f"{origin.url}/x.txt")
    world.write({"b.webloc": plistlib.dumps({"URL": f"{origin.url}/x.txt"})})

    run = push(world, rule=IMPORT)

    assert (run.counts(), run.summary["reused"]) == ({"attached": 2}, 1)
    assert [block["name"] for block in world.sandbox.blocks()] == ["a.txt", "b.txt"]
    assert len(imports(world)) == 1


def test_what_was_imported_long_ago_is_fetched_anew(world: World, origin: Origin) -> None:
    """What is at an address changes."""
    origin.pages["/x.txt"] = Page(b"old")
    link(world, "a.url", f"{origin.url}/x.txt")
    push(world, rule=IMPORT)
    world.write({"b.webloc": plistlib.dumps({"URL": f"{origin.url}/x.txt"})})
    origin.pages["/x.txt"] = Page(b"new")
    forgotten = world.run("forget", str(world.folder / "a.url"))
    assert forgotten.code == 0

    assert push(world, rule=IMPORT).counts() == {"attached": 2}

    contents = [b"old", b"new", b"new"]
    assert [block["sha256"] for block in world.sandbox.blocks()] == list(map(sha256, contents))


def test_a_dry_run_says_where_it_comes_from_and_asks_for_nothing(world: World, origin: Origin) -> None:
    link(world, "a.url", f"{origin.url}/x.txt")

    run = push(world, "", "--dry-run", rule=IMPORT)
    told = world.run("explain", str(world.folder / "a.url"), config=config(world, rule=IMPORT))

    (line,) = run.files
    assert (line["action"], line["reason"]) == ("attached", f"Notion fetches {origin.url}/x.txt")
    assert (run.summary["uploads"], run.summary["bytes_uploaded"]) == (1, 0)
    assert f"Notion fetches {origin.url}/x.txt" in told.stdout
    assert asked_for(world) == 0


def test_history_has_it_under_the_name_of_the_link(world: World, origin: Origin) -> None:
    origin.pages["/x.txt"] = Page(b"xyz")
    link(world, "a.url", f"{origin.url}/x.txt")
    push(world, rule=IMPORT)

    (line,) = world.run("history", "--json").lines

    assert (line["path"], line["action"], line["bytes"]) == (str(world.folder / "a.url"), "attached", 3)
    assert world.run("link", str(world.folder / "a.url")).stdout.strip() == line["url"]


def test_a_failed_import_is_said_in_words_and_remembered(world: World, origin: Origin) -> None:
    origin.pages["/x.txt"] = Page(b"x", get=404)
    link(world, "a.url", f"{origin.url}/x.txt")

    first = push(world, rule=IMPORT)

    assert (first.code, first.counts()) == (1, {"failed": 1})
    for words in ("the download failed", "its server answered 404", "links: fetch"):
        assert words in first.files[0]["reason"]
    origin.pages["/x.txt"] = Page(b"x")
    assert push(world, rule=IMPORT).counts() == {"failed": 1}
    assert asked_for(world) == 1
    assert world.run("retry").code == 0
    assert push(world, rule=IMPORT).counts() == {"attached": 1}
    assert len(world.sandbox.blocks()) == 1


def test_an_edited_link_gets_another_chance(world: World, origin: Origin) -> None:
    origin.pages |= {"/wrong.txt": Page(head=404), "/right.txt": Page(b"x")}
    link(world, "a.url", f"{origin.url}/wrong.txt")
    refused = push(world, rule=IMPORT)
    assert "Failed to fetch the headers" in refused.files[0]["reason"]
    link(world, "a.url", f"{origin.url}/right.txt", mtime=LONG_AGO + 1)

    assert push(world, rule=IMPORT).counts() == {"attached": 1}


def test_a_server_that_is_busy_is_asked_again_with_the_next_push(world: World, origin: Origin) -> None:
    origin.pages["/x.txt"] = Page(b"x", get=503)
    link(world, "a.url", f"{origin.url}/x.txt")

    run = push(world, rule=IMPORT)

    assert (run.code, run.counts()) == (75, {"deferred": 1})
    assert "its server answered 503" in run.files[0]["reason"]
    origin.pages["/x.txt"] = Page(b"x")
    assert push(world, rule=IMPORT).counts() == {"attached": 1}


def answers(body: Json) -> Json:
    """What a fault does that answers with an object of Notion's."""
    return {"status": 200, "body": json.dumps(body), "headers": {"Content-Type": "application/json"}}


def test_trouble_inside_notion_passes(world: World, origin: Origin) -> None:
    origin.pages["/x.txt"] = Page(b"x")
    link(world, "a.url", f"{origin.url}/x.txt")
    moment = "2026-07-01T10:00:00.000Z"
    error = {
        "type": "internal_system_error", "code": "internal", "message": "Try again.", "parameter": None,
        "status_code": None,
    }  # fmt: skip
    failed = {
        "object": "file_upload", "id": "0b8f2c1e-5a3d-8c47-9e21-6f0d4b7a1c35", "created_time": moment,
        "last_edited_time": moment, "created_by": {"id": "1b8f2c1e-5a3d-8c47-9e21-6f0d4b7a1c35", "type": "bot"},
        "in_trash": False, "expiry_time": None, "status": "failed", "filename": "a.txt",
        "content_type": "text/plain", "content_length": None,
        "file_import_result": {"imported_time": moment, "type": "error", "error": error},
        "request_id": "2b8f2c1e-5a3d-8c47-9e21-6f0d4b7a1c35",
    }  # fmt: skip
    pending = {**failed, "status": "pending", "file_import_result": None}
    world.sandbox.faults(
        [
            {"method": "POST", "path": "file_uploads$", "nth": 1, "do": answers(pending)},
            {"method": "GET", "path": "file_uploads/", "nth": 1, "do": answers(failed)},
        ]
    )

    run = push(world, rule=IMPORT)

    assert (run.code, run.counts()) == (75, {"deferred": 1}), run.stdout
    assert "something failed inside Notion; Try again" in run.files[0]["reason"]
    assert push(world, rule=IMPORT).counts() == {"attached": 1}
    assert len(world.sandbox.blocks()) == 1


def test_a_type_that_notion_refuses_is_skipped(world: World, origin: Origin) -> None:
    origin.pages["/setup.exe"] = Page(b"MZ", "application/octet-stream")
    link(world, "a.url", f"{origin.url}/setup.exe")

    run = push(world, rule=f"{IMPORT}\nunsupported: zip")

    assert (run.code, run.counts()) == (0, {"skipped": 1})
    assert "not supported" in run.files[0]["reason"]
    assert push(world, rule=f"{IMPORT}\nunsupported: zip").counts() == {"skipped": 1}
    assert asked_for(world) == 1


def test_a_refused_name_is_no_reason_to_refuse_another(world: World, origin: Origin) -> None:
    origin.pages["/get?id=3"] = Page(PDF, "application/pdf")
    link(world, "a.exe.url", f"{origin.url}/get?id=3")
    link(world, "b.pdf.url", f"{origin.url}/get?id=3")

    run = push(world, rule=IMPORT)

    assert (run.code, run.counts()) == (0, {"attached": 1, "skipped": 1}), run.stdout
    assert [block["sha256"] for block in world.sandbox.blocks()] == [sha256(PDF)]


def test_fetch_sends_what_notion_cannot_fetch(world: World, origin: Origin) -> None:
    origin.pages["/x.pdf"] = Page(PDF, "application/pdf", head=403)
    link(world, "a.url", f"{origin.url}/x.pdf")
    refused = push(world, rule=IMPORT)
    assert refused.counts() == {"failed": 1}
    both = f"- {page(world)}\n- database: {world.sandbox.database_id}\n  property: Attachments\n"

    run = push(world, both, rule="links: fetch")

    assert (run.code, run.counts()) == (0, {"attached": 2}), run.stdout
    assert (run.summary["uploads"], run.summary["bytes_uploaded"]) == (1, len(PDF))
    assert [block["sha256"] for block in world.sandbox.blocks()] == [sha256(PDF)]
    assert rows(world.sandbox) == {"a": ["a.pdf"]}
    assert push(world, both, rule="links: fetch").summary["requests"] == 0
    assert not list(world.state.rglob("*.fetched"))


def test_neither_notion_nor_this_machine(world: World, origin: Origin) -> None:
    origin.pages["/x.pdf"] = Page(PDF, "application/pdf", head=403, get=410)
    link(world, "a.url", f"{origin.url}/x.pdf")

    run = push(world, rule="links: fetch")

    assert (run.code, run.counts()) == (1, {"failed": 1})
    assert "Failed to fetch the headers" in run.files[0]["reason"]
    assert "this machine cannot fetch it either: its server answers 410" in run.files[0]["reason"]


def test_kill_during_an_import_and_the_next_run_asks_about_the_same(world: World, origin: Origin) -> None:
    origin.pages["/x.txt"] = Page(b"x")
    link(world, "a.url", f"{origin.url}/x.txt")
    origin.hold.clear()
    process = world.start_with(config(world, rule=IMPORT))
    wait_until(lambda: _polled(world) > 0, "the import is asked about")
    kill(process)
    origin.hold.set()

    run = push(world, rule=IMPORT)

    assert (run.code, run.counts()) == (0, {"attached": 1})
    assert [block["sha256"] for block in world.sandbox.blocks()] == [sha256(b"x")]
    assert len(imports(world)) == 1


def test_an_import_that_ran_out_meanwhile_is_begun_anew(world: World, origin: Origin) -> None:
    origin.pages["/x.txt"] = Page(b"x")
    link(world, "a.url", f"{origin.url}/x.txt")
    origin.hold.clear()
    process = world.start_with(config(world, rule=IMPORT))
    wait_until(lambda: _polled(world) > 0, "the import is asked about")
    kill(process)
    world.sandbox.advance(3700)
    origin.hold.set()

    assert push(world, rule=IMPORT).counts() == {"attached": 1}

    assert len(world.sandbox.blocks()) == 1


def test_an_interrupt_ends_the_wait(world: World, origin: Origin) -> None:
    origin.pages["/x.txt"] = Page(b"x")
    link(world, "a.url", f"{origin.url}/x.txt")
    origin.hold.clear()
    process = world.start_with(config(world, rule=IMPORT))
    wait_until(lambda: _polled(world) > 0, "the import is asked about")

    process.send_signal(2)

    _, errors = process.communicate(timeout=20)
    assert process.returncode == 130
    assert "Traceback" not in errors


def test_a_lost_answer_makes_no_second_block(world: World, origin: Origin) -> None:
    origin.pages["/x.txt"] = Page(b"x")
    link(world, "a.url", f"{origin.url}/x.txt")
    world.sandbox.faults(
        [
            {"method": "POST", "path": "file_uploads$", "nth": 1, "when": "after", "do": {"cut": True}},
            {"method": "PATCH", "path": "children$", "nth": 1, "when": "after", "do": {"cut": True}},
        ]
    )

    run = push(world, rule=IMPORT)

    assert (run.code, run.counts()) == (0, {"attached": 1}), run.stderr
    assert len(world.sandbox.blocks()) == 1


def test_a_slow_import_does_not_hold_up_other_pages(world: World, origin: Origin) -> None:
    """While nothing but slow imports is waited for, everything else is put where it belongs."""
    origin.pages["/x.txt"] = Page(b"x")
    link(world, "a.url", f"{origin.url}/x.txt")
    world.write({"b.txt": b"b"})
    origin.hold.clear()
    process = world.start_with(config(world, database(world), rule=IMPORT))
    try:
        wait_until(lambda: rows(world.sandbox) == {"b": ["b.txt"]}, "the other file's row", seconds=60)
    finally:
        origin.hold.set()
        out, _ = process.communicate(timeout=60)
    assert process.returncode == 0, out
    assert rows(world.sandbox) == {"a": ["a.txt"], "b": ["b.txt"]}


def test_of_many_links_a_few_are_imported_at_once(world: World, origin: Origin) -> None:
    """Asking about each costs requests."""
    for number in range(20):
        origin.pages[f"/{number:02}.txt"] = Page(b"%d" % number)
        link(world, f"{number:02}.url", f"{origin.url}/{number:02}.txt")
    origin.hold.clear()
    process = world.start_with(config(world, rule=IMPORT))
    wait_until(lambda: _polled(world) >= 24, "every import was asked about twice")
    assert len(imports(world)) == 12
    origin.hold.set()

    out, errors = process.communicate(timeout=100)

    assert process.returncode == 0, (out, errors)
    assert [block["name"] for block in world.sandbox.blocks()] == [f"{n:02}.txt" for n in range(20)]
    assert len(imports(world)) == 20


def _polled(world: World) -> int:
    return sum(r["method"] == "GET" and "/v1/file_uploads/" in r["path"] for r in world.sandbox.requests())


@pytest.mark.soak
def test_the_daemon_goes_on_while_imports_are_slow_and_asks_about_them_again(
    world: World, origin: Origin
) -> None:
    """More of them than are imported at once: those whose turn has not come do not keep it either."""
    origin.pages |= {f"/{number}.txt": Page(b"%d" % number) for number in range(14)}
    origin.hold.clear()
    with watching(world, config=watched(world, rule=IMPORT)) as daemon:
        for number in range(14):
            link(world, f"{number}.url", f"{origin.url}/{number}.txt")
        daemon.until(lambda: len(_put_off(daemon)) == 14, "the imports are put off")
        assert set(_put_off(daemon)) <= {
            "Notion is still fetching it (it is asked again in a while)",
            "its turn has not come (it is asked again in a while)",
        }
        origin.hold.set()
        wanted = {(f"{number}.url", sha256(b"%d" % number)) for number in range(14)}
        daemon.until(lambda: wanted <= set(daemon.placed()), "all of them on the page")
        daemon.until(lambda: not _put_off(daemon), "nothing is put off any more")
        assert sorted(daemon.placed()) == sorted(wanted)


def _put_off(daemon: Watching) -> Sequence[str]:
    return [each["reason"] for each in daemon.status()["deferred"] if each["path"].endswith(".url")]


def test_adopting_leaves_alone_what_is_recorded(world: World, origin: Origin) -> None:
    origin.pages["/q3.pdf"] = Page(PDF, "application/pdf")
    link(world, "Quarterly report.url", f"{origin.url}/q3.pdf")
    push(world, rule=IMPORT)

    run = world.run("adopt", "--json", config=config(world, rule=IMPORT))

    assert (run.code, run.summary["recorded"], run.summary["unknown"]) == (0, 1, 0)
