"""docs/reliability.md and docs/simulation.md name tests that are there, and the sweep as it is."""

import re
from pathlib import Path

import pytest

from tests.simulation.lives import LIVES
from tests.simulation.sweep import TROUBLES

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "docs" / "reliability.md").read_text(encoding="utf-8")
SIMULATION = (ROOT / "docs" / "simulation.md").read_text(encoding="utf-8")
RULES = re.findall(r"^(\d+)\. \*\*", TEXT, re.MULTILINE)


@pytest.mark.parametrize(
    "path", sorted(set(re.findall(r"`((?:tests|scripts|benchmarks)/[\w/.]+|tests)`", TEXT + SIMULATION)))
)
def test_what_it_names_is_there(path: str) -> None:
    assert (ROOT / path).exists()


def test_every_rule_has_its_number_and_its_tests() -> None:
    assert [str(number) for number in range(1, len(RULES) + 1)] == RULES
    assert len(re.findall(r"^ +\*`[^*]*\*$", TEXT, re.MULTILINE)) == len(RULES)
    named = {
        number
        for row in re.findall(r"^\|[^|]*\|([\d, ]+)\|", TEXT, re.MULTILINE)
        for number in row.split(",")
    }
    assert {number.strip() for number in named} <= set(RULES)


def test_the_sweep_is_as_large_as_it_says() -> None:
    assert f"The sweep has {len(LIVES)} kinds of push" in SIMULATION
    assert f"and {len(TROUBLES)} troubles" in SIMULATION
