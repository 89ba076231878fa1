"""What the program remembers: SQLite, facts only, no policy.

Three facts are kept apart, because they change for different reasons: *fingerprint → digest* (`files`),
*digest → upload* (`uploads`), *path at target → placement* (`placements`); and beside them the `journal`,
written before a request that Notion may perform without our seeing the answer.

Only the coordinator (the thread that opened the store) uses it.
"""

from notion_sync.state.store import Store

__all__ = ["Store"]
