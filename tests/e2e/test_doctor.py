"""`doctor`, and `check --online`: everything that is needed is tried, and each thing stands for itself."""

import json

import pytest

from tests.e2e.world import World

UNSHARED = "5e1f3c0a9b7d4c1e8f2a6d0b4c8e1f37"


def config(world: World, to: str, name: str = "scans") -> str:
    return f"rules:\n  - name: {name}\n    folder: '{world.folder}'\n    to: {to}\n"


def states(world: World, text: str, *command: str) -> tuple[int, dict[str, str]]:
    run = world.run(*(command or ("doctor",)), "--json", config=text)
    found = [json.loads(line) for line in run.stdout.splitlines()]
    return run.code, {each["about"]: each["state"] for each in found}


def test_all_is_well(world: World) -> None:
    world.write({"a.txt": b"one", "sub/b.txt": b"two"})
    text = config(
        world,
        f"[{{page: {world.sandbox.page_id}}}, "
        f"{{database: {world.sandbox.database_id}, property: Attachments}}]",
    )
    writes = len(world.sandbox.requests())

    run = world.run("doctor", config=text)

    assert run.code == 0
    (line,) = [line for line in run.stdout.splitlines() if "scans" in line]
    assert (
        f'{world.folder} (2 files, 6 B) → page "Sandbox" and database "Files", property Attachments' in line
    )
    assert "profile default, workspace Sandbox" in run.stdout
    assert all(request["method"] == "GET" for request in world.sandbox.requests()[writes:])
    assert not world.state.exists()
    again = world.run("check", "--online", config=text)
    assert [line[:15] for line in again.stdout.splitlines()] == [
        line[:15] for line in run.stdout.splitlines()
    ]


@pytest.mark.parametrize(
    ("to", "said"),
    [
        (f"{{page: {UNSHARED}}}", "share the page with the connection"),
        ("{database: DATABASE, property: Attachment}", 'its files properties are "Attachments"'),
        ("{page: DATABASE}", "is a database, not a page"),
    ],
)
def test_a_target_that_cannot_be_used(world: World, to: str, said: str) -> None:
    run = world.run("doctor", config=config(world, to.replace("DATABASE", world.sandbox.database_id)))

    assert run.code == 1
    (line,) = [line for line in run.stdout.splitlines() if line.startswith("✗")]
    assert said in line
    assert "config.yaml:2" in line


def test_each_trouble_hides_no_other(world: World) -> None:
    text = config(world, f"{{page: {world.sandbox.page_id}}}").replace(str(world.folder), "/no/such/folder")
    world.state.mkdir()
    (world.state / "state.db").write_bytes(b"no database" * 1000)
    world.environ["NOTION_TOKEN"] = "ntn_wrong"

    code, found = states(world, text)

    assert code == 78
    assert {about for about, state in found.items() if state == "bad"} == {"token", "scans", "store"}
    assert found["configuration"] == found["clock"] == "good"


def test_without_a_network_and_without_a_configuration(world: World) -> None:
    world.environ["NOTION_BASE_URL"] = "http://127.0.0.1:9"
    code, found = states(world, config(world, f"{{page: {world.sandbox.page_id}}}"))
    assert (code, found["token"], found["scans"], found["clock"]) == (75, "bad", "absent", "absent")

    run = world.run("doctor")
    assert "notion-sync init makes" in run.stdout
    code, found = states(world, "rules: []\n")
    assert (code, found["configuration"]) == (78, "bad")
