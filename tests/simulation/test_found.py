"""What lives from seeds have found, as short stories."""

import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from notion_sync.errors import NotNow
from notion_sync.rules import OnChange, OnDelete, PageTarget, RowTarget, Rule, Subfolders
from notion_sync.sandbox.control.people import act
from notion_sync.state import Store
from notion_sync.state.database import FILE_NAME
from notion_sync.template import parse
from tests.sandbox.caller import Caller
from tests.simulation.world import FOLDER, World


@pytest.fixture
def world() -> Iterator[World]:
    with World(7) as world:
        yield world


def in_one_row(world: World, on_change: OnChange) -> Rule:
    """A rule that puts all files into one row."""
    target = RowTarget(world.core.workspace.database_id, "Attachments", parse("all"))
    return Rule("r", FOLDER, (target,), on_change=on_change, on_delete=OnDelete.REMOVE, max_delete=1.0)


def push(world: World) -> None:
    """A pass after some rest."""
    world.wait(60)
    assert world.run() is not None


def change(world: World, changes: Sequence[tuple[str, bytes | None]]) -> None:
    """Files hold something else, or are gone where that is None."""
    for path, content in changes:
        if content is None:
            world.disk.remove(f"{FOLDER}/{path}")
        else:
            world.put(path, content)


def entries(world: World) -> dict[str, list[str]]:
    """By its title, the contents that a row has, by their uploads' names."""
    return {
        page["title"]: sorted(
            f"{entry['name']} {entry['size']}" for entry in page["properties"]["Attachments"]
        )
        for page in world.notion()["pages"]
        if "Attachments" in page["properties"]
    }


def page_of(world: World) -> PageTarget:
    """The workspace's page."""
    return PageTarget(world.core.workspace.page_id)


def blocks(world: World) -> list[str]:
    """The contents that it has, like `entries`."""
    (page,) = [each for each in world.notion()["pages"] if each["id"] == world.core.workspace.page_id]
    shown = [block for block in page["children"] if block["sha256"] and not block["in_trash"]]
    return sorted(f"{block['name']} {block['size']}" for block in shown)


def writes_of_rows(world: World) -> int:
    """Requests that changed a row, so far."""
    asked = world.core.journal.entries()
    return sum(each["method"] == "PATCH" and each["path"].startswith("/v1/pages/") for each in asked)


def uploads_made(world: World) -> int:
    """Requests for a new upload, so far."""
    asked = world.core.journal.entries()
    return sum((each["method"], each["path"]) == ("POST", "/v1/file_uploads") for each in asked)


@pytest.mark.parametrize(
    ("on_change", "before", "retired"),
    [
        (OnChange.REPLACE, ["a.txt 3", "a.txt 7"], []),
        (OnChange.APPEND, ["a.txt 3", "a.txt 3", "a.txt 7"], ["s/a.txt"]),
    ],
)
def test_of_equal_entries_only_the_one_is_gone_that_was_replaced(
    world: World, on_change: OnChange, before: list[str], retired: list[str]
) -> None:
    """The other one is another file's, and is not removed in its place when the first one moves to another row."""
    world.rules = [in_one_row(world, on_change)]
    world.write({"a.txt": b"two", "s/a.txt": b"two"})
    push(world)
    world.put("s/a.txt", b"another")
    push(world)
    assert entries(world) == {"all": before}
    with Store(world.state, read_only=True) as store:
        gone = store.retired.below(FOLDER, [world.rules[0].targets[0].key])
        assert [each.id.path.removeprefix(f"{FOLDER}/") for each in gone] == retired

    target = RowTarget(world.core.workspace.database_id, "Attachments", parse("{folder}"))
    world.rules = [replace(world.rules[0], targets=(target,))]
    push(world)
    assert Counter(name for names in entries(world).values() for name in names) == Counter(
        ["a.txt 3", "a.txt 7"]
    )


