"""Which state store a command works with."""

import getpass
from pathlib import Path

import pytest

from notion_sync.cli.folders import state_folder
from notion_sync.errors import UsageError
from notion_sync.state import Store


@pytest.fixture
def own() -> str:
    """Where a store of one's own would be."""
    return state_folder(None, {}, service_stores="/nowhere")


@pytest.fixture
def service(tmp_path: Path) -> str:
    """The store of the system service for this user, where it is there."""
    return str(tmp_path / getpass.getuser())


def where(tmp_path: Path, explicit: str | None = None, **environ: str) -> str:
    return state_folder(explicit, environ, service_stores=str(tmp_path))


def make(folder: str) -> None:
    Store(folder).close()


def test_ones_own_where_there_is_nothing_else(tmp_path: Path, own: str) -> None:
    assert where(tmp_path) == own
    make(own)
    make(str(tmp_path / "somebody-else"))
    assert where(tmp_path) == own


def test_the_services_where_there_is_no_own_one(tmp_path: Path, own: str, service: str) -> None:
    """A folder without a store does not count on either side."""
    Path(own).mkdir(parents=True)
    Path(service).mkdir()
    assert where(tmp_path) == own
    make(service)
    assert where(tmp_path) == service


def test_two_stores_are_not_chosen_from(tmp_path: Path, own: str, service: str) -> None:
    make(own)
    make(service)
    with pytest.raises(UsageError, match="two state stores") as caught:
        where(tmp_path)
    assert own in str(caught.value)
    assert service in str(caught.value)
    assert where(tmp_path, explicit=own) == own
    assert where(tmp_path, STATE_DIRECTORY="/var/lib/x:/var/lib/y") == "/var/lib/x"
