"""`adopt` for rows of databases: entries and the blocks of `body: true` are found again, nobody else's are touched."""

import pytest

from tests.e2e.adopting import adopt, lose, results, sums
from tests.e2e.rules import all_rows, config, database, make_row, push, row, rows
from tests.e2e.world import LONG_AGO, Json, World, sha256

FILES = {"a.pdf": b"%PDF a", "a.txt": b"a", "b.txt": b"bb", "sub/b.png": b"\x89PNG b", "c.txt": b"c"}


def entries(world: World, title: str) -> list[tuple[str, str]]:
    """Names and contents (or addresses) of what a row holds."""
    found = row(world.sandbox, title)["properties"]["Attachments"]
    return [(entry["name"], entry["sha256"] or entry["url"]) for entry in found]


def add_entry(world: World, title: str, name: str, content: bytes) -> None:
    """A person drags a file into a row."""
    upload = next(u for u in world.sandbox.state()["uploads"] if u["sha256"] == sha256(content))
    page = world.sandbox.api("GET", f"/v1/pages/{row(world.sandbox, title)['id']}")
    theirs = {"type": "file_upload", "name": name, "file_upload": {"id": upload["id"]}}
    files = [*page["properties"]["Attachments"]["files"], theirs]
    world.sandbox.api("PATCH", f"/v1/pages/{page['id']}", {"properties": {"Attachments": {"files": files}}})


def call_row(world: World, title: str, new: str) -> None:
    """A person gives a row another title."""
    name = {"properties": {"Name": {"title": [{"text": {"content": new}}]}}}
    world.sandbox.api("PATCH", f"/v1/pages/{row(world.sandbox, title)['id']}", name)


def workspace(world: World) -> list[Json]:
    """Every row as it is."""
    return sorted(all_rows(world.sandbox), key=lambda each: str(each["id"]))


def assert_pushes_nothing(world: World, target: str, files: int, *, rule: str = "") -> None:
    """What was adopted is as if it had been pushed from here: nothing is asked, nothing is sent."""
    before = workspace(world)
    again = push(world, target, rule=rule)
    assert again.counts() == {"unchanged": files}, again.stdout
    assert (again.summary["uploads"], again.summary["requests"]) == (0, 0)
    assert workspace(world) == before


def test_after_adopting_rows_a_push_uploads_nothing(world: World) -> None:
    """Several files a row; one look for all titles, whatever their number."""
    world.write(FILES)
    target = database(world)
    push(world, target)
    before = workspace(world)
    asked = len(world.sandbox.requests())
    lose(world)

    run = adopt(world, target)

    assert run.code == 0, run.stderr
    assert results(run) == dict.fromkeys(FILES, "matched")
    assert sums(run) == {"matched": 5}
    assert all(line["method"] in ("GET", "POST") for line in world.sandbox.requests()[asked:])
    assert run.summary["requests"] <= 5  # who we are, the database, its columns, the rows
    assert workspace(world) == before
    assert_pushes_nothing(world, target, 5)


def test_lines_name_the_row(world: World) -> None:
    world.write({"a.txt": b"a"})
    push(world, database(world))
    lose(world)

    (line,) = adopt(world, database(world)).files

    assert (line["page_id"], line["block_id"]) == (row(world.sandbox, "a")["id"], None)
    assert line["target"] == f"{world.sandbox.database_id}/Attachments"


