"""The real program, a real sandbox and real files, for tests that look at the workspace afterwards."""

import contextlib
import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from tests.support.contract import HTTP

LONG_AGO = 1_600_000_000
"""A modification time at which every file has rested."""

IMPATIENT = Path(__file__).parents[1] / "support" / "impatient.py"

Json = dict[str, Any]


@dataclass(frozen=True)
class Run:
    """How one run of the program ended."""

    code: int
    stdout: str
    stderr: str

    @property
    def lines(self) -> list[Json]:
        """The JSON objects of `--json`."""
        return [json.loads(line) for line in self.stdout.splitlines()]

    @property
    def files(self) -> list[Json]:
        """One object a file."""
        return [line for line in self.lines if line["event"] == "file"]

    @property
    def summary(self) -> Json:
        """The last object."""
        assert self.lines, f"no JSON; stderr: {self.stderr}"
        last = self.lines[-1]
        assert last["event"] == "summary", last
        return last

    def counts(self) -> dict[str, int]:
        """What is not zero in the summary's actions."""
        names = ("attached", "replaced", "renamed", "removed", "unchanged", "skipped", "deferred", "failed")
        return {name: self.summary[name] for name in names if self.summary[name]}


@dataclass(frozen=True)
class Sandbox:
    """A running sandbox."""

    base_url: str
    token: str
    page_id: str
    database_id: str
    data_source_id: str
    browse_url: str
    pid: int
    api_url: str = ""
    """Where the program finds it; what tests ask for themselves goes to `base_url`."""
    findings: Path | None = None
    """What the contract's proxy writes down, where there is one."""

    def control(self, method: str, name: str, body: object = None) -> Any:
        """Ask one of the sandbox's controls."""
        headers = {"Authorization": f"Bearer {self.token}"}
        url = f"{self.base_url}/__sandbox__/{name}"
        answer = HTTP.request(method, url, json=body, headers=headers)
        answer.raise_for_status()
        return answer.json()

    def state(self) -> Json:
        """The whole workspace."""
        state: Json = self.control("GET", "state")
        return state

    def requests(self) -> list[Json]:
        """The log."""
        log: list[Json] = self.control("GET", "requests")
        return [line for line in log if line["path"].startswith("/v1/")]

    def reset(self) -> "Sandbox":
        """Begin anew; the same sandbox with another workspace."""
        return replace(self, **self.control("POST", "reset"))

    def faults(self, faults: Sequence[Json]) -> None:
        """Let requests go wrong."""
        self.control("POST", "faults", list(faults))

    def environment(self) -> dict[str, str]:
        """The environment of this process, with this sandbox in the place of Notion."""
        return {**os.environ, "NOTION_TOKEN": self.token, "NOTION_BASE_URL": self.base_url}

    def fired(self) -> int:
        """How many requests the faults in force have hit."""
        return sum(fault["fired"] for fault in self.control("GET", "faults")["faults"])

    def advance(self, seconds: float) -> None:
        """Move the sandbox's clock."""
        self.control("POST", "clock", {"advance": seconds})

    def blocks(self, page_id: str | None = None) -> list[Json]:
        """The media blocks of a page, in order, without those in the trash."""
        wanted = page_id or self.page_id
        (page,) = [page for page in self.state()["pages"] if page["id"] == wanted]
        kinds = {"file", "image", "video", "audio", "pdf", "embed"}
        return [b for b in page["children"] if b["type"] in kinds and not b["in_trash"]]

    def api(self, method: str, path: str, body: Json | None = None) -> Json:
        """Do something as another person would."""
        headers = {"Authorization": f"Bearer {self.token}", "Notion-Version": "2026-03-11"}
        answer = HTTP.request(method, self.base_url + path, json=body, headers=headers)
        answer.raise_for_status()
        result: Json = answer.json()
        return result


def program(config: Path, state: Path) -> list[str]:
    """The command line of the program with a configuration and a store, up to the command."""
    return [sys.executable, "-m", "notion_sync", "--config", str(config), "--state", str(state)]


