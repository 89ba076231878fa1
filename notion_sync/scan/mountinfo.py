"""Read the mounts, and which of them report changes by inotify, from /proc/self/mountinfo.

inotify(7) reports what this machine does to a file system. It does not report what another machine does to a network
file system, or the host to a folder it shares with this one. Most FUSE file systems are one or the other.
"""

import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

UNHEARD = frozenset(
    (
        "nfs", "nfs4", "cifs", "smb3", "smbfs", "smb2", "ncpfs", "ncp", "afs", "coda", "ceph", "glusterfs", "lustre",
        "beegfs", "gpfs", "ocfs2", "gfs2", "orangefs", "pvfs2", "9p", "virtiofs", "vboxsf", "vmhgfs", "prl_fs",
        "drvfs", "davfs", "sshfs", "curlftpfs", "fuse", "acfs", "panfs", "wslfs",
    )
)  # fmt: skip
"""Types whose changes may come from elsewhere, in addition to every `fuse.…` that is not in `HEARD`."""

HEARD = frozenset(("fuseblk", "fuse.lxcfs", "fuse.portal"))
"""FUSE in name only: ntfs-3g on a local disk (`fuseblk`) writes through this kernel alone."""

_ESCAPED = re.compile(rb"\\([0-7]{3})")


@dataclass(frozen=True, slots=True)
class Mount:
    """One line of mountinfo (proc_pid_mountinfo(5))."""

    id: int
    """Different for every mount, so that a remount can be told from a mount that stayed."""
    path: str
    kind: str
    """The type of the file system."""
    root: str = "/"
    """The folder of the file system that is mounted; not its top in bind mounts and subvolumes."""
    source: str = ""
    device: str = ""
    """`major:minor`; may change at a reboot."""
    parent: int = 0
    """The id of the mount that it is mounted on."""

    @property
    def heard(self) -> bool:
        """Whether inotify reports all its changes."""
        return self.kind in HEARD or not (self.kind in UNHEARD or self.kind.startswith("fuse."))


def read_mounts(path: str = "/proc/self/mountinfo") -> tuple[Mount, ...]:
    """Return all mounts in the order of the file; none if it cannot be read."""
    try:
        with open(path, "rb") as file:
            return tuple(parse_mounts(file))
    except OSError:
        return ()


def parse_mounts(lines: Iterable[bytes]) -> Iterable[Mount]:
    """Yield the mounts in lines of mountinfo; a line that cannot be parsed is skipped."""
    for line in lines:
        fields = line.split(b" ")
        try:
            kind, source = fields[fields.index(b"-", 6) + 1 :][:2]
            device, root, path = map(_text, fields[2:5])
            mount = Mount(int(fields[0]), path, _text(kind), root, _text(source), device, int(fields[1]))
        except (ValueError, IndexError):
            continue
        yield mount


def mounts_of(folder: str, mounts: Iterable[Mount]) -> tuple[Mount, ...]:
    """Return the mount that holds a folder, then the mounts below it.

    Args:
        folder: Absolute path, links resolved.
        mounts: All mounts; those hidden by a later one are ignored.
    """
    near = [mount for mount in mounts if _holds(mount.path, folder) or _holds(folder, mount.path)]
    seen = {mount.path: mount for mount in near if not _is_hidden(mount, near)}
    holding = [mount for mount in seen.values() if _holds(mount.path, folder)]
    below = [mount for mount in seen.values() if mount.path != folder and _holds(folder, mount.path)]
    holder = max(holding, key=lambda mount: len(mount.path), default=None)
    return (*((holder,) if holder else ()), *sorted(below, key=lambda mount: mount.path))


def _is_hidden(mount: Mount, near: Sequence[Mount]) -> bool:
    """Whether something was mounted over it later, or over a folder above it."""
    by_id = {each.id: each for each in near}
    way = {mount.id}
    above = mount.parent
    while above in by_id and above not in way:
        way.add(above)
        above = by_id[above].parent
    return any(each.id not in way and each.parent in way and _holds(each.path, mount.path) for each in near)


def _holds(outer: str, inner: str) -> bool:
    return outer in ("/", inner) or inner.startswith(outer + "/")


def _text(field: bytes) -> str:
    # mountinfo writes a space as \040 and a backslash as \134.
    plain = field.strip()
    return os.fsdecode(
        _ESCAPED.sub(lambda match: bytes([int(match[1], 8)]), plain) if b"\\" in plain else plain
    )
