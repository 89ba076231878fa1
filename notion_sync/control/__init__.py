"""Control of a running daemon over a Unix socket, with one JSON object a line in each direction.

    address   path of the socket, on which the daemon and the command line must agree
    protocol  requests and answers, and their size limits
    server    the daemon's side, on its event loop
    client    the command line's side, which blocks

A request is `{"command": "retry", "arguments": {"paths": ["/home/me/Drop"]}}`, an answer
`{"ok": true, "result": {...}}` or `{"ok": false, "error": "...", "exit_code": 75}`.
"""

from notion_sync.control.client import ask

__all__ = ["ask"]
