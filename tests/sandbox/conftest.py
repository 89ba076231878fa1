"""A real sandbox in a process of its own: one for all tests, reset before each, or several of one's own."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.sandbox.support import Sandbox, launch


@pytest.fixture(scope="session")
def shared_sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    folder: Path = tmp_path_factory.mktemp("sandbox")
    sandbox = launch("--dir", str(folder), "--rate", "off")
    yield sandbox
    sandbox.stop()


@pytest.fixture
def notion(shared_sandbox: Sandbox) -> Sandbox:
    """A fresh workspace without a rate limit, of plan plus; one server for all tests."""
    shared_sandbox.control("reset", {})
    return shared_sandbox


@pytest.fixture
def start() -> Iterator[Callable[..., Sandbox]]:
    """Start servers with options of one's own; they end with the test."""
    running: list[Sandbox] = []

    def starter(*options: str) -> Sandbox:
        sandbox = launch(*options)
        running.append(sandbox)
        return sandbox

    yield starter
    for sandbox in running:
        if sandbox.process.poll() is None:
            sandbox.stop()
