"""`notion-sync service`: the systemd unit, written, enabled, shown and taken away."""

import getpass
import os
import pwd
import shlex
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import click

from notion_sync.cli.app import Settings
from notion_sync.cli.credentials import FILE_NAME as CREDENTIALS
from notion_sync.cli.credentials import read_profiles, unknown_profile
from notion_sync.cli.folders import SERVICE_STORES, holds_store, state_folder
from notion_sync.cli.usage import ServiceGroup
from notion_sync.config import check, config_folder, find_config
from notion_sync.config.locate import NAME as CONFIG
from notion_sync.errors import NotionSyncError, UsageError
from notion_sync.service import units
from notion_sync.service.install import Installation, UnitFile, install, installed, uninstall
from notion_sync.service.systemctl import Systemctl
from notion_sync.system.paths import APP, absolute
from notion_sync.text.words import counted

TOKEN = "notion-token"  # noqa: S105 - a file's name, not a token
SYSTEM_UNITS = "/etc/systemd/system"
SYSTEM_CONFIG = "/etc/notion-sync"
HIDDEN = ("/tmp", "/var/tmp")  # noqa: S108 - what PrivateTmp= hides from the service


@dataclass(frozen=True, slots=True)
class Place:
    """One service, and everything that is needed to install it."""

    systemctl: Systemctl
    installation: Installation
    kept: Sequence[str]
    """What `uninstall` does not remove."""
    advice: Sequence[str]
    """What the user may want to do."""

    @property
    def paths(self) -> list[str]:
        """Paths of the unit's files."""
        return [file.path for file in self.installation.files]


@click.group(cls=ServiceGroup)
def command() -> None:
    """Run as a service under systemd: install, show, uninstall."""


def scope_options(function: Callable[..., object]) -> Callable[..., object]:
    """Add the options that select the service."""
    for option in (
        click.option("--timer", is_flag=True, help="A push every quarter of an hour instead of a daemon."),
        click.option(
            "--user", "name", metavar="NAME", help="With --system: whose files; else who called sudo."
        ),
        click.option("--system", is_flag=True, help="For the whole machine, started at boot. Needs root."),
    ):
        function = option(function)
    return function


@command.command("install", short_help="Write the unit, enable and start it.")
@scope_options
@click.pass_obj
def install_command(settings: Settings, system: bool, name: str | None, timer: bool) -> int:
    """Write the unit, enable it and start it. Does nothing that is done already."""
    place = _place(settings, system=system, name=name, timer=timer)
    _need_root(system=system)
    say = settings.console().write
    try:
        install(place.installation, place.systemctl, say)
    finally:
        for line in place.advice:
            say(line)
    return 0


@command.command("uninstall", short_help="Stop it and remove the unit.")
@scope_options
@click.pass_obj
def uninstall_command(settings: Settings, system: bool, name: str | None, timer: bool) -> int:
    """Stop and disable the service and remove its unit; store, configuration and token stay."""
    place = _place(settings, system=system, name=name, timer=timer)
    _need_root(system=system)
    say = settings.console().write
    paths = place.paths
    if system and _other_instances(place.installation.unit):
        paths = [path for path in paths if not path.endswith(units.SYSTEM_UNIT)]
        say(f"{SYSTEM_UNITS}/{units.SYSTEM_UNIT} stays: services of other users need it")
    uninstall(place.installation.unit, paths, place.systemctl, say)
    if kept := [path for path in place.kept if os.path.exists(path)]:
        say(f"left as they are: {', '.join(kept)}")
    return 0


@command.command("show", short_help="Print the unit and its state.")
@scope_options
@click.pass_obj
def show_command(settings: Settings, system: bool, name: str | None, timer: bool) -> int:
    """Print the unit (stdout) and what systemd knows of it (stderr)."""
    place = _place(settings, system=system, name=name, timer=timer)
    say = settings.console().write
    for file in place.installation.files:
        text = installed(file.path)
        if text is None:
            say(f"{file.path} is not there; this is what would be written:")
        elif text != file.text:
            say(f"{file.path} is there and differs from what would be written (service install renews it):")
        else:
            say(f"{file.path} is there:")
        click.echo(text if text is not None else file.text)
    for line in _state(place):
        say(line)
    return 0


