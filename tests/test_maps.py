"""The docstring of a package is a map for strangers: it names every module."""

import importlib
import pkgutil
import re

import pytest

MAPPED = (
    "sync",
    "sync.page",
    "sync.rows",
    "sync.upload",
    "notion",
    "notion.http",
    "notion.rate",
    "scan",
    "state",
    "watch",
)


@pytest.mark.parametrize("name", MAPPED)
def test_a_package_names_its_modules(name: str) -> None:
    package = importlib.import_module(f"notion_sync.{name}")
    words = set(re.findall(r"\w+", package.__doc__ or ""))
    modules = {module.name for module in pkgutil.iter_modules(package.__path__)}
    assert modules - words == set()
