"""Lives of the daemon: events late or lost, troubles, crashes, commands; it brings everything by itself.

`python -m tests.simulation --kind daemon --seeds 12-1000` plays as many as one likes.
"""

import pytest

from tests.simulation.daemon import live_daemon
from tests.simulation.events import Events


@pytest.mark.parametrize("seed", range(12))
def test_the_daemon_brings_everything_by_itself(seed: int) -> None:
    live_daemon(Events(seed), seed)
