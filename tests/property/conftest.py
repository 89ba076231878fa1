"""A sandbox."""

from tests.support.worlds import sandbox_process

__all__ = ["sandbox_process"]
