"""What is locked: all that pyproject.toml asks for, in versions it allows, by hash and from wherever one likes."""

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

REPOSITORY = Path(__file__).resolve().parents[1]
LOCKS = sorted((REPOSITORY / "requirements").glob("*.txt"))
CLIENTS = REPOSITORY / "tests" / "sandbox" / "sdk" / "package-lock.json"
PROJECT: dict[str, Any] = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())

BUILD = PROJECT["build-system"]["requires"]
RUN = PROJECT["project"]["dependencies"]
DEV = PROJECT["project"]["optional-dependencies"]["dev"]


def entries(path: Path) -> list[str]:
    """The requirements of a file, each with its hashes."""
    lines = [line for line in path.read_text().splitlines() if not line.lstrip().startswith("#")]
    return "\n".join(lines).replace("\\\n", "").splitlines()


def pins(name: str) -> dict[str, Requirement]:
    """Name → version and marker."""
    found = (Requirement(line.partition(" --hash=")[0]) for line in entries(LOCKS[0].with_name(name)))
    return {canonicalize_name(each.name): each for each in found}


@pytest.mark.parametrize(
    ("name", "asked"),
    [
        ("run.txt", [*BUILD, *RUN]),
        ("dev.txt", [*BUILD, *RUN, *DEV]),
        ("bench.txt", PROJECT["dependency-groups"]["bench"]),
        ("lock.txt", PROJECT["dependency-groups"]["lock"]),
        ("peers.txt", PROJECT["dependency-groups"]["peers"]),
    ],
)
@pytest.mark.parametrize("python", ["3.11.0", "3.12.0", "3.13.0"])
def test_every_requirement_is_locked(name: str, asked: list[str], python: str) -> None:
    locked = pins(name)
    for requirement in map(Requirement, asked):
        pin = locked[canonicalize_name(requirement.name)]
        (version,) = pin.specifier
        assert version.operator == "=="
        assert requirement.specifier.contains(version.version, prereleases=True), "run: make lock"
        environment = {"python_version": python[:4], "python_full_version": python, "sys_platform": "linux"}
        assert pin.marker is None or pin.marker.evaluate(environment)


def test_what_runs_is_what_is_tested() -> None:
    developed = pins("dev.txt")
    assert all(developed[name].specifier == pin.specifier for name, pin in pins("run.txt").items())


@pytest.mark.parametrize("path", LOCKS, ids=lambda path: path.name)
def test_by_hash_and_from_no_registry(path: Path) -> None:
    assert all(" --hash=sha256:" in entry for entry in entries(path))
    assert "://" not in path.read_text()
    assert not [line for line in path.read_text().splitlines() if line.startswith("-")]


def test_clients_by_hash_and_from_no_registry() -> None:
    packages = json.loads(CLIENTS.read_text())["packages"]
    assert all("integrity" in package for place, package in packages.items() if place)
    assert not any("resolved" in package for package in packages.values())
