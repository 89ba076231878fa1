"""Send messages to the service manager over the datagram socket in `$NOTIFY_SOCKET`.

The protocol is a few lines of text in each message, see sd_notify(3); libsystemd is not needed. Without the variable
(in a terminal, in a container) nothing is sent and nothing fails.
"""

import os
import socket
import time
from collections.abc import Callable, Mapping

LONGEST_STATUS = 1000
"""Maximum bytes of a status. systemd drops a datagram of more than 4096 bytes (`NOTIFY_BUFFER_MAX`) as a whole."""


def _monotonic_usec() -> int:
    # sd_notify(3) requires CLOCK_MONOTONIC, which is also Python's monotonic clock on Linux.
    return time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000


class Notifier:
    """Sends messages to the service manager; thread-safe.

    Args:
        address: The socket: an absolute path, or `@` and a name for an abstract socket. None sends nothing.
        watchdog_interval: Seconds after which systemd considers a silent service dead; None without a watchdog.
        monotonic_usec: For tests.
    """

    def __init__(
        self,
        address: str | None = None,
        *,
        watchdog_interval: float | None = None,
        monotonic_usec: Callable[[], int] = _monotonic_usec,
    ) -> None:
        self._address = address
        self._monotonic_usec = monotonic_usec
        self._status = ""
        self.watchdog_interval = watchdog_interval

    @classmethod
    def of_environment(cls, environ: Mapping[str, str], pid: int | None = None) -> "Notifier":
        """Create a notifier from systemd's variables.

        `$WATCHDOG_USEC` counts only if `$WATCHDOG_PID` is unset or this process, because a child inherits both
        (sd_watchdog_enabled(3)).
        """
        address = environ.get("NOTIFY_SOCKET", "")
        if address[:1] not in ("/", "@"):
            return cls()
        meant_for = environ.get("WATCHDOG_PID") or str(pid or os.getpid())
        interval = None
        if meant_for == str(pid or os.getpid()):
            interval = _seconds(environ.get("WATCHDOG_USEC", ""))
        return cls(address, watchdog_interval=interval)

    @property
    def told(self) -> str:
        """The last status; empty before the first."""
        return self._status

    def ready(self, status: str = "") -> None:
        """Report that start-up, or a reload, is complete."""
        self._send("READY=1", *self._status_lines(status))

    def status(self, text: str) -> None:
        """Set the text in `systemctl status`; an unchanged text is not sent again."""
        if text != self._status and text:
            self._send(*self._status_lines(text))

    def watchdog(self) -> None:
        """Send a watchdog ping; see `heartbeat`."""
        self._send("WATCHDOG=1")

    def stopping(self, status: str = "") -> None:
        """Report that the service is stopping."""
        self._send("STOPPING=1", *self._status_lines(status))

    def reloading(self) -> None:
        """Report that a reload has begun; `reloaded` must follow, whether it succeeds or not.

        The time is in the same datagram, so that `Type=notify-reload` (systemd 253 and newer) can match the message to
        the signal.
        """
        self._send("RELOADING=1", f"MONOTONIC_USEC={self._monotonic_usec()}")

    def reloaded(self, status: str = "") -> None:
        """Report that the reload has ended."""
        self.ready(status)

    def _status_lines(self, text: str) -> tuple[str, ...]:
        if not text:
            return ()
        self._status = text
        # A line break would start another assignment.
        line = " ".join(text.split()).encode("utf-8", "replace")[:LONGEST_STATUS]
        return (f"STATUS={line.decode('utf-8', 'ignore')}",)

    def _send(self, *lines: str) -> None:
        if self._address is None:
            return
        # For abstract sockets the kernel expects a NUL in place of the variable's `@` (unix(7)).
        address = "\0" + self._address[1:] if self._address.startswith("@") else self._address
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as connection:
                # A manager that does not read must not block us.
                connection.settimeout(1.0)
                connection.sendto("\n".join(lines).encode(), address)
        except OSError:
            # The manager is restarting or gone. Watchdog pings are repeated, and any other lost message is no reason
            # to stop working.
            return


def _seconds(usec: str) -> float | None:
    return int(usec) / 1_000_000 if usec.isascii() and usec.isdigit() and int(usec) else None
