"""Lives in which people edit what the same pass changes: what they did stays, and each content is there once.

`python -m tests.simulation --kind edits --seeds 20-1000` plays as many as one likes.
"""

import pytest

from tests.simulation.edits import live_edits
from tests.simulation.events import Events

FOUND = {
    1945: "a person's file was overwritten, as the answer that did not show it yet was on its way for long"
}
"""By seed, what it has found."""


@pytest.mark.parametrize("seed", [*range(20), *FOUND])
def test_what_people_did_stays_in_whatever_order_it_comes(seed: int) -> None:
    live_edits(Events(seed), seed)
