"""Lines on a terminal that stay in their place and are brought up to date there, until somebody has seen enough.

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
"""Seconds between two looks."""


def follow(lines: Callable[[], Sequence[str]], stream: TextIO, *, pause: float = PAUSE) -> None:
    """Show lines, and anew when they have changed, until Ctrl-C.

    Args:
        lines: What is to be seen now.
        stream: A terminal.
        pause: Seconds between two looks.
    """
    # Also where whoever started it has had it ignored, as shells do for what runs in the background.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    shown: Sequence[str] = ()
    size = shutil.get_terminal_size()
    try:
        while True:
            # The last row stays free: a line break in it would move everything.
            now = [fitted(line, size.columns - 1) for line in lines()][: max(1, size.lines - 1)]
            if now != shown:
                up = f"\x1b[{len(shown)}A" if shown else ""
                text = "".join(f"{line}\x1b[K\n" for line in now)
                stream.write(f"\r{up}{text}\x1b[J")
                stream.flush()
                shown = now
            time.sleep(pause)
            if (other := shutil.get_terminal_size()) != size:
                # The terminal has folded what stands there; where, only a fresh start tells.
                size, shown = other, ()
                stream.write("\x1b[H\x1b[2J")
    except KeyboardInterrupt:
        return
