"""Configurations of one rule, and the workspace as such a rule sees it."""

from typing import Any

from tests.e2e.world import Run, Sandbox, World

Json = dict[str, Any]


def config(world: World, target: str = "", *, rule: str = "") -> str:
    """One rule over the world's folder; `target` and `rule` are lines of YAML."""
    lines = ["private_hosts: 127.0.0.1", "rules:", "  - name: all", f"    folder: {world.folder}"]
    lines += [f"    {line}" for line in rule.splitlines()]
    lines += ["    to:", *[f"      {line}" for line in (target or page(world)).splitlines()]]
    return "\n".join(lines) + "\n"


def page(world: World) -> str:
    """The sandbox's page as a target."""
    return f"page: {world.sandbox.page_id}"


def database(world: World, more: str = "") -> str:
    """The sandbox's database as a target."""
    return f"database: {world.sandbox.database_id}\nproperty: Attachments\n{more}"


def push(world: World, target: str = "", *options: str, rule: str = "") -> Run:
    """`push --json` with such a configuration."""
    return world.run("push", "--json", *options, config=config(world, target, rule=rule))


def rows(sandbox: Sandbox, prop: str = "Attachments") -> dict[str, list[str]]:
    """By title, the names in a property of the rows that are not in the trash; titles that occur twice fail."""
    found: dict[str, list[str]] = {}
    for row in all_rows(sandbox):
        if not row["in_trash"]:
            assert row["title"] not in found, f"two rows {row['title']}"
            found[row["title"]] = [entry["name"] for entry in row["properties"][prop]]
    return found


def all_rows(sandbox: Sandbox) -> list[Json]:
    """Every row of the sandbox, as its state has it."""
    return [page for page in sandbox.state()["pages"] if "Attachments" in page["properties"]]


def row(sandbox: Sandbox, title: str) -> Json:
    """The one row of a title that is not in the trash."""
    (found,) = [row for row in all_rows(sandbox) if row["title"] == title and not row["in_trash"]]
    return found


def make_row(sandbox: Sandbox, title: str, **links: str) -> str:
    """A row as a person makes it, with links as entries; its id."""
    files = [{"type": "external", "name": name, "external": {"url": url}} for name, url in links.items()]
    made = sandbox.api(
        "POST",
        "/v1/pages",
        {
            "parent": {"data_source_id": sandbox.data_source_id},
            "properties": {
                "Name": {"title": [{"text": {"content": title}}]},
                "Attachments": {"files": files},
            },
        },
    )
    return str(made["id"])


def tree(sandbox: Sandbox, page_id: str | None = None) -> Json:
    """The live pages below a page: by title, the names of its media blocks under "" and the pages in it."""
    pages = {page["id"]: page for page in sandbox.state()["pages"]}

    def of(one: str) -> Json:
        kinds = {"file", "image", "video", "audio", "pdf", "embed"}
        children = [child for child in pages[one]["children"] if not child["in_trash"]]
        inner: Json = {"": [c["name"] for c in children if c["type"] in kinds]}
        for child in children:
            if child["type"] == "child_page":
                assert child["name"] not in inner, f"two pages {child['name']}"
                inner[child["name"]] = of(child["id"])
        return inner

    return of(page_id or sandbox.page_id)
