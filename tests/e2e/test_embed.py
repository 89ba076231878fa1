"""`as: embed`: HTML files that show in the page, from the first push to a lost record."""

import pytest

from tests.e2e.adopting import adopt, lose, results
from tests.e2e.rules import config, database, page, push
from tests.e2e.test_restore import restore
from tests.e2e.world import Json, Run, World, sha256

HTML = b"<!doctype html><p>one</p>"
FILES = {"a.html": HTML, "b.HTM": b"<p>two</p>"}


def embedding(world: World, more: str = "") -> str:
    return f"{page(world)}\nas: embed\n{more}"


def embeds(world: World) -> list[Json]:
    return [block for block in world.sandbox.blocks() if block["type"] == "embed"]


def again(world: World) -> Run:
    """A second push, which has nothing to do."""
    run = push(world, embedding(world))
    assert run.counts() == {"unchanged": 2}, run.stdout
    assert run.summary["requests"] == 0
    return run


def test_html_is_embedded_once(world: World) -> None:
    world.write(FILES)

    run = push(world, embedding(world, 'caption: "{stem}"'))

    assert run.counts() == {"attached": 2}, run.stderr
    assert [(b["caption"], b["sha256"]) for b in embeds(world)] == [
        ("a", sha256(HTML)), ("b", sha256(b"<p>two</p>")),
    ]  # fmt: skip
    again(world)


def test_a_type_of_its_own_is_never_chosen_by_auto(world: World) -> None:
    world.write(FILES)

    push(world)

    assert [block["type"] for block in world.sandbox.blocks()] == ["file", "file"]


def test_a_changed_file_keeps_its_embed_and_a_renamed_one_is_not_sent(world: World) -> None:
    world.write(FILES)
    push(world, embedding(world))
    before = [block["id"] for block in embeds(world)]
    (world.folder / "a.html").write_bytes(b"<p>new</p>")
    (world.folder / "b.HTM").rename(world.folder / "c.html")

    run = push(world, embedding(world))

    assert (run.counts(), run.summary["uploads"]) == ({"replaced": 1, "renamed": 1}, 1), run.stderr
    assert [block["id"] for block in embeds(world)] == before
    assert embeds(world)[0]["sha256"] == sha256(b"<p>new</p>")
    again(world)


def test_an_answer_that_is_lost_leads_to_no_second_embed(world: World) -> None:
    world.write(FILES)
    world.sandbox.faults(
        [{"method": "PATCH", "path": "/children$", "nth": 1, "when": "after", "do": {"cut": True}}]
    )

    assert push(world, embedding(world)).code in (0, 75)
    world.sandbox.faults([])
    push(world, embedding(world))

    assert len(embeds(world)) == 2
    again(world)


@pytest.mark.parametrize("options", [(), ("--verify",)])
def test_a_lost_record_finds_its_embeds_and_no_web_pages(world: World, options: tuple[str, ...]) -> None:
    """An embedded web page is no file, and is not counted as one."""
    world.write(FILES)
    push(world, embedding(world))
    web = {"children": [{"embed": {"url": "https://example.com/a.html"}}]}
    world.sandbox.api("PATCH", f"/v1/blocks/{world.sandbox.page_id}/children", web)
    lose(world)

    run = adopt(world, embedding(world), *options)

    assert results(run) == dict.fromkeys(FILES, "matched"), run.stdout
    assert run.summary["others"] == 0
    again(world)


def test_a_deleted_embed_comes_back(world: World) -> None:
    world.write(FILES)
    push(world, embedding(world))
    world.sandbox.api("DELETE", f"/v1/blocks/{embeds(world)[0]['id']}")

    restore(world)

    assert push(world, embedding(world)).counts() == {"attached": 1, "unchanged": 2}
    assert len(embeds(world)) == 2


def test_what_is_no_html_is_refused_in_words(world: World) -> None:
    """Before anything is sent, whether its type is known or not; the others go on. A preview says the same."""
    world.write({"a.html": HTML, "b.txt": b"text", "c.mkv": b"film", "d.pdf": b"%PDF"})
    why = "Notion embeds HTML files only; use as: auto or as: file"

    runs = [push(world, embedding(world), "--dry-run"), push(world, embedding(world))]

    for run in runs:
        reasons = {line["path"]: line["reason"] for line in run.files if line["action"] == "failed"}
        assert reasons == dict.fromkeys(("b.txt", "c.mkv", "d.pdf"), why), run.stdout
    assert [block["type"] for block in world.sandbox.blocks()] == ["embed"]
    assert runs[1].summary["uploads"] == 1


def test_what_is_told_of_an_embed(world: World) -> None:
    """By `explain` before the push, and by `link` after it."""
    world.write({"a.html": HTML})
    told = world.run("explain", str(world.folder / "a.html"), config=config(world, embedding(world)))
    assert "embed" in told.stdout
    push(world, embedding(world))

    found = world.run(
        "link", str(world.folder / "a.html"), "--download", config=config(world, embedding(world))
    )

    assert (found.code, "X-Amz-Signature=" in found.stdout) == (0, True), found.stderr


def test_rows_have_no_embeds(world: World) -> None:
    run = push(world, database(world, "as: embed"))

    assert run.code == 78
    assert "in a database it is icon or cover" in run.stderr