def summary(settings: Settings) -> str | None:
    """Return the state of the service that is installed for this user or the system; None if there is none.

    Raises:
        UsageError: No systemd.
    """
    for system in (False, True):
        place = _place(settings, system=system, name=None, timer=False)
        if installed(place.paths[0]) is not None:
            return _state(place)[0]
    return None


def _place(settings: Settings, *, system: bool, name: str | None, timer: bool) -> Place:
    """Collect everything that is needed to install the service.

    Raises:
        UsageError: No systemd, or options that do not go together.
    """
    if system and timer:
        raise UsageError("--timer is for a user's own service manager", hint="leave out --system")
    if system and settings.profile:
        raise UsageError(
            "--profile is for a service of your own",
            hint=f"the machine's takes its token from {SYSTEM_CONFIG}",
        )
    if name and not system:
        raise UsageError("--user goes with --system")
    if not system and os.geteuid() == 0 and os.environ.get("SUDO_USER", "root") != "root":
        raise UsageError(
            "with sudo this would be a service for root",
            hint="leave out sudo, or say --system for one that starts at boot",
        )
    systemctl = Systemctl.find(os.environ, user=not system)
    if system:
        return _system_place(settings, systemctl, name or os.environ.get("SUDO_USER") or _user_name())
    return _user_place(settings, systemctl, timer=timer)


def _user_place(settings: Settings, systemctl: Systemctl, *, timer: bool) -> Place:
    config = absolute(str(find_config(settings.config, os.environ) or config_folder() / CONFIG))
    state = state_folder(settings.state, os.environ)
    token = str(config_folder() / TOKEN)
    # A profile that is named takes precedence over the token that systemd passes.
    has_token = os.path.exists(token) and not settings.profile
    options = ["--config", config]
    if settings.profile:
        options += ["--profile", settings.profile]
    # Named even where it is the usual one: other stores may come into being.
    options += ["--state", state]
    paths = units.Paths(_program(), options, state, token if has_token else None)
    names = (units.PUSH_UNIT, units.PUSH_TIMER) if timer else (units.USER_UNIT,)
    folder = _user_units(os.environ)
    obstacles = _config_obstacles(config)
    usable = (
        path for path, given in ((token, has_token), (str(config_folder() / CREDENTIALS), True)) if given
    )
    tokens = [path for path in usable if os.path.exists(path)]
    if settings.profile and settings.profile not in (profiles := read_profiles()):
        obstacles.append(unknown_profile(settings.profile, profiles))
    elif not tokens:
        obstacles.append(f"there is no token: notion-sync login, or write it into {token} (chmod 600)")
    installation = Installation(
        [UnitFile(os.path.join(folder, each), units.user_unit(each, paths)) for each in names],
        names[-1],
        (state,),
        obstacles,
    )
    advice = [f"the token comes from {path}" for path in tokens[:1]]
    if not _lingers():
        user = _user_name()
        advice.append(f"it ends when you log out; to let it stay: loginctl enable-linger {user}")
    return Place(systemctl, installation, (config, state), [*advice, *_hidden_advice(config)])


def _system_place(settings: Settings, systemctl: Systemctl, name: str) -> Place:
    try:
        home = pwd.getpwnam(name).pw_dir
    except KeyError:
        raise UsageError(f"there is no user {name!r} on this machine", hint="name one with --user") from None
    folder = os.path.join(SYSTEM_CONFIG, name)
    config = absolute(settings.config or os.path.join(folder, CONFIG))
    unit = units.SYSTEM_UNIT.replace("@", f"@{name}")
    obstacles = _config_obstacles(config)
    token = os.path.join(folder, TOKEN)
    if not os.path.exists(token):
        obstacles.append(f"there is no token: install -D -m 600 /dev/stdin {token}")
    state = os.path.join(SERVICE_STORES, name)
    own = os.path.join(home, ".local/state", APP)
    if not settings.state and holds_store(own) and not holds_store(state):
        obstacles.append(
            f"{name} has a state store, without which everything would be uploaded again: "
            f"install -d {SERVICE_STORES} && mv {own} {state}"
        )
    restart = systemctl.line("restart", unit)
    advice = [
        *(
            [f"the token comes from {token}; after a change of it: {restart}"]
            if os.path.exists(token)
            else []
        ),
        f"ask it, as {name}, with: notion-sync status (anybody else adds --state {shlex.quote(state)})",
    ]
    return Place(
        systemctl,
        Installation(_system_files(settings, config, unit), unit, (), obstacles),
        (folder, state),
        [*advice, *_hidden_advice(config)],
    )


