"""The store: what the program remembers, in SQLite. Facts only, no policy.

Three kinds of facts are kept apart, because they change for different reasons: *fingerprint → digest* (`files`),
*digest → upload* (`uploads`), *path at target → placement* (`placements`). The `journal` is a write-ahead record of
requests that Notion may perform without our seeing the answer.

Only the thread that opened the store uses it.
"""

from notion_sync.state.store import Store

__all__ = ["Store"]
