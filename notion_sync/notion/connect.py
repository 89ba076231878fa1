"""Create the client that talks to Notion itself. Imported only to go online, because httpx takes 100 ms to import."""

import random as _random
from collections.abc import Callable
from typing import Final

from notion_sync.clock import Clock
from notion_sync.notion.client import Notion
from notion_sync.notion.http.download import Downloader
from notion_sync.notion.http.transport import HttpTransport
from notion_sync.notion.rate.budget import Budget
from notion_sync.system.threads import Threads

BASE_URL: Final = "https://api.notion.com"


def over_https(
    token: str,
    *,
    clock: Clock,
    threads: Threads,
    base_url: str = BASE_URL,
    budget: Budget | None = None,
    user_agent: str = "notion-sync",
    random: Callable[[], float] = _random.random,
    tell: Callable[[str], None] = lambda _: None,
) -> Notion:
    """Return a client over HTTPS. The arguments are those of `client.Notion` and `transport.HttpTransport`.

    Raises:
        UsageError: The base URL is not safe to send a token to.
        Unauthorized: The token is malformed.
    """
    transport = HttpTransport(token, base_url=base_url, user_agent=user_agent)
    return Notion(
        transport, clock=clock, threads=threads, budget=budget, random=random, tell=tell,
        open_files=lambda: Downloader(clock, user_agent=user_agent),
    )  # fmt: skip
