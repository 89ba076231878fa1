"""A sandbox for `demo` and `--sandbox`: the one that serves a folder already, or one of our own."""

import fcntl
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from notion_sync.cli.session import Credentials
from notion_sync.errors import NotNow, StoreError
from notion_sync.system.permissions import make_folder
from notion_sync.system.small_files import read_small


@dataclass(frozen=True, slots=True)
class Coordinates:
    """How to reach a sandbox."""

    base_url: str
    token: str
    page_id: str
    database_id: str
    data_source_id: str
    browse_url: str
    pid: int

    @property
    def credentials(self) -> Credentials:
        """For a session."""
        return Credentials(self.base_url, lambda: self.token)


@contextmanager
def sandbox_at(folder: str) -> Iterator[Coordinates]:
    """The sandbox of `folder`: if none serves it, one is started and ends with the block.

    Raises:
        StoreError: Its folder cannot be made.
        NotNow: It does not start.
    """
    try:
        make_folder(folder)
    except OSError as error:
        raise StoreError(
            f"cannot make the sandbox's folder {folder}: {error.strerror}",
            hint="set HOME to one that can be written",
        ) from error
    if (running := _running(folder)) is not None:
        yield running
        return
    process = subprocess.Popen(  # noqa: S603 - ourselves
        [sys.executable, "-m", "notion_sync", "sandbox", "--dir", folder],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # A Ctrl-C is for us; the sandbox must outlive our last request.
        start_new_session=True,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    try:
        line = process.stdout.readline()
        if not line:
            process.wait()
            raise NotNow(f"the sandbox did not start: {process.stderr.read().strip()}")
        yield Coordinates(**json.loads(line))
    finally:
        process.terminate()
        process.wait()
        process.stdout.close()
        process.stderr.close()


def _running(folder: str) -> Coordinates | None:
    try:
        with open(os.path.join(folder, "lock"), "rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return None  # nobody holds it
    except FileNotFoundError:
        return None
    except BlockingIOError:
        pass
    try:
        return Coordinates(**json.loads(read_small(os.path.join(folder, "coordinates.json"), 1 << 16)[0]))
    except (OSError, ValueError, TypeError, RecursionError):
        return None
