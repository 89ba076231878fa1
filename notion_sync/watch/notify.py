"""Send notices to people who do not read logs, by commands and pings; each change is sent once, one at a time.

A ping goes to `ping_url` when all is well, and to `ping_url/fail` when trouble begins, as monitoring services expect it
(healthchecks.io "Pinging API").
"""

import asyncio
import shlex
import subprocess
from collections.abc import Callable, Coroutine, Mapping
from functools import partial
from typing import Any

from notion_sync.config.notify import Notify
from notion_sync.log import Level
from notion_sync.watch.background import Background, in_thread, log_task_error

_MOST = 20
"""Maximum number of queued notices; more could only be repetitions."""

_Notice = Callable[[], Coroutine[Any, Any, None]]


class Notices:
    """Sends a notice when trouble begins and when it ends. On the event loop only.

    Args:
        notify: The commands to run and the address to ping.
        say: Receives failures of commands and pings.
        background: Runs them.
        environ: Environment of the commands, from which the token is removed.
        command_patience: Seconds that a command may run.
        ping_patience: Timeout of each step of a ping in seconds; the whole ping may take twice as long.
    """

    def __init__(
        self,
        notify: Notify,
        *,
        say: Callable[[str, Level], None],
        background: Background,
        environ: Mapping[str, str],
        command_patience: float = 60.0,
        ping_patience: float = 10.0,
    ) -> None:
        self.notify = notify
        self._say = say
        self._background = background
        self._environ = {name: value for name, value in environ.items() if name != "NOTION_TOKEN"}
        self._command_patience = command_patience
        self._ping_patience = ping_patience
        self._troubles: dict[str, str] = {}
        self._waiting: list[_Notice] = []
        self._telling = False

    def trouble(self, kind: str, text: str) -> None:
        """Record a trouble; a notice is sent if there was none of this kind."""
        known = kind in self._troubles
        self._troubles[kind] = text
        if not known:
            self._tell(self.notify.on_error, "error", text, "/fail")

    def over(self, kind: str) -> None:
        """End a trouble; a notice is sent if no other trouble is left."""
        text = self._troubles.pop(kind, None)
        if text is not None and not self._troubles:
            self._tell(self.notify.on_success, "success", f"right again: {text}", "")

    def well(self) -> None:
        """Send a heartbeat after a complete and successful look at everything."""
        if not self._troubles and self.notify.ping_url:
            self._put(partial(self._ping, self.notify.ping_url))

    def report(self, headline: str, text: str) -> None:
        """The weekly report: `text` is what the command reads."""
        if self.notify.weekly:
            self._put(partial(self._run, self.notify.weekly, "report", headline, text))

    def _tell(self, command: str | None, event: str, text: str, suffix: str) -> None:
        if command:
            self._put(partial(self._run, command, event, text))
        if self.notify.ping_url:
            self._put(partial(self._ping, f"{self.notify.ping_url.rstrip('/')}{suffix}"))

    def _put(self, notice: _Notice) -> None:
        if len(self._waiting) >= _MOST:
            return
        self._waiting.append(notice)
        if not self._telling:
            self._telling = True
            self._background.start(self._tell_all, "notices")

    async def _tell_all(self) -> None:
        try:
            while self._waiting:
                try:
                    await self._waiting.pop(0)()
                except Exception as error:  # an error in one notice must not stop the others
                    log_task_error("notice", error)
        finally:
            self._telling = False

    async def _run(self, command: str, event: str, text: str, standard_input: str = "") -> None:
        environ = {**self._environ, "NOTION_SYNC_EVENT": event, "NOTION_SYNC_MESSAGE": text}
        try:
            code = await _exit_code(shlex.split(command), environ, self._command_patience, standard_input)
        except (OSError, ValueError, subprocess.TimeoutExpired) as error:
            self._say(f"notify: {command!r} cannot be run: {error}", Level.WARNING)
            return
        if code:
            self._say(f"notify: {command!r} ended with exit code {code}", Level.WARNING)

    async def _ping(self, url: str) -> None:
        # Imported here because few users have a ping_url, and httpx takes 100 ms and 10 MiB.
        from notion_sync.notion.http.ping import PingFailed, ping  # noqa: PLC0415

        try:
            pinged = in_thread(partial(ping, url, self._ping_patience), "ping")
            await asyncio.wait_for(pinged, 2 * self._ping_patience)
        except PingFailed as error:
            self._say(f"notify: ping_url does not answer: {error}", Level.WARNING)
        except TimeoutError:
            self._say("notify: ping_url does not answer: timed out", Level.WARNING)


async def _exit_code(argv: list[str], environ: Mapping[str, str], patience: float, text: str) -> int:
    """Run a command that may read `text`; kill it after `patience` seconds, or when the program ends.

    Raises:
        OSError: It cannot be started.
        ValueError: Its arguments cannot be passed.
        subprocess.TimeoutExpired: It was killed.
    """
    nowhere = subprocess.DEVNULL
    process = await asyncio.create_subprocess_exec(
        *argv, env=environ, stdin=subprocess.PIPE if text else nowhere, stdout=nowhere, stderr=nowhere
    )
    try:
        if text:
            await asyncio.wait_for(process.communicate(text.encode(errors="replace")), patience)
        return await asyncio.wait_for(process.wait(), patience)
    except TimeoutError:
        raise subprocess.TimeoutExpired(argv, patience) from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
