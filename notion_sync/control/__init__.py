"""Talking to a running daemon: a Unix socket, one JSON object a line in each direction.

    address   where the socket lies, so that the daemon and the command line agree
    protocol  requests, answers, and how much of either is taken
    server    the daemon's end, on its event loop
    client    the command line's end, which blocks

A request is `{"command": "retry", "arguments": {"paths": ["/home/me/Drop"]}}`, an answer
`{"ok": true, "result": {...}}` or `{"ok": false, "error": "...", "exit_code": 75}`.
"""

from notion_sync.control.client import ask

__all__ = ["ask"]