@pytest.mark.parametrize("first", ["a.txt", "b.txt", "c.txt"])
def test_what_could_not_be_read_when_others_were_taken_over_is_not_made_again(
    world: World, first: str
) -> None:
    """A store was lost, and one of the files cannot be read while the others are found on the page."""
    page = world.core.workspace.page_id
    world.rules = [Rule("r", FOLDER, (PageTarget(page),))]
    world.write({name: name.encode() for name in ("a.txt", "b.txt", "c.txt")})
    push(world)
    Path(world.state, FILE_NAME).unlink()

    world.disk.close(f"{FOLDER}/{first}")
    push(world)
    world.disk.open(f"{FOLDER}/{first}")
    push(world)

    (shown,) = [each for each in world.notion()["pages"] if each["id"] == page]
    assert sorted(b["name"] for b in shown["children"] if b["sha256"]) == ["a.txt", "b.txt", "c.txt"]


def test_what_an_earlier_rule_left_on_a_rows_page_goes_with_its_file(world: World) -> None:
    """Only the row's page still has something of it: the row's property was the rule's all the time."""
    entries_only = in_one_row(world, OnChange.REPLACE)
    (target,) = entries_only.targets
    assert isinstance(target, RowTarget)
    with_pages = replace(entries_only, targets=(replace(target, body=True),))
    world.rules = [with_pages]
    world.write({"a.txt": b"one", "b.txt": b"two"})
    push(world)
    world.rules = [entries_only]
    world.disk.remove(f"{FOLDER}/a.txt")
    push(world)
    assert entries(world) == {"all": ["b.txt 3"]}

    world.rules = [with_pages]
    push(world)

    (row,) = [each for each in world.notion()["pages"] if each["title"] == "all"]
    assert [each["name"] for each in row["children"] if not each["in_trash"]] == ["b.txt"]


def test_new_entries_of_one_name_are_told_by_what_was_attached_before(world: World) -> None:
    """One of them is equal to an entry that stays, so the order alone does not tell them from each other."""
    world.rules = [in_one_row(world, OnChange.REPLACE)]
    world.write({"a/b.txt": b"one", "b/b.txt": b"two", "c/b.txt": b"three"})
    push(world)
    world.put("a/b.txt", b"three")
    world.put("b/b.txt", b"something new")
    push(world)
    assert entries(world) == {"all": ["b.txt 13", "b.txt 5", "b.txt 5"]}

    world.disk.remove(f"{FOLDER}/b/b.txt")
    push(world)

    assert entries(world) == {"all": ["b.txt 5", "b.txt 5"]}


def test_the_last_of_equal_entries_stays_with_the_file_that_is_there(world: World) -> None:
    """An older store knows of two, of which one was removed since: the other one is not the deleted file's."""
    world.rules = [in_one_row(world, OnChange.REPLACE)]
    world.write({"a.txt": b"one", "s/a.txt": b"one", "c.txt": b"two"})
    push(world)
    older = Path(world.state, FILE_NAME).read_bytes()
    world.disk.remove(f"{FOLDER}/s/a.txt")
    push(world)
    assert entries(world) == {"all": ["a.txt 3", "c.txt 3"]}

    Path(world.state, FILE_NAME).write_bytes(older)
    push(world)

    assert entries(world) == {"all": ["a.txt 3", "c.txt 3"]}


def test_what_is_left_on_a_rows_page_is_not_looked_for_under_other_names(world: World) -> None:
    """Its property is the rule's: a pass over what is done asks for nothing."""
    entries_only = in_one_row(world, OnChange.REPLACE)
    (target,) = entries_only.targets
    assert isinstance(target, RowTarget)
    world.rules = [replace(entries_only, targets=(replace(target, body=True),))]
    world.write({"a.txt": b"one"})
    push(world)
    world.rules = [entries_only]
    world.disk.remove(f"{FOLDER}/a.txt")
    push(world)
    assert entries(world) == {"all": []}

    asked = world.requests
    push(world)
    assert world.requests == asked


def test_an_entry_that_a_person_has_named_stays_known_when_another_comes_beside_it(world: World) -> None:
    """It is no other file's, though it holds that one's bytes."""
    world.rules = [in_one_row(world, OnChange.APPEND)]
    world.write({"b.txt": b"one"})
    push(world)
    (row,) = [page for page in world.notion()["pages"] if page["title"] == "all"]
    caller = Caller(world.core)
    files = caller.ok("GET", f"/v1/pages/{row['id']}")["properties"]["Attachments"]["files"]
    named = {"properties": {"Attachments": {"files": [{**files[0], "name": "Ada.txt"}]}}}
    caller.ok("PATCH", f"/v1/pages/{row['id']}", named)
    world.put("b.txt", b"other")
    push(world)
    world.put("a.csv", b"one")
    push(world)

    assert entries(world) == {"all": ["Ada.txt 3", "a.csv 3", "b.txt 5"]}


