"""The program, with shorter times for what Notion may perform late: run this file in place of `-m notion_sync`.

A sandbox is late by as much as a test says, so a test of whole processes need not wait for more than a minute. What
the real times are good for is tried where time is simulated (`tests/sync/test_late.py`, `tests/simulation`). And files
need not rest where no rule says for how long: tests write theirs at once, and no program can make one that was changed
long ago (`tests/test_plan.py`, `tests/sync/test_reader.py`).
"""

from notion_sync.__main__ import main
from notion_sync.rules import SETTLE, Rule
from notion_sync.sync import lateness

if __name__ == "__main__":
    lateness.LATE_AFTER = 5.0
    lateness.LOOKS_APART = 2.0
    lateness.LOOKS_AT = (0.0, 0.5, 1.0, 2.0, lateness.LATE_AFTER)
    defaults = Rule.__init__.__defaults__ or ()
    Rule.__init__.__defaults__ = tuple(0.0 if each is SETTLE else each for each in defaults)
    main()
