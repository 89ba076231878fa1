"""How far a run is, for `status`: a small file in the state folder, as long as the run goes on."""

import json
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    # Only a run that finds something to do pays for importing it.
    from notion_sync.progress import State

_NAME = "progress.json"


@contextmanager
def published(state_dir: str) -> "Iterator[Callable[[State], None]]":
    """Yield what publishes a state; nothing is left of it afterwards. No run fails because it cannot be written."""
    path, part = os.path.join(state_dir, _NAME), os.path.join(state_dir, f".{_NAME}.{os.getpid()}")

    def publish(state: "State") -> None:
        told = {
            "pid": os.getpid(),
            "files_done": state.done,
            "files": state.files,
            "bytes_sent": state.sent,
            "bytes": state.bytes,
            "seconds_left": None if state.seconds_left is None else round(state.seconds_left),
        }
        with suppress(OSError):
            flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW
            with os.fdopen(os.open(part, flags, 0o600), "w", encoding="ascii") as file:
                json.dump(told, file)
            os.replace(part, path)

    try:
        yield publish
    finally:
        for each in (part, path):
            with suppress(OSError):
                os.unlink(each)


def progress_of(state_dir: str, holder: str) -> dict[str, object] | None:
    """Return how far the run is that holds the store (`control.holder`), or None.

    One that was killed has left its file.
    """
    pid = re.match(r"pid (\d+)", holder)
    with suppress(OSError, ValueError), open(os.path.join(state_dir, _NAME), encoding="ascii") as file:
        told = json.loads(file.read(1000))
        if pid is not None and isinstance(told, dict) and told.get("pid") == int(pid[1]):
            return told
    return None
