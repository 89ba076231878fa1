"""A web server on this machine, over HTTPS, for files that are imported."""

import contextlib
import ssl
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any


@dataclass
class Page:
    """What is at one path."""

    body: bytes = b""
    type: str = "text/plain"
    head: int = 200
    get: int = 200
    location: str = ""


@dataclass
class Origin:
    """A running server; `pages` by path."""

    url: str
    certificate: Path
    pages: dict[str, Page] = field(default_factory=dict)
    hold: threading.Event = field(default_factory=threading.Event)
    """Set: answers to GET come at once."""


@contextlib.contextmanager
def running_origin(folder: Path) -> Iterator[Origin]:
    """A server with a certificate of its own for 127.0.0.1."""
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost"
    command += f" -addext subjectAltName=IP:127.0.0.1 -keyout {key} -out {certificate}"
    subprocess.run(command.split(), check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server = _Server(("127.0.0.1", 0), _Handler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    server.origin = Origin(f"https://127.0.0.1:{server.server_port}", certificate)
    server.origin.hold.set()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.origin
    finally:
        server.origin.hold.set()
        server.shutdown()
        server.server_close()
        thread.join()


class _Server(ThreadingHTTPServer):
    origin: Origin

    def handle_error(self, *_: Any) -> None:
        """A client that hangs up in the middle is no news here."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_HEAD(self) -> None:
        page = self._page()
        self._answer(page.head, page)

    def do_GET(self) -> None:
        page = self._page()
        self.server.origin.hold.wait(30)
        self._answer(page.get, page)
        with contextlib.suppress(OSError):
            self.wfile.write(page.body if page.get == 200 else b"")

    def _page(self) -> Page:
        return self.server.origin.pages.get(self.path) or Page(head=404, get=404)

    def _answer(self, status: int, page: Page) -> None:
        self.send_response(status)
        self.send_header("Content-Type", page.type)
        self.send_header("Content-Length", str(len(page.body) if status == 200 else 0))
        if page.location:
            self.send_header("Location", page.location)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        pass