def test_adopted_entries_live_on_among_those_of_others(world: World) -> None:
    """Replaced, renamed and removed one by one; links and files of others stay as and where they are."""
    make_row(world.sandbox, "all", mine="https://example.com/mine")
    world.write({"a.txt": b"a", "b.txt": b"bb", "c.txt": b"ccc", "theirs.txt": b"their own"})
    target, rule = database(world, "row: all"), "on_delete: remove\nmax_delete: 100%"
    push(world, target, rule=rule)
    (world.folder / "theirs.txt").unlink()
    push(world, target, rule=rule)
    add_entry(world, "all", "theirs.txt", b"their own")
    lose(world)

    run = adopt(world, target, rule=rule)

    assert results(run) == {
        "a.txt": "matched", "b.txt": "matched", "c.txt": "matched", "entry theirs.txt": "unknown",
    }  # fmt: skip
    assert sums(run)["others"] == 1
    assert_pushes_nothing(world, target, 3, rule=rule)
    world.write({"a.txt": b"changed"}, mtime=LONG_AGO + 1)
    (world.folder / "b.txt").rename(world.folder / "d.txt")
    (world.folder / "c.txt").unlink()
    again = push(world, target, rule=rule)
    assert again.counts() == {"replaced": 1, "renamed": 1, "removed": 1}, again.stdout
    assert entries(world, "all") == [
        ("mine", "https://example.com/mine"),
        ("a.txt", sha256(b"changed")),
        ("d.txt", sha256(b"bb")),
        ("theirs.txt", sha256(b"their own")),
    ]


def test_only_what_is_missing_is_uploaded_afterwards(world: World) -> None:
    """An entry that somebody removed, a file of a row that is gone, a new file of a row that is there."""
    world.write(FILES)
    target = database(world)
    push(world, target)
    world.sandbox.api("PATCH", f"/v1/pages/{row(world.sandbox, 'c')['id']}", {"in_trash": True})
    lose(world)
    world.write({"a.md": b"new"})

    run = adopt(world, target)

    assert run.code == 0
    assert {path: r for path, r in results(run).items() if r != "matched"} == {
        "a.md": "missing", "c.txt": "missing",
    }  # fmt: skip
    assert 'no row has the title "c"' in run.stdout.replace('\\"', '"')
    again = push(world, target)
    assert again.counts() == {"attached": 2, "unchanged": 4}
    assert again.summary["uploads"] == 2
    assert rows(world.sandbox) == {"a": ["a.pdf", "a.txt", "a.md"], "b": ["b.txt", "b.png"], "c": ["c.txt"]}


@pytest.mark.parametrize(("options", "result"), [((), "matched"), (("--verify",), "missing")])
def test_verify_notices_another_content_of_the_same_size(
    world: World, options: tuple[str, ...], result: str
) -> None:
    world.write({"a.txt": b"one", "b.txt": b"two"})
    push(world, database(world))
    lose(world)
    world.write({"a.txt": b"ONE"})

    run = adopt(world, database(world), *options)

    assert (results(run)["a.txt"], results(run)["b.txt"]) == (result, "matched")


def test_what_verify_calls_missing_is_attached_beside_it(world: World) -> None:
    """The entry of the same name and size may be anybody's: it stays."""
    world.write({"a.txt": b"one"})
    push(world, database(world))
    lose(world)
    world.write({"a.txt": b"ONE"})
    adopt(world, database(world), "--verify")

    assert push(world, database(world)).counts() == {"attached": 1}
    assert entries(world, "a") == [("a.txt", sha256(b"one")), ("a.txt", sha256(b"ONE"))]


def test_equal_files_of_one_row(world: World) -> None:
    """Two entries of one name and one content, told apart by nothing, are dealt out."""
    world.write({"p/x.txt": b"same", "q/x.txt": b"same"})
    push(world, database(world))
    lose(world)

    assert sums(adopt(world, database(world))) == {"matched": 2}
    assert_pushes_nothing(world, database(world), 2)
    (world.folder / "p/x.txt").unlink()
    removing = "on_delete: remove\nmax_delete: 100%"
    assert push(world, database(world), rule=removing).counts() == {"removed": 1, "unchanged": 1}
    assert entries(world, "x") == [("x.txt", sha256(b"same"))]


