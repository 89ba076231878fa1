"""Who else on this machine may read or change a file, and how to make what nobody else may.

Others are all but the user and root. A group that holds nobody else is none of them, and neither is anybody where a
file system has no permissions of its own and shows the same for every file (FAT, Windows' shares).
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
    """Whether others have one of some rights (`READ`, `WRITE`) to a file."""
    granted = status.st_mode & rights
    if not granted & stat.S_IRWXO and not (granted & stat.S_IRWXG and not _is_alone_in(status.st_gid)):
        return False
    return _kind_of_file_system(status.st_dev) not in _WITHOUT_PERMISSIONS


def changeable_by_others(path: str) -> str | None:
    """What others may change to have their own way with a file: the file, or the folder in which they may exchange it.

    None where they may not, where it is no regular file (a pipe of the shell), and where it cannot be looked at.
    """
    for name in dict.fromkeys((os.path.realpath(path), os.path.abspath(path))):
        with suppress(OSError):
            file, folder = os.stat(name), os.stat(os.path.dirname(name))
            if not stat.S_ISREG(file.st_mode):
                return None
            if _is_of_others(file) or others_may(WRITE, file):
                return name
            # In a folder like /tmp everybody may make files, and exchange none but their own.
            if _is_of_others(folder) or (others_may(WRITE, folder) and not folder.st_mode & stat.S_ISVTX):
                return os.path.dirname(name)
    return None


def make_folder(path: str, mode: int = 0o700) -> None:
    """Make a folder, and those on the way to it that are missing, with these permissions at most, whatever the umask.

    `os.makedirs` leaves those on the way to the umask.

    Raises:
        OSError: It cannot be made, or something else is there.
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
    """Whether a group is the user's own, as most systems make one for each."""
    try:
        user, found = pwd.getpwuid(os.geteuid()), grp.getgrgid(group)
    except KeyError:
        return False
    return (
        found.gr_gid == user.pw_gid and found.gr_name == user.pw_name and set(found.gr_mem) <= {user.pw_name}
    )


def _kind_of_file_system(device: int) -> str:
    """The type of a mounted file system (proc_pid_mountinfo(5)); empty where it is not known."""
    number = f"{os.major(device)}:{os.minor(device)}"
    with suppress(OSError), open("/proc/self/mountinfo", encoding="utf-8", errors="replace") as lines:
        for line in lines:
            before, _, after = line.partition(" - ")
            if before.split()[2:3] == [number]:
                return (after.split() or [""])[0]
    return ""
