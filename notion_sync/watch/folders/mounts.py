"""Which file systems tell of changes, by what /proc/self/mountinfo says of them.

inotify(7) reports what this machine does to a file system. What another machine does to a network file system,
or the host to a folder it shares with us, goes unseen, and FUSE file systems are mostly one or the other.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

UNHEARD = frozenset(
    (
        "nfs", "nfs4", "cifs", "smb3", "smbfs", "smb2", "ncpfs", "ncp", "afs", "coda", "ceph", "glusterfs", "lustre",
        "beegfs", "gpfs", "ocfs2", "gfs2", "orangefs", "pvfs2", "9p", "virtiofs", "vboxsf", "vmhgfs", "prl_fs",
        "drvfs", "davfs", "sshfs", "curlftpfs", "fuse", "acfs", "panfs", "wslfs",
    )
)  # fmt: skip
"""Types whose changes may come from elsewhere; and every `fuse.…` but those in `HEARD`."""

HEARD = frozenset(("fuseblk", "fuse.lxcfs", "fuse.portal"))
"""FUSE in name only: ntfs-3g on a local disk (`fuseblk`) writes through this kernel alone."""

_ESCAPED = re.compile(r"\\([0-7]{3})")


@dataclass(frozen=True, slots=True)
class Mount:
    """One line of mountinfo (proc_pid_mountinfo(5))."""

    id: int
    """Given anew to every mount, so that one that was taken away and put back is told from one that stayed."""
    path: str
    kind: str
    """The file system's type."""

    @property
    def heard(self) -> bool:
        """Whether inotify hears of all its changes."""
        return self.kind in HEARD or not (self.kind in UNHEARD or self.kind.startswith("fuse."))


def read_mounts(path: str = "/proc/self/mountinfo") -> tuple[Mount, ...]:
    """All mounts, in the order of the file; none where it cannot be read."""
    try:
        with open(path, encoding="utf-8", errors="surrogateescape") as file:
            return tuple(parse_mounts(file))
    except OSError:
        return ()


def parse_mounts(lines: Iterable[str]) -> Iterable[Mount]:
    """The mounts in lines of mountinfo; a line that cannot be understood is passed over."""
    for line in lines:
        fields = line.split(" ")
        try:
            kind = fields[fields.index("-", 6) + 1].strip()
            yield Mount(int(fields[0]), _unescaped(fields[4]), kind)
        except (ValueError, IndexError):
            continue


def mounts_of(folder: str, mounts: Iterable[Mount]) -> tuple[Mount, ...]:
    """The mount that holds a folder, then those below it.

    Args:
        folder: Absolute, links resolved.
        mounts: All of them; of two on one path the later one is seen.
    """
    seen = {mount.path: mount for mount in mounts}
    holding = [mount for mount in seen.values() if _holds(mount.path, folder)]
    below = [mount for mount in seen.values() if mount.path != folder and _holds(folder, mount.path)]
    holder = max(holding, key=lambda mount: len(mount.path), default=None)
    return (*((holder,) if holder else ()), *sorted(below, key=lambda mount: mount.path))


def _holds(outer: str, inner: str) -> bool:
    return outer in ("/", inner) or inner.startswith(outer + "/")


def _unescaped(text: str) -> str:
    # A space is written \040, a backslash \134.
    return _ESCAPED.sub(lambda match: chr(int(match[1], 8)), text)
