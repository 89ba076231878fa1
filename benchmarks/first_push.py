"""Small files: a first push into the sandbox, beside the same requests made one after the other with httpx alone."""

import os
import shutil
import sys
from pathlib import Path

import httpx

from benchmarks.measure import measure, table
from tests.e2e.world import program, running_sandbox

SIZE = 2048
"""Bytes of a file."""

BLOCKS = 100
"""Blocks of an append."""

PUSH, PEER = "notion-sync push", "httpx"

ROOT = Path(__file__).resolve().parents[1]


def run(home: Path, *, files: int, runs: int) -> str:
    """CPU seconds of a push with a fresh store each time; nothing limits the rate."""
    folder = home / "folder"
    folder.mkdir()
    for number in range(files):
        path = folder / f"{number:06}.txt"
        path.write_bytes(os.urandom(SIZE // 2).hex().encode())
        os.utime(path, (1_600_000_000, 1_600_000_000))
    with running_sandbox(home / "sandbox", "--rate", "off") as sandbox:
        environ = sandbox.environment()
        environ["PYTHONPATH"] = str(ROOT)
        environ.pop("PYTHONDONTWRITEBYTECODE", None)  # an installed program is compiled once
        commands = {
            name: [sys.executable, "-m", "benchmarks.first_push", name, str(home)] for name in (PUSH, PEER)
        }
        figures = measure(commands, runs=runs, environ=environ)
    return table(f"{files} small files into the sandbox for the first time", figures, peer=PEER, by="cpu")


def push(home: Path, page_id: str) -> None:
    """Become the program."""
    config, state = home / "config.yaml", home / "state"
    shutil.rmtree(state, ignore_errors=True)
    rule = f"{{name: small, folder: {home / 'folder'}, to: {{page: {page_id}}}}}"
    config.write_text(f"rate_limit: 60000\nrules: [{rule}]\n")
    os.execv(
        sys.executable,
        [*program(config, state), "push"],
    )


def send_all(http: httpx.Client, folder: Path, page_id: str) -> None:
    """What a push asks of Notion for new files, through one connection, with nothing checked or recorded."""
    uploads: list[tuple[str, str]] = []
    for path in sorted(folder.iterdir()):
        asked = {"mode": "single_part", "filename": path.name, "content_type": "text/plain"}
        upload = http.post("/v1/file_uploads", json=asked).raise_for_status().json()["id"]
        sent = {"file": (path.name, path.read_bytes(), "text/plain")}
        http.post(f"/v1/file_uploads/{upload}/send", files=sent).raise_for_status().json()
        uploads.append((upload, path.name))
    for start in range(0, len(uploads), BLOCKS):
        children = [
            {"type": "file", "file": {"type": "file_upload", "file_upload": {"id": upload}, "name": name}}
            for upload, name in uploads[start : start + BLOCKS]
        ]
        answer = http.patch(f"/v1/blocks/{page_id}/children", json={"children": children})
        answer.raise_for_status().json()


def main(command: str, home: Path) -> None:
    """One run, into an empty workspace: what is there already is not sent again."""
    with httpx.Client(base_url=os.environ["NOTION_BASE_URL"], timeout=60) as http:
        http.headers["Authorization"] = f"Bearer {os.environ['NOTION_TOKEN']}"
        workspace = http.post("/__sandbox__/reset").raise_for_status().json()
        if command == PEER:
            http.headers["Notion-Version"] = "2026-03-11"
            send_all(http, home / "folder", workspace["page_id"])
            return
    push(home, workspace["page_id"])


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