@contextlib.contextmanager
def running_sandbox(folder: Path, *options: str) -> Iterator[Sandbox]:
    """A sandbox in a process of its own."""
    command = [sys.executable, "-m", "notion_sync", "sandbox", "--dir", str(folder), *options]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        coordinates = json.loads(process.stdout.readline())
        yield Sandbox(**coordinates, api_url=coordinates["base_url"])
    finally:
        process.terminate()
        process.wait()
        process.stdout.close()


@dataclass
class World:
    """A folder, a sandbox, a state store."""

    home: Path
    sandbox: Sandbox
    environ: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.folder = self.home / "folder"
        self.folder.mkdir(exist_ok=True)
        self.state = self.home / "state"
        inherited = {k: v for k, v in os.environ.items() if not k.startswith(("NOTION_", "XDG_"))}
        self.environ = {
            **inherited,
            "HOME": str(self.home),
            "NOTION_TOKEN": self.sandbox.token,
            "NOTION_BASE_URL": self.sandbox.api_url,
            "COLUMNS": "200",
        }

    def write(self, files: Mapping[str, bytes], *, mtime: float = LONG_AGO) -> None:
        """Make files that rest."""
        for name, content in files.items():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            os.utime(path, (mtime, mtime))

    def command(self, *arguments: str, config: str | None = None) -> list[str]:
        """The command line of one run; `config` is the text of a configuration."""
        options = ["--state", str(self.state)]
        if config is not None:
            path = self.home / "config.yaml"
            path.write_text(config)
            options += ["--config", str(path)]
        # -P: what lies beside the file is not to be imported by the program.
        return [sys.executable, "-P", str(IMPATIENT), *options, *arguments]

    def run(self, *arguments: str, config: str | None = None, cwd: Path | None = None) -> Run:
        """Run the program to its end."""
        done = subprocess.run(
            self.command(*arguments, config=config),
            env=self.environ,
            cwd=cwd or self.home,
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )
        assert "Traceback" not in done.stderr, done.stderr
        return Run(done.returncode, done.stdout, done.stderr)

    def push(self, *arguments: str) -> Run:
        """`push FOLDER --to PAGE --json`."""
        return self.run("push", str(self.folder), "--to", self.sandbox.page_id, "--json", *arguments)

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Begin a push and let it run."""
        command = self.command("push", str(self.folder), "--to", self.sandbox.page_id, "--json", *arguments)
        return subprocess.Popen(
            command,
            env=self.environ,
            cwd=self.home,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def start_with(self, config: str) -> subprocess.Popen[str]:
        """Begin a push by a configuration and let it run."""
        return subprocess.Popen(
            self.command("push", "--json", config=config),
            env=self.environ,
            cwd=self.home,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def contents(self) -> list[tuple[str, str]]:
        """(path, sha256) of every file in the folder, in path order."""
        return [
            (str(path.relative_to(self.folder)), sha256(path.read_bytes()))
            for path in sorted(self.folder.rglob("*"), key=lambda p: str(p.relative_to(self.folder)))
            if path.is_file()
        ]

    def assert_mirrors(self) -> None:
        """Every file of the folder is on the page exactly once, byte for byte, in path order."""
        assert [block["sha256"] for block in self.sandbox.blocks()] == [
            digest for _, digest in self.contents()
        ]


def sha256(content: bytes) -> str:
    """In hex."""
    return hashlib.sha256(content).hexdigest()


def wait_until(condition: Callable[[], bool], what: str, *, seconds: float = 30) -> None:
    """Wait for something that will happen; fail if it does not."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"did not happen: {what}"
        time.sleep(0.02)


def kill(process: "subprocess.Popen[str]") -> None:
    """Kill without a chance to clean up."""
    process.send_signal(signal.SIGKILL)
    process.communicate()


def until_fault(sandbox: Sandbox, process: "subprocess.Popen[str]", what: str) -> None:
    """Wait until a fault has hit a request of a running program; fail if the program ends before."""
    wait_until(lambda: process.poll() is not None or sandbox.fired() > 0, what)
    assert sandbox.fired() > 0, f"the program has ended before {what}"
