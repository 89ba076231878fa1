"""Name the file systems at and below a folder, each by a name that stays the same when it is mounted again.

A device number is not such a name: it changes at every boot and every plug-in. So a volume is named by what
its file system reports of itself: its UUID, or the `f_fsid` of statfs(2) that derives from it. A network file system is
named by its share, and anything else by its source and device number. Such a name may change although the files are the
same, but no two volumes share one. A mount that shows what would be there without it is not a volume, such as the
read-only bind mounts in which systemd runs a service.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import NamedTuple

from notion_sync.scan.mountinfo import Mount, mounts_of

_NUMBERED = frozenset(("ext2", "ext3", "ext4", "btrfs", "zfs", "bcachefs", "tmpfs"))
"""Types whose `f_fsid` derives from an id of the file system (for a tmpfs: of this instance)."""

_SHARED = frozenset(
    ("nfs", "nfs4", "cifs", "smb3", "ceph", "afs", "glusterfs", "lustre", "virtiofs", "vboxsf")
)
"""Types whose source names server and share."""

_UDEV = "/run/udev/data"
_BY_UUID = "/dev/disk/by-uuid"


class VolumePlace(NamedTuple):
    """A folder at which a volume begins, or the folder that was asked about."""

    path: str
    mount: Mount
    inside: str
    """The folder's path in the volume."""


def places(folder: str, real: str, mounts: Sequence[Mount]) -> Iterator[VolumePlace]:
    """Yield the folder itself, then each volume that is mounted below it. Pure.

    Args:
        folder: Absolute path as written in the rule; the paths of the results begin with it.
        real: The same with links resolved.
        mounts: All mounts; an automount that has not been triggered yet is ignored.
    """
    near = mounts_of(real, [mount for mount in mounts if mount.kind != "autofs"])
    seen: list[VolumePlace] = []
    for mount in near:
        path = real if not seen else mount.path
        inside = _joined(mount.root, path[len(mount.path) :])
        above = max((p for p in seen if _holds(p.path, path)), key=lambda p: len(p.path), default=None)
        if above is not None and (mount.device, inside) == (
            above.mount.device, _joined(above.inside, path[len(above.path) :]),
        ):  # fmt: skip
            continue
        seen.append(VolumePlace(path, mount, inside))
    return (place._replace(path=_joined(folder, place.path[len(real) :])) for place in seen)


def name_of(place: VolumePlace, *, asked: bool = False) -> str:
    """Return the name of the volume at a place, with the place's path in it; queries the system.

    Args:
        place: The place.
        asked: Whether it is a rule's folder, which may be anywhere in the volume.
    """
    mount = place.mount
    if mount.kind in _NUMBERED and (number := os.statvfs(place.path).f_fsid):
        volume = f"{number:x}"
    elif mount.kind in _SHARED:
        volume = mount.source
    elif uuid := _uuid(mount.device):
        volume = uuid
    elif asked and place.inside != mount.root:
        # The inode number of a folder deep in a file system tells it from a folder of another one.
        volume = f"{mount.source} {os.stat(place.path).st_ino}"
    else:
        volume = f"{mount.source} {mount.device}"
    return f"{mount.kind} {volume} {place.inside}"


def _uuid(device: str) -> str:
    """Return the UUID of the file system on a block device, empty if unknown."""
    with suppress(OSError), open(f"{_UDEV}/b{device}", encoding="utf-8", errors="replace") as file:
        for line in file:
            if line.startswith("E:ID_FS_UUID="):
                return line.partition("=")[2].strip()
    with suppress(OSError):
        for entry in os.scandir(_BY_UUID):
            number = entry.stat().st_rdev
            if f"{os.major(number)}:{os.minor(number)}" == device:
                return entry.name
    return ""


def _joined(inside: str, rest: str) -> str:
    return f"{inside.rstrip('/')}/{rest.lstrip('/')}".rstrip("/") or "/"


def _holds(outer: str, inner: str) -> bool:
    return outer in ("/", inner) or inner.startswith(outer + "/")
