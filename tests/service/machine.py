"""A machine of one's own: a real systemd as process 1 of its own namespaces.

Everything it could touch outside is hidden from it or replaced by a copy in memory: /tmp, /run, /var, /etc,
/home and /root. It shares the network, so that a sandbox of the test can be reached. notion-sync is installed in
it at a place of its own, for its units see no /tmp, and that is where a clone may be.
"""

import os
import shutil
import signal
import subprocess
import sys
import sysconfig
import time
import venv
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
SYSTEMD = "/lib/systemd/systemd"
INSIDE = "/mnt/scratch"
"""Where the machine sees the scratch folder of the test."""
CLONE = "/mnt/clone"
"""Where it sees this repository."""
PYTHON = f"{INSIDE}/installed/bin/python"
"""The interpreter inside, with notion-sync and what it needs."""
PROGRAM = f"{INSIDE}/installed/bin/notion-sync"

# What a boot would do to the machine around it, or is slow and needed by nobody here.
MASKED = (
    "apt-daily.timer", "binfmt-support.service", "dev-hugepages.mount", "dev-mqueue.mount", "e2scrub_reap.service",
    "kmod-static-nodes.service", "ldconfig.service", "paths.target", "proc-sys-fs-binfmt_misc.automount",
    "proc-sys-fs-binfmt_misc.mount", "sys-fs-fuse-connections.mount", "sys-kernel-config.mount",
    "sys-kernel-debug.mount", "sys-kernel-tracing.mount", "systemd-ask-password-console.path",
    "systemd-ask-password-wall.path", "systemd-binfmt.service", "systemd-boot-system-token.service",
    "systemd-firstboot.service", "systemd-hwdb-update.service", "systemd-journal-catalog-update.service",
    "systemd-machine-id-commit.service", "systemd-modules-load.service", "systemd-pcrphase.service",
    "systemd-pstore.service", "systemd-random-seed.service", "systemd-remount-fs.service",
    "systemd-sysctl.service", "systemd-sysusers.service", "systemd-tmpfiles-clean.timer",
    "systemd-tmpfiles-setup-dev.service", "systemd-tmpfiles-setup.service", "systemd-udev-trigger.service",
    "systemd-udevd.service", "systemd-update-done.service", "systemd-update-utmp.service", "timers.target",
)  # fmt: skip

# A control group of its own: otherwise two machines would take each other's for their own.
# $1: the group; the rest is the command.
APART = """
set -e
mkdir $1
echo $$ > $1/cgroup.procs
shift
exec "$@"
"""

# $1: the scratch folder, $2: the folder of the interpreter, $3: this repository, $4: the installed packages.
BOOT = f"""
set -e
mount --make-rprivate /
# Put together elsewhere: each of the four may lie below what is hidden in the end.
mkdir "$1/mnt"
mount -t tmpfs -o mode=755 tmpfs "$1/mnt"
(
    cd "$1/mnt"
    mkdir scratch python clone packages etc
    mount --bind "$1" scratch
    mount --bind "$2" python
    mount --bind "$3" clone
    mount --bind "$4" packages
)
mount --move "$1/mnt" /mnt
cp -a /etc/. /mnt/etc
mount --bind /mnt/etc /etc
for d in /tmp /var/tmp; do mount -t tmpfs -o mode=1777 tmpfs $d; done
for d in /run /home /root /var/log /var/lib /srv; do mount -t tmpfs -o mode=755 tmpfs $d; done
mkdir -p /run/lock "$2"
# Within the namespace this shows our own group as the root of all.
mount -t cgroup2 cgroup2 /sys/fs/cgroup
mount --bind /mnt/python "$2"
rm -rf /etc/systemd/system/*
for unit in {" ".join(MASKED)}; do ln -s /dev/null /etc/systemd/system/$unit; done
# As on a real machine (systemd leaves that out in what it takes for a container): credentials need it. What was
# private before is shared only with namespaces below this one.
mount --make-rshared /
exec {SYSTEMD} --system --unit=basic.target --log-target=journal --show-status=no
"""


def why_not() -> str:
    """Why no machine can be booted here; empty if it can."""
    if os.geteuid():
        return "not run: booting systemd in its own namespaces needs root"
    for tool in ("unshare", "nsenter", "systemctl", SYSTEMD):
        if shutil.which(tool) is None:
            return f"not run: there is no {tool} here (apt-get install systemd)"
    if not _hierarchy():
        return "not run: no cgroup2 is mounted here"
    if any(Path(sys.base_prefix).is_relative_to(hidden) for hidden in ("/tmp", "/var/tmp", "/mnt")):
        return f"not run: the interpreter in {sys.base_prefix} is hidden from a service with its own /tmp"
    return ""


@dataclass(frozen=True, slots=True)
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str


