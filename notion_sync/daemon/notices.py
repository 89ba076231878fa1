"""Commands and pings for people who do not read logs. Each change is told once, from a thread of its own.

The ping goes to `ping_url` when all is well and to `ping_url/fail` when trouble begins, as services that count
on a sign of life take it (healthchecks.io "Pinging API").
"""

import os
import queue
import shlex
import subprocess
import threading
from collections.abc import Callable

from notion_sync.config.notify import Notify
from notion_sync.log import Level

_COMMAND_PATIENCE = 60.0
_PING_PATIENCE = 10.0

_MOST = 20
"""Notices that wait for their turn; more than that can only be the same again and again."""


class Notices:
    """Tells of trouble when it begins and when it ends.

    Args:
        notify: What to run and where to ping.
        say: Hears of commands and pings that do not work.
    """

    def __init__(self, notify: Notify, say: Callable[[str, Level], None]) -> None:
        self.notify = notify
        self._say = say
        self._troubles: dict[str, str] = {}
        self._queue: queue.Queue[Callable[[], None]] = queue.Queue(_MOST)
        self._thread: threading.Thread | None = None

    def trouble(self, kind: str, text: str) -> None:
        """Something is wrong; told when nothing of this kind was."""
        known = kind in self._troubles
        self._troubles[kind] = text
        if not known:
            self._tell(self.notify.on_error, "error", text, "/fail")

    def over(self, kind: str) -> None:
        """It is right again; told when nothing else is wrong."""
        text = self._troubles.pop(kind, None)
        if text is not None and not self._troubles:
            self._tell(self.notify.on_success, "success", f"right again: {text}", "")

    def well(self) -> None:
        """Everything was looked through and is well: a sign of life for whoever counts on one."""
        if not self._troubles and self.notify.ping_url:
            self._put(lambda: self._ping(""))

    def _tell(self, command: str | None, event: str, text: str, suffix: str) -> None:
        if command:
            self._put(lambda: self._run(command, event, text))
        if self.notify.ping_url:
            self._put(lambda: self._ping(suffix))

    def _put(self, job: Callable[[], None]) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="notices", daemon=True)
            self._thread.start()
        try:
            self._queue.put_nowait(job)
        except queue.Full:
            return

    def _work(self) -> None:
        while True:
            self._queue.get()()

    def _run(self, command: str, event: str, text: str) -> None:
        environ = {name: value for name, value in os.environ.items() if name != "NOTION_TOKEN"}
        environ |= {"NOTION_SYNC_EVENT": event, "NOTION_SYNC_MESSAGE": text}
        try:
            done = subprocess.run(  # noqa: S603 - the user's own command, from the user's own config
                shlex.split(command), env=environ, timeout=_COMMAND_PATIENCE, check=False,
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            )  # fmt: skip
        except (OSError, ValueError, subprocess.TimeoutExpired) as error:
            self._say(f"notify: {command!r} cannot be run: {error}", Level.WARNING)
            return
        if done.returncode:
            self._say(f"notify: {command!r} ended with exit code {done.returncode}", Level.WARNING)

    def _ping(self, suffix: str) -> None:
        from urllib.request import urlopen  # noqa: PLC0415 - few have a ping_url

        url = f"{str(self.notify.ping_url).rstrip('/')}{suffix}"
        try:
            with urlopen(url, timeout=_PING_PATIENCE):  # noqa: S310 - the config takes only http and https
                pass
        except OSError as error:
            self._say(f"notify: ping_url does not answer: {error}", Level.WARNING)
