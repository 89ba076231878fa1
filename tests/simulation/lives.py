"""What a user does in one push, a life for each thing a push can do; and what everybody then sees in Notion.

Each life begins with a push that goes well, in a workspace that holds things of others. Then the user changes
something, and the push that brings it is the one that meets trouble.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from notion_sync.rules import Kind, OnDelete, PageTarget, RowTarget, Rule, Subfolders, Target
from notion_sync.sandbox.control.people import act
from notion_sync.template import parse
from tests.sandbox.caller import Caller
from tests.simulation.world import FOLDER, World

Json = dict[str, Any]
Piece = tuple[str, ...]
"""One thing that a person sees: what it is, where, and what it shows."""

THEIRS = "theirs"
"""What others' things are called, and what they hold."""

CAPTION = parse("{stem}")
LARGE, OTHER_LARGE = bytes(21 * 2**20), b"o" * 21 * 2**20


@dataclass(frozen=True)
class Life:
    """One of them.

    Args:
        targets: Of the rule, for a page and a database by their ids.
        files: What is in Notion before.
        change: What the user does then.
        then: What the user does right after the push that meets trouble.
        rule: Other keys of the rule.
    """

    targets: Callable[[str, str], tuple[Target, ...]]
    files: Mapping[str, bytes]
    change: Callable[[World], None]
    then: Callable[[World], None] | None = None
    rule: Mapping[str, Any] = field(default_factory=dict)

    def prepare(self, world: World) -> None:
        """All that happens before the change."""
        workspace = world.core.workspace
        others(world)
        targets = self.targets(workspace.page_id, workspace.database_id)
        world.rules = [Rule("r", FOLDER, targets, **self.rule)]
        if self.files:
            world.write(self.files)
            world.run()


def on_page(**more: Any) -> Callable[[str, str], tuple[Target, ...]]:
    """Blocks on the page."""
    return lambda page, _: (PageTarget(page, **more),)


def in_rows(
    row: str = "{stem}", column: str = "Attachments", **more: Any
) -> Callable[[str, str], tuple[Target, ...]]:
    """Entries of rows."""
    return lambda _, database: (RowTarget(database, column, parse(row), **more),)


def everywhere(page: str, database: str) -> tuple[Target, ...]:
    """Blocks on the page, entries of one row, and blocks on that row's page."""
    return PageTarget(page, caption=CAPTION), RowTarget(database, "Attachments", parse("all"), body=True)


def add(**files: bytes) -> Callable[[World], None]:
    """New files, or new contents of old ones; `__` in a name is a slash, `_` a dot."""
    return lambda world: world.write(
        {name.replace("__", "/").replace("_", "."): content for name, content in files.items()}
    )


def rename(old: str, new: str) -> Callable[[World], None]:
    """Another name for a file."""
    return lambda world: world.disk.rename(f"{FOLDER}/{old}", f"{FOLDER}/{new}")


def remove(name: str) -> Callable[[World], None]:
    """A file is deleted."""
    return lambda world: world.disk.remove(f"{FOLDER}/{name}")


