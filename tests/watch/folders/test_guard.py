"""One folder and its watcher: real inotify, a clock that does not make us wait."""

import ctypes
import os
import subprocess
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from notion_sync.log import Level
from notion_sync.rules import Watch
from notion_sync.scan.mountinfo import Mount
from notion_sync.watch.folders.guard import Guard, Mode
from notion_sync.watch.folders.limits import (
    count_folders,
    inotify_descriptors,
    limit_reached,
    refusal,
    watches_remedy,
)
from notion_sync.watch.folders.quiet import is_watchdogs, quiet
from notion_sync.watch.folders.source import EventSource
from notion_sync.watch.roots import Roots
from tests.e2e.world import wait_until
from tests.support.clock import FakeClock


@dataclass
class Heard:
    """A sink that remembers."""

    files: list[str] = field(default_factory=list)
    trees: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)

    def file(self, path: str) -> None:
        self.files.append(path)

    def closed(self, path: str) -> None:
        self.files.append(path)

    def tree(self, path: str) -> None:
        self.trees.append(path)

    def say(self, text: str, _level: Level) -> None:
        self.lines.append(text)


@contextmanager
def guarded(folder: Path, watch: Watch = Watch.AUTO) -> Iterator[tuple[Guard, Heard, FakeClock]]:
    heard, clock = Heard(), FakeClock()
    roots = Roots([str(folder)])
    guard = Guard(str(folder), watch, sink=heard, say=heard.say, monotonic=clock.monotonic, roots=roots)
    with quiet(lambda: None):
        try:
            yield guard, heard, clock
        finally:
            guard.stop()


def _watchdogs() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if is_watchdogs(thread)]


def _end(thread: threading.Thread) -> None:
    thread.stop()  # type: ignore[attr-defined]
    thread.join(5)


def _unwatch(folder: Path) -> None:
    """Take a folder's watch away, as if it could not have been made."""
    (descriptor,) = inotify_descriptors()
    lines = Path(f"/proc/self/fdinfo/{descriptor}").read_text().splitlines()
    watches = [line.split() for line in lines if line.startswith("inotify wd:")]
    (number,) = [int(wd[3:], 16) for _, wd, ino, *_ in watches if int(ino[4:], 16) == folder.stat().st_ino]
    assert ctypes.CDLL(None).inotify_rm_watch(descriptor, number) == 0


def _an_emitter() -> threading.Thread:
    return next(thread for thread in _watchdogs() if "Emitter" in type(thread).__name__)


def _the_reader() -> threading.Thread:
    return next(thread for thread in _watchdogs() if "FD" in type(thread).__name__)


@pytest.mark.parametrize("victim", [_an_emitter, _the_reader])
def test_a_thread_that_died_is_noticed_and_replaced(
    tmp_path: Path, victim: Callable[[], threading.Thread]
) -> None:
    with guarded(tmp_path) as (guard, heard, clock):
        guard.check(())
        _end(victim())
        heard.trees.clear()
        clock.advance(2)
        guard.check(())
        assert heard.trees == [str(tmp_path)], "what nobody saw is looked for"
        assert heard.lines == [f"{tmp_path}: its watcher stopped working and was replaced"]
        (tmp_path / "a").write_bytes(b"a")
        wait_until(lambda: str(tmp_path / "a") in heard.files, "an event")
        assert guard.state.mode is Mode.EVENTS


def test_a_watcher_that_dies_again_and_again_is_replaced_less_and_less_often(tmp_path: Path) -> None:
    with guarded(tmp_path) as (guard, heard, clock):
        guard.check(())
        replaced: list[float] = []
        began = clock.monotonic()
        while clock.monotonic() < began + 120:
            if guard._source is not None and guard._source.alive:
                _end(_an_emitter())
            clock.advance(1)
            guard.check(())
            if len(heard.lines) > len(replaced):
                replaced.append(clock.monotonic() - began)
        assert len(replaced) == 7, replaced


def test_a_folder_that_could_not_be_watched_is_watched_once_it_can(tmp_path: Path) -> None:
    """Whoever may list it now may watch it; if not, it is looked through."""
    (tmp_path / "closed").mkdir()
    with guarded(tmp_path) as (guard, heard, clock):
        guard.check(())
        assert guard._source is not None
        _unwatch(tmp_path / "closed")
        (tmp_path / "closed").chmod(0o700)
        wait_until(lambda: guard._source is not None and guard._source.new_folders, "an event")
        heard.trees.clear()
        for _ in range(2):
            guard.check(())
            clock.advance(2)
        assert heard.lines == []
        assert heard.trees == [str(tmp_path)], "what nobody saw is looked for"
        (tmp_path / "closed" / "a").write_bytes(b"a")
        wait_until(lambda: str(tmp_path / "closed" / "a") in heard.files, "an event")


def test_nothing_is_left_behind(tmp_path: Path) -> None:
    before = inotify_descriptors()
    with guarded(tmp_path) as (guard, _, clock):
        for victim in (_an_emitter, _the_reader):
            guard.check(())
            _end(victim())
            clock.advance(100)
        guard.check(())
    assert inotify_descriptors() == before
    assert _watchdogs() == []


