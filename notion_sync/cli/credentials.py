"""Find the token, in places where nobody else can see it."""

import os
import re
import sys
from collections.abc import Iterable, Mapping
from contextlib import suppress
from functools import cache

import click

from notion_sync.cli.app import Settings
from notion_sync.errors import ConfigError, UsageError
from notion_sync.log import Console, Level, is_journal
from notion_sync.log.redaction import register_secret
from notion_sync.system import permissions
from notion_sync.system.small_files import read_small

FILE_NAME = "credentials.toml"
DEFAULT = "default"
WHERE = "https://www.notion.so/profile/integrations"

_QUOTES = " \t\r\n\"'`“”‘’"
_AROUND = re.compile(
    r"""(?:export\s+)?NOTION_TOKEN\s*=\s*["']?(?:bearer\s+)?|(?:authorization\s*:\s*)?bearer\s+""",
    re.IGNORECASE,
)
_ID = re.compile(r"[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)

_MOST = 1 << 20
_MOST_OF_A_TOKEN = 10 << 10
"""Maximum size of a token file in bytes."""


class NoToken(UsageError):
    """There is no token, or what was found in its place is not one."""

    exit_code = 77


def find_token(environ: Mapping[str, str], *, asked: str | None, configured: str) -> str:
    """Return the token to use; from then on the log leaves it out.

    Order: the profile that was asked for; `$CREDENTIALS_DIRECTORY/notion-token` (systemd's LoadCredential),
    `NOTION_TOKEN`, the configured profile. Of a profile: its `token_file` or `token_command`, else its `token`.

    Args:
        environ: The environment.
        asked: The profile that `--profile` names: files of one workspace are not for another one.
        configured: The profile of the configuration, or `default`.

    Raises:
        NoToken: It is nowhere.
        ConfigError: A place was named and cannot be used.
    """
    found = _of_profile(asked) if asked else _of_environment(environ) or _of_profile(configured)
    return register_secret(token_in(found))


def token_in(text: str) -> str:
    """Return the token in a text that was pasted or read, without quotes, `Bearer ` and the like around it.

    Raises:
        NoToken: It is something else.
    """
    token = _AROUND.sub("", text.strip(_QUOTES)).strip(_QUOTES)
    if "://" in token or _ID.fullmatch(token):
        raise NoToken(
            "what was given as the token is the address or id of a page",
            hint=f"the token is shown at {WHERE}",
        )
    return token


def check_profile(name: str) -> None:
    """Raise `NoToken` if there is no such profile."""
    if name not in (profiles := read_profiles()):
        raise NoToken(unknown_profile(name, profiles), hint=f"notion-sync --profile {name} login makes it")


def unknown_profile(name: str, profiles: Iterable[str]) -> str:
    """Return the message for a profile that does not exist: its name, and the existing ones."""
    there = sorted(profiles)
    names = ", ".join(there) if there else "none yet"
    return f"there is no profile {name} in {_file()}; the profiles there are: {names}"


def _of_environment(environ: Mapping[str, str]) -> str:
    if directory := environ.get("CREDENTIALS_DIRECTORY"):
        path = os.path.join(directory, "notion-token")
        if os.path.exists(path):
            return _read(path)
    return environ.get("NOTION_TOKEN", "").strip()


def _of_profile(name: str) -> str:
    profiles = read_profiles()
    if name != DEFAULT or profiles:
        check_profile(name)
    entry = profiles.get(name)
    if isinstance(entry, Mapping):
        if file := entry.get("token_file"):
            path = os.path.expanduser(str(file))
            _warn_if_open(path)
            return _read(path)
        if command := entry.get("token_command"):
            from notion_sync.cli.token_command import token_of_command

            return token_of_command(str(command))
        if token := str(entry.get("token", "")).strip():
            return token
    raise NoToken(
        "no Notion token",
        hint=f"make a connection at {WHERE} and let notion-sync login keep "
        "its token, or set NOTION_TOKEN, or try everything without an account: notion-sync demo",
    )


def read_profiles() -> dict[str, object]:
    """Return all tables of credentials.toml; none if there is no such file.

    Raises:
        ConfigError: It cannot be read, is no TOML, or others can read it.
    """
    import tomllib

    path = _file()
    try:
        content, status = read_small(path, _MOST)
        _check_private(path, status)
        return tomllib.loads(content.decode("utf-8-sig"))  # editors on Windows write a byte order mark
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise ConfigError((f"{path}: cannot be read: {error.strerror}",)) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        why = "it is nested too deeply" if isinstance(error, RecursionError) else error
        raise ConfigError((f"{path}: is not valid TOML: {why}",)) from error


def write_profiles(profiles: Mapping[str, object]) -> None:
    """Write all tables into credentials.toml atomically: readers see either the old ones or the new ones.

    Raises:
        ConfigError: It cannot be written.
    """
    import tomli_w

    # A symbolic link, say into a folder of dotfiles, is kept.
    path = os.path.realpath(_file())
    folder = os.path.dirname(path)
    try:
        permissions.make_folder(folder)
        import tempfile

        descriptor, temporary = tempfile.mkstemp(prefix=f".{FILE_NAME}.", dir=folder)  # with mode 0600
        try:
            with open(descriptor, "wb") as file:
                tomli_w.dump(profiles, file)
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, path)
        except BaseException:
            os.unlink(temporary)
            raise
    except OSError as error:
        raise ConfigError((f"{path}: cannot be written: {error.strerror}",)) from error


def _file() -> str:
    # Imported here because a push that finds nothing to do needs no token.
    from notion_sync.config import config_folder

    return str(config_folder() / FILE_NAME)


def _check_private(path: str, status: os.stat_result) -> None:
    if permissions.others_may(permissions.READ | permissions.WRITE, status):
        raise ConfigError((f"{path}: others can read this token; run: chmod 600 {_quoted(path)}",))


def _quoted(path: str) -> str:
    import shlex

    return shlex.quote(path)


@cache
def _warn_if_open(path: str) -> None:
    """Warn once in a process that others can read or replace a token.

    It is no reason to refuse it: what hands out tokens as files (Docker, Kubernetes) lets everybody in the container
    read them.
    """
    with suppress(OSError, ValueError):
        if permissions.others_may(permissions.READ | permissions.WRITE, os.stat(path)):
            text = f"warning: {path}: others can read or change this token; run: chmod 600 {_quoted(path)}"
            _console().write(text, Level.WARNING)


def _console() -> Console:
    """Return the console of the running command, with its options."""
    context = click.get_current_context(silent=True)
    if context is not None and isinstance(context.obj, Settings):
        return context.obj.console()
    return Console(sys.stderr, journal=is_journal(sys.stderr, os.environ))


def _read(path: str) -> str:
    try:
        token = read_small(path, _MOST_OF_A_TOKEN)[0].decode().strip()
    except OSError as error:
        raise ConfigError((f"{path}: the token cannot be read: {error.strerror}",)) from error
    except UnicodeDecodeError as error:
        raise ConfigError((f"{path}: the token cannot be read: it is not UTF-8 text",)) from error
    if not token:
        raise ConfigError((f"{path}: the token file is empty",))
    return token
