"""The same sandbox and world as those of the end-to-end tests."""

from tests.support.worlds import sandbox, sandbox_process, world

__all__ = ["sandbox", "sandbox_process", "world"]
