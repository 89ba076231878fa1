"""Other clients cannot tell the difference: the official ones, notion-client and ultimate-notion.

Notion's SDK for JavaScript, its command line and its MCP server are installed by `npm ci` in `tests/sandbox/sdk`,
the others by pip; what is not there is skipped.
"""

import io
import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.sandbox.support import MIB, PNG, Sandbox, file_of, paragraph, rich

SDK = Path(__file__).parent / "sdk"
NTN = SDK / "node_modules" / ".bin" / "ntn"
MCP = SDK / "node_modules" / "@notionhq" / "notion-mcp-server" / "bin" / "cli.mjs"
NODE = shutil.which("node")
VERSIONS = ["2025-09-03", "2026-03-11"]

needs_sdk = pytest.mark.skipif(
    NODE is None or not (SDK / "node_modules" / "@notionhq").exists(),
    reason="npm ci was not run in tests/sandbox/sdk",
)
needs_ntn = pytest.mark.skipif(not NTN.exists(), reason="npm ci was not run in tests/sandbox/sdk")

needs_mcp = pytest.mark.skipif(
    NODE is None or not MCP.exists(), reason="npm ci was not run in tests/sandbox/sdk"
)


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
        # It has to be told where it cannot ask Notion for it.
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


@pytest.fixture
def mcp(notion: Sandbox) -> Iterator[Callable[..., dict[str, Any]]]:
    """Calls a tool of the official MCP server; the JSON that it hands on."""
    assert NODE is not None
    process = subprocess.Popen(
        [NODE, str(MCP)],
        env={
            "PATH": os.environ["PATH"],
            "BASE_URL": notion.base_url,
            "NOTION_TOKEN": notion.coordinates["token"],
        },
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None

    def tell(message: dict[str, Any]) -> None:
        assert process.stdin is not None
        process.stdin.write(json.dumps({"jsonrpc": "2.0", **message}) + "\n")
        process.stdin.flush()

    def ask(method: str, **params: Any) -> dict[str, Any]:
        assert process.stdout is not None
        tell({"id": 1, "method": method, "params": params})
        result: dict[str, Any] = json.loads(process.stdout.readline())["result"]
        return result

    def call(tool: str, **arguments: Any) -> dict[str, Any]:
        answered: dict[str, Any] = json.loads(
            ask("tools/call", name=f"API-{tool}", arguments=arguments)["content"][0]["text"]
        )
        return answered

    about = {"name": "tests", "version": "1"}
    ask("initialize", protocolVersion="2025-03-26", capabilities={}, clientInfo=about)
    tell({"method": "notifications/initialized"})
    yield call
    process.kill()
    process.communicate()


@needs_mcp
def test_the_official_mcp_server_reads_and_writes(
    notion: Sandbox, mcp: Callable[..., dict[str, Any]]
) -> None:
    page, source = notion.page_id, notion.source_id
    assert mcp("get-self")["type"] == "bot"
    assert mcp("retrieve-a-page", page_id=page)["id"] == page
    written = mcp("patch-block-children", block_id=page, children=[paragraph("by a machine")])
    assert mcp("get-block-children", block_id=page)["results"][-1]["id"] == written["results"][0]["id"]
    properties = {"Name": {"title": rich("a row")}, "Date": {"date": {"start": "2026-03-11"}}}
    row = mcp("post-page", parent={"data_source_id": source}, properties=properties)
    changed = mcp("patch-page", page_id=row["id"], properties={"Status": {"select": {"name": "Done"}}})
    assert changed["properties"]["Status"]["select"]["name"] == "Done"
    found = mcp("query-data-source", data_source_id=source, page_size=1)["results"]
    assert [one["id"] for one in found] == [row["id"]]
    assert mcp("post-search", query="a row")["results"][0]["id"] == row["id"]
    assert mcp("retrieve-a-data-source", data_source_id=source)["object"] == "data_source"
    database = notion.coordinates["database_id"]
    assert mcp("retrieve-a-database", database_id=database)["object"] == "database"
    assert mcp("delete-a-block", block_id=written["results"][0]["id"])["in_trash"] is True
    refused = mcp("retrieve-a-page", page_id="12345678-1234-4234-8234-123456789abc")
    assert refused["code"] == "object_not_found"


def test_ultimate_notion_uploads(notion: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOTION_TOKEN", notion.coordinates["token"])
    monkeypatch.setenv("ULTIMATE_NOTION_CONFIG", str(tmp_path / "config.toml"))
    uno = pytest.importorskip("ultimate_notion")
    with uno.Session(base_url=notion.base_url) as session:
        small = session.upload(io.BytesIO(b"hello"), file_name="small.txt", mime_type="text/plain")
        large = io.BytesIO(b"z" * (21 * MIB))
        session.upload(large, file_name="large.zip", mime_type="application/zip")
        assert [upload.file_name for upload in session.list_uploads()] == ["large.zip", "small.txt"]
        page = session.get_page(notion.page_id)
        page.append(uno.File(small, name="small.txt"))
        (block,) = [block for block in page.children if isinstance(block, uno.File)]
        assert block.name == "small.txt"
    assert [(block["name"], block["size"]) for block in notion.page_blocks()] == [("small.txt", 5)]
    sizes = [upload["content_length"] for upload in notion.control("state")["uploads"]]
    assert sizes == [5, 21 * MIB]


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
