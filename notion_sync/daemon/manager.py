"""Whoever started the daemon and wants to hear of it."""

from typing import Protocol


class Notifier(Protocol):
    """The service manager; `service.notify.Notifier` is one."""

    def ready(self, status: str = "") -> None:
        """Start-up is complete."""

    def status(self, text: str) -> None:
        """What it is doing."""

    def stopping(self, status: str = "") -> None:
        """The end has begun."""

    def reloading(self) -> None:
        """The configuration is being read again."""

    def reloaded(self, status: str = "") -> None:
        """It was, for better or worse."""
