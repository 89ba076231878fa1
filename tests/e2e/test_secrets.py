"""Keys and credentials stay at home, whatever they are called."""

import json

from tests.e2e.world import World

KEY = b"-----BEGIN EC PRIVATE KEY-----\nMHcCAQEEIA==\n-----END EC PRIVATE KEY-----\n"
REASON = (
    "built in: it holds a private key (PEM) (a !pattern for it in the rule's ignore takes it all the same)"
)


def config(world: World, *ignore: str, page: str = "") -> str:
    return (
        f"version: 1\nrules:\n  - {{name: r, folder: '{world.folder}', ignore: {json.dumps(ignore)}, "
        f"unsupported: txt, to: {{page: {page or world.sandbox.page_id}}}}}\n"
    )


def names(world: World, page: str | None = None) -> list[str]:
    return sorted(block["name"] for block in world.sandbox.blocks(page))


def test_a_key_of_an_innocent_name(world: World) -> None:
    """It is left out with the reason, also by explain and a dry run; a pattern takes it, and then it stays there."""
    world.write({"letter.md": KEY, "store.bin": b"\xfe\xed\xfe\xed\0\0\0\2" + bytes(40), "open.md": b"text"})
    plain, asked = config(world), config(world, "!letter.md")

    planned = world.run("push", "--dry-run", "--json", config=plain)
    pushed = world.run("push", "--json", config=plain)
    explained = world.run("explain", str(world.folder / "letter.md"), "--json", config=plain)

    assert (planned.code, pushed.code, names(world)) == (0, 0, ["open.md"])
    reasons = {file["path"]: file["reason"] for file in pushed.files if file["action"] == "skipped"}
    assert reasons["letter.md"] == REASON
    assert reasons["store.bin"].startswith("built in: it holds a store of keys or passwords (Java)")
    assert planned.counts() == pushed.counts() == {"attached": 1, "skipped": 2}
    assert [each["reason"] for each in json.loads(explained.stdout)["next"]] == [REASON]

    world.run("push", config=asked)
    assert names(world) == ["letter.md", "open.md"]
    again = world.run("push", "--json", config=plain)
    assert (again.code, names(world)) == (0, ["letter.md", "open.md"])


def test_a_known_key_goes_nowhere_else(world: World) -> None:
    """What was read before is looked at again before it goes to another page."""
    world.write({"letter.md": KEY, "open.md": b"text"})
    page = world.sandbox.api(
        "POST", "/v1/pages", {"parent": {"page_id": world.sandbox.page_id}, "properties": {}}
    )
    world.run("push", config=config(world, "!letter.md"))

    moved = world.run("push", "--json", config=config(world, page=page["id"]))

    assert moved.code == 0, moved.stderr
    assert names(world) == ["letter.md", "open.md"]
    assert names(world, page["id"]) == ["open.md"]
