"""The official clients cannot tell the difference: Notion's SDK for JavaScript, its command line, notion-client.

The first two are installed by `npm ci` in `tests/sandbox/sdk`, the third by pip; what is not there is skipped.
"""

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.sandbox.support import MIB, PNG, Sandbox, file_of

SDK = Path(__file__).parent / "sdk"
NTN = SDK / "node_modules" / ".bin" / "ntn"
NODE = shutil.which("node")
VERSIONS = ["2025-09-03", "2026-03-11"]

needs_sdk = pytest.mark.skipif(
    NODE is None or not (SDK / "node_modules" / "@notionhq").exists(),
    reason="npm ci was not run in tests/sandbox/sdk",
)
needs_ntn = pytest.mark.skipif(not NTN.exists(), reason="npm ci was not run in tests/sandbox/sdk")


def run_script(notion: Sandbox, script: str, version: str) -> dict[str, Any]:
    """The JSON that a script prints last."""
    assert NODE is not None
    environment = {
        "PATH": os.environ["PATH"],
        "SANDBOX_URL": notion.base_url,
        "SANDBOX_TOKEN": notion.coordinates["token"],
        "SANDBOX_PAGE": notion.page_id,
        "SANDBOX_SOURCE": notion.source_id,
        "SANDBOX_DATABASE": notion.coordinates["database_id"],
    }
    done = subprocess.run(
        [NODE, str(SDK / script), version],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    seen: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return seen


@needs_sdk
@pytest.mark.parametrize("version", VERSIONS)
def test_the_official_sdk_lives_a_whole_life(notion: Sandbox, version: str) -> None:
    assert run_script(notion, "life.mjs", version) == {
        "limit": 5 * 1024 * MIB,
        "archive": {"status": "uploaded", "length": 10 * MIB + 10, "parts": {"total": 3, "sent": 3}},
        "retrieved": "picture.png",
        "listed": ["archive.zip", "report.pdf"],
        "types": ["image", "pdf", "file"],
        "content": "not really a picture",
        "kept": {"id": True, "caption": "seen"},
        "deleted": True,
        "children": ["image", "file"],
        "icon": "file",
        "attachments": ["picture.png", "second.pdf"],
        "queried": 1,
        "searched": 1,
        "sources": 1,
    }


@needs_sdk
@pytest.mark.parametrize("version", VERSIONS)
def test_the_official_sdk_is_refused(notion: Sandbox, version: str) -> None:
    invalid, missing = [400, "validation_error"], [404, "object_not_found"]
    wanted = {
        "token": [401, "unauthorized"],
        "url": [400, "invalid_request_url"],
        "page": missing,
        "upload": missing,
        "attach_unknown": missing,
        "attach_pending": missing,
    }
    seen = run_script(notion, "refusals.mjs", version)
    assert seen == {name: wanted.get(name, invalid) for name in seen}


@pytest.fixture
def ntn(notion: Sandbox, tmp_path: Path) -> Callable[..., str]:
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "NOTION_API_BASE_URL": notion.base_url,
        "NOTION_API_TOKEN": notion.coordinates["token"],
        "NOTION_API_VERSION": "2026-03-11",
    }

    def run(*arguments: str, data: bytes = b"") -> str:
        done = subprocess.run(
            [str(NTN), *arguments], env=environment, input=data, capture_output=True, timeout=60, check=False
        )
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout.decode()

    return run


@needs_ntn
def test_the_official_command_line_uploads_and_lists(notion: Sandbox, ntn: Callable[..., str]) -> None:
    ntn("files", "create", "--filename", "small.txt", data=b"hello\n")
    ntn("files", "create", "--filename", "large.zip", data=b"z" * (21 * MIB))
    listed = ntn("files", "list")
    assert "small.txt" in listed
    assert "large.zip" in listed
    states = notion.control("state")["uploads"]
    assert [(item["filename"], item["status"]) for item in states] == [
        ("small.txt", "uploaded"),
        ("large.zip", "uploaded"),
    ]
    assert states[1]["content_length"] == 21 * MIB


def test_notion_client_for_python(notion: Sandbox) -> None:
    notion_client = pytest.importorskip("notion_client")
    client = notion_client.Client(auth=notion.coordinates["token"], base_url=notion.base_url)
    try:
        created = client.file_uploads.create(filename="a.png")
        sent = client.file_uploads.send(created["id"], file=("a.png", PNG, "image/png"))
        assert sent["status"] == "uploaded"
        block = client.blocks.children.append(notion.page_id, children=[{"image": file_of(sent)}])["results"][
            0
        ]
        assert client.blocks.retrieve(block["id"])["image"]["type"] == "file"
        with pytest.raises(notion_client.errors.APIResponseError) as caught:
            client.blocks.children.append(notion.page_id, children=[{"video": file_of(sent)}])
        assert caught.value.code == "validation_error"
    finally:
        client.close()
