"""Both ends of the control socket, over a real one."""

import json
import os
import socket
import stat
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from notion_sync.control import ask
from notion_sync.control.address import RECORD_NAME, SOCKET_NAME, locate
from notion_sync.control.client import Refused
from notion_sync.control.protocol import LONGEST_REQUEST
from notion_sync.control.server import MOST_CLIENTS, Handler
from notion_sync.errors import NotNow, UsageError
from tests.support.serving import serving


class Daemon:
    """What the handlers work on."""

    def __init__(self) -> None:
        self.paused = False
        self.retried: list[list[str]] = []

    def status(self) -> Mapping[str, object]:
        return {"pid": os.getpid(), "paused": self.paused}

    def pause(self) -> None:
        self.paused = True

    def retry(self, paths: list[str]) -> Mapping[str, object]:
        self.retried.append(paths)
        return {"files": len(paths)}

    def refuse(self) -> None:
        raise UsageError("not like this", hint="like that")

    def break_down(self) -> None:
        raise ZeroDivisionError("oh")

    @property
    def handlers(self) -> dict[str, Handler]:
        return {
            "status": self.status,
            "pause": self.pause,
            "retry": self.retry,
            "refuse": self.refuse,
            "break": self.break_down,
        }


@pytest.fixture
def daemon() -> Daemon:
    return Daemon()


@pytest.fixture
def state(tmp_path: Path, daemon: Daemon) -> Iterator[str]:
    """The folder of a store whose daemon serves, impatiently."""
    with serving(str(tmp_path), daemon.handlers, environ={}, patience=0.5):
        yield str(tmp_path)


