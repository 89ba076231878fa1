"""Icons and covers of rows, and rows whose pages alone take the files."""

import pytest

from tests.crash.test_faults import TROUBLES
from tests.e2e.rules import all_rows, config, make_row, push, row, rows
from tests.e2e.world import Json, World, kill, sha256, wait_until

PNG = b"\x89PNG\r\n"
FILES = {"a.png": PNG + b"a", "b.png": PNG + b"b"}


def target(world: World, more: str) -> str:
    """The sandbox's database without a property."""
    return f"database: {world.sandbox.database_id}\n{more}"


def covers(world: World, part: str = "cover") -> dict[str, str | None]:
    """By title, what the rows that are not in the trash have as cover."""
    found: dict[str, str | None] = {}
    for each in all_rows(world.sandbox):
        if not each["in_trash"]:
            assert each["title"] not in found, f"two rows {each['title']}"
            found[each["title"]] = each[part]["sha256"] if each[part] else None
    return found


@pytest.mark.parametrize("part", ["icon", "cover"])
def test_a_row_for_each_image_with_the_image_on_it(world: World, part: str) -> None:
    """Rows are made with their values; no files property is named, and none is written."""
    world.write(FILES)

    run = push(world, target(world, f"as: {part}\nproperties: {{Status: Inbox}}"))

    assert run.counts() == {"attached": 2}, run.stderr
    assert covers(world, part) == {"a": sha256(FILES["a.png"]), "b": sha256(FILES["b.png"])}
    assert rows(world.sandbox) == {"a": [], "b": []}
    assert row(world.sandbox, "a")["properties"]["Status"] == "Inbox"
    pages = {line["path"]: line["page_id"] for line in run.files}
    assert pages["a.png"] == row(world.sandbox, "a")["id"]
    again = push(world, target(world, f"as: {part}"))
    assert again.counts() == {"unchanged": 2}
    assert again.summary["requests"] == 0


def test_a_row_that_is_there_keeps_what_it_has(world: World) -> None:
    page_id = make_row(world.sandbox, "a", theirs="https://example.com/")
    world.write({"a.png": FILES["a.png"]})

    assert push(world, target(world, "as: cover")).counts() == {"attached": 1}

    assert row(world.sandbox, "a")["id"] == page_id
    assert rows(world.sandbox) == {"a": ["theirs"]}
    assert covers(world) == {"a": sha256(FILES["a.png"])}


def test_entry_and_cover_from_one_upload(world: World) -> None:
    """With a property the file is in the row, too; one outcome, one upload."""
    world.write(FILES)

    run = push(world, target(world, "property: Attachments\nas: cover"))

    assert run.counts() == {"attached": 2}
    assert run.summary["uploads"] == 2
    assert rows(world.sandbox) == {"a": ["a.png"], "b": ["b.png"]}
    assert covers(world) == {"a": sha256(FILES["a.png"]), "b": sha256(FILES["b.png"])}


def test_body_and_cover_without_an_entry(world: World) -> None:
    world.write(FILES)

    assert push(world, target(world, "body: true\nas: cover")).counts() == {"attached": 2}

    assert rows(world.sandbox) == {"a": [], "b": []}
    assert covers(world) == {"a": sha256(FILES["a.png"]), "b": sha256(FILES["b.png"])}
    (block,) = world.sandbox.blocks(row(world.sandbox, "a")["id"])
    assert block["sha256"] == sha256(FILES["a.png"])


def test_a_changed_image_and_a_renamed_one(world: World) -> None:
    """The cover follows the content; a new name is another row's title."""
    world.write(FILES)
    to = target(world, "as: cover")
    push(world, to)
    world.write({"a.png": PNG + b"new"}, mtime=1_600_000_100)
    (world.folder / "b.png").rename(world.folder / "c.png")

    run = push(world, to)

    assert run.counts() == {"attached": 2}
    assert run.summary["uploads"] == 1
    expected = {"a": sha256(PNG + b"new"), "b": sha256(FILES["b.png"]), "c": sha256(FILES["b.png"])}
    assert covers(world) == expected
    assert push(world, to).summary["requests"] == 0


