"""Where the trace goes and how it looks: real files, real processes, real signals."""

import json
import logging
import os
import re
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from pathlib import Path

import pytest

from notion_sync.errors import UsageError
from notion_sync.log.silence import silence
from notion_sync.log.tracing import Form, configure, reopen
from tests.log.support import unheard

TIME = "TIME"
LOGGER = logging.getLogger("notion_sync.http")


@pytest.fixture(autouse=True)
def _silent_again() -> Iterator[None]:
    yield
    silence()


@pytest.fixture
def to_file(tmp_path: Path) -> Callable[..., Path]:
    """Let the trace go to a file."""

    def start(form: Form = "text", say: Callable[[str], None] = pytest.fail) -> Path:
        file = tmp_path / "trace.log"
        configure(shown=None, file=str(file), form=form, journal=False, say=say)
        return file

    return start


@pytest.mark.parametrize(
    ("message", "arguments", "fields", "line"),
    [
        ("answered", (), {}, "answered"),
        ("%s of %d", ("a b", 3), {"method": "PATCH", "status": 200}, "a b of 3 method=PATCH status=200"),
        ("m", (), {"seconds": 0.25, "ok": True, "id": None, "n": [1, "a"]}, 'm seconds=0.25 ok=true id=null n=[1,"a"]'),
        ("m", (), {"path": "a b.txt", "empty": "", "why": 'x="y"'}, r'm path="a b.txt" empty="" why="x=\"y\""'),
        # Nothing in a name takes the line apart or speaks to a terminal.
        ("got %s", ("a\nb\x1b[2Jc\u202e\x9bd",), {}, r"got a\nb\x1b[2Jc\u202e\x9bd"),
        ("m", (), {"path": "a\nb\x1b\x9b\u2028", "a\nb": 1}, r'm path="a\nb\u001b\u009b\u2028" a\nb=1'),
        ("bytes %s", ("caf\udce9 \ud800",), {"path": "\udce9"}, 'bytes caf� � path="�"'),
        ("Grüße, 你好", (), {"path": "😀"}, "Grüße, 你好 path=😀"),
    ],
)  # fmt: skip
def test_text(
    to_file: Callable[..., Path], message: str, arguments: tuple[object, ...], fields: Mapping[str, object], line: str
) -> None:  # fmt: skip
    file = to_file()
    unheard("notion_sync.http").info(message, *arguments, extra={"fields": fields})
    (written,) = file.read_text("utf-8").splitlines()
    time, level, topic, rest = written.split(" ", 3)
    assert datetime.fromisoformat(time).utcoffset() is not None
    assert (level, topic, rest) == ("INFO", "notion_sync.http", line)


def test_json_has_the_fields_at_the_top(to_file: Callable[..., Path]) -> None:
    file = to_file("json")
    fields = {"status": 200, "path": "a\nb\x9b\u2028😀\udce9", "time": 1, "message": 2, "deep": {"a": [None]}}
    unheard("notion_sync.http").warning("got %s", "x\x1b", extra={"fields": fields})
    text = file.read_text("utf-8")
    assert text.count("\n") == 1
    assert text[:-1].isprintable()
    line = json.loads(text)
    assert datetime.fromisoformat(line.pop("time")).utcoffset() is not None
    assert line == {
        "level": "warning", "topic": "notion_sync.http", "message": "got x\x1b", "status": 200,
        "path": "a\nb\x9b\u2028😀�", "time_": 1, "message_": 2, "deep": {"a": [None]},
    }  # fmt: skip


def fail(text: str) -> None:
    try:
        raise ValueError(text)  # noqa: TRY301
    except ValueError:
        LOGGER.error("it failed", exc_info=True, extra={"fields": {"path": "a"}})


def test_a_traceback_is_set_in_so_that_nothing_in_it_passes_for_a_record(
    to_file: Callable[..., Path],
) -> None:
    file = to_file()
    fail(
        "2026-07-01T12:00:00.000+00:00 INFO\n2026-07-01T12:00:00.000+00:00 INFO notion_sync.http forged\x1b[2J"
    )
    first, *rest = file.read_text("utf-8").splitlines()
    assert first.endswith(" ERROR notion_sync.http it failed path=a")
    assert rest[0] == "    Traceback (most recent call last):"
    assert all(line.startswith("    ") for line in rest)
    assert rest[-1].endswith(r"forged\x1b[2J")


def test_json_has_the_traceback_in_one_field(to_file: Callable[..., Path]) -> None:
    file = to_file("json")
    fail("a\nb")
    (line,) = map(json.loads, file.read_text("utf-8").splitlines())
    assert line["exception"].startswith("Traceback (most recent call last):\n")
    assert line["exception"].endswith("ValueError: a\nb")