def test_reading_is_no_event(tmp_path: Path) -> None:
    """Or hashing a file would be a reason to look at it."""
    path = tmp_path / "a"
    path.write_bytes(b"a")
    with guarded(tmp_path) as (guard, heard, _):
        guard.check(())
        path.read_bytes()
        (tmp_path / "b").write_bytes(b"b")
        wait_until(lambda: str(tmp_path / "b") in heard.files, "an event")
        assert str(path) not in heard.files


def test_a_folder_behind_a_link_is_called_by_the_links_name(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    with guarded(tmp_path / "link") as (guard, heard, _):
        guard.check(())
        (tmp_path / "real" / "a").write_bytes(b"a")
        wait_until(lambda: str(tmp_path / "link" / "a") in heard.files, "an event")


def test_a_network_file_system_is_looked_through(tmp_path: Path) -> None:
    with guarded(tmp_path) as (guard, heard, _):
        guard.check([Mount(1, "/", "ext4"), Mount(2, str(tmp_path), "nfs4")])
        assert (guard.state.mode, guard.state.polled) == (Mode.POLL, (str(tmp_path),))
        assert heard.lines == [
            f"{tmp_path}: scanned regularly instead of watched: nfs4 does not tell of all changes"
        ]
        guard.check([Mount(1, "/", "ext4")])
        assert (guard.state.mode, guard.state.polled) == (Mode.EVENTS, ())
        assert heard.lines[1:] == [
            f"{tmp_path}: it was replaced or mounted again, and is watched anew",
            f"{tmp_path}: watched by events again",
        ]


def test_a_network_file_system_below_is_looked_through_alone(tmp_path: Path) -> None:
    with guarded(tmp_path) as (guard, _, _clock):
        guard.check([Mount(1, "/", "ext4"), Mount(2, str(tmp_path / "nas"), "cifs")])
        assert (guard.state.mode, guard.state.polled) == (Mode.EVENTS, (str(tmp_path / "nas"),))
        assert guard.state.reason.endswith("is cifs and is scanned regularly")


@pytest.mark.parametrize(("watch", "mode"), [(Watch.POLL, Mode.POLL), (Watch.EVENTS, Mode.EVENTS)])
def test_the_rule_has_the_last_word(tmp_path: Path, watch: Watch, mode: Mode) -> None:
    mount = Mount(1, "/", "ext4") if watch is Watch.POLL else Mount(1, "/", "nfs4")
    with guarded(tmp_path, watch) as (guard, _, _clock):
        guard.check([mount])
        assert guard.state.mode is mode


def test_folders_are_counted_as_the_kernel_counts_watches(tmp_path: Path) -> None:
    for number in range(7):
        (tmp_path / f"{number}" / "deep").mkdir(parents=True)
    (tmp_path / "link").symlink_to("0")
    source = EventSource(str(tmp_path), str(tmp_path), Heard())
    with quiet(lambda: None):
        source.start()
        try:
            assert source.watches == count_folders(str(tmp_path)) == 15
        finally:
            source.stop()
    assert not limit_reached(str(tmp_path))


def test_remedies_name_the_setting_and_a_value_with_room() -> None:
    assert "fs.inotify.max_user_watches=524288" in watches_remedy(20)
    assert "fs.inotify.max_user_watches=2097152" in watches_remedy(600_000)
    assert "max_user_instances=512" in refusal(OSError(24, "Too many open files"), 1)[1]
    assert refusal(OSError(13, "Permission denied"), 1) == ("it cannot be watched: Permission denied", "")


def test_what_watchdog_cannot_take_is_looked_through() -> None:
    """Whatever it raises, the folder is scanned instead."""
    assert refusal(RecursionError("maximum recursion depth exceeded"), 1) == (
        "its folders are nested too deeply to be watched",
        "",
    )
    assert refusal(KeyError("x"), 1)[0].startswith("it cannot be watched: unexpected error: KeyError")


def test_a_tree_that_is_deeper_than_the_call_stack_is_watched_or_scanned(tmp_path: Path) -> None:
    """Before Python 3.12 watchdog's walk is recursive."""
    (tmp_path / "top").mkdir()
    try:
        for depth in range(1, 1200):
            os.mkdir(f"{tmp_path}/top/{'d/' * depth}")
        with guarded(tmp_path / "top") as (guard, heard, _):
            guard.check(())
            assert guard.state.mode in (Mode.EVENTS, Mode.POLL)
            assert str(tmp_path / "top") in heard.trees
            assert guard.state.mode is Mode.EVENTS or guard.state.polled == (str(tmp_path / "top"),)
    finally:
        subprocess.run(["rm", "-rf", tmp_path / "top"], check=True)  # pytest's own way is recursive


def test_watchdogs_warnings_are_silenced_and_others_are_not() -> None:
    heard = []
    with warnings.catch_warnings(), quiet(lambda: heard.append("overflow")):
        import logging

        logging.getLogger("watchdog.observers.inotify_c").warning(
            "Inotify queue overflowed; events were lost"
        )
        logging.getLogger("watchdog.observers.inotify").error("something else")
        assert heard == ["overflow"]
        with pytest.warns(RuntimeWarning):
            warnings.warn("not watchdog's", RuntimeWarning, stacklevel=1)
