"""systemd's side of the protocol: a datagram socket that remembers what it was told."""

import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Manager:
    """What arrived, message by message, each a list of its lines."""

    address: str
    messages: list[list[str]] = field(default_factory=list)
    arrived: threading.Condition = field(default_factory=threading.Condition)

    def heard(self, line: str) -> int:
        """How many messages had this line, or one that begins with it where it ends with `=`."""
        with self.arrived:
            return sum(any(_fits(each, line) for each in message) for message in self.messages)

    def until(self, line: str, times: int = 1, seconds: float = 10) -> None:
        """Wait until a line has come so many times."""
        end = time.monotonic() + seconds
        with self.arrived:
            while sum(any(_fits(each, line) for each in message) for message in self.messages) < times:
                left = end - time.monotonic()
                assert left > 0, f"{line!r} did not come {times} times: {self.messages}"
                self.arrived.wait(left)

    def environ(self, watchdog: float | None = None, pid: int | None = None) -> dict[str, str]:
        """What systemd would set."""
        variables = {"NOTIFY_SOCKET": self.address}
        if watchdog is not None:
            variables["WATCHDOG_USEC"] = str(round(watchdog * 1_000_000))
        if pid is not None:
            variables["WATCHDOG_PID"] = str(pid)
        return variables


@contextmanager
def managing(folder: Path | None = None) -> Iterator[Manager]:
    """A manager that listens below `folder`, or at an abstract address."""
    address = f"{folder}/notify" if folder else f"@notion-sync-test-{os.getpid()}-{time.monotonic_ns()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(address.replace("@", "\0", 1) if folder is None else address)
        manager = Manager(address)
        thread = threading.Thread(target=_listen, args=(listener, manager), daemon=True)
        thread.start()
        yield manager
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as last:
            last.sendto(b"", listener.getsockname())
        thread.join(5)


def _listen(listener: socket.socket, manager: Manager) -> None:
    while data := listener.recv(4096):
        with manager.arrived:
            manager.messages.append(data.decode().split("\n"))
            manager.arrived.notify_all()


def _fits(line: str, wanted: str) -> bool:
    return line.startswith(wanted) if wanted.endswith("=") else line == wanted
