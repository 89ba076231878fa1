"""Whatever happens to a watched folder, the daemon notices, says so once, and goes on by itself."""

import os
import shutil
import signal
import subprocess
from collections.abc import Iterable
from contextlib import suppress
from functools import cache
from pathlib import Path

import pytest

from tests.e2e.world import World, sha256
from tests.watch.watching import Watching, config, watching


@cache
def can_unshare(*options: str) -> bool:
    """Whether this user may make such namespaces."""
    if shutil.which("unshare") is None:
        return False
    return subprocess.run(["unshare", *options, "true"], capture_output=True, check=False).returncode == 0


def _renamed_and_made_anew(folder: Path) -> None:
    os.rename(folder, folder.with_name("old"))
    folder.mkdir()


def _removed_and_made_anew(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.mkdir()


def _replaced_by_another(folder: Path) -> None:
    other = folder.with_name("other")
    (other / "deep").mkdir(parents=True)
    (other / "deep" / "before.txt").write_bytes(b"was in the other folder")
    os.rename(folder, folder.with_name("old"))
    os.rename(other, folder)


CHANGES = (_renamed_and_made_anew, _removed_and_made_anew, _replaced_by_another)


def test_a_folder_that_becomes_another_is_watched_anew(world: World) -> None:
    folders = {change: world.home / change.__name__ / "root" for change in CHANGES}
    for folder in folders.values():
        folder.mkdir(parents=True)
        (folder / "a.txt").write_bytes(str(folder).encode())

    def wait_for(name: str) -> None:
        wanted = {sha256((folder / name).read_bytes()) for folder in folders.values()}
        daemon.until(lambda: wanted <= {digest for _, digest in daemon.placed()}, f"every {name}")

    with watching(world, config=_rules(world, folders.values())) as daemon:
        wait_for("a.txt")
        for change, folder in folders.items():
            change(folder)
            (folder / "b.txt").write_bytes(f"{folder} b".encode())
        wait_for("b.txt")
        # Not only looked through once:
        for folder in folders.values():
            (folder / "deep").mkdir(exist_ok=True)
            (folder / "deep" / "c.txt").write_bytes(f"{folder} c".encode())
        wait_for("deep/c.txt")
        assert {folder["mode"] for folder in daemon.status()["folders"]} == {"events"}
        assert daemon.uploads(b"was in the other folder") == 1


def test_a_folder_that_becomes_a_link_is_held_until_it_is_confirmed(world: World) -> None:
    """Whoever may write to the folder above would else decide what leaves the machine."""
    (world.folder / "a.txt").write_bytes(b"mine")
    other, second = world.home / "other", world.home / "second"
    other.mkdir()
    second.mkdir()
    (other / "private.txt").write_bytes(b"private")
    with watching(world, config=_rules(world, (world.folder, second))) as daemon:

        def arrives(content: bytes) -> None:
            wanted = sha256(content)
            daemon.until(lambda: wanted in {digest for _, digest in daemon.placed()}, f"{content!r}")

        arrives(b"mine")
        os.rename(world.folder, world.home / "away")
        world.folder.symlink_to(other)
        daemon.hears(f"it leads to {other} now")
        (other / "later.txt").write_bytes(b"written later")
        (folder,) = (each for each in daemon.status()["folders"] if each["folder"] == str(world.folder))
        assert (folder["mode"], folder["remedy"]) == (
            "held",
            f"notion-sync resume {world.folder} confirms it",
        )
        code, said = headline(world)
        assert (code, said.startswith(f"{NOT_ALL}~/folder (it leads to {other} now")) == (75, True)
        world.run("retry", str(world.folder))
        (second / "b.txt").write_bytes(b"of the other rule")
        arrives(b"of the other rule")
        assert daemon.uploads(b"private") == daemon.uploads(b"written later") == 0
        assert world.run("resume", str(world.home / "elsewhere")).code == 1

        run = world.run("resume", str(world.folder))
        assert (run.code, "confirmed" in run.stderr) == (0, True)
        arrives(b"private")
        (other / "deep").mkdir()
        (other / "deep" / "b.txt").write_bytes(b"watched, too")
        arrives(b"watched, too")


NOT_ALL = "Not everything may be in Notion: the daemon does not look at "


def headline(world: World) -> tuple[int, str]:
    status = world.run("status")
    return status.code, status.stdout.splitlines()[0]


def _rules(world: World, folders: Iterable[Path]) -> str:
    rules = "".join(
        f"  - {{name: r{number}, folder: {folder}, to: {{page: {world.sandbox.page_id}}}}}\n"
        for number, folder in enumerate(folders)
    )
    return f"rate_limit: 100000\ndefaults: {{settle: 500ms, rescan: 0}}\nrules:\n{rules}"


def test_writes_to_a_folder_renamed_away_are_not_taken_for_its_own(world: World) -> None:
    with watching(world, config=config(world)) as daemon:
        os.rename(world.folder, world.folder.with_name("old"))
        world.folder.mkdir()
        (world.folder.with_name("old") / "a.txt").write_bytes(b"not ours any more")
        (world.folder / "b.txt").write_bytes(b"ours")
        daemon.brings("b.txt")
        daemon.catches_up()
        assert daemon.uploads(b"not ours any more") == 0


def test_a_folder_that_is_gone_is_no_reason_to_say_that_all_is_well(world: World) -> None:
    (world.folder / "a.txt").write_bytes(b"a")
    with watching(world, config=config(world)) as daemon:
        daemon.brings("a.txt")
        daemon.until(lambda: headline(world)[0] == 0, "all is well")
        os.rename(world.folder, world.folder.with_name("away"))
        daemon.hears(f"{world.folder}: it is not there")
        assert headline(world) == (75, f"{NOT_ALL}~/folder (it is not there; is its disk mounted?).")
        os.rename(world.folder.with_name("away"), world.folder)
        daemon.until(lambda: headline(world)[0] == 0, "all is well")


def test_a_file_in_the_place_of_a_folder_is_called_that(world: World) -> None:
    """And waited for all the same: it may be a folder tomorrow."""
    world.folder.rmdir()
    world.folder.write_bytes(b"no folder")
    assert f"{world.folder}: it is a file, not a folder" in world.run("push", config=config(world)).stderr
    with watching(world, config=config(world)) as daemon:
        daemon.hears(f"{world.folder}: it is a file, not a folder")
        assert "waited for (it is a file, not a folder)" in world.run("status").stdout
        world.folder.unlink()
        world.folder.mkdir()
        (world.folder / "a.txt").write_bytes(b"a")
        daemon.brings("a.txt")


def test_a_missing_folder_is_waited_for(world: World) -> None:
    world.folder.rmdir()
    with watching(world, config=config(world)) as daemon:
        daemon.hears("is its disk mounted")
        assert daemon.status()["folders"][0]["mode"] == "missing"
        world.folder.mkdir()
        (world.folder / "a.txt").write_bytes(b"a")
        daemon.brings("a.txt")
        assert daemon.heard("is its disk mounted") == 1


@pytest.mark.skipif(
    not can_unshare("-m"), reason="needs root, or to be allowed a mount namespace (unshare -m)"
)
def test_an_unmounted_disk_is_noticed_and_taken_up_when_it_is_back(world: World) -> None:
    script = f'mount -t tmpfs tmpfs "{world.folder}" && exec "$0" "$@"'
    with watching(world, config=config(world), prefix=("unshare", "-m", "sh", "-c", script)) as daemon:
        inside = Path(f"/proc/{daemon.process.pid}/root{world.folder}")

        def within(*command: str) -> None:
            nsenter = ["nsenter", "-t", str(daemon.process.pid), "-m", *command]
            subprocess.run(nsenter, check=True, capture_output=True, timeout=30)

        (inside / "a.txt").write_bytes(b"on the disk")
        daemon.brings("a.txt", folder=inside)
        within("umount", str(world.folder))
        daemon.hears("replaced or mounted again")
        within("mount", "-t", "tmpfs", "tmpfs", str(world.folder))
        (inside / "sub").mkdir()
        (inside / "sub" / "b.txt").write_bytes(b"on the disk that is back")
        daemon.brings("sub/b.txt", folder=inside)
        (inside / "sub" / "c.txt").write_bytes(b"watched again")
        daemon.brings("sub/c.txt", folder=inside)
        assert {path for path, _ in daemon.placed()} == {"a.txt", "sub/b.txt", "sub/c.txt"}


@pytest.mark.skipif(
    not can_unshare("-m"), reason="needs root, or to be allowed a mount namespace (unshare -m)"
)
def test_a_disk_unmounted_below_the_folder_takes_nothing_away(world: World) -> None:
    disk = world.folder / "disk"
    disk.mkdir()
    (world.folder / "gone.txt").write_bytes(b"of the folder itself")
    (world.folder / "stays.txt").write_bytes(b"of the folder, too")
    script = f'mount -t tmpfs tmpfs "{disk}" && echo on the disk > "{disk}/a.txt" && exec "$0" "$@"'
    rules = config(world, rule="on_delete: remove\n    max_delete: 50%")
    with watching(world, config=rules, prefix=("unshare", "-m", "sh", "-c", script)) as daemon:
        daemon.until(lambda: len(daemon.placed()) == 3, "three files")
        nsenter = ["nsenter", "-t", str(daemon.process.pid), "-m"]
        subprocess.run([*nsenter, "umount", str(disk)], check=True, capture_output=True, timeout=30)
        daemon.hears(f"1 file is missing below {disk}, and its disk is not mounted")
        (world.folder / "gone.txt").unlink()
        os.kill(daemon.process.pid, signal.SIGHUP)  # everything is looked through anew
        daemon.until(lambda: len(daemon.placed()) == 2, "one file less")
        assert sorted(path for path, _ in daemon.placed()) == ["disk/a.txt", "stays.txt"]
        daemon.tell("resume", paths=[str(disk)])
        daemon.until(lambda: [path for path, _ in daemon.placed()] == ["stays.txt"], "what was confirmed")


@pytest.mark.skipif(not can_unshare("-Ur"), reason="needs a user namespace (unshare -Ur)")
def test_a_reached_watch_limit_is_said_once_and_made_up_for(world: World) -> None:
    for number in range(40):
        (world.folder / f"{number:02}").mkdir()
    limit = "/proc/sys/user/max_inotify_watches"
    script = f'echo 20 > {limit}; exec "$0" "$@"'
    prefix = ("unshare", "-Ur", "sh", "-c", script)
    with watching(world, config=config(world), prefix=prefix) as daemon:
        daemon.hears("sysctl fs.inotify.max_user_watches=524288")
        for number in range(40):
            (world.folder / f"{number:02}" / "a.txt").write_bytes(f"in {number}".encode())
        daemon.mirrors()
        assert daemon.heard("max_user_watches") == 1
        (folder,) = daemon.status()["folders"]
        assert folder["mode"] == "poll"
        assert "inotify limit reached" in folder["reason"]
        assert "max_user_watches" in folder["remedy"]


def test_an_overflowing_queue_loses_nothing(world: World) -> None:
    limit = int(Path("/proc/sys/fs/inotify/max_queued_events").read_text())
    if limit > 20_000:
        pytest.skip(f"max_queued_events is {limit}: filling the queue would take too long")
    with watching(world, config=config(world)) as daemon:
        daemon.process.send_signal(signal.SIGSTOP)
        for number in range(limit // 2 + 1000):
            name = world.folder / f"{number}.tmp"
            os.close(os.open(name, os.O_CREAT | os.O_WRONLY))
            os.unlink(name)
        (world.folder / "late").mkdir()
        (world.folder / "late" / "a.txt").write_bytes(b"after the queue was full")
        daemon.process.send_signal(signal.SIGCONT)
        daemon.brings("late/a.txt")
        daemon.hears("more changes at once than the kernel keeps")
        (world.folder / "late" / "b.txt").write_bytes(b"in a folder made meanwhile")
        daemon.brings("late/b.txt")


def test_folders_copied_in_by_the_hundred_lose_no_file(world: World) -> None:
    """`cp -r` of many folders, which killed watchdog 7.0 and made others miss files; more of it in `test_long`."""
    source = world.home / "source"
    for number in range(50):
        folder = source / f"{number % 10}" / f"{number}" / "deep" / "er"
        folder.mkdir(parents=True)
        for name in "abc":
            (folder.parent / f"{name}.txt").write_bytes(f"{number}{name}".encode())
    with watching(world, config=config(world)) as daemon:
        subprocess.run(["cp", "-r", str(source), str(world.folder / "copy")], check=True)
        daemon.mirrors()
        assert len(daemon.said) < 180, "a line a file, and no flood of warnings"


@pytest.mark.soak
def test_a_single_file_is_followed_without_watching_its_folder(world: World) -> None:
    world.write({"a.txt": b"one", "b.txt": b"not asked for"})
    path = world.folder / "a.txt"
    with watching(world, str(path), "--to", world.sandbox.page_id) as daemon:
        daemon.until(lambda: daemon.uploads(b"one") == 1, "the file")
        path.write_bytes(b"two")
        daemon.until(lambda: daemon.uploads(b"two") == 1, "its new content")
        assert daemon.uploads(b"not asked for") == 0


def _watched(daemon: Watching) -> int:
    """How many folders the kernel watches for it."""
    count = 0
    for name in os.listdir(f"/proc/{daemon.process.pid}/fdinfo"):
        with suppress(FileNotFoundError):  # closed meanwhile
            text = Path(f"/proc/{daemon.process.pid}/fdinfo/{name}").read_text()
            count += text.count("inotify wd:")
    return count


def test_poll_asks_the_kernel_for_nothing(world: World) -> None:
    with watching(world, config=config(world, rule="watch: poll")) as daemon:
        assert _watched(daemon) == 0
        (world.folder / "a.txt").write_bytes(b"polled")
        daemon.brings("a.txt")
        assert daemon.status()["folders"][0]["mode"] == "poll"
