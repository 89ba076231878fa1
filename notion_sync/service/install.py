"""Install and uninstall unit files; reports every step and asks no questions.

Both are idempotent. The store, the configuration and the token are never removed.
"""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from notion_sync.errors import NotionSyncError, NotNow
from notion_sync.service.systemctl import Systemctl
from notion_sync.system.permissions import make_folder
from notion_sync.system.small_files import read_small

Say = Callable[[str], None]

MARK = "# notion-sync"
"""First characters of our unit files; a file that begins otherwise is somebody else's."""


@dataclass(frozen=True, slots=True)
class UnitFile:
    """A file to write below a unit folder."""

    path: str
    text: str


@dataclass(frozen=True, slots=True)
class Installation:
    """What to install.

    Args:
        files: In the order of writing.
        unit: The unit to enable and start.
        folders: Created if missing, readable by their owner only.
        obstacles: Why starting it now would be useless; it is installed nevertheless.
    """

    files: Sequence[UnitFile]
    unit: str
    folders: Sequence[str] = ()
    obstacles: Sequence[str] = ()


def install(wanted: Installation, systemctl: Systemctl, say: Say) -> None:
    """Write the files, reload systemd, enable the unit and start it.

    Raises:
        NotionSyncError: A file cannot be written, or the service does not start.
        NotNow: Everything is installed, but the unit could not be started.
    """
    for folder in wanted.folders:
        _make_folder(folder, say)
    # Not any(), which would stop after the first changed file.
    changed = sum([_write(file, say) for file in wanted.files]) > 0
    if silent := systemctl.silent_because():
        # Enabling only creates a link, which systemctl does without a manager, too.
        _tell(systemctl, say, "enable", wanted.unit)
        raise _not_started(wanted, systemctl, f"no service manager answers here ({silent})")
    _must(systemctl, say, "daemon-reload")
    if wanted.obstacles:
        _must(systemctl, say, "enable", wanted.unit)
        raise _not_started(wanted, systemctl)
    was_active = systemctl.run("is-active", wanted.unit).text == "active"
    _must(systemctl, say, "enable", "--now", wanted.unit)
    if was_active and changed:
        _must(systemctl, say, "restart", wanted.unit)


def _not_started(wanted: Installation, systemctl: Systemctl, *first: str) -> NotNow:
    return NotNow(
        f"{wanted.unit} is installed and not started: {'; '.join((*first, *wanted.obstacles))}",
        hint=f"then: {systemctl.line('start', wanted.unit)}",
    )


def uninstall(unit: str, files: Sequence[str], systemctl: Systemctl, say: Say) -> None:
    """Stop and disable the unit and remove its files.

    Raises:
        NotionSyncError: A file cannot be removed.
    """
    silent = systemctl.silent_because()
    if any(map(os.path.lexists, files)):
        _tell(systemctl, say, "disable", *(() if silent else ("--now",)), unit)
    else:
        say(f"{unit} is not installed")
    for path in files:
        _remove(path, say)
    if not silent:
        _must(systemctl, say, "daemon-reload")
        # A failed unit stays in the list of units until it is reset.
        systemctl.run("reset-failed", unit)


def installed(path: str) -> str | None:
    """Return the text of a unit file; None if there is none."""
    try:
        return read_small(path, 1 << 20)[0].decode("utf-8", "replace")
    except FileNotFoundError:
        return None
    except OSError as error:
        raise NotionSyncError(f"{path} cannot be read: {error.strerror}") from error


def _make_folder(folder: str, say: Say) -> None:
    if os.path.isdir(folder):
        return
    try:
        make_folder(folder)
    except OSError as error:
        raise NotionSyncError(f"{folder} cannot be made: {error.strerror}") from error
    say(f"made {folder}")


def _write(file: UnitFile, say: Say) -> bool:
    """Write a unit file; return whether it has changed."""
    before = installed(file.path)
    if before == file.text:
        say(f"{file.path} is as it should be")
        return False
    if before is not None and not before.startswith(MARK):
        raise NotionSyncError(
            f"{file.path} was not written by notion-sync and is left unchanged", hint="move it away first"
        )
    new = f"{file.path}.new"
    try:
        make_folder(os.path.dirname(file.path), 0o755)
        with open(new, "w", encoding="utf-8", errors="surrogateescape") as stream:
            stream.write(file.text)
        # It is not secret, and a umask of 077 would prevent `systemctl cat` by other users.
        os.chmod(new, 0o644)
        os.replace(new, file.path)
    except OSError as error:
        raise NotionSyncError(f"{file.path} cannot be written: {error.strerror}") from error
    say(f"wrote {file.path}" if before is None else f"wrote {file.path} anew")
    return True


def _remove(path: str, say: Say) -> None:
    text = installed(path)
    if text is None:
        return
    if not text.startswith(MARK):
        say(f"{path} was not written by notion-sync and stays")
        return
    try:
        os.unlink(path)
    except OSError as error:
        raise NotionSyncError(f"{path} cannot be removed: {error.strerror}") from error
    say(f"removed {path}")
    folder = os.path.dirname(path)
    if folder.endswith(".d") and not os.listdir(folder):
        os.rmdir(folder)


def _tell(systemctl: Systemctl, say: Say, *arguments: str) -> bool:
    done = systemctl.run(*arguments)
    said = f": {done.text}" if done.code and done.text else ""
    say(f"{'ran' if not done.code else 'tried'} {systemctl.line(*arguments)}{said}")
    return done.code == 0


def _must(systemctl: Systemctl, say: Say, *arguments: str) -> None:
    done = systemctl.run(*arguments)
    if done.code:
        raise NotionSyncError(f"{systemctl.line(*arguments)} failed: {done.text or f'exit code {done.code}'}")
    say(f"ran {systemctl.line(*arguments)}")
