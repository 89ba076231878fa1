"""No trace at all: what most runs want, and so by itself, for `tracing` takes 2 ms to import."""

import logging

ROOT = "notion_sync"
"""The logger above all topics."""


def silence() -> None:
    """Write no record anywhere; handlers of before are closed."""
    root = logging.getLogger(ROOT)
    for old in root.handlers[:]:
        root.removeHandler(old)
        old.close()
    # Without any handler, `logging` would write warnings to stderr by itself, with all that is in them.
    root.addHandler(logging.NullHandler())
    root.setLevel(logging.NOTSET)
