"""Bytes: one large file into the sandbox, beside curl sending the same parts and one `openssl dgst -sha256`.

Also beside other clients (`peers`): Notion's own sends to the sandbox, those of S3 to a local server of S3.
"""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx

from benchmarks import peers
from benchmarks.measure import measure, table
from notion_sync.notion.requests import NOTION_VERSION
from notion_sync.scan.reading import part_size
from tests.e2e.world import Sandbox, running_sandbox

MIB = 2**20

PUSH, PEER = "notion-sync push", "curl + openssl dgst -sha256"

_PUSH = 'read -r page <"$4"; sed -i 1d "$4"; rm -rf "$1"; exec "$2" -m notion_sync --state "$1" push "$3" --to "$page"'


def run(home: Path, *, size: int, runs: int) -> str:
    """CPU seconds of sending `size` bytes; a fresh store and a fresh upload each time."""
    file = home / "folder" / "large.pdf"
    file.parent.mkdir()
    with file.open("wb") as out:
        for _ in range(size // MIB):
            out.write(os.urandom(MIB))
    os.utime(file, (1_600_000_000, 1_600_000_000))
    with running_sandbox(home / "sandbox", "--rate", "off", "--discard") as sandbox:
        environ = sandbox.environment()
        environ.pop("PYTHONDONTWRITEBYTECODE", None)  # an installed program is compiled once
        # A page of its own for each push: on one that has the file already it would be compared, not sent.
        pages = home / "pages"
        pages.write_text("".join(f"{_page(sandbox)}\n" for _ in range(runs + 1)))
        push = ["sh", "-c", _PUSH, "sh", str(home / "state"), sys.executable, str(file.parent), str(pages)]
        both = f"{_curl(home, file, size, sandbox)} && openssl dgst -sha256 '{file}'"
        commands = {PUSH: push, PEER: ["sh", "-c", both], **peers.ntn(sandbox, file)}
        with peers.s3_clients(file) as clients:
            figures = measure({**commands, **clients}, runs=runs, environ=environ)
    return table(f"{size // MIB} MiB into the sandbox", figures, peer=PEER, by="cpu")


def _page(sandbox: Sandbox) -> str:
    """A new page."""
    title = {"title": {"title": [{"text": {"content": "large"}}]}}
    asked = {"parent": {"page_id": sandbox.page_id}, "properties": title}
    return str(_made(sandbox, "pages", asked)["id"])


def _made(sandbox: Sandbox, what: str, asked: Mapping[str, Any]) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {sandbox.token}", "Notion-Version": NOTION_VERSION}
    answer = httpx.post(f"{sandbox.base_url}/v1/{what}", headers=headers, json=asked, timeout=30)
    made: dict[str, Any] = answer.raise_for_status().json()
    return made


def _curl(home: Path, file: Path, size: int, sandbox: Sandbox) -> str:
    """A script that creates an upload and sends its parts with one curl each."""
    length = part_size(size)
    parts = -(-size // length)
    pieces = home / "parts"
    pieces.mkdir()
    with file.open("rb") as source:
        for number in range(1, parts + 1):
            (pieces / str(number)).write_bytes(source.read(length))
    asked = {
        "mode": "multi_part",
        "filename": "x.pdf",
        "content_type": "application/pdf",
        "number_of_parts": parts,
    }
    upload = _made(sandbox, "file_uploads", asked)
    headers = f"-H 'Authorization: Bearer {sandbox.token}' -H 'Notion-Version: {NOTION_VERSION}'"
    sends = " --next ".join(
        f"-s -f -o /dev/null {headers} -F part_number={number} -F 'file=@{pieces}/{number};type=application/pdf' "
        f"{upload['upload_url']}"
        for number in range(1, parts + 1)
    )
    return f"curl {sends}"
