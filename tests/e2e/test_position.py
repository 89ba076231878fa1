"""`position:` where on a page the blocks of a pass go, however many there are, and what becomes of the anchor."""

import pytest

from tests.e2e.rules import config, page, push
from tests.e2e.world import Json, World


def paragraphs(world: World, *texts: str) -> dict[str, str]:
    """A person's paragraphs; their ids by text."""
    children = [{"paragraph": {"rich_text": [{"text": {"content": text}}]}} for text in texts]
    body = {"children": children}
    made = world.sandbox.api("PATCH", f"/v1/blocks/{world.sandbox.page_id}/children", body)["results"]
    return dict(zip(texts, (block["id"] for block in made), strict=False))


def shown(world: World) -> list[str]:
    """Names of files, and the ids of paragraphs, in page order."""
    (found,) = [each for each in world.sandbox.state()["pages"] if each["id"] == world.sandbox.page_id]
    kinds = ("file", "paragraph")
    live = [child for child in found["children"] if child["type"] in kinds and not child["in_trash"]]
    return [child["name"] or child["id"] for child in live]


def after(world: World, block_id: str) -> str:
    """The target."""
    return f"{page(world)}\nposition: {{after: {block_id}}}"


def test_after_a_block(world: World) -> None:
    """Right after it; what comes in a later pass comes right after it again."""
    ids = paragraphs(world, "one", "two")
    world.write({"a.txt": b"a", "b.txt": b"b"})

    assert push(world, after(world, ids["one"])).counts() == {"attached": 2}
    assert shown(world) == [ids["one"], "a.txt", "b.txt", ids["two"]]
    world.write({"c.txt": b"c"})
    assert push(world, after(world, ids["one"])).counts() == {"attached": 1, "unchanged": 2}
    assert shown(world) == [ids["one"], "c.txt", "a.txt", "b.txt", ids["two"]]


@pytest.mark.parametrize("position", ["start", "after"])
def test_more_files_than_one_request_takes(world: World, position: str) -> None:
    """They stay in their order, above or between what was there."""
    ids = paragraphs(world, "one", "two")
    names = [f"{number:03}.txt" for number in range(130)]
    world.write({name: name.encode() for name in names})
    target = after(world, ids["one"]) if position == "after" else f"{page(world)}\nposition: start"

    run = world.run("push", "--json", config="rate_limit: 100000\n" + config(world, target))

    assert run.counts() == {"attached": 130}
    expected = [ids["one"], *names, ids["two"]] if position == "after" else [*names, *ids.values()]
    assert shown(world) == expected


@pytest.mark.parametrize("fate", ["elsewhere", "invented"])
def test_a_block_that_is_not_on_the_page(world: World, fate: str) -> None:
    """The rule's files are reported once with what to do; with another position they go."""
    block_id = paragraphs(world, "one")["one"]
    if fate == "elsewhere":
        title = {"title": {"title": [{"text": {"content": "other"}}]}}
        parent = {"page_id": world.sandbox.page_id}
        other = world.sandbox.api("POST", "/v1/pages", {"parent": parent, "properties": title})["id"]
        children: Json = {"children": [{"paragraph": {"rich_text": []}}]}
        made = world.sandbox.api("PATCH", f"/v1/blocks/{other}/children", children)
        block_id = made["results"][0]["id"]
    else:
        block_id = block_id[:-4] + "beef"
    world.write({"a.txt": b"a", "b.txt": b"b"})

    run = push(world, after(world, block_id))

    assert run.counts() == {"failed": 2}
    reasons = [line["reason"] for line in run.files]
    for reason in reasons:
        assert "position" in reason, reasons
        assert block_id in reason, reasons
    assert push(world).counts() == {"attached": 2}
