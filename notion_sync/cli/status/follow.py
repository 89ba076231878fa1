"""Show lines on a terminal and update them in place, until Ctrl-C.

Each is overwritten, and nothing is cleared before, so that nothing flickers; where nothing has changed nothing is
written. The cursor is never hidden.
"""

import shutil
import signal
import time
from collections.abc import Callable, Sequence
from typing import TextIO

from notion_sync.cli.progress import fitted

PAUSE = 2.0
"""Seconds between two updates."""


def follow(lines: Callable[[], Sequence[str]], stream: TextIO, *, pause: float = PAUSE) -> None:
    """Show lines, and update them when they have changed, until Ctrl-C.

    Args:
        lines: Returns the current lines.
        stream: A terminal.
        pause: Seconds between two updates.
    """
    # Even if the parent process ignores it, as shells do for background jobs.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    shown: Sequence[str] = ()
    size = shutil.get_terminal_size()
    try:
        while True:
            # The last row stays empty, because a line break there would scroll the terminal.
            now = [fitted(line, size.columns - 1) for line in lines()][: max(1, size.lines - 1)]
            if now != shown:
                up = f"\x1b[{len(shown)}A" if shown else ""
                text = "".join(f"{line}\x1b[K\n" for line in now)
                stream.write(f"\r{up}{text}\x1b[J")
                stream.flush()
                shown = now
            time.sleep(pause)
            if (other := shutil.get_terminal_size()) != size:
                # The terminal has wrapped the lines differently, so begin anew.
                size, shown = other, ()
                stream.write("\x1b[H\x1b[2J")
    except KeyboardInterrupt:
        return
