"""Find out which process uses a store, without touching its lock."""

import os
import re

_LOCK = re.compile(r"FLOCK\s+ADVISORY\s+WRITE\s+(\d+)\s+[0-9a-f]+:[0-9a-f]+:(\d+)\s")


def holder(state_dir: str) -> str:
    """Return the lock holder's text, such as `pid 4711 (push)`; empty if nobody holds the lock.

    Trying to take the lock could make a daemon fail that is just starting, so the kernel's list is read instead
    (proc(5), /proc/locks).
    """
    path = os.path.join(state_dir, "lock")
    try:
        inode = os.stat(path).st_ino
        with open("/proc/locks", encoding="ascii", errors="replace") as file:
            locks = file.read()
        with open(path, encoding="utf-8", errors="replace") as file:
            said = file.read(200).strip()
    except OSError:
        return ""
    # The device is ignored: on btrfs and overlayfs the kernel's list and stat(2) show different ones.
    for pid, locked in _LOCK.findall(locks):
        if int(locked) == inode and (said.startswith(f"pid {pid} ") or not said):
            return said or f"pid {pid}"
    return ""
