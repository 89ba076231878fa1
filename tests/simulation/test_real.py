"""The simulation held against the world: `python -m tests.simulation.real 0-100` plays a hundred."""

from pathlib import Path

import pytest

from tests.e2e.world import Sandbox
from tests.simulation.real import differs
from tests.support.worlds import sandbox, sandbox_process

__all__ = ["sandbox", "sandbox_process"]


@pytest.mark.parametrize("seed", [0, 1])
def test_real_processes_end_as_simulated_ones(sandbox: Sandbox, tmp_path: Path, seed: int) -> None:
    assert differs(seed, sandbox, tmp_path / "home") == ""


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(2, 100))
def test_many_real_processes_end_as_simulated_ones(sandbox: Sandbox, tmp_path: Path, seed: int) -> None:
    assert differs(seed, sandbox, tmp_path / "home") == ""