@dataclass(frozen=True, slots=True)
class Machine:
    """A booted machine.

    Args:
        pid: Of its systemd, as the outside sees it.
        scratch: A folder that both see; inside at `INSIDE`.
    """

    pid: int
    scratch: Path

    def run(self, *command: str, timeout: float = 30, given: str | None = None) -> Done:
        """Run something inside, as root."""
        done = subprocess.run(
            ["nsenter", "-t", str(self.pid), "-p", "-m", "-u", "-i", "-C", "env", "-i", "PATH=/usr/bin:/bin",
             "HOME=/root", "LC_ALL=C.UTF-8", *command],
            capture_output=True, text=True, timeout=timeout, check=False, input=given,
        )  # fmt: skip
        return Done(done.returncode, done.stdout, done.stderr)

    def check(self, *command: str, timeout: float = 30, given: str | None = None) -> str:
        """Run something inside that has to go well."""
        done = self.run(*command, timeout=timeout, given=given)
        assert done.code == 0, (command, done)
        return done.out

    def write(self, path: str, text: str, mode: int = 0o644) -> None:
        """Write a file inside."""
        self.check("install", "-D", "-m", f"{mode:o}", "/dev/stdin", path, given=text)

    def property(self, unit: str, name: str) -> str:
        """What systemd knows of a unit."""
        return self.check("systemctl", "show", "--value", "-p", name, unit).strip()

    def journal(self, unit: str) -> str:
        """What the unit has said."""
        return self.check("journalctl", "--no-pager", "-o", "short-monotonic", "-u", unit)

    def until(self, unit: str, name: str, value: str, timeout: float = 30) -> None:
        """Wait for a property to have a value."""
        end = time.monotonic() + timeout
        while (seen := self.property(unit, name)) != value:
            if time.monotonic() > end:
                raise AssertionError(f"{unit}: {name} is {seen!r}, not {value!r}\n{self.journal(unit)}")
            time.sleep(0.1)


@contextmanager
def booted(scratch: Path, seconds: float = 300) -> Iterator[Machine]:
    """A machine for the length of the block, and in no case for longer than `seconds`."""
    _install(scratch / "installed")
    group = Path(_hierarchy(), f"notion-sync-test-{os.getpid()}-{time.monotonic_ns()}")
    namespaces = ("--pid", "--mount", "--mount-proc", "--uts", "--ipc", "--cgroup")
    limited = ("timeout", "--signal=KILL", str(seconds), "unshare", "--fork", "--kill-child", *namespaces)
    unshare = subprocess.Popen(
        ["sh", "-c", APART, "sh", str(group), *limited, "sh", "-c", BOOT, "sh", str(scratch), sys.base_prefix,
         str(REPOSITORY), sysconfig.get_path("purelib")],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        start_new_session=True,
    )  # fmt: skip
    machine: Machine | None = None
    try:
        machine = _wait(unshare, scratch)
        yield machine
    finally:
        # Killing the first process of a pid namespace ends all of them (pid_namespaces(7)).
        if machine is not None:
            os.kill(machine.pid, signal.SIGKILL)
        os.killpg(unshare.pid, signal.SIGKILL)
        unshare.wait()
        assert unshare.stdout is not None
        unshare.stdout.close()
        _remove(group)


class NoBoot(Exception):
    """systemd does not come up here."""


def _install(folder: Path) -> None:
    """An environment of this repository and its packages, by the paths that the machine has for them."""
    venv.create(folder, symlinks=True)
    (packages,) = folder.glob("lib/python*/site-packages")
    (packages / "clone.pth").write_text(f"{CLONE}\n/mnt/packages\n")
    script = folder / "bin" / "notion-sync"
    script.write_text(f"#!{PYTHON}\nimport sys\nfrom notion_sync.__main__ import main\nsys.exit(main())\n")
    script.chmod(0o755)


def _wait(unshare: "subprocess.Popen[str]", scratch: Path) -> Machine:
    end = time.monotonic() + 30
    state = ""
    while time.monotonic() < end:
        if unshare.poll() is not None:
            assert unshare.stdout is not None
            raise NoBoot(unshare.stdout.read()[-500:])
        if (pid := _first_process(unshare.pid)) is not None:
            machine = Machine(pid, scratch)
            state = machine.run("systemctl", "is-system-running").out.strip()
            if state in ("running", "degraded"):
                return machine
        time.sleep(0.1)
    raise NoBoot(f"systemd is {state or 'silent'} after half a minute")


def _hierarchy() -> str:
    """Where the second version of control groups is mounted (cgroups(7))."""
    mounts = (line.split() for line in Path("/proc/self/mounts").read_text().splitlines())
    return next((place for _, place, kind, *_ in mounts if kind == "cgroup2"), "")


def _remove(group: Path) -> None:
    """Best effort: the last processes may still be on their way out."""
    end = time.monotonic() + 2
    while group.exists() and time.monotonic() < end:
        for folder, _, _ in os.walk(group, topdown=False):
            with suppress(OSError):
                os.rmdir(folder)
        time.sleep(0.05)


def _first_process(ancestor: int) -> int | None:
    """The systemd among the descendants: `sh`, now `timeout` → `unshare` → `sh`, which becomes systemd."""
    with suppress(OSError):  # what was a child a moment ago may have ended
        for _ in range(3):
            children = Path(f"/proc/{ancestor}/task/{ancestor}/children").read_text().split()
            if not children:
                return None
            ancestor = int(children[0])
            if Path(f"/proc/{ancestor}/comm").read_text().strip() == "systemd":
                return ancestor
    return None
