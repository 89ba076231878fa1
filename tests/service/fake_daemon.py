"""A daemon of a few lines that plays notion-sync's part in every protocol with systemd.

`python -m tests.service.fake_daemon --config FILE watch`. The file says what it does:

    good            a configuration that can be used; anything else cannot
    exit N          ends with N at once
    hang            is ready, then makes no progress
    write PATH      is ready, and says what came of a write to PATH
"""

import errno
import os
import signal
import sys
import threading
from types import FrameType

from notion_sync.service.heartbeat import Heartbeat, Watchdog
from notion_sync.service.notify import Notifier
from tests.support.serving import serving


def main() -> int:
    notifier = Notifier.of_environment(os.environ)
    wakes = threading.Event()
    asked: list[int] = []

    def handle(number: int, _frame: FrameType | None) -> None:
        asked.append(number)
        wakes.set()

    for number in (signal.SIGHUP, signal.SIGTERM):
        signal.signal(number, handle)
    path = sys.argv[sys.argv.index("--config") + 1]
    words = read(path)
    if words[0] == "exit":
        return int(words[1])
    if words[0] == "write":
        words += [try_to_write(words[1])]
    heartbeat = Heartbeat(patience=1.0)
    state = os.environ.get("STATE_DIRECTORY", os.path.dirname(path))
    with (
        serving(state, {"status": lambda: {"pid": os.getpid()}}, environ=os.environ),
        Watchdog(notifier, heartbeat, complain),
        heartbeat.worker("loop") as loop,
    ):
        notifier.ready(" ".join(words))
        while True:
            wakes.wait(0.2)
            wakes.clear()
            if words[0] != "hang":
                loop.beat()
            while asked:
                if asked.pop(0) == signal.SIGTERM:
                    notifier.stopping("stopping")
                    return 0
                notifier.reloading()
                new = read(path)
                notifier.reloaded("good" if new == ["good"] else f"still {words[0]}: the new one is bad")


def complain(text: str) -> None:
    sys.stderr.write(f"<4>{text}\n")
    sys.stderr.flush()


def read(path: str) -> list[str]:
    with open(path, encoding="utf-8") as file:
        return file.read().split()


def try_to_write(path: str) -> str:
    try:
        with open(path, "a", encoding="utf-8"):
            return "written"
    except OSError as error:
        return errno.errorcode[error.errno or 0]


if __name__ == "__main__":
    sys.exit(main())
