"""The package's docstring is the map of its modules."""

import pkgutil
import re

from notion_sync import executor


def test_every_module_is_on_the_map() -> None:
    assert executor.__doc__ is not None
    named = set(re.findall(r"[a-z]+", executor.__doc__))
    assert {module.name for module in pkgutil.iter_modules(executor.__path__)} <= named
