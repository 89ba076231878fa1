"""A person edits what we put into Notion: captions, names, files, icons. It stays, whatever happens to the file."""

import pytest

from tests.e2e.rules import config, database, page, push, row, rows
from tests.e2e.test_restore import restore
from tests.e2e.world import LONG_AGO, Json, World, sha256

NAMES = {"image": "p.png", "video": "v.mp4", "audio": "s.mp3", "pdf": "d.pdf", "file": "t.txt"}
REMOVE = "on_delete: remove\nmax_delete: 100%"
NOTE = "Ada: for the report"


def edit(world: World, block: Json, **content: object) -> None:
    """A person changes a block."""
    world.sandbox.api("PATCH", f"/v1/blocks/{block['id']}", {block["type"]: content})


def block(world: World, content: bytes) -> Json:
    """The one block of a content."""
    (found,) = [each for each in world.sandbox.blocks() if each["sha256"] == sha256(content)]
    return found


def caption(world: World, block_id: str) -> list[Json]:
    """As Notion's API shows it."""
    read = world.sandbox.api("GET", f"/v1/blocks/{block_id}")
    found: list[Json] = read[read["type"]]["caption"]
    return found


def change(world: World, name: str) -> bytes:
    """Give a file another content."""
    content = f"another {name}".encode()
    world.write({name: content}, mtime=LONG_AGO + 9)
    return content


RICH: list[Json] = [
    {"type": "text", "text": {"content": "see ", "link": None}, "annotations": {"bold": True}},
    {"type": "text", "text": {"content": "this", "link": {"url": "https://example.com/"}}},
]


@pytest.mark.parametrize("ours", ["", 'caption: "{stem}, {size}"'], ids=["none", "ours"])
def test_a_caption_stays(world: World, ours: str) -> None:
    """When the file changes, when it is renamed, and when its block comes out of the trash; with its links."""
    target = f"{page(world)}\n{ours}"
    world.write({name: name.encode() for name in NAMES.values()})
    push(world, target)
    made = {each["id"]: each for each in world.sandbox.blocks()}
    assert {each["type"] for each in made.values()} == set(NAMES)
    for number, each in enumerate(made.values()):
        edit(world, each, caption=RICH if number % 2 else [{"text": {"content": NOTE}}])
    written = {block_id: caption(world, block_id) for block_id in made}

    def assert_kept() -> None:
        assert {each["id"]: caption(world, each["id"]) for each in world.sandbox.blocks()} == written

    contents = {sha256(change(world, name)) for name in NAMES.values()}
    assert push(world, target).counts() == {"replaced": 5}
    assert {each["sha256"] for each in world.sandbox.blocks()} == contents
    assert_kept()

    for name in NAMES.values():
        (world.folder / name).rename(world.folder / f"new-{name}")
    push(world, target)
    assert_kept()

    for block_id in made:
        world.sandbox.api("DELETE", f"/v1/blocks/{block_id}")
    restore(world)
    push(world, target)
    assert_kept()


def test_formatting_of_our_own_words_stays(world: World) -> None:
    """Words that a person made bold are the person's, though they are the same."""
    target = f'{page(world)}\ncaption: "{{stem}} {{size}}"'
    world.write({"p.png": b"one"})
    push(world, target)
    made = block(world, b"one")
    edit(world, made, caption=[{"text": {"content": "p 3"}, "annotations": {"bold": True}}])

    change(world, "p.png")
    assert push(world, target).counts() == {"replaced": 1}

    assert caption(world, made["id"])[0]["annotations"]["bold"]


def test_our_own_caption_follows_the_file(world: World) -> None:
    """What nobody has changed is ours to change."""
    target = f'{page(world)}\ncaption: "{{stem}} {{size}}"'
    world.write({"p.png": b"one"})
    push(world, target)
    content = change(world, "p.png")
    push(world, target)
    assert block(world, content)["caption"] == "p 13"
    (world.folder / "p.png").rename(world.folder / "q.png")
    assert push(world, target).counts() == {"renamed": 1}
    assert block(world, content)["caption"] == "q 13"


