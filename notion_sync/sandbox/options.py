"""Options of a sandbox."""

import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Plan = Literal["free", "plus", "business"]
Types = Literal["classic", "2026-09"]
Rate = tuple[int, float]

MIB = 1024 * 1024
MAX_BODY = 500 * 1024
"""Maximum bytes of a JSON body: "Request limits" says 500 KB, read here as KiB."""


@dataclass(frozen=True, slots=True)
class Options:
    """Options of a sandbox; the defaults are a paid workspace as Notion serves it."""

    port: int = 0
    """0 for a free port."""
    dir: Path | None = None
    """Folder for all files; None for a temporary one, which is removed at the end."""
    token: str | None = None
    """None to keep the folder's token, or to create one."""
    plan: Plan = "plus"
    types: Types = "2026-09"
    rate: Rate | Literal["plan"] | None = "plan"
    """Requests and seconds of a window; "plan" for Notion's own limit of the plan, None for no limit."""
    latency: str = "none"
    """"none", "real", or the path of a JSON file."""
    faults: Path | None = None
    """A JSON file with a list as for `POST /__sandbox__/faults`."""
    discard: bool = False
    """Keep hashes and sizes of contents but no bytes."""


def rate_of(options: Options) -> Rate | None:
    """Return requests and seconds of the rate window in force.

    Notion's page "Request limits": 180 requests in 60 seconds, 600 on Business and Enterprise.
    """
    if options.rate == "plan":
        return (600, 60.0) if options.plan == "business" else (180, 60.0)
    return options.rate


def max_file_size(plan: Plan) -> int:
    """Return the maximum size of a file: 5 MiB in a free workspace, else 5 GiB ("Working with files and media")."""
    return 5 * MIB if plan == "free" else 5 * 1024 * MIB


def text_of(path: Path) -> str:
    """What a file that an option names says.

    Raises:
        OSError: It cannot be read.
        ValueError: It is a pipe or a device, of which nobody knows whether anything will ever come; or no UTF-8.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with open(descriptor, encoding="utf-8") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise ValueError("it is not a regular file")
        return file.read()