def raw(state: str, data: bytes, *, seconds: float = 5) -> bytes:
    """What the server says to some bytes."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(seconds)
        connection.connect(locate(state))
        answer = b""
        # The server may have heard enough before the end.
        with suppress(BrokenPipeError, ConnectionResetError):
            connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)
        with suppress(ConnectionResetError):
            while chunk := connection.recv(65_536):
                answer += chunk
        return answer


def test_commands_reach_their_handlers(state: str, daemon: Daemon) -> None:
    assert ask(state, "status") == {"pid": os.getpid(), "paused": False}
    assert ask(state, "pause") == {}
    assert ask(state, "status") == {"pid": os.getpid(), "paused": True}
    assert ask(state, "retry", {"paths": ["/a", "/b\udce9"]}) == {"files": 2}
    assert daemon.retried == [["/a", "/b\udce9"]]


def test_a_refusal_keeps_its_words_and_its_exit_code(state: str) -> None:
    with pytest.raises(Refused, match=r"not like this \(like that\)") as caught:
        ask(state, "refuse")
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    ("command", "arguments", "words"),
    [
        ("dance", {}, "no command 'dance'"),
        ("break", {}, "ZeroDivisionError: oh"),
        ("retry", {"files": 3}, "retry does not take these arguments"),
        ("status", {"self": 1}, "status does not take these arguments"),
        ("retry", {}, "retry does not take these arguments"),
    ],
)
def test_what_makes_no_sense_is_refused_and_the_daemon_goes_on(
    state: str, command: str, arguments: dict[str, object], words: str
) -> None:
    with pytest.raises(Refused, match=words):
        ask(state, command, arguments)
    assert ask(state, "status") is not None


@pytest.mark.parametrize(
    "garbage",
    [b"\n", b"hello\n", b"[1]\n", b'{"command": 7}\n', b'{"command": "status", "arguments": [1]}\n', b"\xff\x00\n",
     b"[" * 100_000 + b"\n"],
)  # fmt: skip
def test_garbage_is_answered_and_the_daemon_goes_on(state: str, garbage: bytes) -> None:
    answer = json.loads(raw(state, garbage).splitlines()[0])
    assert answer["ok"] is False
    assert answer["exit_code"] == 2
    assert ask(state, "status") is not None


def test_a_line_without_an_end_is_bounded(state: str) -> None:
    # Whether the answer survives depends on how much was under way when the server hung up.
    answer = raw(state, b"x" * (LONGEST_REQUEST + 200_000))
    assert answer == b"" or json.loads(answer)["error"].startswith("a line of more than")
    assert ask(state, "status") is not None


def test_too_much_is_refused_before_it_is_sent(state: str) -> None:
    with pytest.raises(UsageError, match="too many paths"):
        ask(state, "retry", {"paths": ["/p"] * 100_000})


def test_many_requests_on_one_connection(state: str) -> None:
    lines = raw(state, b'{"command": "status"}\n' * 100).splitlines()
    assert len(lines) == 100


def test_slow_clients_are_bounded_and_do_not_stand_in_the_way(tmp_path: Path, daemon: Daemon) -> None:
    state = str(tmp_path)
    with ExitStack() as stack:
        stack.enter_context(serving(state, daemon.handlers, environ={}, patience=3))

        def slow_client() -> None:
            client = stack.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM))
            client.connect(locate(state))
            with suppress(BrokenPipeError):  # one too many is shown the door before it has said a word
                client.sendall(b'{"comm')

        def crowd(end: float) -> None:
            while time.monotonic() < end:
                slow_client()
                ask(state, "status")

        begun = time.monotonic()
        for _ in range(MOST_CLIENTS - 1):
            slow_client()
        assert ask(state, "status") is not None
        with pytest.raises(Refused, match="too many clients") as caught:
            crowd(begun + 2.5)
        assert caught.value.exit_code == 75
        # They are given up in time, however they trickle.
        until_answered(state, begun + 10)


def until_answered(state: str, end: float) -> None:
    while time.monotonic() < end:
        with suppress(Refused):
            ask(state, "status")
            return
        time.sleep(0.05)
    pytest.fail("slow clients keep their places")


def test_a_client_that_does_not_read_is_given_up(tmp_path: Path) -> None:
    def much() -> Mapping[str, object]:
        return {"text": "x" * 5_000_000}

    with serving(str(tmp_path), {"status": much}, environ={}, patience=0.3):
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.connect(locate(str(tmp_path)))
            connection.sendall(b'{"command": "status"}\n')
            time.sleep(0.6)
        before = time.monotonic()
        assert ask(str(tmp_path), "status") == much()
        assert time.monotonic() - before < 5


def test_only_this_user_can_open_it(state: str) -> None:
    assert stat.S_IMODE(os.lstat(locate(state)).st_mode) == 0o600


def test_other_users_are_refused_even_where_the_folder_lets_them_in(tmp_path: Path, daemon: Daemon) -> None:
    stranger = frozenset((os.geteuid() + 1,))
    with (
        serving(str(tmp_path), daemon.handlers, environ={}, allowed=stranger),
        pytest.raises(Refused, match="another user"),
    ):
        ask(str(tmp_path), "status")


def test_without_a_daemon_there_is_no_answer(tmp_path: Path) -> None:
    assert ask(str(tmp_path), "status") is None
    assert ask(str(tmp_path / "missing"), "status") is None


def test_the_socket_of_a_killed_daemon_is_no_daemon_and_is_replaced(tmp_path: Path, daemon: Daemon) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as dead:
        dead.bind(str(tmp_path / SOCKET_NAME))
    assert ask(str(tmp_path), "status") is None
    with serving(str(tmp_path), daemon.handlers, environ={}):
        assert ask(str(tmp_path), "status") is not None
    assert os.listdir(tmp_path) == []


def test_a_file_of_that_name_is_not_removed(tmp_path: Path, daemon: Daemon) -> None:
    (tmp_path / SOCKET_NAME).write_text("mine")
    with pytest.raises(OSError, match="in use"), serving(str(tmp_path), daemon.handlers, environ={}):
        pass
    assert (tmp_path / SOCKET_NAME).read_text() == "mine"


def test_in_the_runtime_directory_of_systemd_it_is_found_by_the_store(tmp_path: Path, daemon: Daemon) -> None:
    state, runtime = tmp_path / "state", tmp_path / "runtime"
    state.mkdir()
    runtime.mkdir()
    with serving(str(state), daemon.handlers, environ={"RUNTIME_DIRECTORY": str(runtime)}):
        assert os.listdir(runtime) == [SOCKET_NAME]
        assert os.listdir(state) == [RECORD_NAME]
        assert ask(str(state), "status") is not None
    assert os.listdir(runtime) == os.listdir(state) == []


def test_a_record_of_a_killed_daemon_does_not_lead_astray(tmp_path: Path, daemon: Daemon) -> None:
    (tmp_path / RECORD_NAME).write_text("/run/notion-sync-gone/control.sock\n")
    assert ask(str(tmp_path), "status") is None
    with serving(str(tmp_path), daemon.handlers, environ={}):
        assert ask(str(tmp_path), "status") is not None


def test_a_path_too_long_for_a_socket_address(tmp_path: Path, daemon: Daemon) -> None:
    state = tmp_path / ("d" * 120) / ("e" * 120)
    state.mkdir(parents=True)
    with serving(str(state), daemon.handlers, environ={}):
        assert ask(str(state), "status") is not None
    assert os.listdir(state) == []


def test_a_daemon_that_does_not_answer_is_not_waited_for_for_ever(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as mute:
        mute.bind(str(tmp_path / SOCKET_NAME))
        mute.listen()
        with pytest.raises(NotNow, match="does not answer"):
            ask(str(tmp_path), "status", patience=0.3)


def test_the_end_takes_the_threads_along(tmp_path: Path, daemon: Daemon) -> None:
    before = threading.active_count()
    with serving(str(tmp_path), daemon.handlers, environ={}):
        assert ask(str(tmp_path), "status") is not None
    end = time.monotonic() + 2
    while threading.active_count() > before and time.monotonic() < end:
        time.sleep(0.01)
    assert threading.active_count() == before
