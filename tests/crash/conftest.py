"""The same world as the end-to-end tests, without a proxy that must not miss an answer."""

from tests.support.worlds import sandbox, sandbox_process, world

__all__ = ["sandbox", "sandbox_process", "world"]
