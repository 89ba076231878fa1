"""`notion-sync init`: the way to a first configuration, by questions or by options."""

import os
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

import click

from notion_sync.cli import questions
from notion_sync.cli.app import Settings
from notion_sync.cli.counting import count_files
from notion_sync.cli.credentials import DEFAULT, NoToken
from notion_sync.cli.last_target import recall
from notion_sync.cli.login import log_in
from notion_sync.cli.notion_places import NotionPlace, described, place_at, shared_places
from notion_sync.cli.places import PATH
from notion_sync.cli.session import Credentials, no_record, online
from notion_sync.cli.target import TargetOptions, target_options
from notion_sync.clock import SystemClock
from notion_sync.config import check, config_folder, load
from notion_sync.config.adding import NotAdded, add_rules
from notion_sync.config.locate import NAME
from notion_sync.config.writing import FirstRule, config_text, example_text, rule_lines, write_config
from notion_sync.errors import ConfigError, UsageError
from notion_sync.log import Level
from notion_sync.notion.ids import parse_id
from notion_sync.rules import PageTarget, RowTarget, Subfolders, Target
from notion_sync.service.systemctl import Systemctl, has_systemd
from notion_sync.system.event_loop import run_to_end
from notion_sync.system.paths import absolute
from notion_sync.template import ROW
from notion_sync.template import parse as parse_template
from notion_sync.text.words import counted

if TYPE_CHECKING:
    from notion_sync.notion.client import Notion

T = TypeVar("T")


@click.command()
@click.argument("path", required=False, type=PATH)
@target_options()
@click.option("--name", metavar="NAME", help="What to call the rule; the folder's name without it.")
@click.option(
    "--subfolders", type=click.Choice([each.value for each in Subfolders]),
    help="With a page: put files of subfolders on it (flat), or on subpages (pages).",
)  # fmt: skip
@click.option("--from-last", is_flag=True, help="Make rules of what was pushed last with --to.")
@click.option("--add", is_flag=True, help="Add a rule to the configuration that is there.")
@click.option("--example", is_flag=True, help="Write the example, which has every key, instead.")
@click.pass_obj
def command(
    settings: Settings,
    path: str | None,
    target: TargetOptions,
    name: str | None,
    subfolders: str | None,
    from_last: bool,
    add: bool,
    example: bool,
) -> int:
    """Write a first configuration: which folder goes to which page or database.

    On a terminal it asks for what is not given: a token, PATH, and what of Notion takes its files. Elsewhere PATH
    and --to are needed. What is there already is never overwritten; --add writes a rule behind those that are there.
    """
    if example and (path or target.given or name or subfolders or from_last or add):
        raise UsageError("--example writes the example and nothing else", hint="leave out one or the other")
    file, there = _place(settings)
    if there and not add and not example and questions.can_be_asked():
        add = questions.yes(f"{file} is there already. Add a rule to it?", default=True)
    if there != add:
        raise _wrong_place(file, there=there)
    if example:
        _written(settings, file, example_text())
        return _say_next(settings)
    if from_last:
        given = recall(settings)
        rules = [_ruled(each, given.options, None, None) for each in given.paths]
        rules = [replace(rule, name=name) for rule, name in zip(rules, _own_names(rules), strict=True)]
    elif path is not None and target.given:
        rules = [_ruled(path, target, name, subfolders)]
    elif questions.can_be_asked():
        return _interview(settings, file, _Given(path, target, name, subfolders), add=add)
    else:
        raise UsageError(
            "there is no terminal to ask on, and not everything is given",
            hint="notion-sync init FOLDER --to PAGE, or --to DATABASE --property NAME",
        )
    if add:
        return _added(settings, file, _checked(settings, rules))
    _written(settings, file, config_text(_checked(settings, rules), settings.profile))
    return _say_next(settings)


@dataclass(frozen=True, slots=True)
class _Given:
    """The options for the first rule."""

    path: str | None
    target: TargetOptions
    name: str | None
    subfolders: str | None


def _place(settings: Settings) -> tuple[str, bool]:
    """Return the path of the configuration, and whether it exists."""
    named = settings.config or os.environ.get("NOTION_SYNC_CONFIG")
    file = absolute(str(named or config_folder() / NAME))
    return file, os.path.lexists(file)


def _wrong_place(file: str, *, there: bool) -> UsageError:
    if there:
        hint = "--add writes a further rule into it; or name another file with --config"
        return UsageError(f"{file} is there already", hint=hint)
    return UsageError(f"{file} is not there, so nothing can be added to it", hint="leave out --add")


def _own_names(rules: Sequence[FirstRule]) -> list[str]:
    """Return a name for each rule; a number is added to one that an earlier rule has."""
    names: list[str] = []
    for rule in rules:
        names.append(questions.free_name(rule.name, names))
    return names


def _ruled(path: str, target: TargetOptions, name: str | None, subfolders: str | None) -> FirstRule:
    folder = absolute(path)
    if not os.path.isdir(folder):
        raise UsageError(f"{folder}: there is no such folder")
    return FirstRule(
        name or questions.name_after(folder),
        folder,
        target.target(),
        "",
        Subfolders(subfolders or "flat"),
    )


def _checked(settings: Settings, rules: Sequence[FirstRule]) -> Sequence[FirstRule]:
    """Return the rules once Notion has confirmed that their targets can be used; unchecked without a token.

    Raises:
        NotionSyncError: Why one cannot be used.
    """
    try:
        credentials = _credentials(settings)
        credentials.token()
    except NoToken as error:
        settings.console().write(f"not checked with Notion: {error}", Level.WARNING)
        return rules

    async def ask(notion: "Notion") -> None:
        with no_record() as store:
            for rule in rules:
                settings.console().write(f"{rule.folder} → {await described(notion, rule.target, store)}")

    _asked(settings, credentials, ask)
    return rules


