"""Files and the rule change again and again; each time Notion ends up with what the model says, whatever happens.

`python -m tests.simulation --kind long --seeds 30-1000` plays more, `--kind busy` those of the second kind.
"""

import pytest

from tests.simulation.busy import live_busy
from tests.simulation.changes import live_long


@pytest.mark.parametrize("seed", range(30))
def test_notion_has_what_the_model_says_after_every_change(seed: int) -> None:
    live_long(seed)


@pytest.mark.parametrize("seed", range(30))
def test_what_files_hold_when_they_rest_is_what_counts(seed: int) -> None:
    """However often they are written to while they are on their way."""
    live_busy(seed)
