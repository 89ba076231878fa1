"""What real programs do to a file when they save, download, copy or unpack it.

Programs that are installed are run; the system calls of the others are played as `strace` shows them. Each
sequence works in a folder of its own below a watched one and returns what must be in Notion at the end, by
name; what it does not name must never get there.
"""

import mmap
import os
import shutil
import subprocess
import tarfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

Played = Mapping[str, bytes]

STEP = 0.15
"""Seconds between two steps, less than a file must rest."""


class Missing(Exception):
    """A program is not installed."""


def _run(*command: str, cwd: Path | None = None) -> None:
    if shutil.which(command[0]) is None:
        raise Missing(command[0])
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr


def vim(folder: Path, elsewhere: Path) -> Played:
    """Two saves; with its swap file, its test file 4913, and a backup renamed away."""
    settings = "set nocompatible writebackup backup backupcopy=no swapfile"
    _run(
        "vim", "-u", "NONE", "-i", "NONE", "-es", "-c", settings, "-c", "normal ifirst vim", "-c", "write",
        "-c", "normal asecond vim", "-c", "wq", str(folder / "vim.txt"),
    )  # fmt: skip
    return {"vim.txt": b"first vimsecond vim\n"}


def rsync(folder: Path, elsewhere: Path) -> Played:
    """A hidden temporary file, renamed."""
    (elsewhere / "rsync.txt").write_bytes(b"by rsync" * 1000)
    _run("rsync", "-a", str(elsewhere / "rsync.txt"), f"{folder}/")
    return {"rsync.txt": b"by rsync" * 1000}


def curl(folder: Path, elsewhere: Path) -> Played:
    """`curl -o`: written in place."""
    (elsewhere / "curl.txt").write_bytes(b"by curl" * 100_000)
    _run("curl", "-s", "-o", str(folder / "curl.txt"), f"file://{elsewhere}/curl.txt", "--limit-rate", "1M")
    return {"curl.txt": b"by curl" * 100_000}


def tar(folder: Path, elsewhere: Path) -> Played:
    """Unpacked with the times of long ago."""
    (elsewhere / "t").mkdir()
    contents = {f"t/{number}.txt": f"by tar {number}".encode() for number in range(5)}
    for name, content in contents.items():
        (elsewhere / name).write_bytes(content)
        os.utime(elsewhere / name, (1_500_000_000, 1_500_000_000))
    with tarfile.open(elsewhere / "a.tar", "w") as archive:
        archive.add(elsewhere / "t", "t")
    _run("tar", "xf", str(elsewhere / "a.tar"), cwd=folder)
    return contents


def cp_r(folder: Path, elsewhere: Path) -> Played:
    """A tree, copied."""
    contents = {f"c/{a}/{b}.txt": f"by cp {a} {b}".encode() for a in range(4) for b in range(4)}
    for name, content in contents.items():
        (elsewhere / name).parent.mkdir(parents=True, exist_ok=True)
        (elsewhere / name).write_bytes(content)
    _run("cp", "-r", str(elsewhere / "c"), str(folder))
    return contents


def mv_in_and_write(folder: Path, elsewhere: Path) -> Played:
    """A tree moved in, and written to at once, deep inside."""
    deep = elsewhere / "m/one/two/three"
    deep.mkdir(parents=True)
    (deep / "old.txt").write_bytes(b"moved in")
    os.rename(elsewhere / "m", folder / "m")
    (folder / "m/one/two/three/new.txt").write_bytes(b"written after the move")
    (folder / "m/one/two/four").mkdir()
    (folder / "m/one/two/four/new.txt").write_bytes(b"in a new folder")
    return {
        "m/one/two/three/old.txt": b"moved in",
        "m/one/two/three/new.txt": b"written after the move",
        "m/one/two/four/new.txt": b"in a new folder",
    }


def mv_out(folder: Path, elsewhere: Path) -> Played:
    """A tree moved out again, and written to there."""
    (folder / "o/p").mkdir(parents=True)
    (folder / "o/p/gone.txt").write_bytes(b"moved out before it rested")
    time.sleep(STEP)
    os.rename(folder / "o", elsewhere / "o")
    (elsewhere / "o/p/outside.txt").write_bytes(b"written outside")
    return {}


def gedit(folder: Path, elsewhere: Path) -> Played:
    """GLib's safe save: a hidden temporary file renamed over the old one."""
    for content in (b"gedit one", b"gedit two"):
        new = folder / ".goutputstream-A1B2C3"
        new.write_bytes(content)
        time.sleep(STEP)
        os.rename(new, folder / "gedit.txt")
    return {"gedit.txt": b"gedit two"}


def libreoffice(folder: Path, elsewhere: Path) -> Played:
    """A lock file, a temporary file with a real extension, the old file renamed away and deleted."""
    lock = folder / ".~lock.letter.odt#"
    lock.write_bytes(b"me")
    (folder / "letter.odt").write_bytes(b"libreoffice one")
    time.sleep(STEP)
    new = folder / "lu9876abc.tmp"
    new.write_bytes(b"libreoffice two")
    os.rename(folder / "letter.odt", folder / "lu1234abc.tmp")
    os.rename(new, folder / "letter.odt")
    os.unlink(folder / "lu1234abc.tmp")
    os.unlink(lock)
    return {"letter.odt": b"libreoffice two"}