def test_the_file_is_the_users_alone(to_file: Callable[..., Path]) -> None:
    before = os.umask(0o022)
    try:
        file = to_file()
    finally:
        os.umask(before)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_the_file_is_appended_to(to_file: Callable[..., Path], tmp_path: Path) -> None:
    (tmp_path / "trace.log").write_text("before\n")
    file = to_file()
    LOGGER.info("after")
    assert file.read_text().splitlines()[0] == "before"
    assert file.read_text().endswith("after\n")


@pytest.mark.parametrize("name", ["missing/trace.log", "."])
def test_a_file_that_cannot_be_opened_is_said(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match=r"--log-file /.* cannot be opened: (No such|Is a dir)"):
        configure(shown=None, file=str(tmp_path / name), form="text", journal=False, say=pytest.fail)


def test_a_file_that_was_moved_away_is_made_anew(to_file: Callable[..., Path]) -> None:
    file = to_file()
    LOGGER.info("one")
    moved = file.rename(file.with_suffix(".1"))
    LOGGER.info("two")
    reopen()
    LOGGER.info("three")
    assert [line.split()[-1] for line in moved.read_text().splitlines()] == ["one", "two"]
    assert [line.split()[-1] for line in file.read_text().splitlines()] == ["three"]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_where_it_cannot_be_made_anew_the_old_one_stays_in_use(to_file: Callable[..., Path]) -> None:
    said: list[str] = []
    file = to_file(say=said.append)
    moved = file.rename(file.with_suffix(".1"))
    file.mkdir()
    reopen()
    LOGGER.info("still")
    assert moved.read_text().endswith("still\n")
    assert said == [f"--log-file {file} cannot be opened, the old one stays in use: Is a directory"]


def test_reopening_without_a_file_does_nothing() -> None:
    reopen()


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
def test_a_full_disk_is_said_once_and_ends_nothing() -> None:
    said: list[str] = []
    configure(shown=None, file="/dev/full", form="text", journal=False, say=said.append)
    for _ in range(3):
        LOGGER.info("lost")
    assert said == ["--log-file /dev/full cannot be written: No space left on device"]


def test_lines_of_many_threads_stay_whole_while_the_file_is_moved_away(to_file: Callable[..., Path]) -> None:
    file = to_file("json")
    files = [file]

    def log(number: int) -> None:
        for count in range(200):
            LOGGER.debug("line", extra={"fields": {"thread": number, "count": count, "rest": "x" * 500}})

    threads = [threading.Thread(target=log, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for number in range(5):
        files.append(file.rename(file.with_suffix(f".{number}")))
        reopen()
    for thread in threads:
        thread.join()
    lines = [json.loads(line) for each in files for line in each.read_text().splitlines()]
    assert sorted((line["thread"], line["count"]) for line in lines) == [
        (t, c) for t in range(8) for c in range(200)
    ]


def test_nothing_is_written_by_default(capfd: pytest.CaptureFixture[str]) -> None:
    silence()
    assert not LOGGER.isEnabledFor(logging.INFO)
    code = (
        "import logging, sys\n"
        "from notion_sync.log.silence import silence\n"
        "silence()\n"
        "logging.getLogger('notion_sync.http').critical('hello')\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("shown", "form", "journal", "lines"),
    [
        (logging.INFO, "text", False, [f"{TIME} INFO notion_sync.scan one", f"{TIME} ERROR notion_sync.plan three"]),
        (
            logging.DEBUG, "text", True,
            ["<6>INFO notion_sync.scan one", "<7>DEBUG notion_sync.scan two", "<3>ERROR notion_sync.plan three"],
        ),
        (
            logging.INFO, "json", True,
            [
                f'{{"time":"{TIME}","level":"info","topic":"notion_sync.scan","message":"one"}}',
                f'{{"time":"{TIME}","level":"error","topic":"notion_sync.plan","message":"three"}}',
            ],
        ),
    ],
)  # fmt: skip
def test_stderr_has_what_is_asked_for(
    capfd: pytest.CaptureFixture[str], shown: int, form: Form, journal: bool, lines: list[str]
) -> None:
    configure(shown=shown, file=None, form=form, journal=journal, say=pytest.fail)
    logging.getLogger("notion_sync.scan").info("one")
    logging.getLogger("notion_sync.scan").debug("two")
    logging.getLogger("notion_sync.plan").error("three")
    logging.getLogger("httpx").error("of somebody else")
    out, err = capfd.readouterr()
    assert out == ""
    assert [re.sub(r"\d{4}-\d\d-\d\dT[\d:.]+\+00:00", TIME, line) for line in err.splitlines()] == lines


def test_a_reader_that_has_gone_is_no_trouble() -> None:
    code = (
        "import logging, sys\n"
        "from notion_sync.log.tracing import configure\n"
        "configure(shown=logging.INFO, file=None, form='text', journal=False, say=print)\n"
        "sys.stdin.readline()\n"
        "for number in range(1000): logging.getLogger('notion_sync.http').info('x' * 100)\n"
        "sys.stdout.write('done')\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stderr is not None
    process.stderr.close()
    process.stderr = None
    output, _ = process.communicate("go\n", timeout=30)
    assert output == "done"
