"""Turn the trace off, as in most runs. Separate from `tracing`, which takes 2 ms to import."""

import logging

ROOT = "notion_sync"
"""The parent logger of all topics."""


def silence() -> None:
    """Write no records; existing handlers are closed."""
    root = logging.getLogger(ROOT)
    for old in root.handlers[:]:
        root.removeHandler(old)
        old.close()
    # Without a handler `logging` writes warnings to stderr, unredacted.
    root.addHandler(logging.NullHandler())
    root.setLevel(logging.NOTSET)
