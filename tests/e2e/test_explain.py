"""`explain`: which rule takes a path, what is recorded of it, what would happen next."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from notion_sync.scan.own import OWN
from tests.e2e.world import World

PNG = b"\x89PNG\r\n\x1a\n"


def rules(world: World, more: str = "") -> str:
    page = world.sandbox.page_id
    return (
        "version: 1\nrules:\n"
        f"  - {{name: pictures, folder: '{world.folder}', match: ['*.png'], to: {{page: {page}}}}}\n"
        f"  - {{name: rest, folder: '{world.folder}', ignore: [aside/], max_size: 1 MB{more}, to: {{page: {page}}}}}\n"
    )


def explain(world: World, path: Path | str, more: str = "", *, code: int = 0) -> dict[str, Any]:
    run = world.run("explain", str(path), "--json", config=rules(world, more))
    assert run.code == code, run.stderr
    document: dict[str, Any] = json.loads(run.stdout)
    return document


def actions(document: dict[str, Any]) -> list[str]:
    return [each["action"] for each in document["next"]]


def test_a_file_before_and_after_it_is_pushed(world: World) -> None:
    world.write({"a.txt": b"one"})
    path = world.folder / "a.txt"

    before = explain(world, path)
    world.run("push", config=rules(world))
    requests = len(world.sandbox.requests())
    after = explain(world, path)

    assert before["rule"] == after["rule"] == "rest"
    assert before["rules"][0] == {"rule": "pictures", "takes": False, "reason": "not matched by match"}
    assert (before["state"], actions(before)) == ("new: nothing is recorded of it", ["attached"])
    assert (after["state"], actions(after)) == ("unchanged since it was read", ["unchanged"])
    (block,) = world.sandbox.blocks()
    (placed,) = after["in_notion"]
    assert (placed["block_id"], placed["as"], placed["target"]) == (
        block["id"],
        "file",
        world.sandbox.page_id,
    )
    assert len(world.sandbox.requests()) == requests


def test_the_first_rule_wins_and_the_other_says_so(world: World) -> None:
    world.write({"a.png": PNG})
    document = explain(world, world.folder / "a.png")
    assert document["rule"] == "pictures"
    assert document["rules"][1]["reason"] == 'the rule "pictures" comes first and takes it'


def test_changed_renamed_copied_and_gone(world: World) -> None:
    world.write({"a.txt": b"one", "b.txt": b"two", "c.txt": b"three"})
    world.run("push", config=rules(world))
    world.write({"a.txt": b"changed", "copy.txt": b"three"})
    os.rename(world.folder / "b.txt", world.folder / "moved.txt")

    changed = explain(world, world.folder / "a.txt")
    moved = explain(world, world.folder / "moved.txt")
    copy = explain(world, world.folder / "copy.txt")
    gone = explain(world, world.folder / "b.txt")

    assert (changed["state"], actions(changed)) == ("changed since it was read", ["replaced"])
    assert actions(moved) == ["renamed"]
    assert moved["next"][0]["reason"] == f"was {world.folder / 'b.txt'}"
    assert (actions(copy), copy["next"][0]["reuses_upload"]) == (["attached"], True)
    assert (gone["kind"], gone["state"], actions(gone)) == ("missing", "gone from this machine", [])
    assert len(gone["in_notion"]) == 1


def test_a_file_that_is_written_to_has_to_rest(world: World) -> None:
    (world.folder / "a.txt").write_bytes(b"one")
    document = explain(world, world.folder / "a.txt", ", settle: 1h")
    assert 3500 < document["settles_in"] <= 3600


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.part", b"x", "built in: a download or copy that is not finished"),
        (".hidden", b"x", "hidden"),
        ("aside/a.txt", b"x", "its folder aside is left out: ignored by your pattern aside/"),
        ("big.bin", b"x" * 2**20, "larger than max_size (1.0 MiB > 976.6 KiB)"),
    ],
)
def test_why_no_rule_takes_it(world: World, name: str, content: bytes, reason: str) -> None:
    world.write({name: content})
    document = explain(world, world.folder / name)
    assert (document["rule"], document["next"]) == (None, [])
    assert document["rules"][1]["reason"] == reason


def test_what_notion_refused_is_shown(world: World) -> None:
    """A type that Notion takes no files of."""
    world.write({"a.exe": b"MZ"})
    world.run("push", config=rules(world))
    document = explain(world, world.folder / "a.exe")
    assert actions(document) == ["skipped"]
    assert "not supported" in document["next"][0]["reason"]


def test_empty_file_is_left_out_and_says_why(world: World) -> None:
    world.write({"a.txt": b""})
    document = explain(world, world.folder / "a.txt")
    assert actions(document) == ["skipped"]
    assert "empty" in document["next"][0]["reason"]


def test_folders(world: World) -> None:
    world.write({"aside/a.txt": b"1", "in/a.txt": b"2", "in/b.png": PNG})
    world.run("push", config=rules(world))

    inside = explain(world, world.folder / "in")
    aside = explain(world, world.folder / "aside")
    above = explain(world, world.home)
    elsewhere = explain(world, "/etc")

    assert ([rule["takes"] for rule in inside["rules"]], inside["files_in_notion"]) == ([True, True], 2)
    assert [rule["takes"] for rule in aside["rules"]] == [True, False]
    assert aside["rules"][1]["reason"] == "ignored by your pattern aside/"
    assert all(rule["takes"] for rule in above["rules"])
    assert not any(rule["takes"] for rule in elsewhere["rules"])


def test_outside_of_every_folder_and_nowhere(world: World) -> None:
    (world.home / "other.txt").write_bytes(b"x")
    other = explain(world, world.home / "other.txt")
    nowhere = explain(world, world.home / "nowhere.txt", code=1)
    assert (other["rule"], other["kind"]) == (None, "file")
    assert f"not below its folder {world.folder}" in other["rules"][0]["reason"]
    assert (nowhere["kind"], nowhere["state"][:7]) == ("missing", "unknown")


def test_link_is_not_followed(world: World) -> None:
    (world.folder / "l.txt").symlink_to("/etc/hostname")
    document = explain(world, world.folder / "l.txt")
    assert (document["kind"], document["next"]) == ("link", [])


def test_without_config_but_with_a_target(world: World) -> None:
    world.write({"a.txt": b"one"})
    path = str(world.folder / "a.txt")

    run = world.run("explain", path, "--to", world.sandbox.page_id)
    neither = world.run("explain", path)

    assert run.code == 0
    assert run.stdout.splitlines()[0] == path
    assert "it is attached" in run.stdout
    assert (neither.code, neither.stdout) == (2, "")
    assert "--to PAGE" in neither.stderr


def test_it_works_without_a_token_and_beside_a_running_pass(world: World) -> None:
    world.write({"a.txt": b"one"})
    world.run("push", config=rules(world))
    del world.environ["NOTION_TOKEN"]
    world.sandbox.faults([])
    with (world.state / "lock").open("r+b") as lock:
        import fcntl

        fcntl.flock(lock, fcntl.LOCK_EX)
        assert actions(explain(world, world.folder / "a.txt")) == ["unchanged"]


def test_words_for_people(world: World) -> None:
    world.write({"a.txt": b"one"})
    world.run("push", config=rules(world))

    run = world.run("explain", str(world.folder / "a.txt"), config=rules(world))

    titles = [line.split()[0] for line in run.stdout.splitlines()[1:]]
    assert titles == ["rule", "not", "state", "target", "in", "next"]
    assert "nothing: it is where it should be" in run.stdout


def test_each_step_stands_with_its_target(world: World) -> None:
    """One page is shared, the other one is not; what failed there before is told."""
    world.write({"a.txt": b"one"})
    unshared = "5e1f3c0a9b7d4c1e8f2a6d0b4c8e1f37"
    to = f"[{{page: {world.sandbox.page_id}}}, {{page: {unshared}}}]"
    config = f"rules:\n  - {{name: r, folder: '{world.folder}', to: {to}}}\n"
    world.run("push", config=config)

    run = world.run("explain", str(world.folder / "a.txt"), config=config)

    lines = [line.strip() for line in run.stdout.splitlines()]
    titles = [line.split()[0] for line in lines[1:]]
    assert titles == ["rule", "state", "target", "in", "next", "target", "failed", "next"]
    assert unshared in lines[6]
    assert "share the page with the connection" in lines[7]


def test_the_programs_own_files_are_called_that(world: World) -> None:
    """A store below a rule's folder; and naming one of its files to `push` is answered the same way."""
    world.write({"a.txt": b"one"})
    state = world.folder / "state"
    own = world.run("push", str(world.folder), "--to", world.sandbox.page_id, "--state", str(state))
    assert own.code == 0
    for name in ("state.db", "lock"):
        document = explain(world, state / name)
        assert (document["rule"], document["next"]) == (None, [])
        assert {each["reason"] for each in document["rules"]} == {OWN}
        pushed = world.run("push", str(state / name), config=rules(world))
        assert pushed.code == 2
        assert OWN in pushed.stderr


