"""The real daemon in a process of its own."""

import contextlib
import os
import signal
import subprocess
import threading
import uuid
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from notion_sync.control import ask
from tests.e2e.world import Json, World, sha256, wait_until

PATIENCE = 60.0
"""Seconds to wait for what will happen; machines that run tests are slow at times."""


def config(world: World, *, top: str = "", rule: str = "") -> str:
    """One rule over the world's folder; blocks say in their caption which path they are."""
    return f"""
rate_limit: 100000
{top}
defaults: {{settle: 500ms, rescan: 0}}
rules:
  - name: drop
    folder: {world.folder}
    to: {{page: "{world.sandbox.page_id}", caption: "{{path}}"}}
    {rule}
"""


class Watching:
    """A running `notion-sync watch`."""

    def __init__(self, world: World, process: "subprocess.Popen[str]") -> None:
        self.world = world
        self.process = process
        self.said: list[str] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stderr is not None
        self.said.extend(line.rstrip("\n") for line in iter(self.process.stderr.readline, ""))

    def heard(self, text: str) -> int:
        """How many lines with this text it has said."""
        return sum(text in line for line in list(self.said))

    def hears(self, text: str) -> None:
        """Wait for a line."""
        self.until(lambda: self.heard(text) > 0, f"a line with {text!r}")

    def until(self, condition: Callable[[], bool], what: str, *, seconds: float = PATIENCE) -> None:
        """Wait for something while the daemon lives."""

        def met() -> bool:
            assert self.process.poll() is None, f"it ended: {self.said}"
            return condition()

        try:
            wait_until(met, what, seconds=seconds)
        except AssertionError as error:
            raise AssertionError(f"{error}; it said {self.said[-20:]}") from None

    def status(self) -> Json:
        """What `notion-sync status` would hear; empty while nobody answers."""
        return dict(ask(str(self.world.state), "status") or {})

    def tell(self, command: str, **arguments: object) -> Json:
        """A command over the control socket."""
        return dict(ask(str(self.world.state), command, arguments) or {})

    def brings(self, *paths: str, folder: Path | None = None) -> None:
        """Wait until these files are on the page with the content they have."""
        base = folder or self.world.folder
        wanted = {(path, sha256((base / path).read_bytes())) for path in paths}
        self.until(lambda: wanted <= set(self.placed()), f"{paths} on the page")

    def catches_up(self) -> None:
        """Wait until everything that had happened before this call has been dealt with."""
        name = f"marker-{uuid.uuid4().hex}.txt"
        (self.world.folder / name).write_text(name)
        self.brings(name)

    def placed(self) -> list[tuple[str, str]]:
        """(path, sha256) of every block on the page, markers left out of nothing."""
        return [(block["caption"], block["sha256"]) for block in self.world.sandbox.blocks()]

    def uploads(self, *contents: bytes) -> int:
        """How many uploads had one of these contents."""
        wanted = {sha256(content) for content in contents}
        return sum(upload["sha256"] in wanted for upload in self.world.sandbox.state()["uploads"])

    def mirrors(self) -> None:
        """Wait until every file of the folder is on the page, and see that each is there once."""
        contents = self.world.contents()
        self.until(lambda: set(contents) <= set(self.placed()), "every file on the page")
        self.catches_up()
        placed = [pair for pair in self.placed() if not pair[0].startswith("marker-")]
        assert sorted(placed) == sorted(contents)

    def cpu(self) -> float:
        """Seconds of CPU it has used."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def resident(self) -> int:
        """Bytes of memory it has in use."""
        pages = int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")

    def idle(self) -> None:
        """Wait until it has nothing to do."""
        self.until(self._is_idle, "an idle daemon")

    def _is_idle(self) -> bool:
        status = self.status()
        return status.get("mood") == "idle" and status.get("queued") == 0

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Ask it to end; its exit code."""
        self.process.send_signal(number)
        code = self.process.wait(timeout=PATIENCE)
        self._reader.join()
        return code


@contextlib.contextmanager
def watching(
    world: World, *arguments: str, config: str | None = None, prefix: Sequence[str] = (), ready: bool = True
) -> Iterator[Watching]:
    """A daemon, from its first idle moment to the end of the block.

    Args:
        world: Its folder, store and sandbox.
        arguments: After `watch`.
        config: The text of the configuration.
        prefix: A command that runs it (`unshare …`).
        ready: Whether to wait until it stands.
    """
    command = [*prefix, *world.command("watch", *arguments, config=config)]
    process = subprocess.Popen(
        command,
        env=world.environ,
        cwd=world.home,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    daemon = Watching(world, process)
    try:
        if ready:
            daemon.idle()
        yield daemon
        assert not daemon.heard("Traceback"), daemon.said
        assert not daemon.heard("Warning:"), daemon.said
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        daemon._reader.join()
        assert process.stderr is not None
        process.stderr.close()
