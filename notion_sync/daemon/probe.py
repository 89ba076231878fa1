"""Whether the network is back: a connection is made and closed, nothing is said.

What it finds only makes us try earlier. It does not keep us from trying: through a proxy nothing else may
get through.
"""

import socket
import threading
from collections.abc import Callable
from urllib.parse import urlsplit

PAUSE = 10.0
"""Seconds between two probes."""

_PATIENCE = 5.0


def reachable(base_url: str) -> bool:
    """Whether somebody answers at the address of a URL."""
    parts = urlsplit(base_url)
    port = parts.port or (80 if parts.scheme == "http" else 443)
    try:
        with socket.create_connection((parts.hostname or "", port), _PATIENCE):
            return True
    except OSError:
        return False


class Probe:
    """Looks for the network from a thread of its own, from `start` to `stop`.

    Args:
        base_url: Where Notion is.
        back: Called once when it answers after it did not.
        pause: Seconds between two probes.
    """

    def __init__(self, base_url: str, back: Callable[[], None], pause: float = PAUSE) -> None:
        self._base_url = base_url
        self._back = back
        self._pause = pause
        self._end = threading.Event()

    def start(self) -> None:
        """Begin."""
        threading.Thread(target=self._run, args=(self._end,), name="probe", daemon=True).start()

    def stop(self) -> None:
        """End; a probe under way ends by itself."""
        self._end.set()

    def _run(self, end: threading.Event) -> None:
        was_away = False
        while not end.is_set():
            if not reachable(self._base_url):
                was_away = True
            elif was_away:
                self._back()
                return
            end.wait(self._pause)
