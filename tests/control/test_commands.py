"""`status`, `pause`, `resume` and `retry`, with a daemon and without one."""

import json
import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from notion_sync.cli.app import run
from notion_sync.cli.status.command import NOTHING
from notion_sync.cli.status.words import status_lines
from notion_sync.control.holder import holder
from notion_sync.errors import NotNow
from notion_sync.model import Digest, FilePath, RecordedRefusal
from notion_sync.state import Store
from notion_sync.state.overview import overview
from notion_sync.system.lock import StoreLock
from notion_sync.watch.status import BudgetUse, DaemonState, FileStatus, FolderStatus, Status
from tests.support.serving import serving

NOW = 1_700_000_000.0
DIGEST = Digest("ab" * 32)


def busy(**changes: object) -> Mapping[str, object]:
    """What a daemon says."""
    status = Status(
        state=DaemonState.WORKING, pid=4711, started_at=NOW - 7200, folders=(
            FolderStatus("/home/me/Drop", "events", "", ""),
            FolderStatus("/mnt/nas", "poll", "nfs tells of no changes", "nothing to do"),
        ),
        queued=3, in_flight=1, in_flight_bytes=5 * 2**20,
        deferred=(FileStatus("/home/me/Drop/film.mp4", "it is being written to", 10.0),),
        failed=(FileStatus("/home/me/Drop/x.exe", "Notion takes no .exe", None),),
        failed_count=1, budget=BudgetUse(180, 42, 1000), uploaded=7, uploaded_bytes=10**6,
        last_success_at=NOW - 60, trouble="", trouble_since=None, next_attempt_at=None,
    )  # fmt: skip
    return {**status.plain(), **changes}


@pytest.fixture
def state(tmp_path: Path) -> str:
    """A store with three refusals."""
    path = tmp_path / "state"
    with Store(str(path)) as store, store.transaction():
        for folder, name in (("/drop", "a.exe"), ("/drop/deep", "b.exe"), ("/dropped", "c\udce9.exe")):
            store.failures.save(
                FilePath(folder, name), "page x", RecordedRefusal(DIGEST, b"k", "too large"), NOW
            )
        store.failures.refuse_type("bot", "exe", "not supported", NOW)
        store.remembered.set("account", {"limit": 5}, NOW)
    return str(path)


def failing(state: str) -> list[str]:
    known = overview(state)
    assert known is not None
    return sorted(each.path for each in known.failures)


def test_status_of_a_running_daemon(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with serving(str(tmp_path), {"status": busy}, environ={}):
        assert run(["--state", str(tmp_path), "status", "--json"]) == 1
        document = json.loads(capsys.readouterr().out)
        assert run(["--state", str(tmp_path), "status"]) == 1
        text = capsys.readouterr().out
    assert document["running"] is True
    assert document["pid"] == 4711
    assert document["failed"] == [
        {"path": "/home/me/Drop/x.exe", "reason": "Notion takes no .exe", "again_in": None}
    ]
    assert set(NOTHING) <= set(document)
    for words in (
        "running, pid 4711",
        "working",
        "3 waiting, 1 (5.0 MiB) in flight, 1 deferred, 1 failed",
        "/home/me/Drop: events",
        "/mnt/nas: poll (nfs tells of no changes; nothing to do)",
        "deferred  /home/me/Drop/film.mp4: it is being written to (again in 10 s)",
        "failed    /home/me/Drop/x.exe: Notion takes no .exe",
        "42 of 180 requests in the last minute",
    ):
        assert words in text


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"mood": "paused"}, "paused (notion-sync resume goes on)"),
        (
            {"trouble": "no network", "next_attempt_at": NOW + 30},
            "trouble   no network; next attempt in 30 s",
        ),
        ({"last_success_at": NOW - 120}, "(2 min ago)"),
        ({"budget": {"limit": None, "used": 3, "sent": 4}}, "3 requests in the last minute"),
        ({"deferred": [{"path": "/\x1b[31m", "reason": "\udce9"}]}, "/\\x1b[31m"),
        ({"failed": [{"path": f"/{n}", "reason": "r"} for n in range(30)]}, "and 10 more"),
        (
            {"rate_limit": {"requests": 600, "seconds": 60.0, "tried_again_at": NOW + 60}},
            "Notion takes 600 requests in 60 s; more is tried from ",
        ),
        (
            {"rate_limit": {"requests": 200, "seconds": 60.0, "tried_again_at": NOW - 60}},
            "Notion takes at least 200 requests in 60 s",
        ),
        ({"folders": None, "failed": 3, "deferred": "x", "budget": 7}, "running"),
    ],
)
def test_what_a_daemon_says_in_words(changes: dict[str, object], words: str) -> None:
    document = {**NOTHING, "running": True, "state_dir": "/s", "store": None, **busy(**changes)}
    assert words in "\n".join(status_lines(document, NOW))


