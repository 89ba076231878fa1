"""What is fetched from which hosts."""

import io
import socket
import threading
from collections.abc import Iterator
from contextlib import suppress

import httpx
import pytest

from notion_sync.notion.errors import DownloadFailed
from notion_sync.notion.http.clients import EnvironmentTransport
from notion_sync.notion.http.download import Downloader
from tests.notion.support import FakeClock


@pytest.fixture
def port() -> Iterator[int]:
    """Of a server that sends to `/away/HOST` there, and answers with two bytes elsewhere."""
    listener = socket.create_server(("127.0.0.1", 0))
    number = listener.getsockname()[1]

    def serve() -> None:
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                with connection:
                    path = connection.recv(65536).split()[1].decode()
                    head = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"
                    if path.startswith("/away/"):
                        there = f"http://{path[6:]}:{number}/"
                        head = f"HTTP/1.1 302 Found\r\nLocation: {there}\r\nContent-Length: 0\r\n\r\n"
                    connection.sendall(head.encode())

    threading.Thread(target=serve, daemon=True).start()
    yield number
    listener.close()


def fetched(url: str, *private_hosts: str) -> bytes:
    file = io.BytesIO()
    with Downloader(FakeClock(), private_hosts=private_hosts) as http:
        http.save(url, file, limit=100)
    return file.getvalue()


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_this_machine_is_asked_only_where_that_is_allowed(port: int, host: str) -> None:
    with pytest.raises(DownloadFailed, match="private_hosts"):
        fetched(f"http://{host}:{port}/")
    with pytest.raises(DownloadFailed, match="private_hosts"):
        fetched(f"http://{host}:{port}/", "nas.local", "10.0.0.0/8")
    assert fetched(f"http://{host}:{port}/", host) == b"ok"
    assert fetched(f"http://{host}:{port}/", "127.0.0.0/8", "::1") == b"ok"


def test_a_redirection_leads_no_further(port: int) -> None:
    assert fetched(f"http://localhost:{port}/away/localhost", "localhost") == b"ok"
    with pytest.raises(DownloadFailed, match="private_hosts"):
        fetched(f"http://localhost:{port}/away/127.0.0.1", "localhost")


def test_addresses_of_notions_own_are_asked_wherever_they_are(port: int) -> None:
    with Downloader(FakeClock()) as http:
        assert http.size(f"http://127.0.0.1:{port}/") == 2


@pytest.mark.parametrize("host", ["10.0.0.1", "169.254.169.254", "[fd00::1]"])
def test_a_proxy_is_not_asked_for_what_is_written_as_a_private_address(port: int, host: str) -> None:
    """But the proxy itself may be at one, and decides what names lead to."""
    environ = {"http_proxy": f"http://127.0.0.1:{port}"}
    with httpx.Client(
        transport=EnvironmentTransport(environ, httpx.Limits(), private_hosts=()), trust_env=False
    ) as http:
        with pytest.raises(httpx.ConnectError, match="private_hosts"):
            http.get(f"http://{host}/")
        assert http.get("http://intranet.example/").text == "ok"


def test_what_is_too_large_by_its_own_word_is_not_read(port: int) -> None:
    with Downloader(FakeClock()) as http, pytest.raises(DownloadFailed, match="larger than this workspace"):
        http.save(f"http://127.0.0.1:{port}/", io.BytesIO(), limit=1)
