"""Bytes: one large file into the sandbox, beside curl sending the same parts to the same server."""

import os
import shutil
import sys
from pathlib import Path

import httpx

from benchmarks.measure import Figures, measure, table
from notion_sync.scan.reading import part_size
from tests.e2e.world import Sandbox, running_sandbox

MIB = 2**20


def run(home: Path, *, size: int, runs: int) -> str:
    """CPU seconds of sending `size` bytes; a fresh store and a fresh upload each time."""
    file = home / "folder" / "large.pdf"
    file.parent.mkdir()
    with file.open("wb") as out:
        for _ in range(size // MIB):
            out.write(os.urandom(MIB))
    os.utime(file, (1_600_000_000, 1_600_000_000))
    with running_sandbox(home / "sandbox", "--rate", "off", "--discard") as sandbox:
        environ = {**os.environ, "NOTION_TOKEN": sandbox.token, "NOTION_BASE_URL": sandbox.base_url}
        push = [
            "sh", "-c", 'rm -rf "$1"; exec "$2" -m notion_sync --state "$1" push "$3" --to "$4"', "sh",
            str(home / "state"), sys.executable, str(file.parent), sandbox.page_id,
        ]  # fmt: skip
        commands = {"notion-sync push": push}
        if shutil.which("curl"):
            commands["curl"] = ["sh", "-c", _curl(home, file, size, sandbox)]
        commands["sha256sum"] = ["sha256sum", str(file)]
        figures: dict[str, Figures] = measure(commands, runs=runs, environ=environ)
    peer = "curl" if "curl" in figures else "sha256sum"
    return table(
        f"{size // MIB} MiB into the sandbox (push also hashes the file twice before and once while sending)",
        figures,
        peer=peer,
        by="cpu",
    )


def _curl(home: Path, file: Path, size: int, sandbox: Sandbox) -> str:
    """A script that creates an upload and sends its parts with one curl each."""
    length = part_size(size)
    parts = -(-size // length)
    pieces = home / "parts"
    pieces.mkdir()
    with file.open("rb") as source:
        for number in range(1, parts + 1):
            (pieces / str(number)).write_bytes(source.read(length))
    upload = httpx.post(
        f"{sandbox.base_url}/v1/file_uploads",
        headers={"Authorization": f"Bearer {sandbox.token}", "Notion-Version": "2026-03-11"},
        json={
            "mode": "multi_part",
            "filename": "x.pdf",
            "content_type": "application/pdf",
            "number_of_parts": parts,
        },
        timeout=30,
    ).json()
    headers = f"-H 'Authorization: Bearer {sandbox.token}' -H 'Notion-Version: 2026-03-11'"
    sends = " --next ".join(
        f"-s -f -o /dev/null {headers} -F part_number={number} -F 'file=@{pieces}/{number};type=application/pdf' "
        f"{upload['upload_url']}"
        for number in range(1, parts + 1)
    )
    return f"curl {sends}"
