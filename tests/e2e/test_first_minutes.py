"""The first ten minutes of somebody with an empty home, on a real terminal, whatever its width and colours."""

import contextlib
import re
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import pytest

from tests.e2e.world import Json, World
from tests.support.terminal import Terminal

PROGRAM = [sys.executable, "-m", "notion_sync"]
SLOW: Sequence[Json] = [{"path": "/send$", "do": {"delay": 1.5}}]
LOOKS = pytest.mark.parametrize(
    ("columns", "colour"), [(50, False), (80, True), (140, True)], ids=["50 plain", "80", "140"]
)


@dataclass(frozen=True)
class Newcomer:
    """Somebody without a configuration, a token and a record."""

    world: World
    environ: Mapping[str, str]

    @contextlib.contextmanager
    def runs(self, *arguments: str, columns: int, colour: bool = True, **more: str) -> Iterator[Terminal]:
        """Type a command; in the end nothing that moved is left, and the cursor is there."""
        environ = {**self.environ, **more} | ({} if colour else {"NO_COLOR": "1"})
        with Terminal([*PROGRAM, *arguments], environ, columns=columns) as terminal:
            yield terminal
            terminal.end()
            assert not terminal.screen.cursor.hidden
            assert terminal.moving() == []
            assert terminal.most_moving <= 1
            assert terminal.cut == []
            assert colour or not re.search(rb"\x1b\[[0-9;]*m", terminal.raw)


@pytest.fixture
def newcomer(world: World) -> Newcomer:
    """A sandbox to talk to, and ten files."""
    world.write({f"scan-{number:02}.md": b"%d " % number * 40_000 for number in range(10)})
    kept = {k: v for k, v in world.environ.items() if k not in ("NOTION_TOKEN", "COLUMNS")}
    environ = {k: v for k, v in kept.items() if not k.endswith(("_DIRECTORY", "_SOCKET", "_STREAM"))}
    return Newcomer(world, {**environ, "XDG_RUNTIME_DIR": str(world.home / "run")})


@LOOKS
def test_from_init_to_the_service(newcomer: Newcomer, columns: int, colour: bool) -> None:
    world = newcomer.world
    with newcomer.runs("init", columns=columns, colour=colour) as init:
        for asked, answer in (
            ("profile default:", world.sandbox.token),
            ("Which folder?", str(world.folder)),
            ("Where to?", "1"),
            ("Another folder?", ""),
            ("Write this to", "y"),
        ):
            init.until(partial(is_asked, asked))
            init.type(answer + "\n")
    assert init.process.returncode == 0, init.lines()
    assert world.sandbox.token not in "".join(init.lines())
    assert (world.home / ".config" / "notion-sync" / "config.yaml").exists()

    world.sandbox.faults(SLOW)
    with newcomer.runs("push", columns=columns, colour=colour) as push:
        pass
    world.sandbox.faults([])
    assert push.process.returncode == 0
    assert push.most_moving == 1
    assert "10 attached" in joined(push, columns)
    assert joined(push, columns).rstrip().endswith("s")

    with newcomer.runs("status", columns=columns, colour=colour) as status:
        pass
    assert status.process.returncode == 0
    assert status.lines()[0].startswith("Everything is in Notion")

    if shutil.which("systemctl"):
        with newcomer.runs("service", "install", columns=columns, colour=colour) as service:
            pass
        assert service.process.returncode in (0, 75), service.lines()
        assert (world.home / ".config" / "systemd" / "user" / "notion-sync.service").exists()


def test_a_rule_is_offered_once_for_each_folder_and_target(newcomer: Newcomer) -> None:
    page, other = newcomer.world.sandbox.page_id, newcomer.world.home / "other"
    other.mkdir()

    def is_offered(folder: object, to: str) -> bool:
        arguments = ["push", str(folder), "--to", to]
        with newcomer.runs(*arguments, columns=140, NOTION_TOKEN=newcomer.world.sandbox.token) as push:
            push.end()
        return "init --from-last" in "\n".join(push.lines())

    folder = newcomer.world.folder
    asked = [
        is_offered(where, to)
        for where, to in ((folder, page), (other, page), (folder, page.replace("-", "")))
    ]
    assert asked == [True, True, False]


def is_asked(question: str, terminal: Terminal) -> bool:
    """Whether a question is the last thing that was said, however the terminal has broken it."""
    return question in " ".join(terminal.lines()[-4:])


def joined(terminal: Terminal, columns: int) -> str:
    """The end of what is to be seen, with lines put together that the terminal has broken."""
    return "".join(line.ljust(columns) for line in terminal.lines()[-3:])


def test_watch_tells_the_time_of_what_it_does_and_what_goes_on(newcomer: Newcomer) -> None:
    world = newcomer.world
    file = world.home / "watch.yaml"
    file.write_text(
        f"rules: [{{name: r, folder: {world.folder}, settle: 0, to: {{page: {world.sandbox.page_id}}}}}]\n"
    )
    with newcomer.runs(
        "watch", "--config", str(file), columns=100, NOTION_TOKEN=world.sandbox.token
    ) as watch:
        watch.until(lambda seen: seen.lines()[-1:] == ["up to date, watching 1 folder"])
        watch.interrupt()
    assert watch.process.returncode == 130
    assert any(re.match(r"\d\d:\d\d:\d\d  attached  scan-00.md", line) for line in watch.lines())
    assert "up to date" not in "".join(watch.lines())


def interrupted(times: int) -> Callable[[Terminal, World], None]:
    """Ctrl-C as soon as a content is on its way, and as often again when the first one is answered."""

    def press(terminal: Terminal, world: World) -> None:
        terminal.until(lambda _: world.sandbox.fired() > 0)
        terminal.interrupt()
        terminal.until(lambda seen: b"stopping: " in seen.raw)
        for _ in range(times - 1):
            terminal.interrupt()

    return press


def undisturbed(_terminal: Terminal, _world: World) -> None:
    """Nobody does anything."""


@pytest.mark.parametrize(
    ("columns", "colour"),
    [pytest.param(50, False, id="50 plain", marks=pytest.mark.soak), pytest.param(140, True, id="140")],
)
@pytest.mark.parametrize(
    ("more", "during", "code", "last"),
    [
        ({"NOTION_TOKEN": "ntn_nobody"}, undisturbed, 77, "check the token"),
        ({"NOTION_BASE_URL": "http://127.0.0.1:9"}, undisturbed, 75, "cannot reach 127.0.0.1"),
        ({}, interrupted(1), 130, "stopped"),
        ({}, interrupted(2), 130, "stopped"),
    ],
    ids=["refused token", "offline", "Ctrl-C", "Ctrl-C twice"],
)
def test_however_it_ends(
    newcomer: Newcomer,
    columns: int,
    colour: bool,
    more: dict[str, str],
    during: Callable[[Terminal, World], None],
    code: int,
    last: str,
) -> None:
    world = newcomer.world
    world.sandbox.faults([{"path": "/send$", "do": {"delay": 4}}])
    push = ("push", str(world.folder), "--to", world.sandbox.page_id)
    environ = {"NOTION_TOKEN": world.sandbox.token, **more}
    with newcomer.runs(*push, columns=columns, colour=colour, **environ) as seen:
        during(seen, world)
    assert seen.process.returncode == code, seen.lines()
    assert last in "".join(line.ljust(columns) if len(line) < columns else line for line in seen.lines())
    assert len(seen.lines()) < 14
