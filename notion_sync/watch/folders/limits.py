"""The kernel's limits of inotify watches, and the setting to raise when they are reached.

inotify(7): each watched folder takes one of the user's `max_user_watches`, each watched tree one of the
`max_user_instances`. watchdog reports no error if it gets no more watches, so they are counted where the kernel lists
them: one line `inotify wd:…` each in /proc/self/fdinfo (proc_pid_fdinfo(5)).
"""

import ctypes
import errno
import os
from collections.abc import Collection
from contextlib import suppress

from notion_sync.unforeseen import in_words

_SENSIBLE_WATCHES = 524_288
"""A value that desktops and editors commonly recommend."""

_SENSIBLE_INSTANCES = 512

_IN_DELETE_SELF = 0x400  # <sys/inotify.h>


def inotify_descriptors() -> frozenset[int]:
    """Return this process's inotify descriptors."""
    found = set()
    for name in os.listdir("/proc/self/fd"):
        with suppress(OSError):
            if os.readlink(f"/proc/self/fd/{name}") == "anon_inode:inotify":
                found.add(int(name))
    return frozenset(found)


def live_watches(descriptor: int) -> int | None:
    """Return the number of folders that a descriptor watches; None if unknown."""
    try:
        with open(f"/proc/self/fdinfo/{descriptor}", "rb") as file:
            return sum(line.startswith(b"inotify wd:") for line in file)
    except OSError:
        return None


def count_folders(root: str, beside: Collection[str] = ()) -> int:
    """Count the folders at and below `root` that this user can list, hence watch; symlinks are not followed.

    Args:
        root: Absolute path.
        beside: Folders to leave out, with everything below them.
    """
    count = 0
    todo = [root]
    while todo:
        try:
            with os.scandir(todo.pop()) as entries:
                count += 1
                for entry in entries:
                    with suppress(OSError):
                        if entry.is_dir(follow_symlinks=False) and entry.path not in beside:
                            todo.append(entry.path)
        except OSError:
            continue
    return count


def limit_reached(folder: str) -> bool:
    """Whether the kernel refuses one more watch, found out by requesting one."""
    libc = ctypes.CDLL(None, use_errno=True)
    descriptor = libc.inotify_init1(os.O_CLOEXEC)
    if descriptor < 0:
        return ctypes.get_errno() == errno.EMFILE
    try:
        refused = libc.inotify_add_watch(descriptor, os.fsencode(folder), _IN_DELETE_SELF) < 0
        return bool(refused) and ctypes.get_errno() == errno.ENOSPC
    finally:
        os.close(descriptor)


def watches_remedy(folders: int) -> str:
    """Return a command that allows to watch `folders` folders and as many again."""
    needed = max(_SENSIBLE_WATCHES, 1 << (2 * folders - 1).bit_length())
    return _remedy("fs.inotify.max_user_watches", needed)


def refusal(error: Exception, folders: int) -> tuple[str, str]:
    """Return (why a tree is not watched, remedy) for an error of the kernel or of watchdog."""
    if isinstance(error, RecursionError):
        return "its folders are nested too deeply to be watched", ""
    if not isinstance(error, OSError):
        return f"it cannot be watched: {in_words(error)}", ""
    if error.errno == errno.ENOSPC:
        return "inotify limit of watched folders reached", watches_remedy(folders)
    if error.errno == errno.EMFILE:
        return (
            "inotify limit of instances reached",
            _remedy("fs.inotify.max_user_instances", _SENSIBLE_INSTANCES),
        )
    return f"it cannot be watched: {error.strerror or error}", ""


def _remedy(setting: str, value: int) -> str:
    return f"run: sudo sysctl {setting}={value}, and put {setting}={value} into /etc/sysctl.d/90-notion-sync.conf"