OLDER = {
    "another file has what it had, under its name": (
        {"a.txt": b"one"},
        [("a.txt", b"two"), ("s/a.txt", b"one")],
    ),
    "one of two equal ones has changed": (
        {"a.txt": b"one", "s/a.txt": b"one"},
        [("a.txt", b"two")],
    ),
    "two have changed their contents with each other": (
        {"a.txt": b"one", "b.txt": b"two"},
        [("a.txt", b"two"), ("b.txt", b"one")],
    ),
    "a renamed one, and its equal under the name that it had": (
        {"b.txt": b"one"},
        [("b.txt", None), ("a.txt", b"one"), ("s/b.txt", b"one")],
    ),
    "a renamed one, and its equal under the name that it has": (
        {"a.txt": b"one", "s/b.txt": b"two"},
        [("a.txt", None), ("s/a.txt", b"one"), ("s/b.txt", b"one"), ("z/a.txt", b"two")],
    ),
    "one of two equal ones was renamed, and the other one deleted": (
        {"b.txt": b"two", "s/b.txt": b"two", "c.txt": b"one"},
        [("s/b.txt", None), ("b.txt", None), ("s/a.csv", b"two")],
    ),
    "one of two equal ones got the name of the other one, which was deleted": (
        {"a.txt": b"two", "s/b.txt": b"two", "c.txt": b"one"},
        [("a.txt", None), ("s/b.txt", None), ("b.txt", b"two")],
    ),
    "the same of three, two of which are there": (
        {"a.txt": b"two", "b.txt": b"two", "s/b.txt": b"two"},
        [("a.txt", None), ("b.txt", None), ("s/b.txt", None), ("t/b.txt", b"two"), ("t/s/b.txt", b"two")],
    ),
}
"""By what has happened since a copy of the store was made: the files then, and each change of them."""


@pytest.mark.parametrize(("before", "changes"), OLDER.values(), ids=OLDER)
@pytest.mark.parametrize("on_change", [OnChange.REPLACE, OnChange.APPEND])
def test_an_older_store_changes_nothing_where_entries_are_equal(
    world: World, on_change: OnChange, before: dict[str, bytes], changes: list[tuple[str, bytes | None]]
) -> None:
    world.rules = [in_one_row(world, on_change)]
    world.write(before)
    push(world)
    older = Path(world.state, FILE_NAME).read_bytes()
    change(world, changes)
    push(world)
    there = entries(world)
    writes = writes_of_rows(world)

    Path(world.state, FILE_NAME).write_bytes(older)
    push(world)

    assert entries(world) == there
    assert writes_of_rows(world) == writes


SINCE = {
    "renamed, then changed": [[("b.txt", None), ("c.txt", b"one")], [("c.txt", b"newer")]],
    "the same, with a new file of its old content": [
        [("b.txt", None), ("c.txt", b"one")],
        [("c.txt", b"newer"), ("d.txt", b"one")],
    ],
    "the same, with a new file of its old name": [
        [("b.txt", None), ("c.txt", b"one")],
        [("c.txt", b"newer"), ("b.txt", b"newest")],
    ],
    "changed, then renamed": [[("b.txt", b"newer")], [("b.txt", None), ("a.txt", b"newer")]],
    "changed twice, then renamed beside an equal one": [
        [("b.txt", b"newer"), ("c.txt", b"newest")],
        [("b.txt", b"newest")],
        [("b.txt", None), ("a.txt", b"newest")],
    ],
}
"""What has happened to b.txt since a copy of the store was made, push by push."""


@pytest.mark.parametrize("changes", SINCE.values(), ids=SINCE)
def test_an_older_store_finds_what_its_blocks_show_by_now(
    world: World, changes: list[list[tuple[str, bytes | None]]]
) -> None:
    """They are recorded for another file, which is gone, and with the content that it had."""
    world.rules = [replace(in_one_row(world, OnChange.REPLACE), targets=(page_of(world),))]
    world.write({"b.txt": b"one", "k.txt": b"other"})
    push(world)
    copy = Path(world.state, "copy")
    shutil.copy(Path(world.state, FILE_NAME), copy)
    for each in changes:
        change(world, each)
        push(world)
    there = blocks(world)

    copy.replace(Path(world.state, FILE_NAME))
    push(world)

    assert blocks(world) == there
    asked = world.requests
    push(world)
    assert (blocks(world), world.requests) == (there, asked)


