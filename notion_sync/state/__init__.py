"""The store: what the program remembers, in SQLite. Facts only, no policy.

Three kinds of facts are kept apart, because they change for different reasons: *fingerprint → digest* (`files`),
*digest → upload* (`uploads`), *path at target → placement* (`placements`). The `journal` is a write-ahead record of
requests that Notion may perform without our seeing the answer.

    store        all of it, and its transactions
    database     the file: opened, checked, migrated (`migrations`); `columns`: values in it

    files        what a file held when it was read, and the folders that need no look
    uploads      contents that Notion has, and the parts of those on their way
    placements   which content stands for which path at which target; `placement_rows`: their columns
    things       the same by block, entry or page
    pages        rows, and the pages of subfolders; `gaps`: where blocks may still come between others
    targets      keys of targets, and ids of their properties
    journal      writes that may have been performed
    failures     what Notion refused for good

    history      what was done; `runs`: by which process; `usage`: with how many requests an hour
    troubles     what is not in Notion, and why
    overview     all that `status` tells, read without the lock

    beginnings   since when a rule takes only new files
    mounts       which volumes were seen where
    restores     what is to be taken out of Notion's trash
    remembered   values by key; `limits`: the rate limits among them
    planned      the uploads that a dry run has counted, in a file of its own

Only the thread that opened the store uses it.
"""

from notion_sync.state.store import Store

__all__ = ["Store"]
