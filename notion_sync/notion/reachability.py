"""Whether anybody answers at Notion's address: a connection is made and closed, nothing is said."""

import socket
from urllib.parse import urlsplit

_PATIENCE = 5.0
"""Seconds."""


def reachable(base_url: str) -> bool:
    """Whether somebody answers at the address of a URL. Blocks, as long as a name server takes and five seconds."""
    try:
        parts = urlsplit(base_url)
        port = parts.port or (80 if parts.scheme == "http" else 443)
        with socket.create_connection((parts.hostname or "", port), _PATIENCE):
            return True
    except (OSError, ValueError, OverflowError):  # a host whose name no address has
        return False