def test_two_rows_of_one_title(world: World) -> None:
    """Nothing is guessed; the message says which rows."""
    world.write({"a.txt": b"a", "b.txt": b"b"})
    push(world, database(world))
    other = make_row(world.sandbox, "a")
    lose(world)

    run = adopt(world, database(world))

    assert run.code == 1
    assert results(run) == {"a.txt": "ambiguous", "b.txt": "matched"}
    (line,) = [line for line in run.files if line["path"] == "a.txt"]
    assert other.replace("-", "") in line["reason"]


def test_body(world: World) -> None:
    """The entry and the block, each by itself; afterwards both follow their file."""
    world.write(FILES)
    target = database(world, "body: true")
    push(world, target)
    lose(world)

    run = adopt(world, target)

    assert sums(run) == {"matched": 10}, run.stdout
    assert {line["path"] for line in run.files if line["block_id"]} == set(FILES)
    assert_pushes_nothing(world, target, 5)
    world.write({"a.txt": b"changed"}, mtime=LONG_AGO + 1)
    assert push(world, target).counts() == {"replaced": 1, "unchanged": 4}
    page = row(world.sandbox, "a")["id"]
    assert sha256(b"changed") in [block["sha256"] for block in world.sandbox.blocks(page)]
    assert len(world.sandbox.blocks(page)) == 2


def test_block_of_a_row_that_somebody_deleted_is_missing_alone(world: World) -> None:
    world.write({"a.txt": b"a"})
    target = database(world, "body: true")
    push(world, target)
    page = row(world.sandbox, "a")["id"]
    world.sandbox.api("DELETE", f"/v1/blocks/{world.sandbox.blocks(page)[0]['id']}")
    lose(world)

    assert sums(adopt(world, target)) == {"matched": 1, "missing": 1}
    assert push(world, target).counts() == {"attached": 1}
    assert rows(world.sandbox) == {"a": ["a.txt"]}
    assert len(world.sandbox.blocks(page)) == 1


@pytest.mark.parametrize("body", ["", "body: true"])
@pytest.mark.parametrize(
    ("template", "before", "since"),
    [("{today}", "a.txt", ["2020-02-29"]), ("{stem}, {today:%d.%m.%y}", "a", ["a, 29.02.20", "b, 01.03.20"])],
)
def test_rows_named_after_a_day(
    world: World, body: str, template: str, before: str, since: list[str]
) -> None:
    """Nobody knows the day any more: among the rows that may be meant, the entries decide."""
    world.write({"a.txt": b"a", "b.txt": b"bb"})
    target = database(world, f'row: "{template}"\n{body}')
    push(world, target)
    for each, title in zip(
        sorted(all_rows(world.sandbox), key=lambda r: str(r["title"])), since, strict=True
    ):
        call_row(world, each["title"], title)
    make_row(world.sandbox, "2020-01-01, not ours", a="https://example.com/a.txt")
    lose(world)

    run = adopt(world, target)

    assert results(run) == {"a.txt": "matched", "b.txt": "matched"}, run.stdout
    assert_pushes_nothing(world, target, 2)
    world.write({"a.txt": b"changed"}, mtime=LONG_AGO + 1)
    assert push(world, target).counts() == {"replaced": 1, "unchanged": 1}
    assert sha256(b"changed") in [content for _, content in entries(world, since[0])]


def test_a_file_in_the_rows_of_two_days_is_a_choice(world: World) -> None:
    """As push would have had it, only one of them is ours."""
    world.write({"a.txt": b"a"})
    target = database(world, 'row: "{today}"')
    push(world, target)
    call_row(world, all_rows(world.sandbox)[0]["title"], "2020-02-29")
    make_row(world.sandbox, "2020-03-01")
    add_entry(world, "2020-03-01", "a.txt", b"a")
    make_row(world.sandbox, "no day at all")
    add_entry(world, "no day at all", "a.txt", b"a")
    lose(world)

    run = adopt(world, target)

    assert (run.code, results(run)) == (1, {"a.txt": "ambiguous"})
    assert "2 of its name and size" in run.files[0]["reason"]