@pytest.mark.parametrize("other", ["a.txt", "pipe.txt", "sub"])
def test_what_is_wrong_with_a_neighbour_is_not_said(world: World, other: str) -> None:
    world.write({"a.txt": b"one", "sub/b.txt": b"two"})
    os.mkfifo(world.folder / "pipe.txt")
    (world.folder / "broken.txt").symlink_to("nowhere")
    (world.folder / "loop").symlink_to(".")

    document = explain(world, world.folder / other, ", symlinks: follow")
    broken = explain(world, world.folder / "broken.txt", ", symlinks: follow")
    push = world.run("push", str(world.folder / "sub"), "--json", config=rules(world, ", symlinks: follow"))

    assert not [each for each in document["next"] if each["action"] == "skipped"]
    assert [each["reason"] for each in broken["next"]] == [
        "the link leads nowhere: No such file or directory"
    ]
    assert [each["path"] for each in push.files] == ["sub/b.txt"]


def test_a_file_that_cannot_be_looked_at_is_not_called_gone(world: World) -> None:
    name = "n" * 300  # so that the answer is not that nothing is there, whoever asks
    document = explain(world, world.folder / name, ", on_delete: remove")
    assert (document["kind"], actions(document)) == ("unreadable", [])
    assert document["state"] == "unknown: it cannot be looked at: File name too long"