def test_an_older_store_takes_no_earlier_version_for_what_was_renamed_since(world: World) -> None:
    """The version was equal, had its new name, and went with its file."""
    world.rules = [in_one_row(world, OnChange.APPEND)]
    world.write({"a.txt": b"one", "s/b.txt": b"one"})
    push(world)
    world.put("s/b.txt", b"newer")
    push(world)
    older = Path(world.state, FILE_NAME).read_bytes()
    world.disk.remove(f"{FOLDER}/s/b.txt")
    world.disk.rename(f"{FOLDER}/a.txt", f"{FOLDER}/b.txt")
    push(world)
    assert entries(world) == {"all": ["b.txt 3"]}

    Path(world.state, FILE_NAME).write_bytes(older)
    push(world)

    assert entries(world) == {"all": ["b.txt 3"]}


def test_an_entry_whose_file_is_gone_stands_for_its_equal_whose_own_a_person_has_deleted(
    world: World,
) -> None:
    """Nobody could say which of both files is there under the name of that entry; it goes with that file."""
    world.rules = [in_one_row(world, OnChange.REPLACE)]
    world.write({"a.txt": b"one", "s/b.txt": b"one"})
    push(world)
    delete_entry(world, 0)
    world.disk.remove(f"{FOLDER}/s/b.txt")
    world.disk.rename(f"{FOLDER}/a.txt", f"{FOLDER}/b.txt")
    push(world)
    assert entries(world) == {"all": ["b.txt 3"]}

    world.disk.rename(f"{FOLDER}/b.txt", f"{FOLDER}/c.txt")
    push(world)
    assert entries(world) == {"all": ["c.txt 3"]}

    world.disk.remove(f"{FOLDER}/c.txt")
    push(world)
    assert entries(world) == {"all": []}


def test_what_is_replaced_is_not_known_any_more_though_another_one_gets_its_name(world: World) -> None:
    """In one write: the other one is not left behind when its file is renamed."""
    world.rules = [in_one_row(world, OnChange.REPLACE)]
    world.write({"t/a.csv": b"one", "t/b.txt": b"one"})
    push(world)
    world.disk.remove(f"{FOLDER}/t/a.csv")
    world.put("s/b.txt", b"one")
    world.put("t/b.txt", b"other")
    push(world)
    assert entries(world) == {"all": ["b.txt 3", "b.txt 5"]}

    world.disk.rename(f"{FOLDER}/s/b.txt", f"{FOLDER}/s/a.txt")
    push(world)

    assert entries(world) == {"all": ["a.txt 3", "b.txt 5"]}


def test_titles_that_read_the_same_are_one_row_with_the_entries_of_both(world: World) -> None:
    """Composed and decomposed letters: each of two equal files has an entry of its own."""
    target = RowTarget(world.core.workspace.database_id, "Attachments", parse("{stem}"))
    world.rules = [replace(in_one_row(world, OnChange.REPLACE), targets=(target,))]
    world.write({"s/\u00e9.txt": b"one"})
    push(world)
    world.write({"t/e\u0301.txt": b"one"})
    push(world)

    assert list(entries(world).values()) == [["e\u0301.txt 3", "\u00e9.txt 3"]]


def delete_entry(world: World, number: int) -> None:
    """A person takes an entry out of the row."""
    (row,) = [page for page in world.notion()["pages"] if page["title"] == "all"]
    caller = Caller(world.core)
    files = caller.ok("GET", f"/v1/pages/{row['id']}")["properties"]["Attachments"]["files"]
    del files[number]
    caller.ok("PATCH", f"/v1/pages/{row['id']}", {"properties": {"Attachments": {"files": files}}})