def test_a_name_stays(world: World) -> None:
    """Of a file block; what the rule would call it is neither sent nor called done."""
    world.write({"t.txt": b"one"})
    push(world)
    made = block(world, b"one")
    edit(world, made, name="Ada's / name")

    content = change(world, "t.txt")
    assert push(world).counts() == {"replaced": 1}
    assert block(world, content)["name"] == "Ada's / name.txt"

    (world.folder / "t.txt").rename(world.folder / "u.txt")
    run = push(world, "", "-v")
    assert run.counts() == {"unchanged": 1}
    assert "somebody gave it" in run.files[0]["reason"]
    assert block(world, content)["name"] == "Ada's / name.txt"
    assert push(world).summary["requests"] == 0

    edit(world, made, name="t.txt")  # as we had sent it
    (world.folder / "u.txt").rename(world.folder / "w.txt")
    assert push(world).counts() == {"renamed": 1}
    assert block(world, content)["name"] == "w.txt"


@pytest.mark.parametrize("theirs", ["external", "upload"])
def test_a_file_put_into_our_block_stays(world: World, theirs: str) -> None:
    """The new content comes right after it; when the file is gone the person's file is not removed."""
    others = {name: f"other-{name}" for name in NAMES.values()}
    world.write({name: name.encode() for name in (*others, *others.values())})
    push(world, rule=REMOVE)
    before = [each["id"] for each in world.sandbox.blocks()]
    made = {name: block(world, name.encode()) for name in others}
    for name, other in others.items():
        if theirs == "external":
            edit(world, made[name], external={"url": f"https://example.com/{name}"})
        else:
            edit(world, made[name], file_upload={"id": block(world, other.encode())["file_upload_id"]})

    contents = {name: sha256(change(world, name)) for name in others}
    run = push(world, rule=REMOVE)
    assert run.counts() == {"attached": 5, "unchanged": 5}
    assert all("which stays" in line["reason"] for line in run.files)
    now = world.sandbox.blocks()
    assert [each["id"] for each in now if each["id"] in before] == before
    for name in others:
        at = [each["id"] for each in now].index(made[name]["id"])
        assert now[at + 1]["sha256"] == contents[name]

    for name in others:
        (world.folder / name).unlink()
    assert push(world, rule=REMOVE).code == 0
    assert [each["id"] for each in world.sandbox.blocks()] == before
    assert push(world, rule=REMOVE).summary["requests"] == 0


def test_a_file_put_into_our_block_stays_when_ours_is_gone_or_renamed(world: World) -> None:
    world.write({"d.pdf": b"one", "e.txt": b"two"})
    push(world, rule=REMOVE)
    made, other = block(world, b"one"), block(world, b"two")
    for each in (made, other):
        edit(
            world, each, external={"url": "https://example.com/x.pdf"}, caption=[{"text": {"content": NOTE}}]
        )
    (world.folder / "d.pdf").unlink()
    (world.folder / "e.txt").rename(world.folder / "f.txt")

    run = push(world, rule=REMOVE)

    assert run.counts() == {"skipped": 1, "unchanged": 1}
    assert "which stays" in run.files[0]["reason"]
    assert [each["id"] for each in world.sandbox.blocks()] == [made["id"], other["id"]]
    assert caption(world, other["id"])[0]["plain_text"] == NOTE


def test_a_block_that_is_not_there_is_not_called_removed_by_us(world: World) -> None:
    world.write({"d.pdf": b"one", "e.pdf": b"two"})
    push(world, rule=REMOVE)
    world.sandbox.api("DELETE", f"/v1/blocks/{block(world, b'one')['id']}")
    (world.folder / "d.pdf").unlink()

    run = push(world, rule=REMOVE)

    assert run.files[0]["reason"] == "its file is gone; it had been deleted in Notion before"


def test_a_file_put_into_a_block_in_the_trash_stays_there(world: World) -> None:
    """Restoring brings our content back beside it."""
    world.write({"d.pdf": b"one"})
    push(world)
    made = block(world, b"one")
    edit(world, made, external={"url": "https://example.com/x.pdf"})

    restore(world)
    assert push(world).counts() == {"attached": 1}

    assert [each["sha256"] for each in world.sandbox.blocks()] == [None, sha256(b"one")]
    assert push(world).summary["requests"] == 0


