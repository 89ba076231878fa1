"""The shell around HTTP, the only module that imports httpx (100 ms): sends until `retry` is content.

Every attempt waits for its turn in the rate budget first. A write that may have been performed although no
good answer came is never repeated if that could do harm: its error says `ambiguous`.
"""

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final, TypeVar

import httpx

from notion_sync.clock import Clock
from notion_sync.errors import UsageError
from notion_sync.notion import answers, retry
from notion_sync.notion.budget import Budget
from notion_sync.notion.errors import BadAnswer, BodyMismatch, NetworkError, NotionError, Unauthorized
from notion_sync.notion.multipart import Form
from notion_sync.notion.requests import NOTION_VERSION, Effect, Request
from notion_sync.notion.wire import JsonObject, Malformed

T = TypeVar("T")

# Notion itself gives up after 60 seconds (developers.notion.com "Status codes"); its answer shall come first.
_TIMEOUT: Final = httpx.Timeout(connect=10.0, read=75.0, write=60.0, pool=60.0)
_LIMITS: Final = httpx.Limits(max_connections=32, max_keepalive_connections=32, keepalive_expiry=30.0)

# Failures before the first byte of a request leaves.
_NEVER_SENT: Final = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)


@dataclass(frozen=True, slots=True)
class RequestLog:
    """One attempt of a call, for a log line.

    Args:
        method: HTTP method.
        path: Without the query.
        attempt: From 1.
        seconds: From the first byte to the last, without the wait for the rate budget.
        status: HTTP status, None where no answer came.
        request_id: Notion's id of the request.
        sent_bytes: Length of the body.
        error: What went wrong, None if nothing.
    """

    method: str
    path: str
    attempt: int
    seconds: float
    status: int | None
    request_id: str | None
    sent_bytes: int
    error: Exception | None


