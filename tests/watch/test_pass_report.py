"""What a daemon's report of a pass counts, and of which pass."""

import io

import pytest

from notion_sync.report import JsonReport, Tally
from notion_sync.watch.observer import PassObserver
from notion_sync.watch.pass_report import PassReport
from notion_sync.watch.pending import Pending


def nothing() -> None:
    pass


@pytest.fixture
def report() -> PassReport:
    observer = PassObserver(
        pending=Pending(lambda path: path),
        refused=lambda _path, _target: False,
        monotonic=float,
        beat=nothing,
    )
    return PassReport(JsonReport(io.StringIO(), io.StringIO()), observer=observer, beat=nothing)


def counts(report: PassReport) -> tuple[int, int, int, int]:
    return report.in_flight, report.in_flight_bytes, report.sent_bytes, report.uploaded_bytes


def test_bytes_of_an_earlier_pass_do_not_prove_that_notion_answers_now(report: PassReport) -> None:
    report.sending("/d/a", 100)
    report.sent("/d/a", 60)
    assert counts(report) == (1, 40, 60, 60)
    report.end(Tally(uploads=1))
    report.begin()
    assert counts(report) == (0, 0, 0, 60)
    assert report.uploaded == 1


def test_bytes_that_were_lost_are_still_to_be_sent(report: PassReport) -> None:
    report.sending("/d/a", 100)
    report.sent("/d/a", 60)
    report.lost("/d/a", 60)
    assert counts(report) == (1, 100, 0, 0)


def test_bytes_that_notion_has_already_are_not_counted_as_sent(report: PassReport) -> None:
    report.sending("/d/a", 100)
    report.resumed("/d/a", 60)
    assert counts(report) == (1, 40, 0, 0)


def test_a_content_that_could_not_be_sent_is_not_under_way_any_more(report: PassReport) -> None:
    report.sending("/d/a", 100)
    report.sent("/d/a", 60)
    report.sending_ended("/d/a")
    report.sent("/d/a", 10)  # by the thread of its request
    assert counts(report) == (0, 0, 70, 70)
