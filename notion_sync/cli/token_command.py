"""Run `token_command`, the user's program that asks a vault or a person, and read a bounded part of its output.

Neither the output nor the command is shown unmasked, because any part of it may be the token.
"""

import os
import selectors
import shlex
import subprocess
import time
from contextlib import suppress
from typing import IO, Final

from notion_sync.errors import ConfigError, NotionSyncError
from notion_sync.log.redaction import masked
from notion_sync.system.sockets import OPEN_SOCKETS, OpenSockets

PATIENCE: Final = 60.0
"""Seconds: a person may be asked for a password."""

_MOST: Final = 16 << 10
"""Bytes that it may print."""

_LINGERING: Final = 0.2
"""Seconds to wait for the end of a pipe when the command has ended: what it has started may keep it open."""


class _Endless(Exception):
    """It prints more than any token has."""


def token_of_command(command: str, patience: float = PATIENCE, ending: OpenSockets = OPEN_SOCKETS) -> str:
    """The token that a command prints.

    Args:
        command: As a shell would take it apart.
        patience: Seconds that it may take.
        ending: Tell that the program is ending, and waits for nobody any more.

    Raises:
        ConfigError: It cannot be run, takes too long, or prints without end.
        NotionSyncError: It prints none.
    """
    try:
        argv = shlex.split(command)
        name = f"token_command ({os.path.basename(argv[0])} …)"
    except (ValueError, IndexError):
        raise ConfigError(("token_command is not a command: it is empty, or ends within quotes",)) from None
    try:
        code, out, err = _run(argv, patience, ending)
    except subprocess.TimeoutExpired:
        raise ConfigError((f"{name} had not ended after {patience:g} seconds",)) from None
    except _Endless:
        raise ConfigError((f"{name} prints more than {_MOST >> 10} KiB, which is not a token",)) from None
    except (OSError, ValueError) as error:
        raise ConfigError((f"{name} cannot be run: {getattr(error, 'strerror', None) or error}",)) from error
    token = out.decode("utf-8", "replace").strip()
    if code or not token:
        said = err.decode("utf-8", "replace").strip()
        for secret in filter(None, token.split()):
            said = said.replace(secret, "…")
        raise NotionSyncError(f"{name} gave no token (exit code {code}): {masked(said) or 'it said nothing'}")
    return token


def _run(argv: list[str], patience: float, ending: OpenSockets) -> tuple[int, bytes, bytes]:
    """Exit code, and what was written to stdout and stderr."""
    process = subprocess.Popen(  # noqa: S603 - the user's own command, from a file only the user can write
        argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stderr is not None
    with process.stdout as out, process.stderr as err:
        try:
            texts = _read_both(process, (out, err), patience, ending)
        except BaseException:
            process.kill()
            process.wait()
            raise
    return process.returncode, *texts


def _read_both(
    process: "subprocess.Popen[bytes]",
    pipes: tuple[IO[bytes], IO[bytes]],
    patience: float,
    ending: OpenSockets,
) -> tuple[bytes, bytes]:
    out, err = pipes
    texts = {out.fileno(): b"", err.fileno(): b""}
    ends_at = time.monotonic() + patience
    with selectors.DefaultSelector() as selector:
        for pipe in texts:
            os.set_blocking(pipe, False)
            selector.register(pipe, selectors.EVENT_READ)
        while selector.get_map():
            ending.check()
            left = ends_at - time.monotonic()
            if left <= 0:
                raise subprocess.TimeoutExpired(process.args, patience)
            ended = process.poll() is not None
            ready = selector.select(_LINGERING if ended else min(left, _LINGERING))
            if ended and not ready:
                break
            for key, _ in ready:
                with suppress(BlockingIOError):
                    if piece := os.read(key.fd, _MOST):
                        texts[key.fd] += piece
                    else:
                        selector.unregister(key.fd)
                if len(texts[key.fd]) > _MOST:
                    raise _Endless
    process.wait(max(0.0, ends_at - time.monotonic()))
    return texts[out.fileno()], texts[err.fileno()]
