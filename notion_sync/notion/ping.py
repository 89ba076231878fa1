"""A sign of life for a service that counts on one: a `GET` whose answer is not read."""

import httpx

from notion_sync.errors import NotionSyncError
from notion_sync.notion.http_client import http_client


class PingFailed(Exception):
    """Nobody heard it; the text says why."""


def ping(url: str, seconds: float) -> None:
    """Ask for an address, and be content with any answer that is no error. Blocks.

    Args:
        url: http or https.
        seconds: How long each step may take: to connect, to send, and until more of the answer's head has come.

    Raises:
        PingFailed: Nobody answers, or the answer is an error.
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
        raise PingFailed(str(error) or type(error).__name__) from error