def test_more_titles_than_one_request_asks_for(world: World) -> None:
    world.write({f"{n:03}.txt": b"the same" for n in range(60)})  # one upload: Notion's rate is kept to
    push(world, database(world))
    lose(world)
    before = len(world.sandbox.requests())

    assert sums(adopt(world, database(world))) == {"matched": 60}
    queries = [r for r in world.sandbox.requests()[before:] if r["path"].endswith("/query")]
    assert len(queries) == 2
    assert_pushes_nothing(world, database(world), 60)


def test_a_record_that_has_lost_a_part(world: World) -> None:
    """Rows that the store still knows are the same ones under whatever title; adopting twice changes nothing."""
    world.write(FILES)
    target = database(world, "body: true")
    push(world, target)
    call_row(world, "a", "my own title")
    world.run("forget", str(world.folder / "a.pdf"), str(world.folder / "a.txt"))

    assert sums(adopt(world, target)) == {"matched": 4, "recorded": 6}
    assert_pushes_nothing(world, target, 5)
    assert sums(adopt(world, target)) == {"recorded": 10}
    assert_pushes_nothing(world, target, 5)


def test_a_page_and_a_database(world: World) -> None:
    """Each target of a rule by itself."""
    world.write({"a.txt": b"a", "b.png": b"\x89PNG b"})
    target = (
        f"- page: {world.sandbox.page_id}\n- database: {world.sandbox.database_id}\n  property: Attachments"
    )
    push(world, target)
    lose(world)

    assert sums(adopt(world, target)) == {"matched": 4}
    assert_pushes_nothing(world, target, 4)


def test_without_a_configuration(world: World) -> None:
    """The options are those of push."""
    world.write({"a.txt": b"a", "b.txt": b"b"})
    to = ("--to", world.sandbox.database_id, "--property", "Attachments", "--row", "all of {folder}")
    command = (str(world.folder), *to, "--json")
    assert world.run("push", *command).counts() == {"attached": 2}
    lose(world)

    assert sums(world.run("adopt", *command)) == {"matched": 2}
    again = world.run("push", *command)
    assert (again.counts(), again.summary["requests"]) == ({"unchanged": 2}, 0)


def test_dry_run(world: World) -> None:
    world.write({"a.txt": b"a"})
    push(world, database(world))
    lose(world)

    assert sums(adopt(world, database(world), "--dry-run")) == {"matched": 1}
    assert sums(adopt(world, database(world))) == {"matched": 1}


def test_only_below_a_path(world: World) -> None:
    """The other files' entries are not called unknown."""
    world.write({"p/x.txt": b"one", "q/x.md": b"two"})
    push(world, database(world))
    lose(world)

    run = world.run("adopt", str(world.folder / "p"), "--json", config=config(world, database(world)))

    assert (run.code, results(run)) == (0, {"p/x.txt": "matched"})


def test_database_that_does_not_fit_is_said_once(world: World) -> None:
    world.write(FILES)
    target = f"database: {world.sandbox.database_id}\nproperty: Files"

    run = adopt(world, target)

    assert (run.code, sums(run)) == (1, {"failed": 5})
    assert run.stderr.count('no property "Files"') == 1


def test_a_row_is_no_reason_to_stop(world: World) -> None:
    """Its page cannot be read; the others are adopted."""
    world.write({"a.txt": b"a", "b.txt": b"b"})
    target = database(world, "body: true")
    push(world, target)
    lose(world)
    page = row(world.sandbox, "a")["id"]
    refusal = {"status": 403, "code": "restricted_resource", "message": "Not yours."}
    world.sandbox.faults(
        [
            {
                "method": "GET",
                "path": f"/v1/blocks/{page}/children",
                "every": 1,
                "when": "before",
                "do": refusal,
            }
        ]
    )

    run = adopt(world, target)
    world.sandbox.faults([])

    assert (run.code, sums(run)) == (1, {"matched": 3, "failed": 1})
    assert 'row "a": Not yours' in run.stderr
