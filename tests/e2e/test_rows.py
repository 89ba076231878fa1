"""Database rows: found or made by title, several files in one write, everybody else's entries kept."""

import pytest

from tests.crash.test_faults import EACH_TROUBLE, TROUBLES
from tests.e2e.rules import all_rows, config, database, make_row, push, row, rows
from tests.e2e.world import LONG_AGO, Json, World, kill, sha256, until_fault

FILES = {"a.pdf": b"%PDF a", "a.txt": b"a", "b.txt": b"b", "sub/b.png": b"\x89PNG b", "c.txt": b"c"}
ROWS = {"a": ["a.pdf", "a.txt"], "b": ["b.txt", "b.png"], "c": ["c.txt"]}


def writes(world: World) -> list[tuple[str, str]]:
    """What was asked of pages."""
    return [
        (r["method"], "rows" if r["path"].endswith("/query") else r["path"].split("/")[2])
        for r in world.sandbox.requests()
        if r["path"].startswith("/v1/pages") or r["path"].endswith("/query")
    ]


def test_a_row_for_each_title_made_with_its_files(world: World) -> None:
    """One look for all titles, one request a row, whatever the number of its files."""
    world.write(FILES)

    run = push(world, database(world))

    assert run.counts() == {"attached": 5}, run.stderr
    assert rows(world.sandbox) == ROWS
    assert writes(world) == [("POST", "rows"), *[("POST", "pages")] * 3]
    by_title = {each["title"]: each["id"] for each in all_rows(world.sandbox)}
    assert {line["path"]: line["page_id"] for line in run.files} == {
        path: by_title[path.rpartition("/")[2][0]] for path in FILES
    }
    again = push(world, database(world))
    assert again.counts() == {"unchanged": 5}
    assert again.summary["requests"] == 0


def test_properties_of_rows_that_are_made(world: World) -> None:
    """Texts are templates; every kind that can be set is; a row that is there keeps what it has."""
    kinds: dict[str, object] = {
        "Tags": {"multi_select": {}}, "Done": {"checkbox": {}}, "Size": {"number": {}}, "Link": {"url": {}},
        "Notes": {"rich_text": {}},
    }  # fmt: skip
    world.sandbox.api("PATCH", f"/v1/data_sources/{world.sandbox.data_source_id}", {"properties": kinds})
    make_row(world.sandbox, "b")
    world.write(FILES)
    values = (
        'properties: {Status: Inbox, Date: "{mtime:%Y-%m-%d}", Tags: "x, y", Done: true, Size: "{size}", '
        'Link: "https://example.com/{stem}", Notes: "{path}"}'
    )

    assert push(world, database(world, values)).counts() == {"attached": 5}
    made = row(world.sandbox, "a")["properties"]
    assert {k: v for k, v in made.items() if k != "Attachments"} == {
        "Name": "a", "Status": "Inbox", "Date": "2020-09-13", "Tags": "x, y", "Done": "true", "Size": "6",
        "Link": "https://example.com/a", "Notes": "a.pdf",
    }  # fmt: skip
    assert row(world.sandbox, "b")["properties"]["Status"] == ""


def test_entries_of_others_are_kept(world: World) -> None:
    """Ours are replaced and renamed one by one, in their places; links and files of others stay as they are."""
    make_row(world.sandbox, "all", mine="https://example.com/mine")
    world.write({"a.txt": b"a", "b.txt": b"b"})
    target = database(world, "row: all")
    assert push(world, target).counts() == {"attached": 2}
    upload = world.sandbox.state()["uploads"][0]["id"]
    entries = world.sandbox.api("GET", f"/v1/pages/{row(world.sandbox, 'all')['id']}")
    files = entries["properties"]["Attachments"]["files"]
    theirs = {"type": "file_upload", "name": "theirs.txt", "file_upload": {"id": upload}}
    world.sandbox.api(
        "PATCH", f"/v1/pages/{entries['id']}", {"properties": {"Attachments": {"files": [*files, theirs]}}}
    )
    world.write({"a.txt": b"changed"}, mtime=LONG_AGO + 1)
    (world.folder / "b.txt").rename(world.folder / "c.txt")

    run = push(world, target)

    assert run.counts() == {"replaced": 1, "renamed": 1}
    found = row(world.sandbox, "all")["properties"]["Attachments"]
    assert [(e["name"], e["sha256"] or e["url"]) for e in found] == [
        ("mine", "https://example.com/mine"),
        ("a.txt", sha256(b"changed")),
        ("c.txt", sha256(b"b")),
        ("theirs.txt", world.sandbox.state()["uploads"][0]["sha256"]),
    ]
    assert push(world, target).summary["requests"] == 0