def vscode(folder: Path, elsewhere: Path) -> Played:
    """Opened, cut to nothing, written, in place."""
    for content in (b"code one", b"code two"):
        descriptor = os.open(folder / "code.txt", os.O_WRONLY | os.O_CREAT, 0o644)
        os.ftruncate(descriptor, 0)
        time.sleep(STEP)
        os.write(descriptor, content)
        os.fdatasync(descriptor)
        os.close(descriptor)
    return {"code.txt": b"code two"}


def obsidian(folder: Path, elsewhere: Path) -> Played:
    """Saved at every pause in typing."""
    text = b""
    for number in range(12):
        text += f"word{number} ".encode()
        (folder / "note.md").write_bytes(text)
        time.sleep(STEP)
    return {"note.md": text}


def chrome(folder: Path, elsewhere: Path) -> Played:
    """A partial download under another name, renamed twice."""
    partial = folder / "Unconfirmed 123456.crdownload"
    with open(partial, "wb") as file:
        for _ in range(4):
            file.write(b"chrome" * 10_000)
            file.flush()
            time.sleep(STEP)
    os.rename(partial, folder / "chrome.pdf.crdownload")
    os.rename(folder / "chrome.pdf.crdownload", folder / "chrome.pdf")
    return {"chrome.pdf": b"chrome" * 40_000}


def firefox(folder: Path, elsewhere: Path) -> Played:
    """An empty file holds the name while `….part` grows, then is replaced."""
    (folder / "firefox.pdf").touch()
    with open(folder / "x7Yz.pdf.part", "wb") as file:
        for _ in range(3):
            file.write(b"firefox" * 10_000)
            file.flush()
            time.sleep(STEP / 2)
    os.rename(folder / "x7Yz.pdf.part", folder / "firefox.pdf")
    return {"firefox.pdf": b"firefox" * 30_000}


def scp(folder: Path, elsewhere: Path) -> Played:
    """Slow writes in place, longer than a file must rest in all, never so long in one pause."""
    content = b""
    with open(folder / "scp.bin.txt", "wb", buffering=0) as file:
        for number in range(20):
            chunk = f"scp {number}\n".encode() * 1000
            content += chunk
            file.write(chunk)
            time.sleep(STEP)
    return {"scp.bin.txt": content}


def hard_link(folder: Path, elsewhere: Path) -> Played:
    """A complete file appears; nobody opens or closes it here."""
    (elsewhere / "linked.txt").write_bytes(b"a hard link")
    os.link(elsewhere / "linked.txt", folder / "linked.txt")
    return {"linked.txt": b"a hard link"}


def memory_mapped(folder: Path, elsewhere: Path) -> Played:
    """Written through memory after its descriptor was closed: no event tells of the bytes."""
    descriptor = os.open(folder / "mapped.txt", os.O_RDWR | os.O_CREAT, 0o644)
    os.ftruncate(descriptor, 8192)
    with mmap.mmap(descriptor, 8192) as memory:
        os.close(descriptor)
        time.sleep(STEP)
        memory[:] = b"m" * 8192
        memory.flush()
    return {"mapped.txt": b"m" * 8192}


def truncate_and_rewrite(folder: Path, elsewhere: Path) -> Played:
    """A shorter content over a longer one."""
    path = folder / "truncated.txt"
    path.write_bytes(b"the long first version of it")
    time.sleep(STEP)
    os.truncate(path, 0)
    time.sleep(STEP)
    path.write_bytes(b"short")
    return {"truncated.txt": b"short"}


def file_becomes_folder(folder: Path, elsewhere: Path) -> Played:
    """A folder takes the name of a file."""
    (folder / "both").write_bytes(b"not for long")
    time.sleep(STEP)
    os.unlink(folder / "both")
    (folder / "both").mkdir()
    (folder / "both" / "inside.txt").write_bytes(b"inside the folder of that name")
    return {"both/inside.txt": b"inside the folder of that name"}


def folder_becomes_file(folder: Path, elsewhere: Path) -> Played:
    """And the other way round."""
    (folder / "swap.txt").mkdir()
    (folder / "swap.txt" / "gone.txt").write_bytes(b"gone before it rested")
    time.sleep(STEP)
    shutil.rmtree(folder / "swap.txt")
    (folder / "swap.txt").write_bytes(b"now a file")
    return {"swap.txt": b"now a file"}


def future(folder: Path, elsewhere: Path) -> Played:
    """Times from another machine's clock, years ahead."""
    (folder / "future.txt").write_bytes(b"from the future")
    os.utime(folder / "future.txt", (4_000_000_000, 4_000_000_000))
    return {"future.txt": b"from the future"}


def renamed_while_new(folder: Path, elsewhere: Path) -> Played:
    """Named for good right after it was written."""
    (folder / "untitled.txt").write_bytes(b"renamed")
    time.sleep(STEP)
    os.rename(folder / "untitled.txt", folder / "titled.txt")
    return {"titled.txt": b"renamed"}


def short_lived(folder: Path, elsewhere: Path) -> Played:
    """A file that is gone before it rested."""
    (folder / "short.txt").write_bytes(b"short-lived")
    time.sleep(STEP)
    os.unlink(folder / "short.txt")
    return {}


ALL: dict[str, Callable[[Path, Path], Played]] = {
    play.__name__: play
    for play in (
        vim, rsync, curl, tar, cp_r, mv_in_and_write, mv_out, gedit, libreoffice, vscode, obsidian, chrome, firefox,
        scp, hard_link, memory_mapped, truncate_and_rewrite, file_becomes_folder, folder_becomes_file, future,
        renamed_while_new, short_lived,
    )
}  # fmt: skip
