"""Fill the paths of this machine into the unit files of `systemd/`."""

import string
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files

USER_UNIT = "notion-sync.service"
SYSTEM_UNIT = "notion-sync@.service"
PUSH_UNIT = "notion-sync-push.service"
PUSH_TIMER = "notion-sync-push.timer"

# Values in the files, as packagers use them; replaced if this machine's differ.
_PROGRAM = "/usr/bin/notion-sync"
_OPTIONS = "--config %E/notion-sync/config.yaml --state %h/.local/state/notion-sync"
_STATE = "ReadWritePaths=-%h/.local/state/notion-sync"
_CREDENTIAL = "LoadCredential=notion-token:%E/notion-sync/notion-token"

_PLAIN = frozenset(string.ascii_letters + string.digits + "/._-+:=@,%")


@dataclass(frozen=True, slots=True)
class Paths:
    """The paths of a user's unit.

    Args:
        program: The command; its first word is an absolute path.
        options: The options before `watch` or `push`.
        state: The folder of the store.
        token_file: File with the token; None if it comes from elsewhere.
    """

    program: Sequence[str]
    options: Sequence[str]
    state: str
    token_file: str | None


def shipped(name: str) -> str:
    """Return a unit file as packagers install it."""
    return (files("notion_sync.service") / "files" / name).read_text(encoding="utf-8")


def user_unit(name: str, paths: Paths) -> str:
    """Return a unit for a user's service manager."""
    text = shipped(name)
    if "ExecStart=" not in text:
        return text
    text = _replaced(text, f"ExecStart={_PROGRAM}", f"ExecStart={_command(paths.program)}")
    text = _replaced(text, _OPTIONS, _command(paths.options))
    text = _replaced(text, _STATE, f"ReadWritePaths=-{_path(paths.state)}")
    if paths.token_file is None:
        return _replaced(text, _CREDENTIAL, f"# {_CREDENTIAL}")
    # The rest of the line is the path: specifiers are expanded, but there are no quotes (systemd.exec(5)).
    return _replaced(text, _CREDENTIAL, f"LoadCredential=notion-token:{_percent(paths.token_file)}")


def system_unit(program: Sequence[str]) -> str:
    """Return the unit template for the system's service manager."""
    return _replaced(shipped(SYSTEM_UNIT), f"ExecStart={_PROGRAM}", f"ExecStart={_command(program)}")


def instance_options(program: Sequence[str], options: Sequence[str]) -> str:
    """Return a drop-in for an instance of the template that needs other options."""
    command = _command((*program, *options, "watch"))
    head = "# notion-sync: the options that `notion-sync service install --system` was given"
    return f"{head}\n[Service]\nExecStart=\nExecStart={command}\n"


def _replaced(text: str, old: str, new: str) -> str:
    assert text.count(old) == 1, old
    return text.replace(old, new)


def _command(words: Sequence[str]) -> str:
    """Return words quoted so that systemd splits them in the same way (systemd.service(5), "Command lines")."""
    return " ".join(_quoted(_percent(word).replace("$", "$$")) for word in words)


def _path(path: str) -> str:
    return _quoted(_percent(path))


def _percent(text: str) -> str:
    return text.replace("%", "%%")


def _quoted(word: str) -> str:
    """Put a word into double quotes unless it is plain; escapes are as in C (systemd.syntax(7))."""
    if word and _PLAIN.issuperset(word):
        return word
    escapes = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t"}
    return '"' + "".join(escapes.get(sign, sign) for sign in word) + '"'
