"""Make one attempt of a call over HTTP. The only module that speaks to the API, and imports httpx (100 ms) for it.

An attempt blocks, so it runs in a worker thread; waits between attempts are in `calls`, on the event loop.
"""

import json
import threading
from typing import Final

import httpx

from notion_sync.errors import UsageError
from notion_sync.notion.errors import BadAnswer, BodyMismatch, NetworkError, Unauthorized
from notion_sync.notion.http.bodies import Unreadable, whole
from notion_sync.notion.http.clients import (
    Certificates,
    EnvironmentTransport,
    advice,
    bare_connections,
    network_reason,
)
from notion_sync.notion.http.echo import Echo
from notion_sync.notion.http.network import SILENCE
from notion_sync.notion.json_access import JsonObject
from notion_sync.notion.multipart import Form
from notion_sync.notion.requests import NOTION_VERSION, Effect, Request
from notion_sync.notion.responses import Response
from notion_sync.web import fault, is_loopback

# Notion aborts a request after 60 seconds (developers.notion.com "Status codes").
_TIMEOUT: Final = httpx.Timeout(SILENCE, connect=10.0)
_LIMITS: Final = httpx.Limits(max_connections=1, max_keepalive_connections=1, keepalive_expiry=30.0)

_MOST: Final = 32 << 20
"""Maximum bytes of an answer: a hundred rows with a hundred signed addresses each have a third of it."""

# Failures before the first byte of a request was sent.
_NEVER_SENT: Final = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)


class HttpTransport:
    """Notion over HTTPS with one token. Thread-safe.

    Args:
        token: The connection's token; it is kept out of every message, log line and repr.
        base_url: `https://…`, or `http://…` of a loopback address.
        user_agent: The program's User-Agent.

    Raises:
        UsageError: The base URL is not safe to send a token to.
        Unauthorized: The token is malformed.
    """

    def __init__(self, token: str, *, base_url: str, user_agent: str) -> None:
        if not token or not token.isascii() or not token.isprintable() or " " in token:
            raise Unauthorized(
                "the token is empty, or has characters that no token has (a space, a line break)"
            )
        self._base_url = _checked(base_url)
        self._echo = Echo(token)
        self._headers = {
            "Authorization": f"Bearer {token}",
            "Notion-Version": NOTION_VERSION,
            "User-Agent": user_agent,
            "Accept": "application/json",
            "Accept-Encoding": "gzip",
        }
        self._certificates = Certificates()
        self._of_thread = threading.local()
        self._connections: list[EnvironmentTransport] = []

    def __repr__(self) -> str:
        return f"HttpTransport(base_url={self._base_url!r})"

    def close(self) -> None:
        """Close the connections; attempts under way fail."""
        for connection in self._connections:
            connection.close()

    @property
    def _connection(self) -> EnvironmentTransport:
        """The connection of this thread. In a pool shared by threads, each request would scan all connections."""
        connection: EnvironmentTransport | None = getattr(self._of_thread, "connection", None)
        if connection is None:
            connection = self._of_thread.connection = bare_connections(
                _LIMITS, self._certificates, most=_MOST
            )
            self._connections.append(connection)
        return connection

    def exchange(self, request: Request, form: Form | None = None) -> Response:
        """Send a request once; see `calls.Transport`."""
        write = request.effect is not Effect.READ
        message = self._message(request, form)
        try:
            # Not through `httpx.Client`: its handling of cookies, auth and redirects costs a sixth of a request.
            answer = self._connection.handle_request(message)
            try:
                body = whole(answer, _MOST)
            finally:
                answer.close()
        except _NEVER_SENT as error:
            raise NetworkError(
                f"cannot reach {message.url.host}: {self._words(error)}",
                sent=False,
                hint=advice(error, message.url),
            ) from error
        except Unreadable as error:
            raise BadAnswer(f"the answer cannot be read: {error}", ambiguous=write) from error
        except httpx.LocalProtocolError as error:
            raise BodyMismatch(f"the request could not be sent as announced: {self._words(error)}") from error
        except httpx.TransportError as error:
            raise NetworkError(
                f"no answer from {message.url.host}: {self._words(error)}", sent=True, ambiguous=write
            ) from error
        except Exception as error:
            # httpx lets h11's own exception through; exceptions of a body's iterator must pass unchanged.
            if type(error).__module__.partition(".")[0] == "h11":
                raise BodyMismatch(
                    f"the request could not be sent as announced: {self._words(error)}"
                ) from error
            raise
        # Not `dict(headers)`, which looks up each header by name.
        headers = self._echo.out_of_headers(dict(answer.headers.items()))
        body = self._echo.out_of_body(body, refused=not answer.is_success)
        return Response(answer.status_code, headers, body)

    def _words(self, error: Exception) -> str:
        """Return the network's error text, without the token, which a server may repeat in it."""
        return self._echo.out_of(_message(error))

    def _message(self, request: Request, form: Form | None) -> httpx.Request:
        headers = self._headers
        content: Form | bytes | None = form
        if form is not None:
            length = str(form.content_length)
            headers = {**headers, "Content-Type": form.content_type, "Content-Length": length}
        elif request.json is not None:
            headers = {**headers, "Content-Type": "application/json"}
            content = dump(request.json)
        return httpx.Request(
            request.method,
            self._base_url + request.path,
            params=httpx.QueryParams(list(request.query)) if request.query else None,
            content=content,
            headers=headers,
            extensions={"timeout": _TIMEOUT.as_dict()},
        )


def _checked(base_url: str) -> str:
    """Return the base URL without a trailing slash."""
    wrong = fault(base_url)
    try:
        url = httpx.URL("" if wrong else base_url)
    except (httpx.InvalidURL, UnicodeEncodeError):
        url = httpx.URL("")
    if url.userinfo or url.query or url.fragment or not url.host:
        why = wrong or "it has more than a host and a port in it"
        raise UsageError(f"the base URL is not an address such as https://api.notion.com: {why}")
    if url.scheme != "https" and not (url.scheme == "http" and is_loopback(url.host)):
        raise UsageError(
            f"the base URL {base_url!r} would show the token to the network: https, or a loopback address"
        )
    return str(url).rstrip("/")


def dump(source: JsonObject) -> bytes:
    """Serialise a body for the wire."""
    # Cloudflare takes some texts for an attack; escaped angle brackets pass.
    text = json.dumps(source, ensure_ascii=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").encode()


def _message(error: Exception) -> str:
    """Return the network's error text; some exceptions have none of their own."""
    return network_reason(error) or {
        "ConnectTimeout": "no connection within 10 seconds",
        "ReadTimeout": f"nothing came for {SILENCE:.0f} seconds",
        "WriteTimeout": f"nothing could be sent for {SILENCE:.0f} seconds",
        "PoolTimeout": "no connection became free",
    }.get(type(error).__name__, type(error).__name__)
