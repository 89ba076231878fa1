"""Away from Notion, without a token, with files that fail: nothing is lost, and each change is said once."""

import os
import signal
import socket
import stat
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.e2e.world import Json, World, wait_until
from tests.watch.watching import config, watching


class Cable:
    """A port of this machine that leads to the sandbox while it is plugged in."""

    def __init__(self, port: int) -> None:
        self._target = port
        self._connections: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._listener: socket.socket | None = None
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port = probe.getsockname()[1]

    def plug_in(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", self.port))
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def pull(self) -> None:
        listener, self._listener = self._listener, None
        with self._lock:
            ends = [*self._connections, *([listener] if listener else [])]
            self._connections.clear()
        for end in ends:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def _accept(self, listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                near, _ = listener.accept()
                far = socket.create_connection(("127.0.0.1", self._target))
                with self._lock:
                    self._connections |= {near, far}
                for source, sink in ((near, far), (far, near)):
                    threading.Thread(target=self._copy, args=(source, sink), daemon=True).start()

    def _copy(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                sink.sendall(data)
        for end in (source, sink):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


@contextmanager
def cable(world: World) -> Iterator[Cable]:
    line = Cable(int(world.sandbox.base_url.rpartition(":")[2]))
    world.environ["NOTION_BASE_URL"] = f"http://127.0.0.1:{line.port}"
    try:
        yield line
    finally:
        line.pull()


@pytest.mark.soak
def test_a_network_that_goes_and_comes_is_said_once_each_and_loses_nothing(world: World) -> None:
    told = world.home / "told"
    script = world.home / "tell.sh"
    script.write_text(f'echo "$NOTION_SYNC_EVENT" >> {told}\n')
    top = f"notify: {{on_error: sh {script}, on_success: sh {script}}}"
    with cable(world) as line, watching(world, config=config(world, top=top)) as daemon:
        line.plug_in()
        world.write({"a.txt": b"before"}, mtime=time.time())
        daemon.brings("a.txt")
        line.pull()
        (world.folder / "b.txt").write_bytes(b"while it was away")
        daemon.hears("not now")
        (world.folder / "c.txt").write_bytes(b"later")
        assert daemon.status()["mood"] == "offline"
        line.plug_in()
        daemon.brings("b.txt", "c.txt")
        daemon.hears("connected again")
        assert daemon.status()["mood"] != "offline"
        assert [daemon.heard("not now"), daemon.heard("connected again")] == [1, 1]
        wait_until(lambda: told.exists() and told.read_text() == "error\nsuccess\n", "both notices")
        daemon.mirrors()


@pytest.mark.soak
def test_a_start_without_a_network_waits_for_it(world: World) -> None:
    world.write({"a.txt": b"a"})
    with cable(world) as line, watching(world, config=config(world), ready=False) as daemon:
        daemon.hears("not now")
        line.plug_in()
        daemon.brings("a.txt")


def test_a_refused_token_at_the_start_ends_the_program(world: World) -> None:
    world.write({"a.txt": b"a"})
    world.environ["NOTION_TOKEN"] = "ntn_wrong"
    with watching(world, config=config(world), ready=False) as daemon:
        assert daemon.process.wait(60) == 77
    after = world.run("status")
    assert (after.code, "last run  watch" in after.stdout, "ended with 77: " in after.stdout) == (
        75,
        True,
        True,
    )


def test_a_wrong_config_ends_the_program(world: World) -> None:
    with watching(world, config="rules: []", ready=False) as daemon:
        assert daemon.process.wait(60) == 78


def test_a_token_refused_later_stops_uploads_until_it_works(world: World) -> None:
    """Refused for a while: `retry` tries it again without waiting for another one."""
    refusal = {"status": 401, "code": "unauthorized", "message": "API token is invalid."}
    with watching(world, config=config(world)) as daemon:
        (world.folder / "a.txt").write_bytes(b"a")
        daemon.brings("a.txt")
        world.sandbox.faults([{"path": "/v1/", "every": 1, "do": refusal}])
        (world.folder / "b.txt").write_bytes(b"b")
        daemon.hears("nothing is uploaded until there is a valid token")
        daemon.until(lambda: daemon.status()["mood"] == "token refused", "the state")
        assert "API token is invalid" in daemon.status()["trouble"]
        (world.folder / "c.txt").write_bytes(b"c")
        world.sandbox.faults([])
        daemon.tell("retry")
        daemon.brings("b.txt", "c.txt")
        daemon.hears("the token is accepted again")
        assert daemon.heard("nothing is uploaded until") == 1


def test_another_token_is_taken_up_from_its_file(world: World) -> None:
    folder = world.home / "credentials"
    folder.mkdir()
    token = folder / "notion-token"
    token.write_text(world.sandbox.token)
    del world.environ["NOTION_TOKEN"]
    world.environ["CREDENTIALS_DIRECTORY"] = str(folder)
    with watching(world, config=config(world)) as daemon:
        (world.folder / "a.txt").write_bytes(b"a")
        daemon.brings("a.txt")
        token.write_text("ntn_a_wrong_one")
        daemon.process.send_signal(signal.SIGHUP)
        daemon.hears("the configuration was reloaded")
        (world.folder / "b.txt").write_bytes(b"b")
        daemon.hears("nothing is uploaded until")
        token.write_text(world.sandbox.token)
        daemon.hears("there is a new token")
        daemon.brings("b.txt")


def test_a_refused_file_is_parked_until_somebody_says_retry(world: World) -> None:
    refusal = {"status": 400, "code": "validation_error", "message": "This is refused."}
    with watching(world, config=config(world)) as daemon:
        world.sandbox.faults([{"method": "POST", "path": "/send$", "nth": 1, "do": refusal}])
        (world.folder / "a.txt").write_bytes(b"refused at first")
        daemon.until(lambda: daemon.status()["failed_count"] == 1, "a failed file")
        (failed,) = daemon.status()["failed"]
        assert failed["path"] == str(world.folder / "a.txt")
        assert "This is refused" in failed["reason"]
        assert failed["again_in"] is None
        (world.folder / "b.txt").write_bytes(b"goes on meanwhile")
        daemon.brings("b.txt")
        assert daemon.tell("retry", paths=[str(world.home / "elsewhere")]) == {"files": 0}
        assert daemon.tell("retry") == {"files": 1}
        daemon.brings("a.txt")
        assert daemon.heard("failed    a.txt") == 1


@pytest.mark.soak
def test_a_failed_file_is_tried_again_by_itself(world: World) -> None:
    """The client gives up after six attempts, the daemon a minute later begins anew."""
    trouble = {"status": 500, "code": "internal_server_error", "message": "Unexpected error occurred."}
    with watching(world, config=config(world)) as daemon:
        world.sandbox.faults([{"method": "POST", "path": "/send$", "every": 1, "times": 6, "do": trouble}])
        (world.folder / "a.txt").write_bytes(b"fails at first")
        daemon.until(lambda: daemon.status()["failed_count"] == 1, "a failed file")
        assert daemon.status()["failed"][0]["again_in"] is not None
        requests = len(world.sandbox.requests())
        daemon.until(lambda: daemon.uploads(b"fails at first") == 1, "another attempt", seconds=110)
        daemon.brings("a.txt")
        assert len(world.sandbox.requests()) - requests < 10
        assert daemon.heard("failed    a.txt") == 1


@pytest.mark.parametrize("do", [{"late": 2}, {"cut": True}], ids=["performed late", "not performed"])
def test_a_write_without_an_answer_keeps_nothing_else_waiting(world: World, do: Json) -> None:
    """What is unknown is deferred, and goes on by itself."""
    with watching(world, config=config(world)) as daemon:
        world.sandbox.faults([{"method": "PATCH", "path": "/children$", "nth": 1, "do": do}])
        (world.folder / "a.txt").write_bytes(b"lost")
        daemon.until(lambda: world.sandbox.fired() > 0, "the fault")
        (world.folder / "b.txt").write_bytes(b"goes on meanwhile")
        daemon.brings("b.txt")
        daemon.brings("a.txt")
        daemon.mirrors()
        assert daemon.heard("may still perform it") == 0


def test_an_empty_file_is_taken_when_there_is_something_in_it(world: World) -> None:
    empty = world.folder / "empty.txt"
    empty.touch()
    with watching(world, config=config(world)) as daemon:
        daemon.hears("it is empty")
        empty.write_bytes(b"not empty any more")
        daemon.brings("empty.txt")


def test_pause_holds_and_resume_lets_go(world: World) -> None:
    with watching(world, config=config(world)) as daemon:
        daemon.tell("pause")
        daemon.until(lambda: daemon.status()["mood"] == "paused", "a paused daemon")
        requests = len(world.sandbox.requests())
        (world.folder / "a.txt").write_bytes(b"held")
        daemon.until(lambda: daemon.status()["queued"] > 0, "a file that waits")
        assert len(world.sandbox.requests()) == requests
        daemon.tell("resume")
        daemon.brings("a.txt")


def test_a_stop_in_the_middle_of_a_large_file_is_quick_and_the_next_start_goes_on(world: World) -> None:
    content = os.urandom(60 * 2**20)
    world.write({"large.bin.pdf": content})
    slow = {"delay": 1.0}
    with watching(world, config=config(world), ready=False) as daemon:
        world.sandbox.faults([{"method": "POST", "path": "/send$", "every": 1, "do": slow}])
        wait_until(lambda: any(u["parts_sent"] for u in world.sandbox.state()["uploads"]), "a part")
        assert daemon.stop(signal.SIGTERM) == 0
    world.sandbox.faults([])
    (before,) = world.sandbox.state()["uploads"]
    with watching(world, config=config(world)) as daemon:
        daemon.brings("large.bin.pdf")
        uploads = world.sandbox.state()["uploads"]
        assert [upload["id"] for upload in uploads] == [before["id"]]
        assert daemon.stop(signal.SIGINT) == 130


def test_pause_in_the_middle_of_a_large_file_holds_it_and_resume_goes_on(world: World) -> None:
    world.write({"large.bin.pdf": os.urandom(60 * 2**20)})
    with watching(world, config=config(world), ready=False) as daemon:
        world.sandbox.faults([{"method": "POST", "path": "/send$", "every": 1, "do": {"delay": 1.0}}])
        daemon.until(lambda: any(u["parts_sent"] for u in world.sandbox.state()["uploads"]), "a part")
        assert daemon.status()["mood"] == "working"
        daemon.tell("pause")
        daemon.until(lambda: daemon.status()["mood"] == "paused", "a paused daemon")
        (held,) = world.sandbox.state()["uploads"]
        assert held["status"] == "pending"
        world.sandbox.faults([])
        daemon.tell("resume")
        daemon.brings("large.bin.pdf")
        assert [upload["id"] for upload in world.sandbox.state()["uploads"]] == [held["id"]]


def test_a_second_request_to_stop_ends_it_soon(world: World) -> None:
    """Although a part is under way that takes longer than anybody waits."""
    world.write({"a.txt": b"a"})
    with watching(world, config=config(world), ready=False) as daemon:
        world.sandbox.faults([{"method": "POST", "path": "/send$", "every": 1, "do": {"delay": 1000.0}}])
        daemon.until(lambda: bool(world.sandbox.state()["uploads"]), "an upload")
        # Two of one kind, one right after the other, would arrive as one.
        daemon.process.send_signal(signal.SIGINT)
        assert daemon.stop(signal.SIGTERM) == 130


def test_a_good_config_is_taken_up_and_a_bad_one_is_not(world: World) -> None:
    second = world.home / "second"
    second.mkdir()
    with watching(world, config=config(world)) as daemon:
        path = world.home / "config.yaml"
        good = path.read_text()
        path.write_text(good.replace("folder:", "fulder:"))
        daemon.process.send_signal(signal.SIGHUP)
        daemon.hears("the one before stays in force")
        daemon.hears('did you mean "folder"?')
        (world.folder / "a.txt").write_bytes(b"a")
        daemon.brings("a.txt")
        path.write_text(good.replace(str(world.folder), str(second)))
        daemon.process.send_signal(signal.SIGHUP)
        daemon.hears("the configuration was reloaded")
        (second / "b.txt").write_bytes(b"b")
        daemon.brings("b.txt", folder=second)
        assert daemon.heard(f"drop: watching {world.folder} for https://www.notion.so/") == 1
        assert daemon.heard(f"drop: watching {second} for https://www.notion.so/") == 1
        assert [folder["folder"] for folder in daemon.status()["folders"]] == [str(second)]


def test_a_second_daemon_says_who_runs(world: World) -> None:
    with watching(world, config=config(world)) as daemon:
        run = world.run("watch", config=config(world))
        assert run.code == 75
        assert f"pid {daemon.process.pid} (watch)" in run.stderr


def test_the_socket_is_for_this_user_only_and_goes_with_the_daemon(world: World) -> None:
    with watching(world, config=config(world)) as daemon:
        path: Path = world.state / "control.sock"
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        daemon.stop()
        assert not path.exists()


def test_a_daemon_whose_environment_cannot_be_used_ends_and_names_the_variable(world: World) -> None:
    world.write({"a.txt": b"a"})
    world.environ |= {"NOTION_BASE_URL": "https://notion.invalid", "HTTPS_PROXY": "http://127.0.0.1:x"}
    ended = world.run("watch", str(world.folder), "--to", world.sandbox.page_id)
    assert ended.code == 78
    assert "HTTPS_PROXY cannot be used as a proxy" in ended.stderr
