"""The sandbox of the end-to-end tests."""

from tests.e2e.conftest import sandbox_process

__all__ = ["sandbox_process"]
