"""Probe for the end of an outage in the background: for the network, and for another token."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial

from notion_sync.notion.http.reachability import reachable
from notion_sync.watch.availability import Availability
from notion_sync.watch.background import Background, in_thread, log_task_error
from notion_sync.watch.config import WatchConfig

PROBE_PAUSE = 10.0
"""Seconds between two probes during an outage."""


Probe = Callable[[str], Awaitable[bool]]


async def network_is_there(base_url: str) -> bool:
    """Whether the host of an address can be reached."""
    return await in_thread(partial(reachable, base_url), "probe")


class Recovery:
    """Probes while it is needed.

    Args:
        availability: Says what is missing, and receives what was found.
        background: Runs the probes.
        retry_now: Called on the loop when the network is back.
        token_found: Called on the loop when a token is worth an attempt.
        wake_up: Called on the loop when the time of the next look has changed.
        monotonic: Clock in seconds that never jumps.
        probe: Whether the host of an address can be reached.
    """

    def __init__(
        self,
        availability: Availability,
        background: Background,
        *,
        retry_now: Callable[[], None],
        token_found: Callable[[], None],
        wake_up: Callable[[], None],
        monotonic: Callable[[], float],
        probe: Probe,
    ) -> None:
        self._availability = availability
        self._background = background
        self._retry_now = retry_now
        self._token_found = token_found
        self._wake_up = wake_up
        self._monotonic = monotonic
        self._is_there = probe
        self._config: WatchConfig | None = None
        self._probe: asyncio.Task[None] | None = None

    def tick(self, config: WatchConfig, now: float) -> None:
        """Start the probes that are needed now, and stop the others."""
        self._config = config
        if self._availability.take_token_look(now):
            self._background.start(partial(self._look_for_token, config), "token")
        if self._availability.offline and self._probe is None:
            self._probe = self._background.start(partial(self._look_for_network, config.base_url), "probe")
        elif not self._availability.offline and self._probe is not None:
            self._probe.cancel()
            self._probe = None

    async def _look_for_network(self, base_url: str) -> None:
        """Trigger an attempt when the host becomes reachable after it was not.

        The probe only makes attempts earlier; it never prevents one, because behind a proxy the probe may always fail.
        """
        was_away = False
        while True:
            if not await self._is_there(base_url):
                was_away = True
            elif was_away:
                self._retry_now()
                return
            await asyncio.sleep(PROBE_PAUSE)

    async def _look_for_token(self, config: WatchConfig) -> None:
        found = False
        try:
            found = await in_thread(config.token.changed, "token")
        except Exception as error:  # it is tried again, whatever happened
            log_task_error("token", error)
        if config is self._config and self._availability.refusal:
            if self._availability.looked_for_token(found, config.token.pause, self._monotonic()):
                self._token_found()
            self._wake_up()