@pytest.mark.parametrize("comes", ["new", "renamed"])
def test_an_entry_that_a_person_has_deleted_is_not_the_equal_one_that_comes_later(
    world: World, comes: str
) -> None:
    """That one goes with its file."""
    world.rules = [in_one_row(world, OnChange.REPLACE)]
    world.write({"b.txt": b"one"} | ({"z/a.txt": b"one"} if comes == "renamed" else {}))
    push(world)
    delete_entry(world, 0)
    if comes == "renamed":
        world.disk.rename(f"{FOLDER}/z/a.txt", f"{FOLDER}/z/b.txt")
    else:
        world.put("z/b.txt", b"one")
    push(world)
    assert entries(world) == {"all": ["b.txt 3"]}

    world.disk.remove(f"{FOLDER}/z/b.txt")
    push(world)

    assert entries(world) == {"all": []}


@pytest.mark.parametrize("when", ["before", "after"])
def test_an_answer_that_names_another_new_upload_of_the_name_is_not_believed(world: World, when: str) -> None:
    """Both were made in this process; each file is sent as itself."""
    world.rules = [in_one_row(world, OnChange.REPLACE)]
    fault = {"method": "POST", "path": "^/v1/file_uploads$", "nth": 2, "when": when, "do": {"foreign": True}}
    world.core.faults.load([fault])
    world.write({"a/a.txt": b"one", "b/a.txt": b"four"})
    push(world)

    assert entries(world) == {"all": ["a.txt 3", "a.txt 4"]}


@pytest.mark.parametrize("made", [("PATCH", "/children$"), ("POST", "^/v1/pages$")], ids=["block", "page"])
def test_an_answer_about_another_account_doubles_nothing(world: World, made: tuple[str, str]) -> None:
    """What comes late is ours, though its creator is not who Notion said that we are."""
    page = world.core.workspace.page_id
    world.rules = [Rule("r", FOLDER, (PageTarget(page),), subfolders=Subfolders.PAGES)]
    method, path = made
    another = {"path": "^/v1/users/me$", "when": "before", "do": {"foreign": True}}
    world.core.faults.load([another, {"method": method, "path": path, "do": {"late": 10.0}}])
    world.write({"s/a.txt": b"one"})
    push(world)

    pages = {each["id"]: each["children"] for each in world.notion()["pages"]}
    (subpage,) = [child for child in pages[page] if child["type"] == "child_page"]
    assert [block["name"] for block in pages[subpage["id"]]] == ["a.txt"]


def test_a_deleted_entry_is_restored_beside_an_equal_one_that_came_later(world: World) -> None:
    """It is no longer known by its file; the entry of its name is the other file's."""
    world.rules = [in_one_row(world, OnChange.REPLACE)]
    world.write({"b.txt": b"one"})
    push(world)
    delete_entry(world, 0)
    world.put("s/b.txt", b"one")
    push(world)
    assert entries(world) == {"all": ["b.txt 3"]}

    with Store(world.state) as store, store.transaction():
        store.restores.add(())
    push(world)

    assert entries(world) == {"all": ["b.txt 3", "b.txt 3"]}


def test_an_older_entry_that_a_person_has_deleted_is_not_the_equal_one_that_comes_with_the_newer(
    world: World,
) -> None:
    """One write retires the older one, and makes another file's entry that equals it."""
    world.rules = [in_one_row(world, OnChange.APPEND)]
    world.write({"s/a.txt": b"one"})
    push(world)
    delete_entry(world, 0)
    world.put("s/a.txt", b"newer")
    world.put("a.txt", b"one")
    push(world)
    assert entries(world) == {"all": ["a.txt 3", "a.txt 5"]}

    world.disk.rename(f"{FOLDER}/a.txt", f"{FOLDER}/b.txt")
    push(world)

    assert entries(world) == {"all": ["a.txt 5", "b.txt 3"]}


def test_what_is_there_is_not_restored_though_an_equal_older_one_was_deleted(world: World) -> None:
    """The older one is the same file's, from before it was changed and changed back."""
    world.rules = [in_one_row(world, OnChange.APPEND)]
    world.write({"a.txt": b"one", "b.txt": b"two"})
    push(world)
    world.put("a.txt", b"newer")
    push(world)
    world.put("a.txt", b"one")
    push(world)
    assert entries(world) == {"all": ["a.txt 3", "a.txt 3", "a.txt 5", "b.txt 3"]}
    delete_entry(world, 0)

    with Store(world.state) as store, store.transaction():
        store.restores.add(())
    push(world)

    assert entries(world) == {"all": ["a.txt 3", "a.txt 5", "b.txt 3"]}