def test_on_change_append_and_keep(world: World) -> None:
    """A second entry of the same name, or the old one."""
    world.write({"a.txt": b"one"})
    push(world, database(world))
    world.write({"a.txt": b"two"}, mtime=LONG_AGO + 1)

    assert push(world, database(world), rule="on_change: keep").counts() == {"unchanged": 1}
    assert push(world, database(world), rule="on_change: append").counts() == {"attached": 1}
    found = row(world.sandbox, "a")["properties"]["Attachments"]
    assert [entry["sha256"] for entry in found] == [sha256(b"one"), sha256(b"two")]
    world.write({"a.txt": b"three"}, mtime=LONG_AGO + 2)
    assert push(world, database(world)).counts() == {"replaced": 1}
    found = row(world.sandbox, "a")["properties"]["Attachments"]
    assert [entry["sha256"] for entry in found] == [sha256(b"one"), sha256(b"three")]


def test_body_puts_a_block_on_the_rows_page(world: World) -> None:
    """One line a file, with the block; changes and names follow in both."""
    world.write(FILES)
    target = database(world, 'body: true\ncaption: "{stem}!"')

    run = push(world, target)

    assert run.counts() == {"attached": 5}, run.stderr
    assert rows(world.sandbox) == ROWS
    (line,) = [line for line in run.files if line["path"] == "a.txt"]
    blocks = world.sandbox.blocks(line["page_id"])
    assert [(b["type"], b["caption"]) for b in blocks] == [("pdf", "a!"), ("file", "a!")]
    assert line["block_id"] == blocks[1]["id"]
    world.write({"a.txt": b"changed"}, mtime=LONG_AGO + 1)
    assert push(world, target).counts() == {"replaced": 1, "unchanged": 4}
    assert world.sandbox.blocks(line["page_id"])[1]["sha256"] == sha256(b"changed")
    again = push(world, target)
    assert again.counts() == {"unchanged": 5}
    assert again.summary["requests"] == 0


def test_body_added_later(world: World) -> None:
    """Rows that are there get their blocks, without bytes."""
    world.write(FILES)
    push(world, database(world))

    run = push(world, database(world, "body: true"))

    assert run.counts() == {"attached": 5}
    assert run.summary["uploads"] == 0
    assert len(world.sandbox.blocks(row(world.sandbox, "a")["id"])) == 2


def test_body_in_a_row_that_no_entry_goes_to(world: World) -> None:
    """The entry is kept where it is; the block needs the row that the rule names now."""
    world.write({"a.txt": b"one"})
    assert push(world, database(world, "row: all")).counts() == {"attached": 1}
    world.write({"a.txt": b"two"}, mtime=LONG_AGO + 9)

    run = push(world, database(world, "body: true"), rule="on_change: keep")

    assert run.counts() == {"attached": 1}, run.stdout
    assert rows(world.sandbox) == {"all": ["a.txt"], "a": []}
    (block,) = world.sandbox.blocks(row(world.sandbox, "a")["id"])
    assert block["sha256"] == sha256(b"two")


def test_two_rows_of_one_title(world: World) -> None:
    """They are listed; the others go; with one of them gone, the file goes to the other."""
    ids = [make_row(world.sandbox, "a"), make_row(world.sandbox, "a")]
    world.write({"a.txt": b"a", "b.txt": b"b"})

    run = push(world, database(world))

    assert run.counts() == {"attached": 1, "failed": 1}
    (failed,) = [line for line in run.files if line["action"] == "failed"]
    assert all(one.replace("-", "") in failed["reason"] for one in ids)
    world.sandbox.api("PATCH", f"/v1/pages/{ids[0]}", {"in_trash": True})
    assert push(world, database(world)).counts() == {"attached": 1, "unchanged": 1}
    assert row(world.sandbox, "a")["id"] == ids[1]


