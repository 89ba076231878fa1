"""Which file systems lie at and below a folder, each by a name that stays when it is mounted again.

A device number is no such name: it is given anew at every boot and at every plug. So a volume is named by what the
file system says of itself (its UUID, or the `f_fsid` of statfs(2) that is made of it), a network file system by the
share, and anything else by its source and device number: such a name may change though the files are the same, but
no two volumes have one. A mount that shows what would be there without it, as the read-only bind mounts in
which systemd puts a service, is none.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import NamedTuple

from notion_sync.scan.mountinfo import Mount, mounts_of

_NUMBERED = frozenset(("ext2", "ext3", "ext4", "btrfs", "zfs", "bcachefs", "tmpfs"))
"""Types whose `f_fsid` is made of an id of the file system's own (of a tmpfs: of this one instance)."""

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
    """The folder itself, then each volume that is mounted below it. Pure.

    Args:
        folder: Absolute, as its rule names it; the paths of places begin with it.
        real: The same with links resolved.
        mounts: All mounts; an automount that was not triggered yet counts as nothing.
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
    """The name of the volume at a place, and where in it the place is; asks the system.

    Args:
        place: Where.
        asked: Whether it is a rule's folder, which may lie anywhere in the volume.
    """
    mount = place.mount
    if mount.kind in _NUMBERED and (number := os.statvfs(place.path).f_fsid):
        volume = f"{number:x}"
    elif mount.kind in _SHARED:
        volume = mount.source
    elif uuid := _uuid(mount.device):
        volume = uuid
    elif asked and place.inside != mount.root:
        # The number of a folder deep in a file system tells it from another one's.
        volume = f"{mount.source} {os.stat(place.path).st_ino}"
    else:
        volume = f"{mount.source} {mount.device}"
    return f"{mount.kind} {volume} {place.inside}"


def _uuid(device: str) -> str:
    """The UUID of the file system on a block device, empty where none is known."""
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
