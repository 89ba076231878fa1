"""Send a heartbeat to a monitoring service: a `GET` whose body is not read."""

import httpx

from notion_sync.errors import NotionSyncError
from notion_sync.notion.http.clients import http_client, network_reason


class PingFailed(Exception):
    """The service was not reached; the message says why."""


def ping(url: str, seconds: float) -> None:
    """Request an address; any answer that is not an error is a success. Blocks.

    Args:
        url: http or https.
        seconds: Timeout of each step: connecting, sending, and receiving more of the answer's head.

    Raises:
        PingFailed: No answer, or an error.
    """
    try:
        with (
            http_client(headers={}, timeout=httpx.Timeout(seconds)) as http,
            http.stream("GET", url, follow_redirects=True) as answer,
        ):
            if answer.is_error:
                raise PingFailed(f"HTTP Error {answer.status_code}: {answer.reason_phrase}")
    except httpx.TimeoutException as error:
        raise PingFailed("timed out") from error
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, NotionSyncError) as error:
        raise PingFailed(network_reason(error) or type(error).__name__) from error