def test_a_row_takes_a_hundred_files_and_no_more(world: World) -> None:
    """Those beyond are reported; what is there stays."""
    world.write({f"{n:03}.txt": str(n).encode() for n in range(103)})
    run = world.run(
        "push", "--json", config="rate_limit: 100000\n" + config(world, database(world, "row: all"))
    )

    assert run.counts() == {"attached": 100, "failed": 3}, run.stderr
    assert all("100" in line["reason"] for line in run.files if line["action"] == "failed")
    assert len(rows(world.sandbox)["all"]) == 100


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("property: Attachment", ["no property", '"Attachments"']),
        ("property: Status", ["select, not files", '"Attachments"']),
        ("property: Attachments\nproperties: {Stat: x}", ["no property", '"Status" (select)']),
        ('property: Attachments\nrow: "{dir}"', ["no title"]),
    ],
)
def test_what_the_database_has_is_said(world: World, target: str, said: list[str]) -> None:
    """A wrong name or kind is answered with what there is, before a byte is sent."""
    world.write({"a.txt": b"a", "b.txt": b"b"})

    run = push(world, f"database: {world.sandbox.database_id}\n{target}")

    assert run.counts() == {"failed": 2}
    assert all(text in run.files[0]["reason"] for text in said)
    assert world.sandbox.state()["uploads"] == []


def test_a_database_with_several_sources(world: World) -> None:
    """They are listed by name; the id of one of them is a target."""
    second = world.sandbox.api(
        "POST",
        "/v1/data_sources",
        {
            "parent": {"type": "database_id", "database_id": world.sandbox.database_id},
            "title": [{"text": {"content": "Second"}}],
            "properties": {"Name": {"title": {}}, "Attachments": {"files": {}}},
        },
    )["id"]
    world.write({"a.txt": b"a"})

    run = push(world, database(world))

    assert run.counts() == {"failed": 1}
    assert f'"Second" ({second})' in run.files[0]["reason"]
    assert push(world, f"database: {second}\nproperty: Attachments").counts() == {"attached": 1}


def test_a_title_that_is_another_row_now(world: World) -> None:
    """A renamed file belongs to another row by default; a changed template moves what is there."""
    world.write({"a.txt": b"a", "b.txt": b"b"})
    push(world, database(world))
    (world.folder / "a.txt").rename(world.folder / "c.txt")

    assert push(world, database(world)).counts() == {"attached": 1, "unchanged": 1}
    assert rows(world.sandbox) == {"a": ["a.txt"], "b": ["b.txt"], "c": ["c.txt"]}
    assert push(world, database(world, "row: all")).counts() == {"attached": 2}
    assert rows(world.sandbox)["all"] == ["b.txt", "c.txt"]
    again = push(world, database(world, "row: all"))
    assert again.summary["requests"] == 0


def test_a_row_for_every_day(world: World) -> None:
    """What was put into yesterday's row stays there."""
    world.write({"a.txt": b"a"})
    target = database(world, 'row: "Inbox {today}"')
    assert push(world, target).counts() == {"attached": 1}
    (title,) = rows(world.sandbox)
    other = database(world, 'row: "Inbox from {today}"')
    assert push(world, other).counts() == {"unchanged": 1}
    assert list(rows(world.sandbox)) == [title]