@pytest.mark.parametrize("part", ["icon", "cover"])
def test_an_icon_or_cover_that_somebody_chose_stays(world: World, part: str) -> None:
    """Until it is taken away: then the file's content comes."""
    target = f"{page(world)}\nas: {part}"
    world.write({"i.png": b"one"})
    push(world, target)
    theirs = {"type": "external", "external": {"url": "https://example.com/i.png"}}
    world.sandbox.api("PATCH", f"/v1/pages/{world.sandbox.page_id}", {part: theirs})

    content = change(world, "i.png")
    run = push(world, target)
    assert run.counts() == {"skipped": 1}
    assert "which stays" in run.files[0]["reason"]
    shown = world.sandbox.api("GET", f"/v1/pages/{world.sandbox.page_id}")[part]
    assert shown["external"]["url"] == "https://example.com/i.png"

    world.sandbox.api("PATCH", f"/v1/pages/{world.sandbox.page_id}", {part: None})
    assert push(world, target).counts() == {"attached": 1}
    (found,) = [each for each in world.sandbox.state()["pages"] if each["id"] == world.sandbox.page_id]
    assert found[part]["sha256"] == sha256(content)


def test_icons_of_ours_follow_each_other(world: World) -> None:
    target = f"{page(world)}\nas: icon"
    for number in range(2):
        world.write({f"{number}.png": f"icon {number}".encode()})
        assert push(world, target).summary["attached"] == 1
    change(world, "0.png")
    assert push(world, target).counts() == {"attached": 1, "unchanged": 1}


# Rows


def entries(world: World, title: str, edit: dict[str, str]) -> None:
    """A person renames entries of a row."""
    read = world.sandbox.api("GET", f"/v1/pages/{row(world.sandbox, title)['id']}")
    files = [
        {**each, "name": edit.get(each["name"], each["name"])}
        for each in read["properties"]["Attachments"]["files"]
    ]
    world.sandbox.api("PATCH", f"/v1/pages/{read['id']}", {"properties": {"Attachments": {"files": files}}})


def test_the_name_of_an_entry_stays(world: World) -> None:
    """Through a change, a rename and another change; at last it goes with its file."""
    target = database(world, "row: all")
    world.write({"a.txt": b"a", "b.txt": b"b"})
    push(world, target, rule=REMOVE)
    entries(world, "all", {"a.txt": "Ada's / name"})

    world.write({"a.txt": b"a again"}, mtime=LONG_AGO + 9)
    assert push(world, target, rule=REMOVE).counts() == {"replaced": 1, "unchanged": 1}
    assert rows(world.sandbox) == {"all": ["Ada's / name", "b.txt"]}

    (world.folder / "a.txt").rename(world.folder / "c.txt")
    run = push(world, target, "-v", rule=REMOVE)
    assert run.counts() == {"unchanged": 2}
    assert any("keeps the name that somebody gave" in line["reason"] for line in run.files)
    assert rows(world.sandbox) == {"all": ["Ada's / name", "b.txt"]}

    world.write({"c.txt": b"c"}, mtime=LONG_AGO + 19)
    assert push(world, target, rule=REMOVE).counts() == {"replaced": 1, "unchanged": 1}
    assert [each["sha256"] for each in row(world.sandbox, "all")["properties"]["Attachments"]] == [
        sha256(b"c"), sha256(b"b"),
    ]  # fmt: skip
    assert rows(world.sandbox) == {"all": ["Ada's / name", "b.txt"]}

    (world.folder / "c.txt").unlink()
    assert push(world, target, rule=REMOVE).counts() == {"removed": 1, "unchanged": 1}
    assert rows(world.sandbox) == {"all": ["b.txt"]}


