"""Each request of each kind of push goes wrong in each way: every fifth of these runs here, all with `make sweep`."""

import pytest

from tests.simulation.lives import LIVES
from tests.simulation.sweep import cases, play, reference, told

FIFTH = 5
"""No divisor of the number of troubles, so that each of them meets some requests of each life."""


def wrong(name: str, step: int) -> list[str]:
    """What ended wrong."""
    return [
        told(name, number, trouble, ending)
        for number, trouble in cases(name)[::step]
        if not (ending := play(name, number, trouble)).right
    ]


@pytest.mark.parametrize("name", LIVES)
def test_some_of_all_that_can_go_wrong(name: str) -> None:
    assert wrong(name, FIFTH) == []


@pytest.mark.soak
@pytest.mark.parametrize("name", LIVES)
def test_all_that_can_go_wrong(name: str) -> None:
    assert wrong(name, 1) == []


@pytest.mark.parametrize("name", LIVES)
def test_a_life_without_trouble_brings_something(name: str) -> None:
    """Nothing can be concluded from a life that asks for nothing."""
    assert any(not request.startswith("GET ") for request in reference(name).requests)
