"""Link files whose rule says `links: import`: what they lead to is in Notion, fetched by Notion itself."""

import os
import shutil
import signal
from collections.abc import Iterator

import pytest
from pathlib import Path

from tests.e2e.origin import Origin, Page, running_origin
from tests.e2e.rules import config, database, page, push, row, rows
from tests.e2e.world import LONG_AGO, Run, World, kill, sha256, wait_until

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="no openssl for a certificate")

PDF = b"%PDF-1.4\n"
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 60
IMPORT = "links: import"


@pytest.fixture
def origin(tmp_path: Path) -> Iterator[Origin]:
    with running_origin(tmp_path) as origin:
        yield origin


@pytest.fixture
def world(world: World, origin: Origin) -> World:
    world.environ["SSL_CERT_FILE"] = str(origin.certificate)
    return world


def link(world: World, name: str, url: str, *, mtime: float = LONG_AGO) -> None:
    world.write({name: f"[InternetShortcut]\r\nURL={url}\r\n".encode()}, mtime=mtime)


def imports(world: World) -> list[str]:
    """The statuses of the uploads that Notion fetched, oldest last."""
    return [each["status"] for each in world.sandbox.state()["uploads"] if each["mode"] == "external_url"]


def test_notion_fetches_what_a_link_leads_to(world: World, origin: Origin) -> None:
    origin.pages["/q3.pdf"] = Page(PDF, "application/pdf")
    link(world, "Quarterly report.url", f"{origin.url}/q3.pdf")

    run = push(world, rule=IMPORT)

    assert run.code == 0, run.stderr
    (block,) = world.sandbox.blocks()
    assert (block["type"], block["sha256"]) == ("pdf", sha256(PDF))
    (line,) = run.files
    assert (line["path"], line["action"], line["bytes"]) == ("Quarterly report.url", "attached", len(PDF))
    (upload,) = world.sandbox.state()["uploads"]
    assert (upload["filename"], upload["attached"]) == ("Quarterly report.pdf", True)
    assert run.summary["bytes_uploaded"] == 0
    again = push(world, rule=IMPORT)
    assert (again.code, again.counts(), again.summary["requests"]) == (0, {"unchanged": 1}, 0)