TWO = {"a.txt": b"one", "b.pdf": b"two"}
NEW = add(a_txt=b"one", b_png=b"two", c_txt=b"one", d_pdf=b"three")
LIVES: Mapping[str, Life] = {
    "blocks": Life(on_page(caption=CAPTION), {"0.txt": b"zero"}, NEW),
    "blocks on an empty page": Life(on_page(), {}, NEW),
    "embeds": Life(on_page(kind=Kind.EMBED), {}, add(a_html=b"one", b_html=b"two")),
    "entries": Life(in_rows(), {"0.txt": b"zero"}, add(a_txt=b"one", a_pdf=b"two", b_txt=b"one", theirs_txt=b"ours")),
    "rows' pages": Life(in_rows(column="", body=True), {}, add(a_txt=b"one", a_pdf=b"two", b_txt=b"one")),
    "subpages": Life(
        on_page(), {"0.txt": b"zero"}, add(s__a_txt=b"one", s__t__b_txt=b"two", z__c_txt=b"one"),
        rule={"subfolders": Subfolders.PAGES},
    ),
    "icon": Life(on_page(kind=Kind.ICON), {"a.png": b"one"}, add(a_png=b"two")),
    "cover": Life(on_page(kind=Kind.COVER), {}, add(a_png=b"one")),
    "rows' icons": Life(in_rows(column="", kind=Kind.ICON), {}, add(a_png=b"one", b_png=b"two")),
    "replace": Life(everywhere, TWO, add(a_txt=b"new")),
    "replace twice": Life(everywhere, TWO, add(a_txt=b"new"), add(a_txt=b"newest")),
    "rename": Life(everywhere, TWO, rename("a.txt", "z.txt")),
    "rename twice": Life(everywhere, TWO, rename("a.txt", "y.txt"), rename("y.txt", "z.txt")),
    "rename to another row": Life(in_rows(body=True), TWO, rename("a.txt", "z.txt")),
    "removal": Life(everywhere, TWO, remove("a.txt"), rule={"on_delete": OnDelete.REMOVE, "max_delete": 1.0}),
    "removal and return": Life(
        everywhere, TWO, remove("a.txt"), add(a_txt=b"one"), rule={"on_delete": OnDelete.REMOVE, "max_delete": 1.0}
    ),
    "body": Life(in_rows("all", body=True, caption=CAPTION), {"0.txt": b"zero"}, add(a_txt=b"one", b_txt=b"two")),
    "parts": Life(on_page(), {}, add(a_pdf=LARGE, b_pdf=LARGE)),
    "parts of a known size": Life(on_page(), {"0.pdf": LARGE}, add(a_pdf=OTHER_LARGE)),
}  # fmt: skip


# Others


def others(world: World) -> None:
    """Their page with a file, their row with one, and a file among the user's."""
    workspace, caller = world.core.workspace, Caller(world.core)
    title = [{"text": {"content": THEIRS}}]
    page = {"parent": {"page_id": workspace.page_id}, "properties": {"title": {"title": title}}}
    row = {"parent": {"data_source_id": workspace.data_source_id}, "properties": {"Name": {"title": title}}}
    for place in (workspace.page_id, caller.ok("POST", "/v1/pages", page)["id"]):
        block = {"type": "file", "file": {"external": {"url": f"https://example.com/{THEIRS}.txt"}}}
        made = caller.ok("PATCH", f"/v1/blocks/{place}/children", {"children": [block]})["results"][0]
        act(workspace, {"replace_file": {"block": made["id"], "name": f"{THEIRS}.txt", "content": THEIRS}})
    id_ = caller.ok("POST", "/v1/pages", row)["id"]
    entry = {"row": id_, "property": "Attachments", "name": f"{THEIRS}.txt", "content": THEIRS}
    act(workspace, {"add_file": entry})


# What is seen


def seen(world: World) -> Counter[Piece]:
    """All that is not in the trash."""
    pages = {page["id"]: page for page in world.notion()["pages"] if not page["in_trash"]}
    found = Counter(_page(pages, world.core.workspace.page_id, ""))
    for page in pages.values():
        if "Attachments" in page["properties"]:
            found.update(_page(pages, page["id"], f"row {page['title']}"))
            for entry in page["properties"]["Attachments"]:
                found["entry", page["title"], entry["name"], str(entry["sha256"])] += 1
    return found


def _page(pages: Mapping[str, Json], id_: str, path: str) -> Iterator[Piece]:
    yield "page", path
    for look in ("icon", "cover"):
        if pages[id_][look] is not None:
            yield look, path, str(pages[id_][look]["sha256"])
    for block in pages[id_]["children"]:
        if block["in_trash"] or block["type"] == "child_database":
            continue
        if block["type"] == "child_page":
            yield from _page(pages, block["id"], f"{path}/{block['name']}")
        else:
            yield "block", path, block["type"], block["name"] or "", block["caption"], str(block["sha256"])
