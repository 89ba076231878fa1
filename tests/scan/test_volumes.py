"""By which names volumes are known, from tables of mounts as the kernel writes them."""

import os
from collections.abc import Sequence

import pytest

from notion_sync.scan.disk import IN_VOLUME, SYSTEM_DISK
from notion_sync.scan.mountinfo import Mount, parse_mounts
from notion_sync.scan.volumes import VolumePlace, name_of, places

ROOT = b"22 1 254:1 / / rw - ext4 /dev/vda1 rw"
STICK = b"30 22 8:17 / /d/stick rw - vfat /dev/sdb1 rw"


def seen(*lines: bytes, folder: str = "/d", real: str = "/d") -> list[tuple[str, str, str]]:
    return [(p.path, p.mount.device, p.inside) for p in places(folder, real, tuple(parse_mounts(lines)))]


@pytest.mark.parametrize(
    ("lines", "below"),
    [
        ([], []),
        ([STICK], [("/d/stick", "8:17", "/")]),
        # Mounted somewhere else, or hidden by something that was mounted over it or above it later.
        ([b"30 22 8:17 / /e rw - vfat /dev/sdb1 rw"], []),
        ([STICK, b"31 30 8:33 / /d/stick rw - vfat /dev/sdc1 rw"], [("/d/stick", "8:33", "/")]),
        ([STICK, b"31 22 8:33 / /d rw - vfat /dev/sdc1 rw"], None),
        # One in the other.
        (
            [STICK, b"31 30 8:33 / /d/stick/in rw - vfat /dev/sdc1 rw"],
            [("/d/stick", "8:17", "/"), ("/d/stick/in", "8:33", "/")],
        ),
        # An automount that waits for somebody to look, and one that was triggered.
        ([b"30 22 0:50 / /d/stick rw - autofs systemd-1 rw"], []),
        ([b"30 22 0:50 / /d/stick rw - autofs systemd-1 rw", b"31 30 8:17 / /d/stick rw - vfat /dev/sdb1 rw"],
         [("/d/stick", "8:17", "/")]),
        # A bind mount shows another folder, or the same one as systemd's read-only ones do.
        ([b"30 22 254:1 /srv/a /d/a rw - ext4 /dev/vda1 rw"], [("/d/a", "254:1", "/srv/a")]),
        ([b"30 22 254:1 /d/a /d/a ro - ext4 /dev/vda1 rw"], []),
        ([b"30 22 254:1 /d /d ro - ext4 /dev/vda1 rw", b"31 30 8:17 / /d/stick rw - vfat /dev/sdb1 rw"],
         [("/d/stick", "8:17", "/")]),
        # A subvolume.
        ([b"30 22 0:40 /@photos /d/p\\040q rw - btrfs /dev/sdb2 rw"], [("/d/p q", "0:40", "/@photos")]),
    ],
)  # fmt: skip
def test_what_is_mounted_below_a_folder(
    lines: Sequence[bytes], below: list[tuple[str, str, str]] | None
) -> None:
    top = ("/d", "254:1", "/d") if below is not None else ("/d", "8:33", "/")
    assert seen(ROOT, *lines) == [top, *(below or [])]


def test_a_folder_behind_a_link_is_called_as_its_rule_calls_it() -> None:
    lines = (ROOT, b"30 22 8:17 / /real/stick rw - vfat /dev/sdb1 rw")
    assert seen(*lines, folder="/home/me/link", real="/real") == [
        ("/home/me/link", "254:1", "/real"),
        ("/home/me/link/stick", "8:17", "/"),
    ]


def mount(kind: str, source: str, device: str, root: str = "/") -> Mount:
    return Mount(30, "/", kind, root, source, device)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        # What has a UUID of its own, or a share's name, keeps its name at another device number.
        (mount("ext4", "/dev/sda1", "8:1"), mount("ext4", "/dev/sdb1", "8:17"), True),
        (mount("nfs4", "nas:/x", "0:50"), mount("nfs4", "nas:/x", "0:61"), True),
        (mount("nfs4", "nas:/x", "0:50"), mount("nfs4", "nas:/y", "0:50"), False),
        (mount("cifs", "//nas/x", "0:50"), mount("cifs", "//nas/x", "0:61"), True),
        (mount("btrfs", "/dev/sda1", "0:40", "/@a"), mount("btrfs", "/dev/sda1", "0:40", "/@b"), False),
        # What has not is another one as soon as its device is.
        (mount("fuse.ifuse", "ifuse", "0:50"), mount("fuse.ifuse", "ifuse", "0:61"), False),
        (mount("overlay", "overlay", "0:50"), mount("overlay", "overlay", "0:61"), False),
        (mount("ext4", "/dev/sda1", "8:1"), mount("vfat", "/dev/sda1", "8:1"), False),
    ],
)
def test_names(one: Mount, other: Mount, *, same: bool) -> None:
    names = {name_of(VolumePlace("/", each, each.root)) for each in (one, other)}
    assert len(names) == (1 if same else 2)


def test_a_folder_deep_in_a_nameless_volume_is_known_by_its_number() -> None:
    """A container's or a live system's root gets another device number at each start."""
    one, other = (VolumePlace("/", mount("overlay", "overlay", d), "/home/me") for d in ("0:50", "0:61"))
    assert name_of(one, asked=True) == name_of(other, asked=True)
    assert name_of(one) != name_of(other)


def test_this_machine() -> None:
    named = SYSTEM_DISK.volumes(["/", "/nowhere/at/all", os.getcwd()])
    assert {"/", os.getcwd()} <= set(named)
    assert "/nowhere/at/all" not in named
    assert named["/"].startswith(IN_VOLUME)
