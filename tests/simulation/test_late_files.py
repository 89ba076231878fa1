"""Pages with files that take long, with people, crashes and lost answers: the order on the page is that of the files.

`python -m tests.simulation --kind late --seeds 60-1000` plays as many as one likes.
"""

import pytest

from tests.simulation.late import live_late

FOUND = {308: "a block went behind a deleted one, and so before one that was put to the end meanwhile"}
"""By seed, what it has found."""


@pytest.mark.parametrize("seed", [*range(40), *FOUND])
def test_every_file_is_there_once_and_in_its_order_whenever_it_comes(seed: int) -> None:
    live_late(seed)
