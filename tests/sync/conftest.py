"""A store in a folder of its own, and a bench to try parts on."""

from pathlib import Path

import pytest

from notion_sync.state import Store
from tests.state.conftest import state, store
from tests.sync.bench import Bench

__all__ = ["bench", "state", "store"]


@pytest.fixture
def bench(tmp_path: Path, store: Store) -> Bench:
    """A folder, a store, a Notion."""
    root = tmp_path / "root"
    root.mkdir()
    return Bench(root, store)
