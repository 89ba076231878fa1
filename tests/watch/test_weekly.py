"""`notify: weekly`: once a week a command reads the report; a real command, a real store, a moved clock."""

import sys
from pathlib import Path

import pytest

from notion_sync.config.notify import Notify
from notion_sync.model import ActionName, Outcome
from notion_sync.state import Store
from notion_sync.watch.notify import Notices
from notion_sync.watch.refusals import forget_refusals
from notion_sync.watch.weekly import WEEK, WeeklyReport
from tests.support.clock import FakeClock
from tests.watch.test_notify import tell


@pytest.fixture
def heard(tmp_path: Path) -> Path:
    return tmp_path / "heard"


@pytest.fixture
def notify(tmp_path: Path, heard: Path) -> Notify:
    script = tmp_path / "mail.py"
    script.write_text(
        "import os, sys\n"
        f"with open({str(heard)!r}, 'a') as file:\n"
        "    file.write(os.environ['NOTION_SYNC_EVENT'] + ' ' + os.environ['NOTION_SYNC_MESSAGE'] + '\\n')\n"
        "    file.write(sys.stdin.read())\n"
    )
    return Notify(weekly=f"{sys.executable} {script}")


def test_a_week_after_it_was_first_heard_of_and_once_a_week_from_then(
    tmp_path: Path, notify: Notify, heard: Path
) -> None:
    clock = FakeClock()
    with Store(str(tmp_path / "state")) as store:

        def at(days: float) -> None:
            """A daemon that begins some days later, and looks twice."""
            clock.advance(days * 86_400.0)

            def work(notices: Notices) -> None:
                weekly = WeeklyReport(notices, clock)
                weekly.tick(store, None)
                weekly.tick(store, None)

            assert tell(notify, work) == []

        at(0)
        with store.transaction():
            store.history.add(
                "/d/a.txt", Outcome("scans", "a.txt", ActionName.ATTACHED, bytes=4), clock.now()
            )
        at(6.9)
        assert not heard.exists()
        forget_refusals(store, [])  # what `retry` forgets is none of this
        at(0.2)
        assert heard.read_text().count("report 1 file came (4 B)") == 1
        assert "scans" in heard.read_text()
        at(6)
        assert heard.read_text().count("report ") == 1
        at(30)  # it was not there for a while
        assert heard.read_text().count("report ") == 2
        assert "report no file came" in heard.read_text()
        at(-60)  # the clock was set back
        at(7)
        assert heard.read_text().count("report ") == 3


def test_nothing_where_none_is_wanted(tmp_path: Path) -> None:
    clock = FakeClock()
    with Store(str(tmp_path / "state")) as store:
        for _ in range(3):
            clock.advance(WEEK)
            assert tell(Notify(), lambda notices: WeeklyReport(notices, clock).tick(store, None)) == []
        assert store.remembered.all("last weekly report") == []
