"""Check who else on this machine may read or change a file; create folders that nobody else may use.

Others are all users except the current one and root. A group without other members does not count. Nothing counts on
a file system without permissions of its own, which shows the same mode for every file (FAT, Windows shares).
"""

import grp
import os
import pwd
import stat
from contextlib import suppress

READ = stat.S_IRGRP | stat.S_IROTH
WRITE = stat.S_IWGRP | stat.S_IWOTH

_WITHOUT_PERMISSIONS = frozenset(
    ("vfat", "msdos", "exfat", "ntfs", "ntfs3", "fuseblk", "drvfs", "9p", "cifs", "smb3", "vboxsf", "vmhgfs")
)


def others_may(rights: int, status: os.stat_result) -> bool:
    """Whether others have any of the given rights (`READ`, `WRITE`) to a file."""
    granted = status.st_mode & rights
    if not granted & stat.S_IRWXO and not (granted & stat.S_IRWXG and not _is_alone_in(status.st_gid)):
        return False
    return _kind_of_file_system(status.st_dev) not in _WITHOUT_PERMISSIONS


def changeable_by_others(path: str) -> str | None:
    """Return what others could change to control a file: the file itself, or the folder in which they could replace it.

    None if they cannot, if it is not a regular file (a shell's pipe), or if it cannot be examined.
    """
    for name in dict.fromkeys((os.path.realpath(path), os.path.abspath(path))):
        with suppress(OSError):
            file, folder = os.stat(name), os.stat(os.path.dirname(name))
            if not stat.S_ISREG(file.st_mode):
                return None
            if _is_of_others(file) or others_may(WRITE, file):
                return name
            # In a sticky folder like /tmp everybody may create files but replace only their own.
            if _is_of_others(folder) or (others_may(WRITE, folder) and not folder.st_mode & stat.S_ISVTX):
                return os.path.dirname(name)
    return None


def make_folder(path: str, mode: int = 0o700) -> None:
    """Create a folder and its missing parents with at most these permissions, whatever the umask.

    `os.makedirs` leaves the parents' permissions to the umask.

    Raises:
        OSError: It cannot be created, or the path is something else.
    """
    try:
        os.mkdir(path, mode)
    except FileNotFoundError:
        parent = os.path.dirname(path.rstrip("/"))
        if not parent or parent == path:
            raise
        make_folder(parent, mode)
        with suppress(FileExistsError):
            os.mkdir(path, mode)
    except FileExistsError:
        if not os.path.isdir(path):
            raise


def _is_of_others(status: os.stat_result) -> bool:
    return status.st_uid not in {0, os.geteuid()}


def _is_alone_in(group: int) -> bool:
    """Whether a group is the user's private group, as most systems create one for each user."""
    try:
        user, found = pwd.getpwuid(os.geteuid()), grp.getgrgid(group)
    except KeyError:
        return False
    return (
        found.gr_gid == user.pw_gid and found.gr_name == user.pw_name and set(found.gr_mem) <= {user.pw_name}
    )


def _kind_of_file_system(device: int) -> str:
    """Return the type of a mounted file system (proc_pid_mountinfo(5)); empty if unknown."""
    number = f"{os.major(device)}:{os.minor(device)}"
    with suppress(OSError), open("/proc/self/mountinfo", encoding="utf-8", errors="replace") as lines:
        for line in lines:
            before, _, after = line.partition(" - ")
            if before.split()[2:3] == [number]:
                return (after.split() or [""])[0]
    return ""
