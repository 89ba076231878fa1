"""Notion's public API: ids, media types, values, requests, answers, retries, the rate budget and the client.

The package knows nothing of files on disk, rules or state. All of it but one module is free of input and
output: `requests` says what to ask, `answers` what an answer means, `retry` what to do about a failure,
`budget` when the next call may go. Only `shell` speaks to the API, and imports httpx (100 ms); so whoever needs
no call imports anything but it and `client`. `download` stands beside them: it fetches files from their own
addresses, without the token.

    client ─► requests ─► payloads ─► pages ─► values ─► wire
       │
       └─► shell ─► answers · retry · budget (window) · multipart ─► errors
"""

import sys

# httpx has a command line of its own, for which it imports rich, pygments and click: 40 ms of each run. Where that
# module cannot be had, httpx does without (the `except ImportError` in its __init__.py).
sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]