def _written(settings: Settings, file: str, text: str) -> None:
    write_config(file, text)
    if problems := check(file).problems:
        os.unlink(file)  # a name that is none, perhaps: nothing half is left
        raise ConfigError(problems)
    console = settings.console()
    console.write(f"written: {file}")
    if not _is_usual(settings):
        console.write(f"other commands find it with --config {file}")


def _say_next(settings: Settings) -> int:
    """Say what to do with a configuration that was just written; return the exit code of a success."""
    stays = "notion-sync service install" if has_systemd(os.environ) else "notion-sync watch"
    settings.console().write(f"next: notion-sync push; to stay and follow changes: {stays}")
    return 0


def _added(settings: Settings, file: str, rules: Sequence[FirstRule]) -> int:
    """Append rules to the configuration; if that cannot be done safely, print them."""
    taken = [rule.name for rule in load(file).rules]
    rules = [replace(rule, name=questions.free_name(rule.name, taken)) for rule in rules]
    try:
        add_rules(file, rules)
    except NotAdded as error:
        click.echo(error.lines, nl=False)
        raise
    console = settings.console()
    console.write(f"added to {file}: {', '.join(rule.name for rule in rules)}")
    console.write("next: notion-sync push; a running daemon takes it up on SIGHUP or a restart")
    return 0


def _is_usual(settings: Settings) -> bool:
    return settings.config is None


# By questions


def _interview(settings: Settings, file: str, given: _Given, *, add: bool) -> int:
    say = settings.console().write
    questions.tell(
        f"This {'adds to' if add else 'makes'} {file}. Ctrl-C ends it; the file is written at the end."
    )
    credentials = _logged_in(settings)
    rules = [_rule_by_questions(settings, credentials, given, [])]
    while questions.yes("Another folder?", default=False):
        rules.append(
            _rule_by_questions(settings, credentials, _Given(None, TargetOptions(), None, None), rules)
        )
    # The deeper folder first: a file goes to the first rule that takes it.
    rules.sort(key=lambda rule: rule.folder.count(os.sep), reverse=True)
    text = rule_lines(rules, indent=2) if add else config_text(rules, settings.profile)
    click.echo(f"\n{text}", err=True)
    if not questions.yes(f"{'Add' if add else 'Write'} this to {file}?", default=True):
        say("nothing was written")
        return 0
    if add:
        return _added(settings, file, rules)
    _written(settings, file, text)
    _show_plan(settings, file)
    code = _say_next(settings)
    if _service_manager_answers() and questions.yes("Start it as a service now?", default=False):
        from notion_sync.cli.service import install_command

        context = click.get_current_context()
        return int(context.invoke(install_command, system=False, name=None, timer=False))
    return code


def _service_manager_answers() -> bool:
    try:
        return not Systemctl.find(os.environ, user=True).silent_because()
    except UsageError:
        return False


def _logged_in(settings: Settings) -> Credentials:
    """Return working credentials, after saying to whom they belong."""
    try:
        credentials = _credentials(settings)
        credentials.token()
    except NoToken:
        log_in(settings, settings.profile or DEFAULT)
        return _credentials(settings)

    async def ask_who(notion: "Notion") -> str:
        bot = await notion.me()
        return f"connected to {bot.workspace_name or 'a workspace'} as {bot.name or bot.id}"

    settings.console().write(_asked(settings, credentials, ask_who))
    return credentials


def _rule_by_questions(
    settings: Settings, credentials: Credentials, given: _Given, earlier: Sequence[FirstRule]
) -> FirstRule:
    folder = questions.folder(given.path, [rule.folder for rule in earlier])
    taken = [rule.name for rule in earlier]
    name = given.name or questions.free_name(questions.name_after(folder), taken)
    if given.target.given:
        return FirstRule(name, folder, given.target.target(), "", Subfolders(given.subfolders or "flat"))

    def listed() -> list[NotionPlace]:
        return _asked(settings, credentials, shared_places)

    def looked_up(text: str) -> NotionPlace:
        return _asked(settings, credentials, lambda notion: place_at(notion, parse_id(text)))

    place = questions.place(listed, looked_up)
    target, subfolders = _target(place), Subfolders(given.subfolders or "flat")
    if isinstance(target, PageTarget) and given.subfolders is None and questions.has_subfolders(folder):
        pages = questions.yes("It has subfolders. Make a subpage for each of them?", default=False)
        subfolders = Subfolders.PAGES if pages else Subfolders.FLAT
    return FirstRule(name, folder, target, place.title, subfolders)


def _target(place: NotionPlace) -> Target:
    if not place.is_database:
        return PageTarget(place.id)
    column = questions.files_property(place)
    return RowTarget(place.id, column, parse_template(ROW))


def _show_plan(settings: Settings, file: str) -> None:
    """Say what the first push will send."""
    with no_record() as store:
        for name, count in count_files(load(file).rules, store, SystemClock()).items():
            requests = counted(count.requests, "request")
            settings.console().write(f"{name}: {count.trouble or f'{count}, about {requests}'}")


def _credentials(settings: Settings) -> Credentials:
    return Credentials.of_user(os.environ, asked=settings.profile)


def _asked(settings: Settings, credentials: Credentials, work: Callable[["Notion"], Awaitable[T]]) -> T:
    async def run(notion: "Notion") -> T:
        return await work(notion)

    with online(credentials, settings.state, tell=settings.console().write) as notion:
        return run_to_end(run(notion))
