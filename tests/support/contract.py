"""A proxy before each sandbox that compares what the program asks with Notion's official contract.

Only where `CONTRACT_DIR` (the folder of the package `notion_contract`) and `CONTRACT_PYTHON` (an interpreter that
can run it) are set, as `.ci/run` does; elsewhere the program talks to the sandbox itself. Of several workers that
share the tests only the first has a proxy, for checking costs as much as the tests: with `-p no:xdist` all are checked.
"""

import contextlib
import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

HTTP = httpx.Client(verify=False, trust_env=False, timeout=60)
"""For what tests ask themselves: loading certificates for each request would take most of their time."""

DIRECTORY = os.environ.get("CONTRACT_DIR")
PYTHON = os.environ.get("CONTRACT_PYTHON")


@contextlib.contextmanager
def checked(base_url: str, folder: Path) -> Iterator[str | None]:
    """The address to talk to instead of `base_url`, None where nothing is checked.

    Args:
        base_url: The sandbox's.
        folder: For the proxy's findings.
    """
    if DIRECTORY is None or PYTHON is None or os.environ.get("PYTEST_XDIST_WORKER", "gw0") != "gw0":
        yield None
        return
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    folder.mkdir(parents=True)
    command = [PYTHON, "-m", "notion_contract.proxy", "--quiet", "--no-hash", "--listen", f"127.0.0.1:{port}"]
    environment = {**os.environ, "PYTHONPATH": DIRECTORY, "PYTHONDONTWRITEBYTECODE": "1"}
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [*command, "--upstream", base_url, "--out", str(folder)],
            env=environment,
            stderr=log,
            start_new_session=True,
        )
    address = f"http://127.0.0.1:{port}"
    try:
        _wait_for(address, process, folder / "log")
        yield address
    finally:
        # What it has to say was asked for; its checking process must not stay behind.
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def assert_clean(address: str, folder: Path) -> None:
    """Nothing that was asked through the proxy since the last call breaks the contract."""
    findings = HTTP.get(f"{address}/__contract__/summary").json()["findings"]
    wrong = []
    if findings.get("request:error") or findings.get("oracle:error"):
        wrong = [line for line in _lines(folder / "violations.jsonl") if _is_ours(line)]
    HTTP.post(f"{address}/__contract__/reset").raise_for_status()
    said = "\n".join(f"{v['method']} {v['path']} {v['rule']} {v['where']}: {v['msg']}" for v in wrong)
    if wrong or findings.get("oracle:error"):
        pytest.fail(f"requests that break Notion's contract:\n{said}", pytrace=False)


def _is_ours(finding: dict[str, Any]) -> bool:
    # Which types Notion takes is learned from its refusals: asking once for a type is meant.
    learned = finding["rule"] == "F-EXT" and finding["status"] == 400
    # Where a test lets an answer get lost, the proxy does not know what has happened; the sandbox does.
    unseen = finding["rule"] == "F-ATTACH-STATE" and finding["status"] == 200
    # An embed takes an upload since July 2026 (changelog; read back in three projects); the contract is of March.
    newer = finding["rule"] == "R-SCHEMA" and finding["where"].endswith("embed")
    known = learned or unseen or newer
    return finding["level"] == "error" and finding["side"] == "request" and not known


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def _wait_for(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < end:
        with contextlib.suppress(httpx.TransportError):
            HTTP.get(f"{address}/__contract__/flush")
            return
        time.sleep(0.1)
    pytest.fail(f"the contract's proxy did not start: {log.read_text()}", pytrace=False)
