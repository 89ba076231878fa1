"""The process: coordinates, lock, what survives it, what does not."""

import fcntl
import json
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.sandbox.support import MIB, NEWEST, Sandbox, file_of, launch, paragraph

FIELDS = {"base_url", "token", "page_id", "database_id", "data_source_id", "browse_url", "pid"}


def test_coordinates_are_one_line_and_a_private_file(start: Callable[..., Sandbox], tmp_path: Path) -> None:
    notion = start("--dir", str(tmp_path))
    assert set(notion.coordinates) == FIELDS
    assert notion.coordinates["pid"] == notion.process.pid
    path = tmp_path / "coordinates.json"
    assert json.loads(path.read_text()) == notion.coordinates
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert notion.stop() == 0
    assert not path.exists()


def test_everything_survives_a_kill(start: Callable[..., Sandbox], tmp_path: Path) -> None:
    notion = start("--dir", str(tmp_path), "--rate", "off")
    upload = notion.upload("a.png", b"precious")
    notion.append({"image": file_of(upload)}, paragraph("text"))
    body = {"mode": "multi_part", "filename": "a.zip", "number_of_parts": 2}
    parts = notion.ok("POST", "/v1/file_uploads", body)
    assert notion.send(parts["id"], b"a" * 5 * MIB, "application/zip", part=1).status_code == 200
    notion.control("clock", {"advance": 100})
    before = notion.control("state")
    notion.kill()

    again = start("--dir", str(tmp_path), "--rate", "off")
    same = FIELDS - {"pid"}
    assert {key: again.coordinates[key] for key in same} == {key: notion.coordinates[key] for key in same}
    assert again.control("state") == before
    assert again.control("clock")["offset"] == 100
    assert again.send(parts["id"], b"b", "application/zip", part=2).status_code == 200
    assert again.ok("POST", f"/v1/file_uploads/{parts['id']}/complete")["status"] == "uploaded"
    image = again.ok("GET", f"/v1/blocks/{again.page_id}/children")["results"][1]
    assert again.plain_client().get(image["image"]["file"]["url"]).content == b"precious"


def test_a_second_server_on_the_folder_is_refused(start: Callable[..., Sandbox], tmp_path: Path) -> None:
    notion = start("--dir", str(tmp_path))
    command = [sys.executable, "-m", "notion_sync.sandbox", "--dir", str(tmp_path)]
    second = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert second.returncode == 75
    assert str(notion.process.pid) in second.stderr
    assert second.stdout == ""


