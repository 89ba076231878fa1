"""The token: where it is looked for, and never where it could be seen."""

import os
import shlex
import stat
import tempfile
import tomllib
from collections.abc import Mapping

from notion_sync.cli.token_command import token_of_command
from notion_sync.config import user_folder
from notion_sync.errors import ConfigError, UsageError
from notion_sync.log.redaction import register_secret
from notion_sync.small_files import read_small

FILE_NAME = "credentials.toml"

_MOST = 1 << 20
_MOST_OF_A_TOKEN = 10 << 10
"""Bytes of the files."""


class NoToken(UsageError):
    """No token anywhere."""

    exit_code = 77


def find_token(profile: str, environ: Mapping[str, str]) -> str:
    """The token of a profile; the log knows it from here on, and leaves it out.

    Order: `$CREDENTIALS_DIRECTORY/notion-token` (systemd's LoadCredential), `NOTION_TOKEN`, the profile's
    `token_file` or `token_command`, its `token` in credentials.toml.

    Raises:
        NoToken: It is nowhere.
        ConfigError: A place was named and cannot be used.
    """
    return register_secret(_found(profile, environ))


def _found(profile: str, environ: Mapping[str, str]) -> str:
    if directory := environ.get("CREDENTIALS_DIRECTORY"):
        path = os.path.join(directory, "notion-token")
        if os.path.exists(path):
            return _read(path)
    if token := environ.get("NOTION_TOKEN", "").strip():
        return token
    entry = _profile(profile)
    if file := entry.get("token_file"):
        return _read(os.path.expanduser(str(file)))
    if command := entry.get("token_command"):
        return token_of_command(str(command))
    if token := str(entry.get("token", "")).strip():
        return token
    raise NoToken(
        "no Notion token",
        hint="make a connection at https://www.notion.so/profile/integrations and let notion-sync login keep "
        "its token, or set NOTION_TOKEN, or try everything without an account: notion-sync demo",
    )


def read_profiles() -> dict[str, object]:
    """Every table of credentials.toml; none if there is no such file.

    Raises:
        ConfigError: It cannot be read, is no TOML, or others can read it.
    """
    path = str(user_folder() / FILE_NAME)
    try:
        content, status = read_small(path, _MOST)
        _check_private(path, status)
        return tomllib.loads(content.decode())
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise ConfigError((f"{path}: cannot be read: {error.strerror}",)) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError((f"{path}: is no TOML: {error}",)) from error


def write_profiles(profiles: Mapping[str, object]) -> None:
    """Put all tables into credentials.toml at once: whoever reads meanwhile sees the old ones or the new ones.

    Raises:
        ConfigError: It cannot be written.
    """
    import tomli_w

    # A link into a folder of dotfiles stays one.
    path = os.path.realpath(user_folder() / FILE_NAME)
    folder = os.path.dirname(path)
    try:
        os.makedirs(folder, mode=0o700, exist_ok=True)
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


def _profile(name: str) -> Mapping[str, object]:
    entry = read_profiles().get(name, {})
    return entry if isinstance(entry, Mapping) else {}


def _check_private(path: str, status: os.stat_result) -> None:
    if status.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise ConfigError((f"{path}: others can read this token; run: chmod 600 {shlex.quote(path)}",))


def _read(path: str) -> str:
    try:
        token = read_small(path, _MOST_OF_A_TOKEN)[0].decode().strip()
    except OSError as error:
        raise ConfigError((f"{path}: the token cannot be read: {error.strerror}",)) from error
    except UnicodeDecodeError as error:
        raise ConfigError((f"{path}: the token cannot be read: it is no UTF-8 text",)) from error
    if not token:
        raise ConfigError((f"{path}: the token file is empty",))
    return token