def test_status_without_a_daemon_tells_what_is_recorded(
    state: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (Path(state) / "state.db").read_bytes()
    assert run(["--state", state, "status"]) == 1
    text = capsys.readouterr().out
    assert text.startswith("Not everything is in Notion: 3 files failed.\n")
    assert "not running; start one with notion-sync watch" in text
    assert "failed    3 files: too large (since 2023-11-1" in text
    assert "/drop/a.exe, /drop/deep/b.exe" in text
    assert ".exe: not supported" in text
    assert run(["--state", state, "status", "--json"]) == 1
    document = json.loads(capsys.readouterr().out)
    assert (document["running"], document["failed_count"], len(document["failed"])) == (False, 3, 3)
    assert set(NOTHING) <= set(document)
    assert (Path(state) / "state.db").read_bytes() == before


def test_status_where_nothing_was_ever_done(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    state = tmp_path / "none"
    assert run(["--state", str(state), "status"]) == 0
    assert "nothing was brought to Notion yet" in capsys.readouterr().out
    assert not state.exists()


def test_status_names_a_push_that_is_under_way(state: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert holder(state) == ""
    with StoreLock(state, "push"):
        assert holder(state) == f"pid {os.getpid()} (push)"
        assert run(["--state", state, "status"]) == 1
        assert f"another notion-sync is using the store: pid {os.getpid()} (push)" in capsys.readouterr().out
    assert holder(state) == ""


def test_status_of_a_damaged_store_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "state.db").write_bytes(b"this is no database at all" * 100)
    assert run(["--state", str(tmp_path), "status"]) == 78
    assert "damaged" in capsys.readouterr().out


@pytest.mark.parametrize("command", ["pause", "resume"])
def test_pause_and_resume_need_a_daemon(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    assert run(["--state", str(tmp_path), command]) == 75
    assert "no daemon" in capsys.readouterr().err
    asked: list[str] = []
    with serving(str(tmp_path), {command: lambda: asked.append(command)}, environ={}):
        assert run(["--state", str(tmp_path), command]) == 0
    assert asked == [command]


def test_what_is_held_is_confirmed_to_a_running_daemon(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    asked: list[list[str]] = []

    def confirm(paths: list[str]) -> None:
        asked.append(paths)

    with serving(str(tmp_path), {"resume": confirm}, environ={}):
        assert run(["--state", str(tmp_path), "resume", "a", "/b"]) == 0
    assert asked == [[f"{tmp_path}/a", "/b"]]
    assert "confirmed" in capsys.readouterr().err


def test_retry_asks_a_running_daemon(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.txt").touch()
    asked: list[list[str]] = []

    def retry(paths: list[str]) -> None:
        asked.append(paths)

    with serving(str(tmp_path), {"retry": retry}, environ={}):
        assert run(["--state", str(tmp_path), "retry", "a.txt", "/"]) == 0
        assert run(["--state", str(tmp_path), "retry"]) == 0
    assert asked == [[f"{tmp_path}/a.txt", "/"], []]


@pytest.mark.parametrize(
    ("paths", "left"),
    [
        ([], []),
        (["/drop"], ["/dropped/c\udce9.exe"]),
        (["/drop/"], ["/dropped/c\udce9.exe"]),
        (["/drop/a.exe"], ["/drop/deep/b.exe", "/dropped/c\udce9.exe"]),
        (["/drop/deep", "/dropped/c\udce9.exe"], ["/drop/a.exe"]),
        (["/"], []),
    ],
)
def test_retry_without_a_daemon_forgets_refusals(state: str, paths: list[str], left: list[str]) -> None:
    assert run(["--state", state, "retry", *paths]) == 0
    assert failing(state) == left
    known = overview(state)
    assert known is not None
    assert known.refused_types == ()
    with Store(state) as store, store.reading():
        assert store.remembered.get("account", 0.0) is None


def test_retry_of_what_nobody_knows_changes_nothing(state: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--state", state, "retry", "/drop/typo.exe"]) == 1
    assert "nothing is known of it, and it is not there" in capsys.readouterr().err
    assert failing(state) == ["/drop/a.exe", "/drop/deep/b.exe", "/dropped/c\udce9.exe"]


def test_retry_waits_for_nobody(state: str, capsys: pytest.CaptureFixture[str]) -> None:
    with StoreLock(state, "push"):
        assert run(["--state", state, "retry"]) == NotNow.exit_code
    assert "push" in capsys.readouterr().err
    assert len(failing(state)) == 3
