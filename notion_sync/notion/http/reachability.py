"""Check whether Notion's host accepts connections, without sending anything."""

import socket
from urllib.parse import urlsplit

_PATIENCE = 5.0
"""Seconds to wait for the connection."""


def reachable(base_url: str) -> bool:
    """Whether the host of a URL accepts a connection. Blocks for name resolution and at most five seconds more."""
    try:
        parts = urlsplit(base_url)
        port = parts.port or (80 if parts.scheme == "http" else 443)
        with socket.create_connection((parts.hostname or "", port), _PATIENCE):
            return True
    except (OSError, ValueError, OverflowError):  # also for a malformed host or port
        return False
