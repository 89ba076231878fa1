"""Notices: real commands, real pings; whatever happens to one of them, the others are told."""

import asyncio
import contextlib
import logging
import os
import socket
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from notion_sync.config.notify import Notify
from notion_sync.log import Level
from notion_sync.watch.background import Background
from notion_sync.watch.notify import Notices


def tell(
    how: Notify,
    work: Callable[[Notices], None],
    *,
    environ: Mapping[str, str] = os.environ,
    patience: float = 30.0,
) -> list[str]:
    """Do something to notices and wait until all is told; what was said of it."""
    said: list[str] = []

    def say(text: str, _level: Level) -> None:
        said.append(text)

    async def main() -> None:
        background = Background()
        notices = Notices(
            how, say=say, background=background, environ=environ, command_patience=patience,
            ping_patience=patience,
        )  # fmt: skip
        work(notices)
        while notices._telling:
            await asyncio.sleep(0.01)
        await background.close()

    asyncio.run(main())
    return said


@pytest.fixture
def heard(tmp_path: Path) -> Path:
    return tmp_path / "heard"


@pytest.fixture
def command(tmp_path: Path, heard: Path) -> str:
    """A command that writes down what it is told, and whether it knows the token."""
    script = tmp_path / "tell.py"
    script.write_text(
        "import os\n"
        f"with open({str(heard)!r}, 'a') as file:\n"
        "    print(os.environ['NOTION_SYNC_EVENT'], os.environ['NOTION_SYNC_MESSAGE'], "
        "os.environ.get('NOTION_TOKEN'), file=file)\n"
    )
    return f"{sys.executable} {script}"


class _Listener(BaseHTTPRequestHandler):
    heard: list[str]
    status = 200

    def do_GET(self) -> None:
        self.heard.append(self.path)
        self.send_response(self.status)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nobody wants to know."""


@pytest.fixture
def listener() -> Iterator[tuple[str, type[_Listener]]]:
    """Its address, and what it heard."""
    handler = type("Listener", (_Listener,), {"heard": []})
    with HTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}/me", handler
        server.shutdown()
        thread.join()


def test_trouble_is_told_when_it_begins_and_when_all_of_it_is_over(command: str, heard: Path) -> None:
    def work(notices: Notices) -> None:
        notices.trouble("way", "no network")
        notices.trouble("way", "still none")
        notices.trouble("token", "refused")
        notices.over("way")
        notices.over("token")
        notices.over("token")

    assert tell(Notify(command, command), work, environ={**os.environ, "NOTION_TOKEN": "secret"}) == []
    assert heard.read_text().splitlines() == [
        "error no network None",
        "error refused None",
        "success right again: refused None",
    ]


def test_pings_say_whether_it_is_well(listener: tuple[str, type[_Listener]]) -> None:
    url, handler = listener

    def work(notices: Notices) -> None:
        notices.well()
        notices.trouble("files", "3 files could not be uploaded")
        notices.well()
        notices.over("files")

    assert tell(Notify(ping_url=url), work) == []
    assert handler.heard == ["/me", "/me/fail", "/me"]


@pytest.mark.parametrize(
    ("how", "words"),
    [
        (Notify("/no/such/command"), "cannot be run: [Errno 2]"),
        (Notify("false"), "'false' ended with exit code 1"),
        (Notify("sh -c 'kill $$'"), "ended with exit code -15"),
        (Notify("echo \0"), "cannot be run"),
        (Notify(ping_url="http://127.0.0.1:9"), "ping_url does not answer: connection refused"),
        (Notify(ping_url="http://[::1"), "ping_url does not answer: "),
        (Notify(ping_url="http://a b\x00/"), "ping_url does not answer: "),
        (Notify(ping_url=f"http://{'a' * 64}.example"), "ping_url does not answer: "),
    ],
)
def test_what_does_not_work_is_said_and_the_next_notice_is_told(
    how: Notify, words: str, command: str, heard: Path
) -> None:
    def work(notices: Notices) -> None:
        notices.trouble("way", "no network")
        notices.notify = Notify(command)
        notices.trouble("token", "refused")

    (line,) = tell(how, work)
    assert words in line
    assert heard.read_text() == "error refused None\n"


def test_a_ping_that_is_answered_by_an_error_is_said(listener: tuple[str, type[_Listener]]) -> None:
    url, handler = listener
    handler.status = 404
    said = tell(Notify(ping_url=url), lambda notices: notices.well())
    assert said == ["notify: ping_url does not answer: HTTP Error 404: Not Found"]


def test_a_command_that_does_not_end_is_killed() -> None:
    said = tell(Notify("sleep 1000"), lambda notices: notices.trouble("way", "no network"), patience=0.2)
    assert said == [
        "notify: 'sleep 1000' cannot be run: Command '['sleep', '1000']' timed out after 0.2 seconds"
    ]


def test_an_address_that_never_answers_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        url = f"http://127.0.0.1:{mute.getsockname()[1]}"
        said = tell(Notify(ping_url=url), lambda notices: notices.well(), patience=0.2)
    assert said == ["notify: ping_url does not answer: timed out"]


def test_an_answer_that_trickles_for_ever_is_given_up() -> None:
    end = threading.Event()

    def trickle(server: socket.socket) -> None:
        connection, _ = server.accept()
        with connection, contextlib.suppress(OSError):
            connection.sendall(b"HTTP/1.1 200 OK\r\n")
            while not end.wait(0.02):
                connection.sendall(b"X-More: x\r\n")

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=trickle, args=(server,))
        thread.start()
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
        said = tell(Notify(ping_url=url), lambda notices: notices.well(), patience=0.2)
        end.set()
        thread.join()
    assert said == ["notify: ping_url does not answer: timed out"]


def test_a_bug_in_one_notice_is_logged_and_the_next_one_is_told(
    command: str, heard: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken() -> None:
        raise ZeroDivisionError

    def work(notices: Notices) -> None:
        notices._put(broken)
        notices.trouble("token", "refused")

    with caplog.at_level(logging.ERROR, "notion_sync.watch"):
        assert tell(Notify(command), work) == []
    assert heard.read_text() == "error refused None\n"
    (record,) = caplog.records
    assert record.exc_info is not None
    assert record.exc_info[0] is ZeroDivisionError


def test_not_more_notices_wait_than_anybody_reads(command: str, heard: Path) -> None:
    def work(notices: Notices) -> None:
        for number in range(50):
            notices.trouble(str(number), "again")

    assert tell(Notify(command), work) == []
    assert len(heard.read_text().splitlines()) == 20
