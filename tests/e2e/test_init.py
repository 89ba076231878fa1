"""`init`: from an empty home to a configuration that works."""

import os
import pty
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from notion_sync.config import load
from notion_sync.rules import PageTarget, RowTarget, Subfolders
from tests.e2e.world import World, wait_until

UNSHARED = "5e1f3c0a9b7d4c1e8f2a6d0b4c8e1f37"


def file_of(world: World) -> Path:
    return world.home / ".config" / "notion-sync" / "config.yaml"


def converse(world: World, answers: Sequence[tuple[str, str]]) -> tuple[int | None, str]:
    """`init` on a terminal; each answer is typed once its question has come after the last answer."""
    terminal, end = pty.openpty()
    process = subprocess.Popen(
        world.command("init"), stdin=end, stdout=end, stderr=end, env=world.environ, cwd=world.home,
        start_new_session=True,
    )  # fmt: skip
    os.close(end)
    shown, since = "", 0
    for question, answer in answers:
        while question not in " ".join(shown[since:].split()):  # wherever the line was broken
            shown += os.read(terminal, 4096).decode()
        since = len(shown)
        os.write(terminal, f"{answer}\n".encode())
    wait_until(lambda: process.poll() is not None, "init ends")
    while True:
        try:
            shown += os.read(terminal, 4096).decode()
        except OSError:
            break
    os.close(terminal)
    return process.returncode, shown


def test_by_questions(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A token, two folders, a page found by its title, a database by its address."""
    world.write({"a.txt": b"one", "sub/b.txt": b"two"})
    token = world.environ.pop("NOTION_TOKEN")

    code, shown = converse(
        world,
        [
            ("token for profile default", token),
            ("Which folder?", "nowhere"),
            ("no such folder", str(world.folder)),
            ("Where to?", "no page of this name"),
            ("nothing that is shared is called", "sandb"),
            ("Make a subpage", "y"),
            ("Another folder?", "y"),
            ("Which folder?", str(world.folder)),
            ("has its rule already", str(world.folder / "sub")),
            ("Where to?", f"<https://www.notion.so/Files-{world.sandbox.database_id.replace('-', '')}>"),
            ("Another folder?", ""),
            ("Write this", ""),
        ],
    )

    assert code == 0, shown
    assert token not in shown
    assert "sub: 1 file, 3 B" in shown
    monkeypatch.setenv("HOME", str(world.home))  # folders in it are written with ~
    sub, folder = load(file_of(world)).rules
    assert (folder.folder, folder.targets) == (str(world.folder), (PageTarget(world.sandbox.page_id),))
    assert folder.subfolders is Subfolders.PAGES
    assert isinstance(sub.targets[0], RowTarget)
    assert sub.targets[0].property_name == "Attachments"
    assert world.run("push").code == 0
    assert world.run("init").code == 2  # it is there already, and nobody can be asked


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ([], 2, "there is no terminal to ask on"),
        (["FOLDER"], 2, "--to PAGE"),
        (["FOLDER", "--to", UNSHARED], 1, "share the page"),
        (["FOLDER", "--to", "DATABASE"], 1, 'its files properties are "Attachments"'),
        (["/no/such/folder", "--to", "PAGE"], 2, "no such folder"),
        (["--from-last"], 2, "notion-sync push FOLDER --to PAGE"),
    ],
)
def test_what_is_not_enough(world: World, arguments: list[str], code: int, said: str) -> None:
    words = {
        "FOLDER": str(world.folder),
        "PAGE": world.sandbox.page_id,
        "DATABASE": world.sandbox.database_id,
    }
    run = world.run("init", *[words.get(word, word) for word in arguments])
    assert run.code == code
    assert said in run.stderr
    assert not file_of(world).exists()


def test_by_options_and_from_the_last_push(world: World) -> None:
    world.write({"a.txt": b"one"})
    target = ["--to", world.sandbox.database_id, "--property", "Attachments", "--row", "{name}"]
    assert world.run("init", str(world.folder), *target, "--name", "all").code == 0
    (given,) = load(file_of(world)).rules
    file_of(world).unlink()

    world.run("push", str(world.folder), *target)
    world.run("retry")  # what a person has said is no answer of Notion's
    run = world.run("init", "--from-last")

    assert run.code == 0, run.stderr
    assert str(file_of(world)) in run.stderr
    (last,) = load(file_of(world)).rules
    assert (last.folder, last.targets) == (given.folder, given.targets)
    assert (given.name, last.name) == ("all", "folder")


def test_without_a_token_the_target_is_not_checked(world: World) -> None:
    del world.environ["NOTION_TOKEN"]
    other = world.home / "other.yaml"
    run = world.run("--config", str(other), "init", str(world.folder), "--to", UNSHARED)
    assert run.code == 0
    assert "not checked with Notion" in run.stderr
    assert load(other).rules


MINE = """\
# Mine, as I like it.
version: 1
notify: {ping_url: https://hc.example/abc}   # kept
rules:

# the first
- name: folder
  folder: %s
  match: "*.pdf"     # only these
  to: {page: %s}"""


def test_a_rule_is_added_to_what_is_there(world: World) -> None:
    """Behind the others, so far in as they are, with a name of its own; all else stays to the letter."""
    file = file_of(world)
    file.parent.mkdir(parents=True)
    text = MINE % (world.folder, world.sandbox.page_id)
    file.write_text(text)
    before = load(file)

    refused = world.run("init", str(world.folder), "--to", world.sandbox.page_id)
    run = world.run("init", str(world.folder), "--to", world.sandbox.page_id, "--add")

    assert (refused.code, "--add writes a further rule" in refused.stderr) == (2, True)
    assert run.code == 0, run.stderr
    after = load(file)
    assert file.read_text().startswith(f"{text}\n\n- name: folder-2\n  folder: ")
    assert (after.rules[:1], after.notify) == (before.rules, before.notify)
    assert [rule.name for rule in after.rules] == ["folder", "folder-2"]
    assert [each.name for each in file.parent.iterdir()] == ["config.yaml"]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("rules:\n  - name: a\n    folder: {folder}\n    to: {{page: {page}}}\n", "can never"),
        ("rules:\n  - name: a\n    folder: /tmp\n    to: {{page: {page}}}\nprofile: x\n", "left as it is"),
        ("rules: [{{name: a, folder: /tmp, to: {{page: {page}}}}}]\n", "left as it is"),
    ],
)
def test_where_it_cannot_be_added_the_lines_are_shown(world: World, text: str, why: str) -> None:
    file = world.home / "mine.yaml"
    file.write_text(text.format(folder=world.folder, page=world.sandbox.page_id))
    before = file.read_text()
    del world.environ["NOTION_TOKEN"]

    run = world.run("--config", str(file), "init", str(world.folder), "--to", world.sandbox.page_id, "--add")

    assert (run.code, file.read_text()) == (2, before)
    assert why in run.stderr
    assert "- name: folder\n" in run.stdout
    assert not list(world.home.glob(".config.*"))
