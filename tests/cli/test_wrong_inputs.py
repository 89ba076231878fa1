"""Wrong inputs of every kind: what is said is one thing, and enough to mend it.

Command lines alone are in `test_usage`, named paths in `test_named_paths`, configurations in `tests/config`.
"""

import os
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from notion_sync.cli.app import run

ID = "0123456789abcdef0123456789abcdef"
PAGE = f"https://www.notion.so/Scans-{ID}"
RULE = f"rules: [{{name: r, folder: scans, to: {{page: {PAGE}}}}}]"
LONGEST = 5.0
"""Seconds of CPU after which somebody would think that it hangs."""


@dataclass(frozen=True)
class Wrong:
    """One input, and what has to be in its answer."""

    arguments: str
    code: int
    said: tuple[str, ...]
    config: str | None = None
    environ: dict[str, str] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)


TABLE = [
    # no target, half a target
    Wrong("push", 2, ("no target", "--to PAGE", "notion-sync init")),
    Wrong("push scans", 2, ("no target", "--to PAGE")),
    Wrong(f"push --to {PAGE}", 2, ("what to push", "notion-sync push FOLDER --to")),
    Wrong(f"push scans --to {PAGE} --row x", 2, ("--property NAME",)),
    Wrong(f"push scans {ID}", 2, ("is a Notion id, not a file or folder", f"did you mean --to {ID}?")),
    Wrong("push --wait 5m", 2, ("--wait", "'5m' is not a number of seconds")),
    Wrong("push --wait -1", 2, ("--wait", "'-1' is not a number of seconds")),
    Wrong("push --wait nan", 2, ("--wait", "'nan' is not a number of seconds")),
    Wrong("push --wait 1e999", 2, ("--wait", "'1e999' is not a number of seconds")),
    Wrong("history --limit many", 2, ("--limit", "'many' is not a whole number, 1 or more")),
    Wrong("undo last", 2, ("'last' is not a whole number, 1 or more",)),
    Wrong("sandbox --port 99999", 2, ("--port", "is not a whole number, 0 to 65535")),
    Wrong("sandbox --latency slow", 2, ("slow: No such file or directory",)),
    Wrong("history --rule q", 2, ("there is no rule q", "the rules are r"), RULE),
    Wrong("missing /nowhere", 2, ("/nowhere: no rule's folder holds it", "scans"), RULE),
    Wrong("missing scans/nothing.pdf", 2, ("scans/nothing.pdf: there is no such file or folder",), RULE),
    Wrong("push scans --property Files", 2, ("--to DATABASE",)),
    Wrong(f"push scans --to {PAGE} --property Files --row {{nam}}", 2, ("did you mean {name}?",)),
    Wrong(f"push scans --to {PAGE} --property Files --row {{name", 2, ("write {{",)),
    # arguments and options that a command does not take
    Wrong("check x.yaml", 2, ("--config FILE",)),
    Wrong("doctor x.yaml", 2, ("--config FILE",)),
    Wrong("login secret", 2, ("login < FILE", "--profile NAME")),
    Wrong("logout work", 2, ("--profile NAME",)),
    Wrong("report out.html", 2, ("--html FILE",)),
    Wrong("status scans", 2, ("explain PATH", "missing PATH")),
    Wrong("init scans docs", 2, ("--to PAGE", "--add")),
    Wrong("undo 1 2", 2, ("undo --list",)),
    Wrong("sandbox 8080", 2, ("--port PORT",)),
    Wrong("demo scans", 2, ("push FOLDER --sandbox",)),
    Wrong("doctor --online", 2, ("doctor always asks Notion", "check --online")),
    Wrong("undo --force", 2, ("did you mean --yes?",)),
    Wrong("push -n scans", 2, ("did you mean --dry-run?",)),
    Wrong("push --page x", 2, ("did you mean --to?",)),
    Wrong("push -r scans", 2, ("all that is below it",)),
    Wrong("push --exclude=*.log", 2, ("ignore: in a rule",)),
    Wrong("push --delete", 2, ("on_delete: remove",)),
    Wrong("push --token=x", 2, ("notion-sync login", "NOTION_TOKEN")),
    Wrong("service status", 2, ("service show", "notion-sync status")),
    Wrong("service restart", 2, ("systemctl --user restart notion-sync",)),
    Wrong("watch scans --dry-run", 2, ("push --dry-run",)),
    Wrong(f"init scans --to {PAGE} --example", 2, ("--example writes the example and nothing else",)),
    Wrong("status --watch --json", 2, ("do not go together",)),
    Wrong(f"push scans/*.pdf --to {PAGE}", 2, ("no such file or folder", "match: in a rule")),
    Wrong("check", 0, ("variables are not replaced", "~"), config=RULE.replace("scans", "$HOME/scans") + "\n"),
    Wrong("check", 78, ("one that reads the report",), config=f"notify: {{weekly: yes}}\n{RULE}\n"),
    Wrong("check", 78, ('did you mean "zip"',), config=RULE.replace("name:", "unsupported: zpi, name:") + "\n"),
    Wrong("check", 78, ("belongs to a rule",), config=f"max_delete: 5\n{RULE}\n"),
    Wrong("check", 78, ("belongs below to:",), config=RULE.replace("name:", "position: top, name:") + "\n"),
    Wrong("check", 78, ("not both",), config=RULE.replace("page:", f"database: {ID}, page:") + "\n"),
    Wrong("check", 78, ("needs quotes",), config=RULE.replace("name:", "match: [*.pdf], name:") + "\n"),
    Wrong("check", 78, ("written twice",), config=RULE.replace("name:", "folder: other, name:") + "\n"),
    Wrong("check", 78, ("did you mean {name}?",), config=RULE.replace(PAGE, f"{PAGE}, caption: '{{nmae}}'") + "\n"),
    Wrong("check", 78, ("not one of keep, remove",), config=RULE.replace("name:", "on_delete: trash, name:") + "\n"),
    Wrong("check", 78, ("such as 20 MB",), config=RULE.replace("name:", "max_size: big, name:") + "\n"),
    Wrong("service status --user", 2, ("service show",)),
    # addresses
    Wrong("push scans --to https://www.notion.so/", 2, ("no Notion id", "Copy link")),
    Wrong(f"push scans --to https://example.org/{ID}", 2, ("example.org", "Notion")),
    Wrong(f"push scans --to {PAGE}#{ID}", 2, ("link to a block", "leave out everything from #")),
    Wrong(f"push scans --to {ID[:-1]}", 2, ("32 hex digits",)),
    Wrong("push scans --to Scans", 2, ("Copy link",)),
    Wrong(f"push scans --to {PAGE},{PAGE[:-1]}0", 2, ("2 addresses", "one page")),
    Wrong("push scans --to ntn_1234567890abcdefghijABCDEFGHIJ", 2, ("token", "NOTION_TOKEN")),
    Wrong(f"push {PAGE} --to {PAGE}", 2, ("address, not a file or folder",)),
    # paths
    Wrong(f"push sacns --to {PAGE}", 2, ("sacns", "no such file or folder")),
    Wrong(f"watch sacns --to {PAGE}", 2, ("sacns", "no such file or folder")),
    Wrong("link sacns", 1, ("not in Notion", "did you mean", "scans")),
    Wrong("explain scans", 2, ("no target", "--to PAGE")),
    Wrong("missing", 2, ("notion-sync init",)),
    Wrong("backup copy.db", 78, ("no state store", "--state DIR")),
    Wrong("forget sacns", 1, ("nothing to forget",)),
    Wrong("resume", 75, ("no daemon is running", "notion-sync watch")),
    Wrong("pause", 75, ("no daemon is running", "notion-sync watch")),
    Wrong("init", 2, ("no terminal", "notion-sync init FOLDER --to PAGE")),
    Wrong(f"init sacns --to {PAGE}", 2, ("sacns", "no such folder")),
    Wrong("init --from-last", 2, ("notion-sync push FOLDER --to PAGE",)),
    Wrong("check", 2, ("notion-sync init", "--config")),
    # tokens and profiles
    Wrong(f"push scans --to {PAGE}", 77, ("no Notion token", "notion-sync login", "notion-sync demo")),
    Wrong(f"push scans --to {PAGE}", 77, ("characters that no token has",), environ={"NOTION_TOKEN": "a b"}),
    Wrong(f"push scans --to {PAGE}", 77, ("address or id of a page",), environ={"NOTION_TOKEN": PAGE}),
    Wrong(f"push scans --to {PAGE} --profile wrok", 77, ("wrok", "login makes it")),
    Wrong("logout", 2, ("not logged out", "no profile")),
    # the environment
    Wrong(
        f"push scans --to {PAGE}", 2, ("https, or a loopback address",),
        environ={"NOTION_TOKEN": "ntn_x", "NOTION_BASE_URL": "http://example.org"},
    ),
    Wrong(
        f"push scans --to {PAGE}", 2, ("is not an address", "https://api.notion.com"),
        environ={"NOTION_TOKEN": "ntn_x", "NOTION_BASE_URL": "notion"},
    ),
    Wrong(
        f"push scans --to {PAGE}", 78, ("HTTPS_PROXY", "http://host:port"),
        environ={"NOTION_TOKEN": "ntn_x", "HTTPS_PROXY": "http://proxy:99999"},
    ),
    Wrong(
        f"push scans --to {PAGE}", 78, ("SSL_CERT_FILE", "PEM"),
        environ={"NOTION_TOKEN": "ntn_x", "SSL_CERT_FILE": "scans/a.md"},
    ),
    Wrong("status --log-file no/such/folder/log", 2, ("--log-file", "No such file or directory")),
    Wrong("status --log-format yaml", 2, ("'text'", "'json'")),
    # configurations
    Wrong("push --config none.yaml", 78, ("none.yaml", "no such file")),
    Wrong("check", 78, (":1:", "rules"), config="version: 1\n"),
    Wrong("check", 78, (":1: rulse", 'did you mean "rules"'), config=f"{RULE.replace('rules', 'rulse')}\n"),
    Wrong("check", 78, (":2:", "tab", "spaces"), config=f"{RULE}\n\tversion: 1\n"),
    Wrong("check", 78, ("never closed",), config=RULE.replace("scans,", '"scans,') + "\n"),
    Wrong("check", 78, ("does not belong in this file", "login"), config=f"token: ntn_x\n{RULE}\n"),
    Wrong("check", 78, ("5s",), config=RULE.replace("name:", "settle: soon, name:") + "\n"),
    Wrong("check", 78, ("32 hex digits",), config=RULE.replace(ID, ID[:-1]) + "\n"),
    Wrong("push scans/a.md", 2, ("no rule's folder holds it",), config=RULE.replace("scans", "/srv") + "\n"),
    Wrong("retry --sandbox", 2, ("--sandbox",), config=f"{RULE}\n"),
    # the store
    Wrong("status", 78, ("is not a file",), files={"state/state.db/x": ""}),
    Wrong(
        f"push scans --to {PAGE}", 78, ("state.db", "not a database", "restore it from a backup"),
        files={"state/state.db": "no database"},
    ),
    # the sandbox
    Wrong("sandbox --rate fast", 2, ("180/60",)),
    Wrong("sandbox --plan gold", 2, ("'plus'",)),
    Wrong("sandbox --faults scans/a.md", 2, ("notion-sync sandbox:",)),
    Wrong("sandbox --faults none.json", 2, ("none.json", "does not exist")),
]  # fmt: skip


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home with a folder of one file."""
    for name in list(os.environ):
        if name.startswith(("NOTION_", "XDG_", "SSL_")) or name.upper().endswith(("_PROXY", "_DIRECTORY")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "scans").mkdir()
    (tmp_path / "scans" / "a.md").write_text("one")
    os.utime(tmp_path / "scans" / "a.md", (1, 1))
    return tmp_path


@pytest.mark.parametrize("wrong", TABLE, ids=lambda wrong: f"{wrong.arguments} {wrong.said[0]}"[:70])
def test_the_answer_is_enough_to_mend_it(
    wrong: Wrong, home: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    for name, text in wrong.files.items():
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text(text)
    for name, value in wrong.environ.items():
        monkeypatch.setenv(name, value)
    config = []
    if wrong.config is not None:
        (home / "config.yaml").write_text(wrong.config)
        config = ["--config", "config.yaml"]
    begun = time.process_time()
    code = run(["--state", "state", *config, *wrong.arguments.split(" ")])
    spent = time.process_time() - begun
    shown = capfd.readouterr()
    said = shown.out + shown.err
    assert all(part in said for part in wrong.said), said
    assert code == wrong.code, said
    assert "Traceback" not in said
    assert spent < LONGEST
    assert shown.err.strip().count("\n") < 6, said


def test_there_are_a_hundred() -> None:
    assert len(TABLE) >= 100


def test_an_option_that_helps_nobody_is_not_suggested(home: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["push", "--frm", "x"]) == 2
    assert "did you mean" not in capfd.readouterr().err
