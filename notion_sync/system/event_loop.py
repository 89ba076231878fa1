"""Run a coroutine from synchronous code."""

from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


def run_to_end(work: Coroutine[Any, Any, T]) -> T:
    """Return the coroutine's result, like `asyncio.run`.

    A loop needs file descriptors, which the system may refuse. The coroutine is closed in any case, because Python
    warns on stderr about one that never ran.
    """
    from asyncio import run  # noqa: PLC0415 - takes 12 to 40 ms to import, and a run with nothing to do needs no loop

    try:
        return run(work)
    finally:
        work.close()