def test_of_two_equal_entries_each_keeps_its_own(world: World) -> None:
    """One was renamed by a person, one deleted: what is left belongs to the file that is left."""
    target = database(world, "row: all")
    world.write({"a.txt": b"same", "b.txt": b"same"})
    push(world, target, rule=REMOVE)
    read = world.sandbox.api("GET", f"/v1/pages/{row(world.sandbox, 'all')['id']}")
    kept = [{**read["properties"]["Attachments"]["files"][1], "name": "mine"}]
    world.sandbox.api("PATCH", f"/v1/pages/{read['id']}", {"properties": {"Attachments": {"files": kept}}})
    (world.folder / "a.txt").unlink()

    push(world, target, rule=REMOVE)

    assert rows(world.sandbox) == {"all": ["mine"]}


def test_the_lost_answer_of_a_write_with_a_persons_name(world: World) -> None:
    """The new entry has that name, by which it is found again: it is there once."""
    target = database(world, "row: all")
    world.write({"a.txt": b"a", "b.txt": b"b"})
    push(world, target)
    entries(world, "all", {"a.txt": "mine"})
    world.write({"a.txt": b"a again"}, mtime=LONG_AGO + 9)
    cut = {
        "method": "PATCH",
        "path": "/v1/pages/",
        "nth": 1,
        "times": 1,
        "when": "after",
        "do": {"cut": True},
    }
    world.sandbox.faults([cut])

    push(world, target)
    world.sandbox.faults([])

    assert rows(world.sandbox) == {"all": ["mine", "b.txt"]}
    (world.folder / "a.txt").rename(world.folder / "c.txt")
    assert push(world, target).counts() == {"unchanged": 2}
    assert rows(world.sandbox) == {"all": ["mine", "b.txt"]}


def test_a_block_on_the_page_of_a_row(world: World) -> None:
    target = database(world, "body: true")
    world.write({"a.png": b"one"})
    push(world, target)
    page_id = row(world.sandbox, "a")["id"]
    (made,) = world.sandbox.blocks(page_id)
    edit(world, made, caption=[{"text": {"content": NOTE}}])
    change(world, "a.png")

    assert push(world, target).counts() == {"replaced": 1}

    assert [(each["id"], each["caption"]) for each in world.sandbox.blocks(page_id)] == [(made["id"], NOTE)]


# What is told of a record that was lost


def test_after_adopt_nothing_of_a_person_is_taken_for_ours(world: World) -> None:
    target = f"- {page(world)}\n- database: {world.sandbox.database_id}\n  property: Attachments\n  row: all"
    world.write({"p.png": b"one", "t.txt": b"text"})
    push(world, target)
    for each in world.sandbox.blocks():
        edit(world, each, caption=[{"text": {"content": NOTE}}])
    edit(world, block(world, b"text"), name="mine.txt")
    entries(world, "all", {"t.txt": "mine"})
    for file in world.state.iterdir():
        if file.is_file():
            file.unlink()
    assert world.run("adopt", "--verify", config=config(world, target)).code == 0

    contents = [change(world, name) for name in ("p.png", "t.txt")]
    assert push(world, target).counts() == {"replaced": 4}

    assert [each["caption"] for each in world.sandbox.blocks()] == [NOTE, NOTE]
    assert block(world, contents[1])["name"] == "mine.txt"
    assert rows(world.sandbox) == {"all": ["p.png", "mine"]}


def test_changes_of_one_page_are_read_together(world: World) -> None:
    """One by itself, the others in lists: reading costs a few requests, not one for each."""
    files = {f"{number:02}.txt": f"{number}".encode() for number in range(30)}
    world.write(files)
    push(world)
    for name in files:
        change(world, name)
    before = len(world.sandbox.requests())

    assert push(world).counts() == {"replaced": 30}

    asked = world.sandbox.requests()[before:]
    assert sum(r["method"] == "PATCH" for r in asked) == 30
    assert sum(r["method"] == "GET" and "/blocks/" in r["path"] for r in asked) <= 6


# What the app alone can do


def act(world: World, action: str, **keys: object) -> None:
    """Do what a person does in Notion's app."""
    world.sandbox.control("POST", "people", {action: keys})


