"""Reading files that do not hold still: every way in which a file can turn into something else."""

import errno
import hashlib
import os
import re
import socket
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notion_sync.errors import Cancelled, FileBusy, FileChanged, FileError, FileUnreadable, FileVanished
from notion_sync.model import Digest, Fingerprint
from notion_sync.scan.listing import list_folder
from notion_sync.scan.reading import (
    CHUNK,
    COARSE_WINDOW_NS,
    MIB,
    RACY_WINDOW_NS,
    SINGLE_PART_LIMIT,
    Content,
    Stretch,
    checksum_of,
    content_of,
    fingerprint_at,
    fingerprint_of,
    is_racy,
    open_planned,
    part_count,
    part_size,
    read_content,
    recheck_at,
)
from tests.support.memory_disk import MemoryDisk
from tests.support.tree import LONG_AGO, make_tree, stat_of

MUCH_LATER = int(LONG_AGO + 10**9) * 10**9
BYTES = b"some bytes"


def nothing() -> None:
    """A pause in which nothing happens."""


def read(path: Path, planned: Fingerprint | None = None, pause: Callable[[], None] = nothing) -> Content:
    return read_content(str(path), planned or stat_of(path), now_ns=MUCH_LATER, pause=pause)


def sha256(content: bytes) -> Digest:
    return Digest(hashlib.sha256(content).hexdigest())


