"""Other clients that send one large file: Notion's own, and two of S3 with a local server."""

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import httpx

from tests.e2e.world import Sandbox
from tests.sandbox.test_clients import NTN

ENVIRONMENT: Final = Path(__file__).resolve().parents[1] / ".venv-peers" / "bin"
"""What `make bench` installs from requirements/peers.txt."""

CLIENTS: Final = (NTN, ENVIRONMENT / "aws")
"""Programs; each may be missing."""

_BUCKET: Final = "bench"


def ntn(sandbox: Sandbox, file: Path) -> Mapping[str, Sequence[str]]:
    """The official command line of Notion; nothing where it is not installed."""
    if not NTN.exists():
        return {}
    variables = {
        "NOTION_API_BASE_URL": sandbox.base_url,
        "NOTION_API_TOKEN": sandbox.token,
        "NOTION_API_VERSION": "2026-03-11",
    }
    script = 'exec "$1" files create --filename large.pdf <"$2"'
    return {"ntn files create": [*_with(variables), "sh", "-c", script, "sh", str(NTN), str(file)]}


@contextmanager
def s3_clients(file: Path) -> Iterator[Mapping[str, Sequence[str]]]:
    """Commands that copy the file to a local server of S3; nothing where there is no server."""
    server = ENVIRONMENT / "moto_server"
    if not server.exists():
        yield {}
        return
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    with subprocess.Popen(
        [server, "-p", str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        try:
            _make_bucket(url)
            yield _commands(url, file)
        finally:
            process.terminate()


def _make_bucket(url: str) -> None:
    while True:
        try:
            httpx.put(f"{url}/{_BUCKET}", timeout=30).raise_for_status()
        except httpx.ConnectError:
            time.sleep(0.1)
        else:
            return


def _commands(url: str, file: Path) -> Mapping[str, Sequence[str]]:
    variables = {
        "AWS_ACCESS_KEY_ID": "any",
        "AWS_SECRET_ACCESS_KEY": "any",
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    aws = [
        ENVIRONMENT / "aws",
        "--endpoint-url",
        url,
        "s3",
        "cp",
        "--no-progress",
        file,
        f"s3://{_BUCKET}/aws",
    ]
    commands = {"aws s3 cp": [*_with(variables), *map(str, aws)]}
    if shutil.which("rclone"):
        options = [
            "--ignore-times",
            "--s3-upload-cutoff",
            "5Gi",
            "--s3-provider",
            "Other",
            "--s3-env-auth",
            "--s3-endpoint",
            url,
            "--s3-force-path-style",
        ]
        commands["rclone copyto (S3)"] = [
            *_with(variables), "rclone", "copyto", *options, str(file), f":s3:{_BUCKET}/rclone",
        ]  # fmt: skip
    return commands


def _with(variables: Mapping[str, str]) -> Sequence[str]:
    # rclone's client of S3 refuses to work where this is set.
    return ["env", "-u", "AWS_CA_BUNDLE", *(f"{name}={value}" for name, value in variables.items())]
