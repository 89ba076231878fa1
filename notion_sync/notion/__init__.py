"""Client of Notion's public API: ids, media types, values, requests, responses, retries, and the rate budget.

The package knows nothing of local files, rules or state. Most of it does no I/O: `requests` builds requests,
`responses` interprets answers, `retry` decides what to do about a failure, `budget` says when the next call may be
sent, and `calls` combines them on the event loop. Only `transport` speaks to the API, and imports httpx (100 ms) for
it. `download` is separate: it fetches files from their own addresses, without the token.

    client ─► requests ─► payloads ─► pages ─► values ─► json_access
       │
       └─► calls ─► responses · retry · budget (window, hold) · multipart ─► errors
              └─► transport, in a thread
"""

import sys

# httpx has a command line, for which it imports rich, pygments and click: 40 ms in each run. It works without that
# module (the `except ImportError` in its __init__.py).
sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]
