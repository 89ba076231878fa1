"""A coroutine that is run from synchronous code."""

import subprocess
import sys

import pytest

from notion_sync.system.event_loop import run_to_end


async def _forty_two() -> int:
    return 42


async def _failing() -> None:
    raise LookupError("gone")


def test_result_and_error() -> None:
    """What it returns or raises goes on."""
    assert run_to_end(_forty_two()) == 42
    with pytest.raises(LookupError, match="gone"):
        run_to_end(_failing())


def test_where_there_is_no_loop_nothing_is_warned_of() -> None:
    """Without descriptors for a loop the system's error is raised, and Python says nothing beside it."""
    code = (
        "import asyncio, resource, sys\n"
        "sys.unraisablehook = lambda _: None\n"
        "from tests.system.test_event_loop import _forty_two\n"
        "from notion_sync.system.event_loop import run_to_end\n"
        "resource.setrlimit(resource.RLIMIT_NOFILE, (3, 3))\n"
        "try:\n    run_to_end(_forty_two())\nexcept OSError as error:\n    print(error.errno)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("24\n", "")
