"""The package's docstring is the map of its modules."""

import pkgutil
import re

from notion_sync import sync


def test_every_module_is_on_the_map_once_and_nothing_else() -> None:
    assert sync.__doc__ is not None
    named = re.findall(r"^    ([a-z_]+)/?  +", sync.__doc__, re.MULTILINE)
    assert sorted(named) == sorted(module.name for module in pkgutil.iter_modules(sync.__path__))
