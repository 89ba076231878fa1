"""Notion's public API: ids, media types, values, requests, answers, retries, the rate budget and the client.

The package knows nothing of files on disk, rules or state. All of it but two modules is free of input and
output: `requests` says what to ask, `responses` what an answer means, `retry` what to do about a failure,
`budget` when the next call may go, and `calls` puts them together on the event loop. Only `transport` speaks to
the API, and imports httpx (100 ms). `download` stands beside them: it fetches files from their own addresses,
without the token.

    client ─► requests ─► payloads ─► pages ─► values ─► json_access
       │
       └─► calls ─► responses · retry · budget (limit, window, connections, hold) · multipart ─► errors
              └─► transport, in a thread
"""

import sys

# httpx has a command line of its own, for which it imports rich, pygments and click: 40 ms of each run. Where that
# module cannot be had, httpx does without (the `except ImportError` in its __init__.py).
sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]