def stretch(path: Path, content: bytes, *, start: int = 0, planned: Fingerprint | None = None) -> Stretch:
    """The bytes of one request, which are to be `content`."""
    return Stretch(
        str(path), planned or stat_of(path), start=start, length=len(content), checksum=checksum_of(content),
    )  # fmt: skip


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file of some bytes, long at rest."""
    make_tree(tmp_path, {"a.txt": BYTES})
    return tmp_path / "a.txt"


# Parts

FIVE_GIB = 5 * 2**30


@pytest.mark.parametrize(
    ("size", "length", "count"),
    [
        (0, 0, 1),
        (1, 0, 1),
        (20 * MIB, 0, 1),
        (20 * MIB + 1, 10 * MIB, 3),
        (30 * MIB, 10 * MIB, 3),
        (30 * MIB + 1, 10 * MIB, 4),
        (100 * MIB, 10 * MIB, 10),
        (100 * MIB + 1, 20 * MIB, 6),
        (FIVE_GIB, 20 * MIB, 256),
    ],
)
def test_how_a_file_is_parted(size: int, length: int, count: int) -> None:
    assert (part_size(size), part_count(size)) == (length, count)


@given(st.integers(1, FIVE_GIB))
def test_parts_are_as_notion_takes_them_and_sum_up_to_the_file(size: int) -> None:
    length, count = part_size(size), part_count(size)
    if size <= SINGLE_PART_LIMIT:
        assert (length, count) == (0, 1)
        return
    last = size - (count - 1) * length
    assert 5 * MIB <= length <= 20 * MIB
    assert 0 < last <= length
    assert 2 <= count <= 1000


# Reading


@pytest.mark.parametrize("size", [1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK + 7])
def test_a_small_file_is_one_piece(tmp_path: Path, size: int) -> None:
    content = os.urandom(size)
    make_tree(tmp_path, {"a": content})
    assert (
        read(tmp_path / "a")
        == content_of(content, racy=False)
        == Content(sha256(content), (checksum_of(content),), racy=False)
    )


def test_a_large_file_has_a_checksum_for_each_of_its_parts(tmp_path: Path) -> None:
    path = tmp_path / "large"
    content = bytes(20 * MIB) + b"the end"
    make_tree(tmp_path, {"large": content})
    checksums = tuple(map(checksum_of, (bytes(10 * MIB), bytes(10 * MIB), b"the end")))
    assert read(path) == Content(sha256(content), checksums, racy=False)


def test_a_pause_is_made_for_each_chunk(tmp_path: Path) -> None:
    make_tree(tmp_path, {"a": bytes(2 * CHUNK + 1)})
    pauses: list[None] = []
    read(tmp_path / "a", pause=lambda: pauses.append(None))
    assert len(pauses) == 3


def test_reading_can_be_given_up_between_chunks_and_leaves_no_file_open(file: Path) -> None:
    def stop() -> None:
        raise Cancelled("stopped")

    before = descriptors()
    with pytest.raises(Cancelled):
        read(file, pause=stop)
    assert descriptors() == before


def test_names_that_are_no_text_are_read_like_others(tmp_path: Path) -> None:
    for name in ("bad\udcff\udc80", "line\nbreak", "-rf *", "é" * 127):
        make_tree(tmp_path, {name: BYTES})
        assert read(tmp_path / name).digest == sha256(BYTES)


def descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))


# Files that turn into something else before they are opened


def becomes_longer(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b"!")


def becomes_shorter(path: Path) -> None:
    os.truncate(path, 3)


def becomes_empty(path: Path) -> None:
    os.truncate(path, 0)


def is_overwritten(path: Path) -> None:
    """Same size, and its date put back as it was: the change time tells."""
    before = path.stat()
    with path.open("r+b") as file:
        file.write(b"S")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def is_exchanged(path: Path) -> None:
    """Another file of the same size and date takes its place."""
    before = path.stat()
    other = path.with_name("other")
    other.write_bytes(b"others' by")
    os.utime(other, ns=(before.st_atime_ns, before.st_mtime_ns))
    os.replace(other, path)


def gets_other_permissions(path: Path) -> None:
    path.chmod(0o600)


def vanishes(path: Path) -> None:
    path.unlink()


def loses_its_folder(path: Path) -> None:
    """Its folder is a file now."""
    path.unlink()
    path.parent.rmdir()
    path.parent.write_bytes(b"")


def becomes_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def becomes_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def becomes_socket(path: Path) -> None:
    path.unlink()
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))


def becomes_link(path: Path) -> None:
    """A link to the very same bytes: still not the file that was planned."""
    path.rename(path.with_name("other"))
    path.symlink_to("other")


def becomes_link_to_itself(path: Path) -> None:
    path.unlink()
    path.symlink_to(path)


def becomes_null_device(path: Path) -> None:
    path.unlink()
    path.symlink_to("/dev/null")


CHANGES = [
    (becomes_longer, FileChanged),
    (becomes_shorter, FileChanged),
    (becomes_empty, FileChanged),
    (is_overwritten, FileChanged),
    (is_exchanged, FileChanged),
    (gets_other_permissions, FileChanged),
    (vanishes, FileVanished),
    (loses_its_folder, FileVanished),
    (becomes_folder, FileChanged),
    (becomes_pipe, FileChanged),
    (becomes_socket, FileChanged),
    (becomes_link, FileChanged),
    (becomes_link_to_itself, FileChanged),
    (becomes_null_device, FileChanged),
]


@pytest.fixture
def lonely(tmp_path: Path) -> Path:
    """A file alone in its folder."""
    make_tree(tmp_path, {"folder/a.txt": BYTES})
    return tmp_path / "folder/a.txt"


@pytest.mark.parametrize(("change", "error"), CHANGES)
def test_a_file_that_is_not_what_was_planned_is_not_read(
    lonely: Path, change: Callable[[Path], None], error: type[FileError]
) -> None:
    planned, before = stat_of(lonely), descriptors()
    change(lonely)
    with pytest.raises(error):
        read(lonely, planned)
    assert descriptors() == before


@pytest.mark.parametrize(("change", "error"), CHANGES)
def test_a_file_that_is_not_what_was_planned_is_not_sent(
    lonely: Path, change: Callable[[Path], None], error: type[FileError]
) -> None:
    body = stretch(lonely, BYTES)
    before = descriptors()
    change(lonely)
    with pytest.raises(error):
        b"".join(body.chunks())
    assert descriptors() == before


# … and while they are read


@pytest.mark.parametrize(
    "change",
    [becomes_longer, becomes_shorter, becomes_empty, is_overwritten, gets_other_permissions],
)
def test_a_file_that_changes_while_it_is_read_counts_for_nothing(
    tmp_path: Path, change: Callable[[Path], None]
) -> None:
    path = tmp_path / "a"
    make_tree(tmp_path, {"a": bytes(3 * CHUNK)})
    chunks = 0

    def pause() -> None:
        nonlocal chunks
        chunks += 1
        if chunks == 2:
            change(path)

    with pytest.raises(FileChanged):
        read(path, pause=pause)


@pytest.mark.parametrize("change", [vanishes, is_exchanged, becomes_link])
def test_a_file_whose_name_is_taken_away_while_it_is_read_has_changed(
    tmp_path: Path, change: Callable[[Path], None]
) -> None:
    """The open file has the planned bytes; but its change time tells that its name is gone."""
    path = tmp_path / "a"
    make_tree(tmp_path, {"a": bytes(2 * CHUNK)})
    changes = iter([change])

    def pause() -> None:
        for each in changes:
            each(path)

    with pytest.raises(FileChanged):
        read(path, pause=pause)


def test_a_file_written_to_by_another_thread_is_never_believed(tmp_path: Path) -> None:
    path = tmp_path / "a"
    make_tree(tmp_path, {"a": bytes(8 * CHUNK)})
    planned = stat_of(path)
    begun, written = threading.Event(), threading.Event()

    def write() -> None:
        begun.wait()
        with path.open("r+b") as file:
            file.seek(7 * CHUNK)
            file.write(b"late")
        written.set()

    writer = threading.Thread(target=write)
    writer.start()

    def pause() -> None:
        begun.set()
        written.wait()

    with pytest.raises(FileChanged):
        read(path, planned, pause)
    writer.join()


# What the system refuses


@pytest.mark.parametrize(
    ("path", "error", "text"),
    [
        ("/nowhere/at/all", FileVanished, "it is gone"),
        ("/etc/hostname/below/a/file", FileVanished, "it is gone"),
        (f"/tmp/{'n' * 300}", FileUnreadable, "cannot be read: File name too long"),
        (f"/{'n/' * 3000}", FileUnreadable, "cannot be read: File name too long"),
    ],
)
def test_a_path_that_cannot_be_opened(path: str, error: type[FileError], text: str) -> None:
    with pytest.raises(error) as caught:
        open_planned(path, Fingerprint(1, 1, 1, 1))
    assert str(caught.value) == text


def test_links_in_a_circle_are_no_file(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    with pytest.raises(FileChanged, match="not a regular file any more"):
        open_planned(str(tmp_path / "a/x"), Fingerprint(1, 1, 1, 1))


@pytest.mark.parametrize(
    ("number", "passing"),
    [
        (errno.EAGAIN, True),
        (errno.EBUSY, True),
        (errno.ETXTBSY, True),
        (errno.ESTALE, True),
        (errno.EMFILE, True),
        (errno.ENFILE, True),
        (errno.ENOMEM, True),
        (errno.ETIMEDOUT, True),
        (errno.EHOSTDOWN, True),
        (errno.ENOTCONN, True),
        (errno.EACCES, False),
        (errno.EPERM, False),
        (errno.EIO, False),
        (errno.EINVAL, False),
        (errno.EUCLEAN, False),
    ],
    ids=errno.errorcode.get,
)
def test_what_passes_by_itself_is_told_from_what_lasts(number: int, passing: bool) -> None:
    disk = MemoryDisk()
    disk.make({"/folder/a": b"content"})
    planned = fingerprint_at("/folder/a", disk=disk)
    disk.break_with("/folder/a", OSError(number, os.strerror(number)))
    with pytest.raises(FileBusy if passing else FileUnreadable, match=re.escape(os.strerror(number))):
        read_content("/folder/a", planned, now_ns=0, pause=lambda: None, disk=disk)
    disk.break_with("/folder", OSError(number, os.strerror(number)))
    with pytest.raises(FileBusy if passing else FileUnreadable, match=re.escape(os.strerror(number))):
        list_folder("/folder", disk=disk)


REFUSES_TO_BE_READ = Path("/sys/class/net/lo/speed")
"""The kernel opens it, says that it has 4096 bytes, and refuses every read."""


@pytest.mark.skipif(not REFUSES_TO_BE_READ.exists(), reason="needs Linux' /sys")
def test_a_file_that_cannot_be_read_to_its_end_is_the_file_s_trouble_alone() -> None:
    planned = stat_of(REFUSES_TO_BE_READ)
    with pytest.raises(FileUnreadable) as caught:
        read(REFUSES_TO_BE_READ, planned)
    assert str(caught.value) == "cannot be read: Invalid argument"
    with pytest.raises(FileUnreadable):
        list(stretch(REFUSES_TO_BE_READ, BYTES, planned=planned).chunks())


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="needs Linux' /proc")
def test_a_file_that_is_larger_than_it_says_is_not_read_on() -> None:
    """Files of /proc say that they have no bytes, and have many."""
    planned = Fingerprint(10, *stat_of(Path("/proc/self/mem"))[1:])
    with pytest.raises(FileError):
        read(Path("/proc/self/mem"), planned)


NOBODY = 65534


@pytest.mark.skipif(os.geteuid() != 0, reason="root becomes nobody here")
def test_a_file_of_somebody_else_says_what_to_do(tmp_path: Path) -> None:
    make_tree(tmp_path, {"a": BYTES})
    for folder in (tmp_path, *tmp_path.parents):
        if folder.is_relative_to("/tmp") and folder != Path("/tmp"):
            folder.chmod(0o755)
    (tmp_path / "a").chmod(0o600)
    script = f"""
        import os
        from notion_sync.scan.reading import open_planned, fingerprint_of
        os.setgroups([])
        os.setresgid({NOBODY}, {NOBODY}, {NOBODY})
        os.setresuid({NOBODY}, {NOBODY}, {NOBODY})
        path = {str(tmp_path / "a")!r}
        try:
            open_planned(path, fingerprint_of(os.lstat(path)))
        except Exception as error:
            print(type(error).__name__, error)
    """
    assert script_output(script) == (
        "FileUnreadable cannot be read: Permission denied (let the user that runs notion-sync read it)\n"
    )


def script_output(script: str) -> str:
    """What a process of its own says."""
    command = [sys.executable, "-c", textwrap.dedent(script)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


# Stretches


def test_a_stretch_can_be_sent_again(file: Path) -> None:
    body = stretch(file, BYTES)
    assert body.length == len(BYTES)
    assert [b"".join(body.chunks()) for _ in range(3)] == [BYTES] * 3


def test_a_stretch_is_a_part_of_the_file(file: Path) -> None:
    assert b"".join(stretch(file, b"me by", start=2).chunks()) == b"me by"


def test_bytes_other_than_those_planned_are_found_out_before_the_end(file: Path) -> None:
    """The same stat, other bytes: a coarse file system, or a disk that is failing."""
    body = stretch(file, BYTES)
    lying = Stretch(
        str(file),
        stat_of(file),
        start=0,
        length=body.length,
        checksum=checksum_of(b"others"),
    )
    chunks = lying.chunks()
    assert next(chunks) == BYTES
    with pytest.raises(FileChanged, match="not those that were planned"):
        next(chunks)


def test_a_stretch_beyond_the_end_of_the_file(file: Path) -> None:
    with pytest.raises(FileChanged, match="shorter"):
        list(stretch(file, b"bytes and more", start=5).chunks())


@pytest.mark.parametrize("change", [becomes_longer, becomes_shorter, is_overwritten, vanishes, is_exchanged])
def test_a_file_that_changes_while_it_is_sent_is_found_out_before_the_end(
    tmp_path: Path, change: Callable[[Path], None]
) -> None:
    content = bytes(2 * CHUNK)
    make_tree(tmp_path, {"a": content})
    chunks = stretch(tmp_path / "a", content).chunks()
    next(chunks)
    change(tmp_path / "a")
    with pytest.raises(FileChanged):
        list(chunks)


def test_a_stretch_that_is_given_up_leaves_no_file_open(file: Path) -> None:
    before = descriptors()
    chunks = stretch(file, BYTES).chunks()
    next(chunks)
    chunks.close()  # type: ignore[attr-defined]
    assert descriptors() == before


# Times that prove nothing

SECOND = 10**9
AT = 1_700_000_000 * SECOND


@pytest.mark.parametrize(
    ("mtime", "ctime", "read_at", "racy"),
    [
        (AT, AT + 1, AT + SECOND, False),
        (AT, AT + 1, AT + 1 + RACY_WINDOW_NS, False),
        (AT, AT + 1, AT + RACY_WINDOW_NS, True),
        (AT + 1, AT + 1, AT + 1, True),
        # The change time counts as well: the date of a file can be put back.
        (AT - 1000 * SECOND, AT + 1, AT + 2, True),
        (AT + 1, AT - SECOND, AT + 2, True),
        # Times from the future prove nothing until they have come.
        (AT + 1000 * SECOND + 1, AT, AT, True),
        # Whole seconds in both: perhaps the file system knows no others.
        (AT, AT, AT + SECOND, True),
        (AT, AT, AT + COARSE_WINDOW_NS - 1, True),
        (AT, AT, AT + COARSE_WINDOW_NS, False),
        (AT - SECOND, AT, AT + SECOND, True),
        # A whole second in one of them alone is a date that somebody set.
        (AT - 9, AT, AT + SECOND, False),
    ],
)
def test_when_equal_times_do_not_prove_equal_contents(
    mtime: int, ctime: int, read_at: int, racy: bool
) -> None:
    assert is_racy(Fingerprint(1, mtime, ctime, 1), read_at) is racy


def test_a_file_that_was_just_written_is_read_but_its_stat_not_trusted(tmp_path: Path) -> None:
    make_tree(tmp_path, {"a": BYTES}, mtime=None)
    planned = stat_of(tmp_path / "a")
    content = read_content(str(tmp_path / "a"), planned, now_ns=planned.ctime_ns + 1, pause=nothing)
    assert content == content_of(BYTES, racy=True)


@given(st.integers(0, 4 * SECOND), st.integers(0, 4 * SECOND))
def test_a_write_that_leaves_the_time_as_it_was_is_always_suspected(first: int, later: int) -> None:
    """On a disk of whole (even) seconds: written, read, and written again without a trace."""
    tick = 2 * SECOND
    stamp = AT + first - first % tick
    read_at, again = AT + first, AT + first + later
    if again - again % tick == stamp:
        assert is_racy(Fingerprint(1, stamp, stamp, 1), read_at)


def test_the_fingerprint_is_what_changes_with_a_content(file: Path) -> None:
    status = file.stat()
    assert fingerprint_of(status) == (10, int(LONG_AGO) * SECOND, status.st_ctime_ns, status.st_ino)


@pytest.mark.parametrize(
    ("mtime", "ctime", "again"),
    [
        (0, 0, False),
        (879, 0, False),
        (0, 880, False),
        (881, 0, True),
        (0, 881, True),
        (1000, 1000, True),
        (1001, 0, False),  # another machine's clock says nothing of this one's writes
    ],
)
def test_a_file_written_to_two_minutes_before_it_was_read_is_read_again(
    mtime: int, ctime: int, again: bool
) -> None:
    second = 1_000_000_000
    at = recheck_at(Fingerprint(1, mtime * second, ctime * second, 1), 1000 * second)
    assert at == (1120.0 if again else 0.0)