class Shell:
    """Sends requests with one token. Threads share one.

    Args:
        token: Of the connection; kept out of every message, log line and repr.
        base_url: `https://…`, or `http://…` of a loopback address.
        budget: The rate budget of all calls.
        clock: Time and sleep; its `Cancelled` ends every wait.
        user_agent: Of the program.
        random: Gives numbers from 0 up to 1.
        on_request: Called after each attempt, on the thread that made it.

    Raises:
        UsageError: The base URL is not one to send a token to.
        Unauthorized: The token cannot be one.
    """

    def __init__(
        self,
        token: str,
        *,
        base_url: str,
        budget: Budget,
        clock: Clock,
        user_agent: str,
        random: Callable[[], float],
        on_request: Callable[[RequestLog], None] | None,
    ) -> None:
        if not token or not token.isascii() or not token.isprintable() or " " in token:
            raise Unauthorized(
                "the token is empty, or has characters that no token has (a space, a line break)"
            )
        self._base_url, loopback = _checked(base_url)
        self._budget = budget
        self._clock = clock
        self._random = random
        self._on_request = on_request
        self._count = 0
        self._lock = threading.Lock()
        self._http = httpx.Client(
            headers={
                "Authorization": f"Bearer {token}",
                "Notion-Version": NOTION_VERSION,
                "User-Agent": user_agent,
                "Accept": "application/json",
            },
            timeout=_TIMEOUT,
            limits=_LIMITS,
            follow_redirects=False,
            trust_env=not loopback,
            # Where nothing is encrypted, loading the certificates (60 ms) is for nothing.
            verify=self._base_url.startswith("https:"),
        )

    def __repr__(self) -> str:
        return f"Shell(base_url={self._base_url!r})"

    @property
    def request_count(self) -> int:
        """How many requests were sent, each attempt counted."""
        return self._count

    def close(self) -> None:
        """Close the connections; calls that are under way fail."""
        self._http.close()

    def call(self, request: Request, decode: Callable[[JsonObject], T], form: Form | None = None) -> T:
        """Send a request until it is answered or `retry` gives up.

        Args:
            request: What to ask.
            decode: Makes a value of the answer; its `Malformed` counts as a bad answer.
            form: The body, for the one request that is no JSON.

        Raises:
            NotionError: Why it failed for good; `ambiguous` if any attempt may have been performed.
        """
        attempt = refused = 0
        waited = 0.0
        doubtful = False
        while True:
            attempt += 1
            # The turn of a write that must follow its read at once was taken before the read.
            prepaid = request.effect is Effect.FRESH
            asked = self._clock.monotonic() if prepaid else self._budget.take(request.lane)
            try:
                return self._attempt(request, decode, form, attempt)
            except NotionError as error:
                # An earlier attempt may have been performed; the latest error must not hide that.
                doubtful = error.ambiguous = error.ambiguous or doubtful
                step = None
                if request.attaches and error.unknown_upload:
                    refused += 1
                    step = retry.until_visible(error, attempt=refused)
                else:
                    step = retry.next_step(
                        request.effect, error, attempt=attempt, waited=waited, random=self._random
                    )
                if step is None:
                    raise
            waited += step.seconds
            if step.everybody:
                self._budget.hold(step.seconds, fresh_window=step.fresh_window, asked=asked)
            else:
                self._clock.sleep(step.seconds)

    def _attempt(
        self, request: Request, decode: Callable[[JsonObject], T], form: Form | None, attempt: int
    ) -> T:
        """Send a request once."""
        message = self._message(request, form)
        with self._lock:
            self._count += 1
        started = self._clock.monotonic()
        response: httpx.Response | None = None
        failure: Exception | None = None
        try:
            response = self._exchange(message, write=request.effect is not Effect.READ)
            source = answers.decode(
                response.status_code,
                response.headers,
                response.content,
                effect=request.effect,
                now=self._clock.now(),
            )
            try:
                return decode(source)
            except Malformed as error:
                raise BadAnswer(str(error), ambiguous=request.effect is not Effect.READ) from None
        except Exception as error:
            failure = error
            raise
        finally:
            if self._on_request is not None:
                self._on_request(
                    RequestLog(
                        method=request.method,
                        path=request.path,
                        attempt=attempt,
                        seconds=self._clock.monotonic() - started,
                        status=None if response is None else response.status_code,
                        request_id=None if response is None else response.headers.get("x-notion-request-id"),
                        sent_bytes=int(message.headers.get("content-length", 0)),
                        error=failure,
                    )
                )

    def _message(self, request: Request, form: Form | None) -> httpx.Request:
        headers: dict[str, str] = {}
        content: Form | bytes | None = form
        if form is not None:
            headers = {"Content-Type": form.content_type, "Content-Length": str(form.content_length)}
        elif request.json is not None:
            headers = {"Content-Type": "application/json"}
            content = _dump(request.json)
        return self._http.build_request(
            request.method,
            self._base_url + request.path,
            params=httpx.QueryParams(list(request.query)) if request.query else None,
            content=content,
            headers=headers,
        )

    def _exchange(self, message: httpx.Request, *, write: bool) -> httpx.Response:
        """The answer, whatever it says; or why there is none."""
        try:
            return self._http.send(message)
        except _NEVER_SENT as error:
            raise NetworkError(f"cannot reach {message.url.host}: {_words(error)}", sent=False) from error
        except httpx.DecodingError as error:
            raise BadAnswer(f"the answer cannot be unpacked: {_words(error)}", ambiguous=write) from error
        except httpx.LocalProtocolError as error:
            raise BodyMismatch(f"the request could not be sent as announced: {_words(error)}") from error
        except httpx.TransportError as error:
            raise NetworkError(
                f"no answer from {message.url.host}: {_words(error)}", sent=True, ambiguous=write
            ) from error
        except Exception as error:
            # httpx lets this one of h11's through; what a body raises has to pass unchanged.
            if type(error).__module__.partition(".")[0] == "h11":
                raise BodyMismatch(f"the request could not be sent as announced: {error}") from error
            raise


def _checked(base_url: str) -> tuple[str, bool]:
    """The base URL without a slash at its end, and whether it is on this machine."""
    try:
        url = httpx.URL(base_url)
    except httpx.InvalidURL:
        url = httpx.URL("")
    loopback = _is_loopback(url.host)
    if url.userinfo or url.query or url.fragment or not url.host:
        raise UsageError("the base URL is not an address such as https://api.notion.com")
    if url.scheme != "https" and not (url.scheme == "http" and loopback):
        raise UsageError(
            f"the base URL {base_url!r} would show the token to the network: https, or a loopback address"
        )
    return str(url).rstrip("/"), loopback


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _dump(source: JsonObject) -> bytes:
    # Cloudflare takes some texts for an attack; angle brackets written as escapes pass.
    text = json.dumps(source, ensure_ascii=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").encode()


def _words(error: Exception) -> str:
    """What the network said; some exceptions have no words of their own."""
    return str(error) or {
        "ConnectTimeout": "no connection within 10 seconds",
        "ReadTimeout": "nothing came for 75 seconds",
        "WriteTimeout": "nothing could be sent for 60 seconds",
        "PoolTimeout": "no connection became free",
    }.get(type(error).__name__, type(error).__name__)
