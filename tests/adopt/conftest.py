"""A sandbox."""

from tests.support.worlds import sandbox, sandbox_process

__all__ = ["sandbox", "sandbox_process"]
