"""Detect changes below folders, and detect when they cannot be detected any more.

    supervisor  keeps every folder watched ─► guard
    guard       one folder: what its path leads to, its watcher, and why it is polled instead
    source      watchdog on one folder; its events are hints where to look
    quiet       suppresses watchdog's warnings and log lines, except for overflows
    limits      the kernel's limits of watches, and which setting to raise

Nothing here looks at files: the scan is the source of truth. Which file systems report changes: `scan.mountinfo`.
"""
