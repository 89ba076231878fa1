"""What takes minutes: bursts, thousands of folders, the same load over and over."""

import os
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.world import World, wait_until
from tests.watch.watching import Watching, config, watching

pytestmark = [pytest.mark.soak, pytest.mark.timeout(900)]

MINUTES = 600.0


def _wait(daemon: Watching, condition: Callable[[], bool], what: str) -> None:
    """Wait without being a load: asking a sandbox for ten thousand blocks is one."""

    def slowly() -> bool:
        time.sleep(0.5)
        return condition()

    daemon.until(slowly, what, seconds=MINUTES)


def _uploads(daemon: Watching, count: int) -> None:
    """Wait until so many contents were uploaded and nothing is to be done."""

    def done() -> bool:
        status = daemon.status()
        return bool(status["uploaded"] >= count and status["mood"] == "idle" and status["queued"] == 0)

    _wait(daemon, done, f"{count} uploads")


def _each_once(daemon: Watching) -> None:
    """Every file of the folder is on the page, each once, and nothing was uploaded twice."""
    world = daemon.world
    count = len({digest for _, digest in world.contents()})
    _uploads(daemon, count)
    # Whatever was missed or taken for new would be found by another look.
    (world.folder / "marker.txt").write_bytes(b"marker")
    daemon.tell("retry")
    _uploads(daemon, count + 1)
    wanted = sorted(digest for _, digest in world.contents())
    assert sorted(block["sha256"] for block in world.sandbox.blocks()) == wanted
    assert sorted(u["sha256"] for u in world.sandbox.state()["uploads"]) == sorted(set(wanted))


def test_ten_thousand_files_in_one_burst(world: World) -> None:
    with watching(world, config=config(world)) as daemon:
        for number in range(10_000):
            (world.folder / f"{number:05}.txt").write_bytes(f"burst {number}".encode())
        _each_once(daemon)
        assert daemon.resident() < 120 * 2**20


def test_ten_thousand_files_in_a_hundred_new_folders(world: World) -> None:
    with watching(world, config=config(world)) as daemon:
        for number in range(10_000):
            path = world.folder / f"{number // 100:03}" / f"{number:05}.txt"
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(f"burst {number}".encode())
        _each_once(daemon)


def test_nine_hundred_files_in_911_folders_twenty_times_over(world: World) -> None:
    source = world.home / "source"
    for number in range(900):
        folder = source / f"{number % 10}" / f"{number}"
        folder.mkdir(parents=True)
        (folder / "file.txt").write_bytes(f"{number}".encode())
    with watching(world, config=config(world)) as daemon:
        for copy in range(20):
            subprocess.run(["cp", "-r", str(source), str(world.folder / f"{copy:02}")], check=True)
        _wait(daemon, lambda: len(world.sandbox.blocks()) >= 20 * 900, "18,000 blocks")
        _each_once(daemon)


def test_six_thousand_folders_are_watched_without_spinning(world: World) -> None:
    for number in range(6000):
        (world.folder / f"{number % 60:02}" / f"{number:04}").mkdir(parents=True)
    with watching(world, config=config(world)) as daemon:
        assert daemon.status()["folders"][0]["mode"] == "events"
        (world.folder / "07" / "0007" / "a.txt").write_bytes(b"deep inside")
        daemon.brings("07/0007/a.txt")
        daemon.idle()
        before = daemon.cpu()
        time.sleep(10)
        assert daemon.cpu() - before < 0.5, "CPU seconds in ten seconds of rest"


def test_trees_moved_in_and_written_to_at_once(world: World) -> None:
    """While one tree is moved in, others are written to, by several programs."""
    outside = world.home / "outside"

    def work(name: str) -> None:
        for number in range(10):
            tree = outside / name / f"{number}"
            for depth in range(5):
                folder = tree / "/".join("abcde"[: depth + 1])
                folder.mkdir(parents=True, exist_ok=True)
                (folder / "old.txt").write_bytes(f"{name} {number} {depth} old".encode())
            moved = world.folder / f"{name}-{number}"
            os.rename(tree, moved)
            for depth in range(5):
                folder = moved / "/".join("abcde"[: depth + 1])
                (folder / "new.txt").write_bytes(f"{name} {number} {depth} new".encode())

    with watching(world, config=config(world)) as daemon:
        threads = [threading.Thread(target=work, args=(name,)) for name in ("x", "y", "z")]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        _each_once(daemon)


def test_a_file_that_grows_for_long_is_taken_once_when_it_is_complete(world: World) -> None:
    path: Path = world.folder / "growing.pdf"
    with watching(world, config=config(world)) as daemon:
        before = daemon.cpu()
        with open(path, "wb", buffering=0) as file:
            for number in range(400):
                file.write(f"line {number}\n".encode())
                time.sleep(0.1)
        assert daemon.cpu() - before < 4, "CPU seconds in forty"
        daemon.brings("growing.pdf")
        assert len(world.sandbox.state()["uploads"]) == 1


def test_days_of_rounds_cost_nothing_and_find_what_no_event_told(world: World) -> None:
    """Rounds every second; a file whose bytes change while its event cannot be heard is found by them."""
    text = config(world).replace("rescan: 0", "rescan: 1s")
    with watching(world, config=text) as daemon:
        (world.folder / "a.txt").write_bytes(b"a")
        daemon.brings("a.txt")
        requests = len(world.sandbox.requests())
        resident = daemon.resident()
        time.sleep(20)
        assert len(world.sandbox.requests()) == requests
        assert daemon.resident() < resident + 4 * 2**20
        wait_until(lambda: daemon.status()["mood"] == "idle", "an idle daemon")
