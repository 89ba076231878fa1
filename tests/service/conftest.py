"""A booted machine for the tests of a module."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.service.machine import Machine, NoBoot, booted, why_not


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """A real systemd with a user `drop`, or a skip that says why there is none."""
    if reason := why_not():
        pytest.skip(reason)
    scratch: Path = tmp_path_factory.mktemp("machine")
    scratch.chmod(0o755)
    try:
        with booted(scratch) as machine:
            machine.check("sh", "-c", "echo drop:x:1234:1234::/home/drop:/bin/sh >> /etc/passwd")
            machine.check("sh", "-c", "echo drop:x:1234: >> /etc/group")
            machine.check("install", "-d", "-o", "drop", "-g", "drop", "-m", "700", "/home/drop")
            yield machine
    except NoBoot as error:
        pytest.skip(f"not run: systemd does not boot here: {error}")
