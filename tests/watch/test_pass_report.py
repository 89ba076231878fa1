"""What a daemon's report of a pass counts, and of which pass."""

import io

from notion_sync.report import JsonReport, Tally
from notion_sync.watch.observer import PassObserver
from notion_sync.watch.pass_report import PassReport
from notion_sync.watch.pending import Pending


def nothing() -> None:
    pass


def test_bytes_of_an_earlier_pass_do_not_prove_that_notion_answers_now() -> None:
    observer = PassObserver(
        pending=Pending(lambda path: path),
        refused=lambda _path, _target: False,
        monotonic=float,
        beat=nothing,
    )
    report = PassReport(JsonReport(io.StringIO(), io.StringIO()), observer=observer, beat=nothing)
    report.sending("/d/a", 100)
    report.sent("/d/a", 60)
    assert (report.in_flight, report.in_flight_bytes, report.sent_bytes, report.uploaded_bytes) == (
        1,
        40,
        60,
        60,
    )
    report.end(Tally(uploads=1))
    report.begin()
    assert (report.in_flight, report.in_flight_bytes, report.sent_bytes, report.uploaded_bytes) == (
        0,
        0,
        0,
        60,
    )
    assert report.uploaded == 1
