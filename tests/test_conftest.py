"""The guard around the tests does guard."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import settings

from tests.support.tree import deep_tree

REPOSITORY = Path(__file__).parent.parent


def test_a_connection_to_the_world_is_refused_before_anything_is_sent() -> None:
    with socket.socket() as connection, pytest.raises(OSError, match="a test connects to"):
        connection.connect(("192.0.2.1", 80))


def test_a_datagram_to_the_world_is_refused() -> None:
    with (
        socket.socket(type=socket.SOCK_DGRAM) as connection,
        pytest.raises(OSError, match="a test connects to"),
    ):
        connection.sendto(b"hello", ("192.0.2.1", 53))


def test_names_of_the_world_are_not_even_looked_up() -> None:
    with pytest.raises(OSError, match="a test looks up"):
        socket.create_connection(("api.notion.com", 443))


def test_this_machine_may_be_talked_to() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.create_connection(server.getsockname()) as client,
    ):
        assert client.getpeername() == server.getsockname()


def test_home_is_an_empty_folder_of_the_test_s_own(tmp_path: Path) -> None:
    assert os.listdir(os.environ["HOME"]) == []
    assert Path(os.environ["HOME"]).is_relative_to(tmp_path.parent.parent)


def test_no_setting_of_the_user_is_seen() -> None:
    assert [name for name in os.environ if name.startswith("NOTION_")] == []


def test_a_slow_machine_fails_no_example() -> None:
    assert settings().deadline is None


def test_folders_deeper_than_pytest_can_remove_do_not_end_the_next_run(tmp_path: Path) -> None:
    base = tmp_path / "base"
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        f"--basetemp={base}",
        "-n",
        "1",
    ]
    command.append("tests/test_conftest.py::test_no_setting_of_the_user_is_seen")
    with deep_tree(base, "d", 1500, "left.txt"):
        done = subprocess.run(
            command, cwd=REPOSITORY, capture_output=True, text=True, timeout=100, check=False
        )
    assert "1 passed" in done.stdout, done.stdout[-2000:]