def test_a_list_of_what_is_in_another_block_is_not_the_pages(world: World) -> None:
    """A store that was put back finds all on the page, in a list that names it."""
    world.rules = [Rule("r", FOLDER, (PageTarget(world.core.workspace.page_id),))]
    older = Path(world.state, FILE_NAME).read_bytes()
    world.write({"a.txt": b"one"})
    push(world)
    Path(world.state, FILE_NAME).write_bytes(older)
    another = {"method": "GET", "path": "/children$", "nth": 1, "when": "after", "do": {"foreign": True}}
    world.core.faults.load([another])
    with suppress(NotNow):
        push(world)
    push(world)

    (page,) = [each for each in world.notion()["pages"] if each["id"] == world.core.workspace.page_id]
    assert [block["name"] for block in page["children"] if block["type"] == "file"] == ["a.txt"]


def test_new_entries_of_one_name_of_which_two_are_equal_are_each_file_s_own(world: World) -> None:
    """The order of the answer is that of the write, though equal ones do not stand beside each other."""
    world.rules = [in_one_row(world, OnChange.REPLACE)]
    world.write({"0.txt": b"zero"})
    push(world)
    world.write({"a/a.txt": b"one", "b/a.txt": b"twotwo", "c/a.txt": b"one"})
    push(world)
    world.put("b/a.txt", b"newer")
    push(world)

    assert entries(world) == {"all": ["0.txt 4", "a.txt 3", "a.txt 3", "a.txt 5"]}


def test_an_older_entry_is_no_other_files_though_it_equals_the_one_that_is_renamed(world: World) -> None:
    """The record of both is the same; one write renames the newer one, and brings another file's equal content."""
    world.rules = [in_one_row(world, OnChange.APPEND)]
    world.write({"a.txt": b"one"})
    push(world)
    for content in (b"newer", b"one"):
        world.put("a.txt", content)
        push(world)
    assert entries(world) == {"all": ["a.txt 3", "a.txt 3", "a.txt 5"]}

    world.disk.rename(f"{FOLDER}/a.txt", f"{FOLDER}/b.txt")
    world.put("c.txt", b"one")
    push(world)

    assert entries(world) == {"all": ["b.txt 3", "c.txt 3"]}


def test_an_entry_that_a_dead_process_took_out_is_no_other_files_though_it_had_an_equal_one(
    world: World,
) -> None:
    """The file that comes is not the deleted one under another name, of which nothing is left."""
    world.rules = [in_one_row(world, OnChange.REPLACE)]
    world.write({"a/a.txt": b"one", "b/a.txt": b"one"})
    push(world)
    before = Path(world.state, FILE_NAME).read_bytes()
    world.disk.remove(f"{FOLDER}/a/a.txt")
    world.wait(60)
    for step in range(2, 200):
        world.run(crash_at=step)
        world.wait(70)
        if entries(world) == {"all": ["a.txt 3"]}:
            break
        Path(world.state, FILE_NAME).write_bytes(before)
    assert world.open_writes == 1

    world.put("c/a.txt", b"one")
    push(world)

    assert entries(world) == {"all": ["a.txt 3", "a.txt 3"]}


@pytest.mark.parametrize("in_a_row", [False, True])
@pytest.mark.parametrize(
    ("path", "comes", "before"),
    [
        ("s/a.txt", "a.txt", False),
        ("s/a.txt", "a.txt", True),
        ("s/a.txt", "a.csv", False),
        ("a.txt", "s/a.txt", False),
        ("a.txt", "s/a.txt", True),
        ("a.txt", "a.csv", False),
    ],
)
def test_what_a_dead_process_renamed_is_the_moved_file_s_whatever_comes_beside_it(
    world: World, path: str, comes: str, before: bool, in_a_row: bool
) -> None:
    """The name that it has does not say which path it is of; what comes may be sent with that name."""
    rule = in_one_row(world, OnChange.APPEND)
    world.rules = [rule if in_a_row else replace(rule, targets=(page_of(world),))]

    def shown() -> list[str]:
        return entries(world)["all"] if in_a_row else blocks(world)

    world.write({"a.csv": b"one", "s/b.csv": b"two"})
    push(world)
    world.disk.rename(f"{FOLDER}/a.csv", f"{FOLDER}/{path}")
    if before:
        world.put(comes, b"newer")
    older = Path(world.state, FILE_NAME).read_bytes()
    world.wait(60)
    for step in range(2, 200):
        world.run(crash_at=step)
        world.wait(70)
        if "a.txt 3" in shown():
            break
        Path(world.state, FILE_NAME).write_bytes(older)
    with Store(world.state, read_only=True) as store:
        assert store.placements.at_or_below(f"{FOLDER}/a.csv")

    world.put(comes, b"newer")
    push(world)

    assert shown() == sorted(["a.txt 3", "b.csv 3", f"{Path(comes).name} 5"])


