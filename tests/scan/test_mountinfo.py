"""Which file systems tell of changes."""

import pytest

from notion_sync.scan.mountinfo import Mount, mounts_of, parse_mounts, read_mounts

TABLE = rb"""
22 1 254:1 / / rw,relatime shared:1 - ext4 /dev/vda1 rw
30 22 0:25 / /home/me/NAS\040of\040ours rw - nfs4 nas:/x rw,vers=4.2
31 22 0:26 / /mnt rw shared:5 master:1 - fuse.sshfs me@host: rw
32 31 0:27 / /mnt/local rw - fuseblk /dev/sdb1 rw
33 32 0:28 / /mnt/local rw - xfs /dev/sdc1 rw
34 22 0:29 / /home/me-too rw - cifs //a/b rw
what is this
""".strip().splitlines()


def test_lines_are_read_and_odd_ones_passed_over() -> None:
    mounts = tuple(parse_mounts(TABLE))
    assert [mount.id for mount in mounts] == [22, 30, 31, 32, 33, 34]
    assert mounts[1] == Mount(30, "/home/me/NAS of ours", "nfs4", "/", "nas:/x", "0:25", 22)


@pytest.mark.parametrize(
    ("kind", "heard"),
    [
        ("ext4", True), ("btrfs", True), ("tmpfs", True), ("overlay", True), ("fuseblk", True), ("zfs", True),
        ("nfs", False), ("nfs4", False), ("cifs", False), ("smb3", False), ("9p", False), ("vboxsf", False),
        ("fuse.sshfs", False), ("fuse.rclone", False), ("virtiofs", False), ("fuse.lxcfs", True),
    ],
)  # fmt: skip
def test_kinds(kind: str, *, heard: bool) -> None:
    assert Mount(1, "/", kind).heard is heard


def test_the_mount_that_holds_a_folder_and_those_below_it() -> None:
    mounts = tuple(parse_mounts(TABLE))
    assert [mount.id for mount in mounts_of("/home/me", mounts)] == [22, 30]
    assert [mount.id for mount in mounts_of("/home/me/NAS of ours/scans", mounts)] == [30]
    assert [mount.id for mount in mounts_of("/mnt", mounts)] == [31, 33], "the later of two on one path"
    assert mounts_of("/home/me", ()) == ()


def test_this_machine_has_a_root() -> None:
    assert any(mount.path == "/" for mount in read_mounts())
    assert read_mounts("/nowhere/at/all") == ()
