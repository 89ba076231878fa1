"""What time it is for Notion, by the `Date` of an answer (RFC 9110, 6.6.1): right to the second."""

from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import httpx

from notion_sync.errors import NotNow
from notion_sync.notion.http_client import http_client

_PATIENCE = 10.0


def time_at(base_url: str) -> float | None:
    """Seconds since the epoch where a URL is served; None if it is not said. Blocks; nothing secret is sent.

    Raises:
        NotNow: Nobody answers.
        UnusableEnvironment: What the environment says of proxies cannot be used.
    """
    try:
        with (
            http_client(headers={}, timeout=httpx.Timeout(_PATIENCE)) as http,
            http.stream("GET", base_url) as answer,
        ):
            return parsedate_to_datetime(answer.headers["date"]).timestamp()
    except httpx.HTTPError as error:
        raise NotNow(f"cannot reach {urlsplit(base_url).hostname}: {error}") from error
    except (httpx.InvalidURL, LookupError, ValueError):
        return None