def test_what_a_dead_process_replaced_is_the_one_of_equal_entries_that_is_gone(world: World) -> None:
    """The equal one stood for a file that went meanwhile: it is still there, and goes in the next pass."""
    world.rules = [in_one_row(world, OnChange.REPLACE)]
    world.write({"a/a.txt": b"one", "b/a.txt": b"one"})
    push(world)
    world.put("a/a.txt", b"newer")
    world.wait(60)
    before = Path(world.state, FILE_NAME).read_bytes()
    for step in range(2, 200):
        world.run(crash_at=step)
        world.wait(70)
        if entries(world) == {"all": ["a.txt 3", "a.txt 5"]}:
            break
        Path(world.state, FILE_NAME).write_bytes(before)
    assert world.open_writes == 1

    world.disk.remove(f"{FOLDER}/b/a.txt")
    push(world)

    assert entries(world) == {"all": ["a.txt 5"]}


def test_what_is_on_a_page_is_not_sent_again_though_it_was_read_for_another_file_meanwhile(
    world: World,
) -> None:
    """Three files are compared with the same blocks side by side, after their store was lost; two are equal."""
    world.rules = [Rule("r", FOLDER, (PageTarget(world.core.workspace.page_id),))]
    world.write({"a/a.txt": b"one", "c/a.txt": b"one"})
    push(world)
    world.write({"b/a.txt": b"two"})
    push(world)
    assert uploads_made(world) == 2

    Path(world.state, FILE_NAME).unlink()
    push(world)

    assert uploads_made(world) == 2


def cannot_be_read(world: World) -> Callable[[], None]:
    """The file changes, and cannot be read until what this returns is called."""
    world.put("a.txt", b"newer")
    world.disk.close(f"{FOLDER}/a.txt")
    return lambda: world.disk.open(f"{FOLDER}/a.txt")


def has_no_room(world: World) -> Callable[[], None]:
    """The file's row is full until what this returns is called."""
    (row,) = [page["id"] for page in world.notion()["pages"] if page["title"] == "a"]
    fill = {"row": row, "property": "Attachments", "count": 99}
    act(world.core.workspace, {"fill_row": fill})
    caller = Caller(world.core)

    def make_room() -> None:
        files = caller.ok("GET", f"/v1/pages/{row}")["properties"]["Attachments"]["files"]
        ours = {"Attachments": {"files": [each for each in files if each["type"] == "file"]}}
        caller.ok("PATCH", f"/v1/pages/{row}", {"properties": ours})

    return make_room


@pytest.mark.parametrize(
    ("trouble", "then"),
    [(cannot_be_read, ["a.txt 3", "a.txt 5"]), (has_no_room, ["a.txt 3", "a.txt 3"])],
)
def test_an_earlier_version_stays_where_its_file_belongs_again_but_cannot_be_yet(
    world: World, trouble: Callable[[World], Callable[[], None]], then: list[str]
) -> None:
    """It stands elsewhere as long as it has not come: nothing is removed for that."""
    in_all = in_one_row(world, OnChange.REPLACE)
    target = RowTarget(world.core.workspace.database_id, "Attachments", parse("{stem}"))
    by_name = replace(in_all, targets=(target,))
    world.write({"a.txt": b"one"})
    for rule in (by_name, in_all):
        world.rules = [replace(rule, on_delete=OnDelete.KEEP)]
        push(world)
    assert entries(world) == {"a": ["a.txt 3"], "all": ["a.txt 3"]}

    world.rules = [by_name]
    mended = trouble(world)
    push(world)
    mended()
    assert entries(world) == {"a": ["a.txt 3"], "all": ["a.txt 3"]}

    push(world)
    assert entries(world) == {"a": then, "all": []}
