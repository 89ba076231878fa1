"""Ask for Notion's time, by the `Date` header of an answer (RFC 9110, 6.6.1), exact to the second."""

from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import httpx

from notion_sync.errors import NotNow
from notion_sync.notion.http.clients import http_client, network_reason

_PATIENCE = 10.0


def time_at(base_url: str) -> float | None:
    """Return the server's time in seconds since the epoch; None if it does not say. Blocks; sends no secret.

    Raises:
        NotNow: No answer.
        UnusableEnvironment: The proxy variables of the environment have unusable values.
    """
    try:
        with (
            http_client(headers={}, timeout=httpx.Timeout(_PATIENCE)) as http,
            http.stream("GET", base_url) as answer,
        ):
            return parsedate_to_datetime(answer.headers["date"]).timestamp()
    except httpx.HTTPError as error:
        raise NotNow(f"cannot reach {urlsplit(base_url).hostname}: {network_reason(error)}") from error
    except (httpx.InvalidURL, LookupError, ValueError):
        return None