def test_body_without_a_property_is_removed_with_its_file(world: World) -> None:
    world.write(FILES)
    to = target(world, 'body: true\nrow: "all"')
    rule = "on_delete: remove\nmax_delete: 50%"
    push(world, to, rule=rule)
    (world.folder / "a.png").unlink()

    assert push(world, to, rule=rule).counts() == {"removed": 1, "unchanged": 1}

    assert len(world.sandbox.blocks(row(world.sandbox, "all")["id"])) == 1


def test_what_is_no_image_is_refused_before_a_row_is_made(world: World) -> None:
    world.write({"a.txt": b"text"})

    run = push(world, target(world, "as: icon"))

    assert run.counts() == {"failed": 1}
    assert "cannot be shown as icon" in run.files[0]["reason"]
    assert rows(world.sandbox) == {}


def test_explain_says_where_a_file_goes(world: World) -> None:
    world.write(FILES)
    to = target(world, "body: true\nas: cover")

    run = world.run("explain", str(world.folder / "a.png"), config=config(world, to))

    assert "as block on the row's page and cover of the row" in run.stdout


def test_two_rows_of_the_title(world: World) -> None:
    for _ in range(2):
        make_row(world.sandbox, "a")
    world.write(FILES)

    run = push(world, target(world, "as: cover"))

    assert run.counts() == {"attached": 1, "failed": 1}
    (failed,) = [line for line in run.files if line["action"] == "failed"]
    assert '2 rows have the title "a"' in failed["reason"]


def test_dry_run_says_the_same(world: World) -> None:
    world.write(FILES)
    to = target(world, "as: cover")

    planned = push(world, to, "--dry-run")
    assert all(request["method"] == "GET" for request in world.sandbox.requests())

    run = push(world, to)
    assert planned.counts() == run.counts()
    assert planned.summary["uploads"] == run.summary["uploads"]


@pytest.mark.parametrize("trouble", ["cut after", "500 after", "429", "committed"])
@pytest.mark.parametrize("call", [("POST", "^/v1/pages$"), ("PATCH", "^/v1/pages/")])
def test_trouble(world: World, call: tuple[str, str], trouble: str) -> None:
    """No row is made twice, and every row has its cover."""
    world.write(FILES)
    to = target(world, "as: cover")
    fault: Json = {"method": call[0], "path": call[1], "nth": 1, "times": 1, **TROUBLES[trouble]}
    world.sandbox.faults([fault])

    assert push(world, to).counts() == {"attached": 2}

    assert covers(world) == {"a": sha256(FILES["a.png"]), "b": sha256(FILES["b.png"])}
    assert push(world, to).summary["requests"] == 0


@pytest.mark.parametrize("call", [("POST", "^/v1/pages$"), ("PATCH", "^/v1/pages/")])
def test_killed(world: World, call: tuple[str, str]) -> None:
    """Between the row and its cover, and when the row was just made."""
    world.write(FILES)
    to = target(world, "as: cover")
    fault = {"method": call[0], "path": call[1], "nth": 1, "when": "after", "do": {"delay": 30}}
    world.sandbox.faults([fault])
    process = world.start_with(
        f"rules:\n  - name: all\n    folder: {world.folder}\n    to: {{{', '.join(to.splitlines())}}}\n"
    )
    wait_until(
        lambda: any(all_rows(world.sandbox)) and (call[0] == "POST" or any(covers(world).values())), "a row"
    )
    kill(process)
    world.sandbox.faults([])

    assert push(world, to).code == 0

    assert covers(world) == {"a": sha256(FILES["a.png"]), "b": sha256(FILES["b.png"])}
    assert push(world, to).summary["requests"] == 0


def test_adopt_and_restore(world: World) -> None:
    """A lost record is rebuilt; a cover that a person took away comes back when asked for."""
    world.write(FILES)
    to = target(world, "as: cover")
    push(world, to)
    for file in world.state.iterdir():
        if file.is_file():
            file.unlink()
    adopted = world.run("adopt", config=config(world, to))
    assert adopted.code == 0, adopted.stderr
    again = push(world, to)
    assert again.counts() == {"unchanged": 2}
    assert again.summary["requests"] == 0
    world.sandbox.api("PATCH", f"/v1/pages/{row(world.sandbox, 'a')['id']}", {"cover": None})
    assert push(world, to).counts() == {"unchanged": 2}
    assert world.run("retry", "--restore").code == 0
    assert push(world, to).counts() == {"attached": 1, "unchanged": 1}
    assert covers(world) == {"a": sha256(FILES["a.png"]), "b": sha256(FILES["b.png"])}
