"""What the program tells the service manager, over the datagram socket named by `$NOTIFY_SOCKET`.

The protocol is a few lines of text a message, see sd_notify(3); libsystemd is not needed for it. Without the
variable (in a terminal, in a container) nothing is sent and nothing fails.
"""

import os
import socket
import time
from collections.abc import Callable, Mapping

LONGEST_STATUS = 1000
"""Bytes of a status. systemd drops a datagram of more than 4096 bytes (`NOTIFY_BUFFER_MAX`) as a whole."""


def _monotonic_usec() -> int:
    # sd_notify(3) asks for CLOCK_MONOTONIC, which is what Python's clock is on Linux.
    return time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000


class Notifier:
    """Talks to the service manager; safe to use from any thread.

    Args:
        address: The socket: an absolute path, or `@` and a name for an abstract one. None sends nothing.
        watchdog_interval: Seconds after which systemd gives a silent service up; None where it does not look.
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
        """The one that systemd's variables describe.

        `$WATCHDOG_USEC` counts only if `$WATCHDOG_PID` is this process or not set: a child inherits both
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

    def ready(self, status: str = "") -> None:
        """Start-up, or a reload, is complete."""
        self._send("READY=1", *self._status_lines(status))

    def status(self, text: str) -> None:
        """What `systemctl status` shows; the same text again is not sent again."""
        if text != self._status and text:
            self._send(*self._status_lines(text))

    def watchdog(self) -> None:
        """There is progress; see `heartbeat`."""
        self._send("WATCHDOG=1")

    def stopping(self, status: str = "") -> None:
        """The end has begun."""
        self._send("STOPPING=1", *self._status_lines(status))

    def reloading(self) -> None:
        """The configuration is being read again; `reloaded` must follow, whether it was good or not.

        The time goes into the same datagram, so that `Type=notify-reload` (systemd 253 and newer) can tell
        this answer from one to an earlier signal.
        """
        self._send("RELOADING=1", f"MONOTONIC_USEC={self._monotonic_usec()}")

    def reloaded(self, status: str = "") -> None:
        """The reload that was announced is over."""
        self.ready(status)

    def _status_lines(self, text: str) -> tuple[str, ...]:
        if not text:
            return ()
        self._status = text
        # A line break would begin an assignment of its own.
        line = " ".join(text.split()).encode("utf-8", "replace")[:LONGEST_STATUS]
        return (f"STATUS={line.decode('utf-8', 'ignore')}",)

    def _send(self, *lines: str) -> None:
        if self._address is None:
            return
        # Abstract sockets: the kernel wants a NUL where the variable has an `@` (unix(7)).
        address = "\0" + self._address[1:] if self._address.startswith("@") else self._address
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as connection:
                # A manager that has stopped reading must not stop us, too.
                connection.settimeout(1.0)
                connection.sendto("\n".join(lines).encode(), address)
        except OSError:
            # The manager is being replaced or is gone. What it must hear is repeated (watchdog), and a
            # notice it missed is no reason to stop working.
            return


def _seconds(usec: str) -> float | None:
    return int(usec) / 1_000_000 if usec.isascii() and usec.isdigit() and int(usec) else None
