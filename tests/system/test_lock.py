"""One process a store, with real processes."""

import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from notion_sync.errors import AlreadyRunning, StoreError
from notion_sync.system.lock import StoreLock
from tests.support.tiny_disk import on_a_tiny_disk

HOLDER = """
    import sys
    from notion_sync.system.lock import StoreLock
    with StoreLock(sys.argv[1], "watch"):
        print("locked", flush=True)
        sys.stdin.readline()
"""


@contextmanager
def holder(state: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds the lock until it is told to end."""
    command = [sys.executable, "-c", textwrap.dedent(HOLDER), str(state)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        assert process.stdout.readline() == "locked\n"
        try:
            yield process
        finally:
            if process.poll() is None:
                process.stdin.close()
                process.wait()


def test_the_second_process_is_told_who_the_first_one_is(tmp_path: Path) -> None:
    with holder(tmp_path) as process:
        with pytest.raises(AlreadyRunning) as caught, StoreLock(str(tmp_path), "push"):
            pass
        assert str(caught.value) == (
            f"another notion-sync is using this store: pid {process.pid} (watch) "
            "(wait for it to end or stop it)"
        )
        assert caught.value.exit_code == 75


def test_being_refused_does_not_disturb_the_holder(tmp_path: Path) -> None:
    with holder(tmp_path) as process:
        for _ in range(2):
            with pytest.raises(AlreadyRunning, match=str(process.pid)), StoreLock(str(tmp_path), "push"):
                pass


def test_the_lock_is_free_when_its_holder_has_ended(tmp_path: Path) -> None:
    with holder(tmp_path):
        pass
    assert (tmp_path / "lock").read_bytes() == b""
    with StoreLock(str(tmp_path), "push"):
        assert (tmp_path / "lock").read_text() == f"pid {os.getpid()} (push)\n"


def test_the_lock_is_free_when_its_holder_was_killed(tmp_path: Path) -> None:
    with holder(tmp_path) as process:
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        assert str(process.pid) in (tmp_path / "lock").read_text()
        with StoreLock(str(tmp_path), "push"):
            assert (tmp_path / "lock").read_text() == f"pid {os.getpid()} (push)\n"


def test_a_child_does_not_keep_the_lock(tmp_path: Path) -> None:
    """A program that was started meanwhile (a token command) may well outlive us."""
    with StoreLock(str(tmp_path), "push"):
        child = subprocess.Popen(["sleep", "60"], close_fds=False)
    try:
        with StoreLock(str(tmp_path), "push"):
            pass
    finally:
        child.kill()
        child.wait()


def test_one_process_cannot_hold_it_twice(tmp_path: Path) -> None:
    with (
        StoreLock(str(tmp_path), "push"),
        pytest.raises(AlreadyRunning, match=str(os.getpid())),
        StoreLock(str(tmp_path), "push"),
    ):
        pass


def test_an_error_inside_frees_the_lock(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), StoreLock(str(tmp_path), "push"):
        raise ZeroDivisionError
    with StoreLock(str(tmp_path), "push"):
        pass


def test_only_the_user_may_read_the_lock(tmp_path: Path) -> None:
    with StoreLock(str(tmp_path), "push"):
        assert (tmp_path / "lock").stat().st_mode & 0o777 == 0o600


def test_no_descriptor_is_left_open(tmp_path: Path) -> None:
    before = len(os.listdir("/proc/self/fd"))
    with StoreLock(str(tmp_path), "push"), pytest.raises(AlreadyRunning), StoreLock(str(tmp_path), "push"):
        pass
    assert len(os.listdir("/proc/self/fd")) == before


def test_a_folder_that_does_not_exist(tmp_path: Path) -> None:
    with (
        pytest.raises(StoreError, match="No such file or directory"),
        StoreLock(str(tmp_path / "no"), "push"),
    ):
        pass


def test_a_link_in_the_lock_s_place_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("precious")
    (tmp_path / "lock").symlink_to("precious")
    with pytest.raises(StoreError, match="symbolic links"), StoreLock(str(tmp_path), "push"):
        pass
    assert (tmp_path / "precious").read_text() == "precious"


def test_a_folder_in_the_lock_s_place(tmp_path: Path) -> None:
    (tmp_path / "lock").mkdir()
    with pytest.raises(StoreError, match="Is a directory"), StoreLock(str(tmp_path), "push"):
        pass


def test_on_a_full_disk_the_lock_holds_without_a_name(tmp_path: Path) -> None:
    script = """
        from notion_sync.errors import AlreadyRunning
        from notion_sync.system.lock import StoreLock
        fill()
        with StoreLock(DISK, "push"):
            try:
                with StoreLock(DISK, "push"):
                    pass
            except AlreadyRunning as error:
                print(error.message)
    """
    assert on_a_tiny_disk(tmp_path, script) == [
        "another notion-sync is using this store: its pid is not known"
    ]
