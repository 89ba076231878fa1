"""A disk of a few hundred kilobytes, seen by one process only."""

import os
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

_PROLOGUE = """
import os
DISK = {folder!r}

def fill():
    descriptor = os.open(os.path.join(DISK, "filling"), os.O_WRONLY | os.O_CREAT)
    for size in (4096, 1):
        try:
            while True:
                os.write(descriptor, bytes(size))
        except OSError:
            pass
    os.close(descriptor)

def free():
    os.unlink(os.path.join(DISK, "filling"))

"""


def on_a_tiny_disk(folder: Path, script: str, *, kilobytes: int = 400) -> list[str]:
    """The lines that a script prints, which runs beside a disk of its own; skips where that is not allowed.

    The script finds the disk at `DISK`; `fill()` uses up what is left of it, `free()` gives that back.
    """
    unshare = shutil.which("unshare")
    if unshare is None:
        pytest.skip("needs unshare(1)")
    mount = f"mount -t tmpfs -o size={kilobytes}k none '{folder}'"
    sandboxed = [unshare, "--user", "--map-root-user", "--mount"] if os.geteuid() else [unshare, "--mount"]
    if subprocess.run([*sandboxed, "sh", "-c", mount], capture_output=True, check=False).returncode:
        pytest.skip("needs a mount namespace")
    whole = _PROLOGUE.format(folder=str(folder)) + textwrap.dedent(script)
    command = [*sandboxed, "sh", "-c", f'{mount} && exec "$0" -c "$1"', sys.executable, whole]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()