@pytest.mark.parametrize("link", [os.symlink, os.link])
@pytest.mark.parametrize(
    "name", ["lock", "workspace.sqlite3", "workspace.sqlite3-wal", "blobs", "coordinates.json", "port"]
)
def test_nothing_is_written_through_a_link(
    tmp_path: Path, name: str, link: Callable[[Path, Path], None]
) -> None:
    """Others may be able to write into the folder, and lay a link to a file of this user's there."""
    victim, folder = tmp_path / "thesis.md", tmp_path / "folder"
    victim.write_text("x" * 500)
    folder.mkdir()
    link(victim, folder / name)
    command = [sys.executable, "-m", "notion_sync.sandbox", "--dir", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 2
    assert f"{folder / name} is a link or has a second name" in done.stderr
    assert victim.read_text() == "x" * 500


def test_what_is_kept_is_its_user_s_alone(start: Callable[..., Sandbox], tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    notion = start("--dir", str(tmp_path))
    notion.upload("a.png", b"private")
    made = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert {path.name for path in made} >= {"lock", "workspace.sqlite3", "coordinates.json"}
    assert {oct(stat.S_IMODE(path.stat().st_mode)) for path in made} == {"0o600"}


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    command = [sys.executable, "-m", "notion_sync.sandbox", "--dir", str(tmp_path / "file" / "folder")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 2
    assert "Not a directory" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_damaged_folder_is_said_with_the_way_out(tmp_path: Path) -> None:
    (tmp_path / "workspace.sqlite3").write_bytes(b"garbage" * 1000)
    command = [sys.executable, "-m", "notion_sync", "sandbox", "--dir", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert f"{tmp_path}: its workspace.sqlite3 cannot be used: file is not a database" in done.stderr
    assert "delete the folder to begin anew" in done.stderr


def test_the_token_can_be_chosen(start: Callable[..., Sandbox]) -> None:
    notion = start("--token", "ntn_chosen")
    assert notion.coordinates["token"] == "ntn_chosen"
    assert notion.call("GET", "/v1/users/me").status_code == 200


def test_a_temporary_folder_goes_with_the_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    notion = launch()
    assert list(tmp_path.iterdir())
    notion.process.send_signal(signal.SIGINT)
    assert notion.close() == 0
    assert not list(tmp_path.iterdir())


def test_a_port_that_is_taken_is_said(start: Callable[..., Sandbox]) -> None:
    port = start().base_url.rpartition(":")[2]
    command = [sys.executable, "-m", "notion_sync.sandbox", "--port", port]
    second = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert second.returncode == 2
    assert port in second.stderr


def test_a_port_that_another_has_taken_meanwhile_is_given_up(
    start: Callable[..., Sandbox], tmp_path: Path
) -> None:
    for remembered in (start().base_url.rpartition(":")[2], "99999999", "none"):
        (tmp_path / "port").write_text(remembered)
        notion = start("--dir", str(tmp_path))
        assert not notion.base_url.endswith(f":{remembered}")
        notion.stop()


def started_with(folder: Path, option: str, file: Path) -> tuple[int, str]:
    """How a sandbox ends that is started with an option's file, and what it says."""
    command = [sys.executable, "-m", "notion_sync", "sandbox", option, str(file), "--dir", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    return done.returncode, done.stderr


@pytest.mark.parametrize("option", ["--faults", "--latency"])
def test_a_pipe_in_place_of_a_file_is_refused(tmp_path: Path, option: str) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    code, said = started_with(tmp_path / "d", option, pipe)
    assert code == 2
    assert said == f"notion-sync sandbox: {option} {pipe}: it is not a regular file\n"


@pytest.mark.parametrize("option", ["--faults", "--latency"])
@pytest.mark.parametrize(
    "content", [b"{bad", b"\xff", b"5", b'[{"method": "POST"}, 3]', b'{"a": {"b": 1}}', b"[" * 10**5]
)
def test_a_file_that_says_something_else_is_named(tmp_path: Path, option: str, content: bytes) -> None:
    file = tmp_path / "file.json"
    file.write_bytes(content)
    code, said = started_with(tmp_path / "d", option, file)
    assert code == 2
    assert said.startswith(f"notion-sync sandbox: {option} {file}: ")
    assert said.count("\n") == 1


def test_discard_keeps_hashes_and_sizes(start: Callable[..., Sandbox], tmp_path: Path) -> None:
    notion = start("--dir", str(tmp_path), "--discard", "--rate", "off")
    upload = notion.upload("a.png", b"x" * 3_000_000)
    body = {"mode": "multi_part", "filename": "a.zip", "number_of_parts": 1}
    parts = notion.ok("POST", "/v1/file_uploads", body)
    assert notion.send(parts["id"], b"b" * 5_000_000, "application/zip", part=1).status_code == 200
    notion.ok("POST", f"/v1/file_uploads/{parts['id']}/complete")
    kept = [item.stat().st_size for item in (tmp_path / "blobs").rglob("*") if item.is_file()]
    assert kept == []
    states = notion.control("state")["uploads"]
    assert [item["content_length"] for item in states] == [3_000_000, 5_000_000]
    assert all(len(item["sha256"]) == 64 for item in states)
    image = notion.append({"image": file_of(upload)})[0]
    assert notion.plain_client().get(image["image"]["file"]["url"]).status_code == 410


def test_equal_contents_share_their_bytes(start: Callable[..., Sandbox], tmp_path: Path) -> None:
    notion = start("--dir", str(tmp_path), "--rate", "off")
    for name in ("a.png", "b.png", "c.png"):
        notion.upload(name, b"same" * 100_000)
    files = [item for item in (tmp_path / "blobs").rglob("*") if item.is_file()]
    assert len(files) == 1


def test_reset_gives_a_fresh_workspace_with_the_same_ids(notion: Sandbox) -> None:
    before = notion.control("state")
    notion.append({"image": file_of(notion.upload())})
    notion.control("clock", {"advance": 5000})
    notion.control("faults", [{"do": {"status": 500}}])
    ids = notion.control("reset", {})
    assert ids["page_id"] == notion.page_id
    assert notion.control("state") == before
    assert notion.control("requests") == []
    assert notion.control("clock")["offset"] == 0
    assert notion.call("GET", "/v1/users/me").status_code == 200


def test_the_lock_is_a_lock_and_not_a_file(start: Callable[..., Sandbox], tmp_path: Path) -> None:
    notion = start("--dir", str(tmp_path))
    notion.kill()
    with (tmp_path / "lock").open() as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    assert start("--dir", str(tmp_path)).call("GET", "/v1/users/me", version=NEWEST).status_code == 200
