"""Call systemctl(1)."""

import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass

from notion_sync.errors import NotNow, UsageError

PATIENCE = 180.0
"""Timeout of one command in seconds: a start waits until the service is ready or `TimeoutStartSec=` is over."""


@dataclass(frozen=True, slots=True)
class CommandResult:
    """The result of a command."""

    code: int
    text: str


@dataclass(frozen=True, slots=True)
class Systemctl:
    """A service manager: the system's, or that of the current user."""

    program: str
    user: bool
    environ: Mapping[str, str]

    @classmethod
    def find(cls, environ: Mapping[str, str], *, user: bool) -> "Systemctl":
        """Find this machine's systemctl.

        Raises:
            UsageError: There is no systemd.
        """
        program = _program(environ)
        if program is None:
            raise UsageError(
                "this machine has no systemd (there is no systemctl)",
                hint="let whatever starts programs here run: notion-sync watch",
            )
        environ = dict(environ)
        runtime = f"/run/user/{os.geteuid()}"
        if user and "XDG_RUNTIME_DIR" not in environ and os.path.isdir(runtime):
            # Not set after `su` and in cron jobs, although the manager is there (pam_systemd(8)).
            environ["XDG_RUNTIME_DIR"] = runtime
        return cls(program, user, environ)

    def line(self, *arguments: str) -> str:
        """Return the command as a person would type it."""
        return " ".join(("systemctl", *(("--user",) if self.user else ()), *arguments))

    def run(self, *arguments: str) -> CommandResult:
        """Run one command; stdout and stderr are combined in the result."""
        command = [self.program, *(("--user",) if self.user else ()), "--no-pager", *arguments]
        try:
            done = subprocess.run(  # noqa: S603 - systemctl, with arguments of ours
                command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                timeout=PATIENCE, check=False, env=dict(self.environ),
            )  # fmt: skip
        except OSError as error:
            return CommandResult(127, f"{self.program}: {error.strerror}")
        except subprocess.TimeoutExpired:
            raise NotNow(f"systemd does not answer: {self.line(*arguments)}") from None
        return CommandResult(done.returncode, done.stdout.strip())

    def silent_because(self) -> str:
        """Return why no manager answers; empty if one does."""
        done = self.run("is-system-running")
        # The exit code does not distinguish "degraded"; the output names the state (systemctl(1)).
        state = done.text.splitlines()[-1] if done.text else ""
        if state in ("initializing", "starting", "running", "degraded", "maintenance", "stopping"):
            return ""
        return done.text.replace("\n", "; ") or "no answer"

    def properties(self, unit: str, *names: str) -> dict[str, str]:
        """Return properties of a unit."""
        done = self.run("show", unit, *(f"--property={name}" for name in names))
        pairs = (line.partition("=") for line in done.text.splitlines())
        return {name: value for name, sign, value in pairs if sign and name in names}


def has_systemd(environ: Mapping[str, str]) -> bool:
    """Whether services can be installed on this machine."""
    return _program(environ) is not None


def _program(environ: Mapping[str, str]) -> str | None:
    return shutil.which("systemctl", path=environ.get("PATH", os.defpath))