def test_a_block_that_was_moved_is_changed_and_removed_where_it_is(world: World) -> None:
    """Below another block; two of a page are looked for in its list, where this one is not."""
    world.write({"a.txt": b"one", "b.txt": b"two"})
    push(world, rule=REMOVE)
    first, second = block(world, b"one"), block(world, b"two")
    act(world, "move_block", block=second["id"], to=first["id"])
    contents = [change(world, name) for name in ("a.txt", "b.txt")]

    assert push(world, rule=REMOVE).counts() == {"replaced": 2}

    read = [world.sandbox.api("GET", f"/v1/blocks/{each['id']}") for each in (first, second)]
    assert [each["file"]["name"] for each in read] == ["a.txt", "b.txt"]
    assert read[1]["parent"]["block_id"] == first["id"]
    assert block(world, contents[0])["children"][0]["sha256"] == sha256(contents[1])
    for name in ("a.txt", "b.txt"):
        (world.folder / name).unlink()
    assert push(world, rule=REMOVE).counts() == {"removed": 2}
    assert world.sandbox.blocks() == []


def test_a_file_put_there_and_moved_away_stays_there(world: World) -> None:
    """The new content comes to the place of the target."""
    world.write({"a.txt": b"one", "b.txt": b"two"})
    push(world, rule=REMOVE)
    first, second = block(world, b"one"), block(world, b"two")
    act(world, "replace_file", block=second["id"], name="b.txt", content="Ada's")
    act(world, "move_block", block=second["id"], to=first["id"])
    content = change(world, "b.txt")

    assert push(world, rule=REMOVE).counts() == {"attached": 1, "unchanged": 1}

    assert [each["sha256"] for each in world.sandbox.blocks()] == [sha256(b"one"), sha256(content)]
    assert block(world, b"one")["children"][0]["sha256"] == sha256(b"Ada's")


@pytest.mark.parametrize(
    ("action", "keys"),
    [
        ("fill_row", {"count": 120}),
        ("add_entry", {"entry": {"name": "x", "type": "attachment", "attachment": {"id": "1"}}}),
    ],
)
def test_a_row_that_cannot_be_written_back_is_left_as_it_is(
    world: World, action: str, keys: dict[str, object]
) -> None:
    """Nothing of it is lost; its files say why they are not there, the others go on, and so does it once it can."""
    target = database(world)
    world.write({"a.txt": b"a", "b.txt": b"b"})
    push(world, target, rule=REMOVE)
    made = row(world.sandbox, "a")
    act(world, action, row=made["id"], property="Attachments", **keys)
    held = world.sandbox.api("GET", f"/v1/pages/{made['id']}")["properties"]["Attachments"]["files"]
    for name in ("a.txt", "b.txt"):
        change(world, name)
    world.write({"c.txt": b"c"})

    run = push(world, target, rule=REMOVE)

    assert run.counts() == {"attached": 1, "replaced": 1, "failed": 1}
    (failed,) = [line for line in run.files if line["action"] == "failed"]
    assert (failed["path"], 'the row "a" is left as it is' in failed["reason"]) == ("a.txt", True)
    (world.folder / "a.txt").unlink()
    assert push(world, target, rule=f"{REMOVE}").counts() == {"failed": 1, "unchanged": 2}
    now = world.sandbox.api("GET", f"/v1/pages/{made['id']}")["properties"]["Attachments"]["files"]
    assert [each["name"] for each in now] == [each["name"] for each in held]


def test_values_that_no_row_can_have_are_refused_before_it_is_made(world: World) -> None:
    """Before a byte is sent, where every file's value is of the same form."""
    world.write({"a.txt": b"a"})
    for values, said in (
        ('{Date: "{mtime:%d.%m.%Y}"}', "ISO 8601"),
        ('{Date: "{mtime}"}', "ISO 8601"),
        ('{Status: "a, b"}', "no comma"),
        ('{Name: "x {stem}"}', "is the title of the rows"),
    ):
        run = push(world, database(world, f"properties: {values}"))
        assert run.counts() == {"failed": 1}
        assert said in run.files[0]["reason"]
        assert run.summary["uploads"] == 0
    run = push(world, database(world, 'properties: {Date: "{stem}"}'))
    assert "ISO 8601" in run.files[0]["reason"]
    assert rows(world.sandbox) == {}
