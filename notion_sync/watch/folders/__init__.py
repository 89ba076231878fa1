"""Noticing that something changed below a folder, and noticing when nothing can be noticed any more.

    supervisor  keeps every folder watched, whatever happens to it ─► guard
    guard       one folder: what it is, who watches it, why it is looked through instead
    source      watchdog on one folder; its events are hints where to look
    quiet       watchdog's warnings and log lines, silenced or heard
    mounts      which file systems tell of changes at all
    limits      how many folders the kernel watches for us, and what to raise if it will not watch more

Nothing here looks at files: the scan is the truth.
"""
