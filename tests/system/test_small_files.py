"""Files of settings and secrets: what is none, or too large, is said at once."""

import os
import socket
from pathlib import Path

import pytest

from notion_sync.config import load
from notion_sync.errors import ConfigError, UsageError
from notion_sync.log.tracing import LogFile
from notion_sync.system.small_files import read_small


def pipe(path: Path) -> str:
    os.mkfifo(path / "pipe")
    return str(path / "pipe")


def listening(path: Path) -> str:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path / "socket"))
    return str(path / "socket")


def linked_pipe(path: Path) -> str:
    (path / "link").symlink_to(pipe(path))
    return str(path / "link")


def test_a_file_is_read_with_its_status(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"12345")
    content, status = read_small(tmp_path / "file", 5)
    assert (content, status.st_size) == (b"12345", 5)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (pipe, "it is a pipe"),
        (linked_pipe, "it is a pipe"),
        (listening, "it is a socket"),
        (lambda _: "/dev/zero", "it is a device"),
        (lambda _: "/dev/null", "it is a device"),
        (str, "Is a directory"),
        (lambda path: f"{path}/a\0b", "null"),
        (lambda path: f"{path}/missing", "No such file"),
    ],
)
def test_what_is_no_file_is_said(tmp_path: Path, make: object, said: str) -> None:
    assert callable(make)
    with pytest.raises(OSError, match=said) as caught:
        read_small(make(tmp_path), 100)
    assert caught.value.strerror


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    with open(tmp_path / "file", "wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(OSError, match="larger than 2 KiB"):
        read_small(tmp_path / "file", 2 << 10)


def test_a_configuration_that_is_a_pipe_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="it is a pipe, not a file"):
        load(pipe(tmp_path))


def test_a_log_that_is_a_pipe_nobody_reads_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be opened"):
        LogFile(pipe(tmp_path), print)
