"""Files and the rule change again and again; each time Notion ends up with what the model says, whatever happens.

`python -m tests.simulation long FIRST LAST` plays more.
"""

import pytest

from tests.simulation.changes import live_long


@pytest.mark.parametrize("seed", range(100))
def test_notion_has_what_the_model_says_after_every_change(seed: int) -> None:
    live_long(seed)