def _system_files(settings: Settings, config: str, unit: str) -> Sequence[UnitFile]:
    """Return the unit template for all users, and the options of this user's instance if they differ."""
    files = [UnitFile(f"{SYSTEM_UNITS}/{units.SYSTEM_UNIT}", units.system_unit(_program()))]
    if settings.config or settings.state:
        options = ["--config", config]
        if settings.state:
            options += ["--state", state_folder(settings.state, os.environ)]
        text = units.instance_options(_program(), options)
        files.append(UnitFile(f"{SYSTEM_UNITS}/{unit}.d/options.conf", text))
    return files


def _program() -> tuple[str, ...]:
    """Return the command of this program, independent of the service's working directory and PATH."""
    script = os.path.join(os.path.dirname(sys.executable), "notion-sync")
    if os.access(script, os.X_OK):
        return (script,)
    # -P: a folder `notion_sync` in the working directory is not this program.
    return (sys.executable, "-P", "-m", "notion_sync")


def _user_units(environ: Mapping[str, str]) -> str:
    """Return the folder of a user's own units (systemd.unit(5))."""
    base = environ.get("XDG_CONFIG_HOME") or os.path.expanduser("~/.config")
    return os.path.join(base, "systemd", "user")


def _config_obstacles(config: str) -> list[str]:
    if not os.path.exists(config):
        return [f"there is no configuration {config} (notion-sync init makes one)"]
    problems = check(config).problems
    return (
        [problems[0] + (f" (and {len(problems) - 1} more: notion-sync check)" if problems[1:] else "")]
        if problems
        else []
    )


def _user_name() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user without a name
        return str(os.geteuid())


def _lingers() -> bool:
    return os.path.exists(f"/var/lib/systemd/linger/{_user_name()}")


def _hidden_advice(config: str) -> list[str]:
    """Return advice about files that the service cannot see."""
    return [
        f"{path} cannot be seen by the service, which has a /tmp of its own (PrivateTmp=): move it elsewhere"
        for path in (*_program()[:1], config)
        if path.startswith(tuple(f"{folder}/" for folder in HIDDEN)) and os.path.exists(path)
    ]


def _other_instances(unit: str) -> bool:
    wants = os.path.join(SYSTEM_UNITS, "multi-user.target.wants")
    try:
        names = os.listdir(wants)
    except OSError:
        return False
    return any(name.startswith("notion-sync@") and name != unit for name in names)


def _state(place: Place) -> list[str]:
    systemctl, unit = place.systemctl, place.installation.unit
    if silent := systemctl.silent_because():
        return [f"no service manager answers here: {silent}"]
    names = ("UnitFileState", "ActiveState", "SubState", "StatusText", "MainPID", "NRestarts", "Result")
    known = systemctl.properties(unit, *names)
    enabled = known.get("UnitFileState") or "not installed"
    lines = [f"{unit}: {enabled}, {known.get('ActiveState', 'unknown')} ({known.get('SubState', 'unknown')})"]
    if text := known.get("StatusText"):
        lines.append(f"status: {text}")
    if (pid := known.get("MainPID", "0")) != "0":
        lines.append(f"pid {pid}, restarted {counted(int(known.get('NRestarts') or 0), 'time')}")
    if known.get("Result", "success") != "success":
        lines.append(f"the last run ended with: {known['Result']}")
    return lines


def _need_root(*, system: bool) -> None:
    if system and os.geteuid():
        raise NotionSyncError("--system writes below /etc", hint="call it with sudo")