@pytest.mark.parametrize("template", ["{mtime:%Y-%m-%d}", "{today}, {ext}", "{ctime:%B %d}"])
def test_a_renamed_file_keeps_its_row_and_its_dates(world: World, template: str) -> None:
    """In another time zone, where it is another day."""
    world.write({"scan.md": b"x"}, mtime=LONG_AGO // 86_400 * 86_400 + 43_200)
    target = database(
        world, f'row: "{template}"\nbody: true\ncaption: "{{stem}}, {{mtime:%H:%M}}, {{today}}"'
    )
    world.environ["TZ"] = "UTC"
    push(world, target)
    ((title, _),) = rows(world.sandbox).items()
    before = world.sandbox.blocks(row(world.sandbox, title)["id"])
    (world.folder / "scan.md").rename(world.folder / "invoice.md")
    for zone in ("Etc/GMT-14", "Etc/GMT+12"):
        world.environ["TZ"] = zone
        push(world, target)

    assert rows(world.sandbox) == {title: ["invoice.md"]}
    after = world.sandbox.blocks(row(world.sandbox, title)["id"])
    assert [b["id"] for b in after] == [b["id"] for b in before]
    assert after[0]["caption"] == before[0]["caption"].replace("scan", "invoice")


def test_more_files_than_are_kept_waiting_in_rows_that_never_end(world: World) -> None:
    """Every row gets its first file before any gets its second."""
    world.write({f"{i}/{n:03}.txt": f"{n} {i}".encode() for n in range(250) for i in range(2)})

    run = world.run("push", "--json", config="rate_limit: 100000\n" + config(world, database(world)))

    assert run.counts() == {"attached": 500}, run.stderr
    assert {len(names) for names in rows(world.sandbox).values()} == {2}
    assert len(rows(world.sandbox)) == 250


CALLS = {
    "database": ("GET", "/databases/"),
    "columns": ("GET", "/data_sources/"),
    "query": ("POST", "/query$"),
    "make": ("POST", "/v1/pages$"),
    "read": ("GET", "/v1/pages/"),
    "write": ("PATCH", "/v1/pages/"),
}


@pytest.mark.parametrize("trouble", EACH_TROUBLE)
@pytest.mark.parametrize(
    "call",
    [pytest.param(call, marks=pytest.mark.soak if call in ("columns", "read") else ()) for call in CALLS],
)
def test_trouble(world: World, call: str, trouble: str) -> None:
    """One request of each kind goes wrong, whatever way: every entry is there once."""
    make_row(world.sandbox, "b", theirs="https://example.com/theirs")
    world.write(FILES)
    method, path = CALLS[call]
    world.sandbox.faults([{"method": method, "path": path, "nth": 1, "times": 1, **TROUBLES[trouble]}])

    run = push(world, database(world))

    assert run.code == 0, run.stdout + run.stderr
    assert rows(world.sandbox) == {**ROWS, "b": ["theirs", "b.txt", "b.png"]}
    again = push(world, database(world))
    assert again.counts() == {"unchanged": 5}
    assert again.summary["requests"] == 0


NOT_FOUND = {"status": 404, "code": "object_not_found", "message": "Could not find page."}


@pytest.mark.parametrize("answer", [NOT_FOUND, {"cut": True}])
def test_a_row_that_was_made_and_cannot_be_read(world: World, answer: Json) -> None:
    """Notion says that it made the row, but not with which entries, and does not show it yet."""
    world.write({"a.txt": b"a"})
    world.sandbox.faults(
        [
            {"method": "POST", "path": "^/v1/pages$", "nth": 1, **TROUBLES["committed"]},
            {"method": "GET", "path": "^/v1/pages/", "every": 1, "when": "before", "do": answer},
        ]
    )

    assert push(world, database(world)).counts() == {"attached": 1}
    world.sandbox.faults([])

    assert rows(world.sandbox) == {"a": ["a.txt"]}
    assert len(all_rows(world.sandbox)) == 1
    assert push(world, database(world)).summary["requests"] == 0


@pytest.mark.parametrize("trouble", ["cut before", "cut after", "committed"])
def test_trouble_at_a_replacement(world: World, trouble: str) -> None:
    """Whether or not it was done: the row holds the new content, once. Both are called the same."""
    world.write(FILES)
    push(world, database(world))
    world.write({"a.txt": b"changed"}, mtime=LONG_AGO + 1)
    world.sandbox.faults([{"method": "PATCH", "path": "^/v1/pages/", "nth": 1, **TROUBLES[trouble]}])

    run = push(world, database(world))

    assert run.counts() == {"replaced": 1, "unchanged": 4}, run.stderr
    assert rows(world.sandbox) == ROWS
    entries = {e["name"]: e["sha256"] for e in row(world.sandbox, "a")["properties"]["Attachments"]}
    assert entries["a.txt"] == sha256(b"changed")


def test_a_row_that_is_gone_whenever_it_is_written(world: World) -> None:
    """It is read and written anew some times, and then its file fails; the others go."""
    make_row(world.sandbox, "b")
    world.write({"a.txt": b"a", "b.txt": b"b"})
    gone = {"status": 404, "message": "Could not find page."}
    fault = {"method": "PATCH", "path": "^/v1/pages/", "every": 1, "times": 40, "do": gone}
    world.sandbox.faults([fault])

    run = world.run("push", "--json", config="rate_limit: 100000\n" + config(world, database(world)))

    assert run.counts()["failed"] == 1, run.stdout
    assert rows(world.sandbox) == {"a": ["a.txt"], "b": []}
    assert world.sandbox.fired() < 10


def test_two_equal_files_of_one_row_that_change_together(world: World) -> None:
    """Each has an entry of its own, although nothing tells one from the other."""
    target = database(world, "row: all")
    world.write({"one/a.txt": b"same", "two/a.txt": b"same"})
    push(world, target)
    world.write({"one/a.txt": b"first", "two/a.txt": b"second"}, mtime=LONG_AGO + 1)

    assert push(world, target).counts() == {"replaced": 2}

    assert contents(world) == sorted([sha256(b"first"), sha256(b"second")])


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(
    ("method", "nth"), [("POST", 1), pytest.param("POST", 2, marks=pytest.mark.soak), ("PATCH", 1)]
)
def test_killed_at_a_write(world: World, method: str, nth: int, when: str) -> None:
    """The program dies while a row is written: the next run finds what was done, and does the rest."""
    make_row(world.sandbox, "b", theirs="https://example.com/theirs")
    world.write(FILES)
    path = "/v1/pages$" if method == "POST" else "/v1/pages/"
    hang = {"method": method, "path": path, "nth": nth, "times": 1, "when": when, "do": {"delay": 600}}
    world.sandbox.faults([hang])
    process = world.start_with(config(world, database(world)))
    until_fault(world.sandbox, process, "the write")
    kill(process)
    world.sandbox.faults([])

    assert push(world, database(world)).code == 0
    assert rows(world.sandbox) == {**ROWS, "b": ["theirs", "b.txt", "b.png"]}
    assert push(world, database(world)).counts() == {"unchanged": 5}


@pytest.mark.parametrize("when", ["before", "after"])
def test_killed_at_a_replacement(world: World, when: str) -> None:
    """The same for an entry that takes the place of another."""
    world.write(FILES)
    push(world, database(world))
    world.write({"a.txt": b"changed"}, mtime=LONG_AGO + 1)
    hang = {"method": "PATCH", "path": "/v1/pages/", "nth": 1, "when": when, "do": {"delay": 600}}
    world.sandbox.faults([hang])
    process = world.start_with(config(world, database(world)))
    until_fault(world.sandbox, process, "the replacement")
    kill(process)
    world.sandbox.faults([])

    assert push(world, database(world)).code == 0
    assert rows(world.sandbox) == ROWS
    found = row(world.sandbox, "a")["properties"]["Attachments"]
    assert found[1]["sha256"] == sha256(b"changed")


@pytest.mark.parametrize("trouble", [None, "cut after", "cut before", "503 after"])
def test_an_entry_that_is_taken_out_and_put_back_in_one_write(world: World, trouble: str | None) -> None:
    """A file gets another content while one of the same name gets its old one; each still has its own entry."""
    target, rule = database(world, "row: all"), "on_delete: remove\nmax_delete: 100%"
    world.write({"a.txt": b"old"})
    push(world, target, rule=rule)
    world.write({"a.txt": b"new", "sub/a.txt": b"old"}, mtime=LONG_AGO + 9)
    if trouble is not None:
        fault = {"method": "PATCH", "path": "^/v1/pages/", "nth": 1, "times": 1, **TROUBLES[trouble]}
        world.sandbox.faults([fault])

    assert push(world, target, rule=rule).counts() == {"attached": 1, "replaced": 1}

    assert contents(world) == sorted([sha256(b"new"), sha256(b"old")])
    (world.folder / "sub/a.txt").unlink()
    assert push(world, target, rule=rule).counts() == {"removed": 1, "unchanged": 1}
    assert contents(world) == [sha256(b"new")]


def contents(world: World) -> list[str]:
    """Of the entries of the row `all`, sorted."""
    return sorted(entry["sha256"] for entry in row(world.sandbox, "all")["properties"]["Attachments"])


def test_dry_run_says_the_same_and_writes_nothing(world: World) -> None:
    """Also of rows."""
    make_row(world.sandbox, "b")
    world.write(FILES)
    before = len(all_rows(world.sandbox))

    planned = push(world, database(world, "body: true"), "--dry-run")

    assert len(all_rows(world.sandbox)) == before
    done = push(world, database(world, "body: true"))
    assert planned.counts() == done.counts() == {"attached": 5}


def test_a_full_row_is_known_before_contents_are_sent(world: World) -> None:
    """From the second push on, whoever filled it; once there is room the files go there."""
    world.write({"s/0.txt": b"0"})
    target = database(world, 'row: "{folder}"')
    push(world, target)
    page_id = row(world.sandbox, "s")["id"]
    world.sandbox.control(
        "POST", "people", {"fill_row": {"row": page_id, "property": "Attachments", "count": 98}}
    )
    world.write({f"s/{number}.txt": b"%d" % number for number in range(1, 4)})

    first, second = push(world, target), push(world, target)

    assert first.counts() == {"attached": 1, "failed": 2, "unchanged": 1}
    assert sum("has no room for it" in line["reason"] for line in first.files) == 2
    assert (second.counts(), second.summary["uploads"]) == ({"failed": 2, "unchanged": 2}, 0)
    files = world.sandbox.api("GET", f"/v1/pages/{page_id}")["properties"]["Attachments"]["files"]
    ours = [each for each in files if each["type"] == "file"]
    world.sandbox.api("PATCH", f"/v1/pages/{page_id}", {"properties": {"Attachments": {"files": ours}}})
    assert push(world, target).counts() == {"attached": 2, "unchanged": 2}
    assert push(world, target).summary["requests"] == 0
