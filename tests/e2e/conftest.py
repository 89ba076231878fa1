"""The world of the end-to-end tests: where the contract's proxy is there, all that they ask goes through it."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.e2e.origin import Origin, running_origin
from tests.e2e.world import Sandbox, running_sandbox
from tests.support.contract import checked
from tests.support.worlds import sandbox, world

__all__ = ["origin", "sandbox", "sandbox_process", "world"]


@pytest.fixture(scope="session")
def sandbox_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """A sandbox without a rate limit."""
    folder = tmp_path_factory.mktemp("sandbox")
    with (
        running_sandbox(folder, "--rate", "off") as sandbox,
        checked(sandbox.base_url, folder / "findings") as address,
    ):
        yield replace(sandbox, api_url=address, findings=folder / "findings") if address else sandbox


@pytest.fixture
def origin(tmp_path: Path) -> Iterator[Origin]:
    """A web server that Notion can fetch files from."""
    if shutil.which("openssl") is None:
        pytest.skip("no openssl for a certificate")
    with running_origin(tmp_path) as origin:
        yield origin
