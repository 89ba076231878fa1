"""A store in a folder of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from notion_sync.state import Store


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """Where the store is to be."""
    return tmp_path / "state"


@pytest.fixture
def store(state: Path) -> Iterator[Store]:
    """An open store."""
    with Store(str(state)) as store:
        yield store
