"""One sandbox process a worker, emptied before each test."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from tests.e2e.origin import Origin, running_origin
from tests.e2e.world import Sandbox, World, running_sandbox
from tests.support.contract import assert_clean


@pytest.fixture(scope="session")
def sandbox_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """A sandbox without a rate limit."""
    with running_sandbox(tmp_path_factory.mktemp("sandbox"), "--rate", "off") as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(sandbox_process: Sandbox) -> Iterator[Sandbox]:
    """The same, fresh."""
    answer = httpx.post(f"{sandbox_process.base_url}/__sandbox__/reset", timeout=30)
    answer.raise_for_status()
    yield replace(sandbox_process, **answer.json())
    assert_clean(sandbox_process.api_url, sandbox_process.findings)


@pytest.fixture
def world(tmp_path: Path, sandbox: Sandbox) -> World:
    """A folder and a store of its own."""
    return World(tmp_path, sandbox)


@pytest.fixture
def origin(tmp_path: Path) -> Iterator[Origin]:
    """A web server that Notion can fetch files from."""
    if shutil.which("openssl") is None:
        pytest.skip("no openssl for a certificate")
    with running_origin(tmp_path) as origin:
        yield origin
