"""The daemon for long: idle cost, the time from rest to the first request, and growth over many events.

    python benchmarks/soak.py [--files 10000] [--events 100000]

Runs the real daemon on real files against a sandbox of its own and ends with exit code 1 where a promise is
not kept.
"""

import argparse
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.request import Request, urlopen

from notion_sync.control import ask

ROOT = Path(__file__).parent.parent

IDLE_SECONDS = 60.0
IDLE_CPU = 0.1
RESIDENT_MIB = 80.0
SETTLE = 1.0
LATENCY = 0.5
GROWTH_MIB = 8.0
"""What Python's allocator may keep for itself between two equal loads."""


@dataclass(frozen=True)
class Place:
    """Where everything is."""

    home: Path
    folder: Path
    state: Path
    base_url: str
    token: str
    pid: int

    def status(self) -> dict[str, object]:
        """What the daemon says."""
        return dict(ask(str(self.state), "status") or {})

    def cpu(self) -> float:
        """Seconds the daemon has used."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def resident(self) -> float:
        """MiB the daemon has in memory."""
        pages = int(Path(f"/proc/{self.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 2**20

    def requests(self) -> list[dict[str, object]]:
        """The sandbox's log."""
        headers = {"Authorization": f"Bearer {self.token}"}
        with urlopen(Request(f"{self.base_url}/__sandbox__/requests", headers=headers)) as answer:
            lines: list[dict[str, object]] = json.load(answer)
        return [line for line in lines if str(line["path"]).startswith("/v1/")]

    def idle(self) -> None:
        """Wait until there is nothing to do."""
        wait(lambda: self.status().get("mood") == "idle" and self.status().get("queued") == 0)


def wait(condition: Callable[[], bool], seconds: float = 1800) -> None:
    """Wait for something that will happen."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise SystemExit("it did not happen in time")
        time.sleep(0.05)


def idle(place: Place) -> dict[str, float]:
    """What it costs to do nothing."""
    time.sleep(5)
    before = place.cpu()
    time.sleep(IDLE_SECONDS)
    return {"idle_cpu_seconds_a_minute": place.cpu() - before, "resident_mib": place.resident()}


def latency(place: Place, times: int = 20) -> dict[str, float]:
    """Seconds from the last write to the first request, less the time a file must rest."""
    found = []
    for number in range(times):
        before = len(place.requests())
        path = place.folder / "new" / f"{number}.txt"
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"new {number} {time.time()}")
        rested = os.stat(path).st_mtime
        time.sleep(SETTLE + LATENCY)  # the log is long; asking for it all the time would be a load of its own
        while len(requests := place.requests()) == before:
            time.sleep(0.05)
        found.append(float(str(requests[before]["t"])) - rested - SETTLE)
        place.idle()
    return {"latency_median": statistics.median(found), "latency_worst": max(found)}


def events(place: Place, count: int) -> dict[str, float]:
    """Growth between two equal loads; the first one fills pools and caches."""
    memory = []
    began = time.monotonic()
    for _ in range(4):
        for number in range(count // 4 // 5):
            path = place.folder / "load" / f"{number % 977}.txt"
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(b"x")  # created, modified, closed; then moved and deleted before it rested
            os.rename(path, path.with_suffix(".pdf"))
            os.unlink(path.with_suffix(".pdf"))
        place.idle()
        time.sleep(3)
        memory.append(place.resident())
    return {
        "events_seconds": time.monotonic() - began,
        "growth_mib": memory[-1] - memory[0],
        "resident_after_mib": memory[-1],
    }


def main() -> int:
    """Measure."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--events", type=int, default=100_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="notion-sync-soak-") as name:
        results = measure(Path(name), options.files, options.events)
    bounds = {
        "idle_cpu_seconds_a_minute": IDLE_CPU, "resident_mib": RESIDENT_MIB, "latency_worst": LATENCY,
        "growth_mib": GROWTH_MIB,
    }  # fmt: skip
    kept = True
    for key, value in results.items():
        bound = bounds.get(key)
        good = bound is None or value < bound
        kept = kept and good
        print(f"{key:<28}{value:10.3f}" + (f"  < {bound}  {'good' if good else 'TOO MUCH'}" if bound else ""))
    return 0 if kept else 1


def measure(home: Path, files: int, count: int) -> dict[str, float]:
    """Start everything, measure, end everything."""
    folder, state = home / "folder", home / "state"
    for number in range(files):
        path = folder / f"{number // 100:03}" / f"{number:06}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"file {number}")
        os.utime(path, (1_600_000_000, 1_600_000_000))
    command = [
        sys.executable,
        "-m",
        "notion_sync",
        "sandbox",
        "--dir",
        str(home / "sandbox"),
        "--rate",
        "off",
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as sandbox:
        assert sandbox.stdout is not None
        known = json.loads(sandbox.stdout.readline())
        config = home / "config.yaml"
        config.write_text(
            f"rate_limit: 100000\ndefaults: {{settle: {SETTLE:g}s}}\n"
            f"rules: [{{name: soak, folder: {folder}, to: {{page: {known['page_id']}}}}}]\n"
        )
        environ = {
            **os.environ,
            "NOTION_TOKEN": known["token"],
            "NOTION_BASE_URL": known["base_url"],
            "HOME": str(home),
        }
        watch = [
            sys.executable,
            "-m",
            "notion_sync",
            "--state",
            str(state),
            "--config",
            str(config),
            "-q",
            "watch",
        ]
        with subprocess.Popen(watch, env=environ) as daemon:
            try:
                place = Place(home, folder, state, known["base_url"], known["token"], daemon.pid)
                began = time.monotonic()
                wait(lambda: bool(place.status()) if state.exists() else False)
                place.idle()
                results = {
                    "first_pass_seconds": time.monotonic() - began,
                    "resident_after_first_pass_mib": place.resident(),
                }
                daemon.send_signal(signal.SIGTERM)
                daemon.wait()
            finally:
                daemon.kill()
        # As it is after a boot: everything is in its place.
        with subprocess.Popen(watch, env=environ) as daemon:
            try:
                place = Place(home, folder, state, known["base_url"], known["token"], daemon.pid)
                wait(lambda: bool(place.status()))
                place.idle()
                results |= idle(place)
                results |= latency(place)
                results |= events(place, count)
            finally:
                daemon.terminate()
                daemon.wait()
                sandbox.terminate()
    return results


if __name__ == "__main__":
    sys.exit(main())
