"""Fixtures: one sandbox process a worker, emptied before each test, and a world around it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.world import Sandbox, World, running_sandbox
from tests.support.contract import assert_clean

__all__ = ["sandbox", "sandbox_process", "world"]


@pytest.fixture(scope="session")
def sandbox_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """A sandbox without a rate limit."""
    with running_sandbox(tmp_path_factory.mktemp("sandbox"), "--rate", "off") as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(sandbox_process: Sandbox) -> Iterator[Sandbox]:
    """The same, fresh."""
    yield sandbox_process.reset()
    if sandbox_process.findings is not None:
        assert_clean(sandbox_process.api_url, sandbox_process.findings)


@pytest.fixture
def world(tmp_path: Path, sandbox: Sandbox) -> World:
    """A folder and a store of its own."""
    return World(tmp_path, sandbox)
