"""scripts/mutants.toml says what stands in the code, and names tests that are there."""

import ast
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MUTANTS = tomllib.loads((ROOT / "scripts" / "mutants.toml").read_text("utf-8"))["mutant"]
SIMULATED = tomllib.loads((ROOT / "scripts" / "simulated.toml").read_text("utf-8"))


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant["rule"])
def test_it_can_be_planted(mutant: dict[str, str]) -> None:
    source = (ROOT / "notion_sync" / f"{mutant['module']}.py").read_text("utf-8")
    assert source.count(mutant["old"]) == 1
    ast.parse(source.replace(mutant["old"], mutant["new"]))
    for test in mutant["tests"]:
        path, _, name = test.partition("::")
        text = (ROOT / path).read_text("utf-8")
        assert f"def {name}(" in text if name else "def test_" in text


def test_no_rule_is_there_twice() -> None:
    rules = [mutant["rule"] for mutant in MUTANTS]
    assert len(set(rules)) == len(rules)


@pytest.mark.parametrize("mutant", SIMULATED["mutant"], ids=lambda mutant: mutant["rule"])
def test_what_simulated_lives_have_to_notice_can_be_planted(mutant: dict[str, str]) -> None:
    source = (ROOT / "notion_sync" / f"{mutant['module']}.py").read_text("utf-8")
    assert source.count(mutant["old"]) == 1
    ast.parse(source.replace(mutant["old"], mutant["new"]))


def test_what_simulated_lives_have_to_notice_is_named_once() -> None:
    rules = [*SIMULATED["rules"], *(mutant["rule"] for mutant in SIMULATED["mutant"])]
    assert len(set(rules)) == len(rules) >= 25
    assert set(SIMULATED["rules"]) <= {mutant["rule"] for mutant in MUTANTS}
