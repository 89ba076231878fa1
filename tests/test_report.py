"""What the user is told, to the letter: programs read the JSON, people the lines."""

import io
import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notion_sync.model import ActionName, Outcome
from notion_sync.report import JsonReport, PlainLines, Report, Tally, outcome_line, summary_line

ATTACHED = Outcome(
    rule="scans",
    path="sub/a.txt",
    action=ActionName.ATTACHED,
    bytes=1234,
    sha256="ab" * 32,
    target="page",
    page_id="page",
    block_id="block",
    file_upload_id="upload",
)
FAILED = Outcome("scans", "b.txt", ActionName.FAILED, "Notion said no")
UNCHANGED = Outcome("scans", "c.txt", ActionName.UNCHANGED)


def tally(**counts: int) -> Tally:
    made = Tally(uploads=2, reused=1, bytes_uploaded=3 * 2**20, requests=7, seconds=2.34567)
    for name, count in counts.items():
        made.counts[ActionName(name)] = count
    return made


class Json:
    """A JSON report and what it wrote, into a stream that takes only what UTF-8 can say."""

    def __init__(self, *, planned: bool = False, verbose: bool = False) -> None:
        self.bytes = io.BytesIO()
        out = io.TextIOWrapper(self.bytes, "utf-8", errors="strict", newline="\n")
        self.errors = io.StringIO()
        self.report = JsonReport(out, self.errors, planned=planned, verbose=verbose)

    @property
    def lines(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in self.bytes.getvalue().decode().split("\n") if line]


def test_a_json_line_has_the_promised_fields_in_the_promised_order() -> None:
    json_report = Json()
    json_report.report.outcome(ATTACHED)
    (line,) = json_report.lines
    assert line == {
        "event": "file",
        "rule": "scans",
        "path": "sub/a.txt",
        "action": "attached",
        "reason": "",
        "bytes": 1234,
        "sha256": "ab" * 32,
        "target": "page",
        "page_id": "page",
        "block_id": "block",
        "file_upload_id": "upload",
    }
    assert list(line)[:5] == ["event", "rule", "path", "action", "reason"]


def test_the_last_json_line_is_the_summary() -> None:
    json_report = Json()
    json_report.report.end(tally(attached=3, failed=1))
    assert json_report.lines == [
        {
            "event": "summary",
            "attached": 3,
            "replaced": 0,
            "renamed": 0,
            "removed": 0,
            "unchanged": 0,
            "skipped": 0,
            "deferred": 0,
            "failed": 1,
            "uploads": 2,
            "reused": 1,
            "bytes_uploaded": 3 * 2**20,
            "requests": 7,
            "seconds": 2.346,
        }
    ]


def test_what_is_only_planned_says_so() -> None:
    json_report = Json(planned=True)
    json_report.report.outcome(ATTACHED)
    json_report.report.end(Tally())
    assert [line["planned"] for line in json_report.lines] == [True, True]


@pytest.mark.parametrize(("verbose", "count"), [(False, 0), (True, 1)])
def test_unchanged_files_have_json_lines_only_on_request(verbose: bool, count: int) -> None:
    json_report = Json(verbose=verbose)
    json_report.report.outcome(UNCHANGED)
    assert len(json_report.lines) == count


def test_every_json_line_is_out_at_once() -> None:
    """A reader at the other end of a pipe sees a file as it ends."""
    json_report = Json()
    for number in range(1, 4):
        json_report.report.outcome(ATTACHED)
        assert len(json_report.lines) == number


def test_notes_do_not_get_among_the_json() -> None:
    json_report = Json()
    json_report.report.note("a note")
    json_report.report.sending("/d/a", 2)
    json_report.report.sent("/d/a", 2)
    assert (json_report.bytes.getvalue(), json_report.errors.getvalue()) == (b"", "a note\n")


def test_a_path_that_is_no_text_is_made_visible() -> None:
    json_report = Json()
    json_report.report.outcome(replace(ATTACHED, path="bad\udcff\nname"))
    assert [line["path"] for line in json_report.lines] == ["bad\ufffd\nname"]


@given(st.text(st.characters(exclude_categories=()), max_size=20))
def test_no_reason_can_break_the_json(reason: str) -> None:
    """A renamed file's reason holds its old path, whatever bytes that had."""
    json_report = Json()
    json_report.report.outcome(replace(FAILED, reason=reason.encode("utf-8", "replace").decode()))
    assert len(json_report.lines) == 1


def test_a_reason_with_a_path_that_is_no_text_can_be_written() -> None:
    json_report = Json()
    json_report.report.outcome(replace(ATTACHED, reason="was /d/bad\udcff"))
    assert [line["reason"] for line in json_report.lines] == ["was /d/bad\ufffd"]


@pytest.mark.parametrize(
    "path", ["Screenshot at 9.41\u202fAM.png", "a\u00a0b", "👩\u200d💻.png", "a\u3000b", "a\nb"]
)
def test_a_path_that_json_can_say_is_said_as_it_is(path: str) -> None:
    """Otherwise whoever reads the line does not find the file: macOS writes U+202F into screenshots' names."""
    json_report = Json()
    json_report.report.outcome(replace(ATTACHED, path=path))
    assert [line["path"] for line in json_report.lines] == [path]


# Lines


class Plain:
    """A report in lines, and what it wrote."""

    def __init__(self, *, planned: bool = False, verbose: bool = False, names_rules: bool = False) -> None:
        self.lines: list[tuple[str, bool]] = []
        self.seconds = 0.0
        self.report: Report = PlainLines(
            self._write,
            planned=planned,
            verbose=verbose,
            names_rules=names_rules,
            monotonic=lambda: self.seconds,
        )

    def _write(self, text: str, bad: bool) -> None:
        self.lines.append((text, bad))


def test_a_line_a_file_and_one_in_the_end() -> None:
    plain = Plain()
    plain.report.sending("/d/a.txt", 1234)
    plain.report.outcome(ATTACHED)
    plain.report.sent("/d/a.txt", 1234)
    plain.report.outcome(UNCHANGED)
    plain.report.outcome(FAILED)
    plain.report.note("a note")
    plain.report.end(tally(attached=1, unchanged=1, failed=1))
    assert plain.lines == [
        ("attached  sub/a.txt  1.2 KiB", False),
        ("a note", False),
        ("failed    b.txt: Notion said no", True),
        (
            "1 attached, 1 unchanged, 1 failed; 3.0 MiB sent in 2 uploads, 1 reused; 7 requests in 2.3 s",
            False,
        ),
    ]


def test_unchanged_files_have_lines_on_request() -> None:
    plain = Plain(verbose=True)
    plain.report.outcome(UNCHANGED)
    assert plain.lines == [("unchanged c.txt", False)]


@pytest.mark.parametrize(
    ("action", "word"),
    [
        ("attached", "would attach"),
        ("replaced", "would replace"),
        ("renamed", "would rename"),
        ("removed", "would remove"),
        ("unchanged", "would keep"),
        ("skipped", "would skip"),
        ("deferred", "would defer"),
        ("failed", "would fail"),
    ],
)
def test_a_plan_speaks_of_what_would_be(action: str, word: str) -> None:
    outcome = Outcome("r", "a", ActionName(action))
    assert outcome_line(outcome, planned=True) == f"{word} a"


def test_a_name_cannot_paint_the_terminal_or_begin_a_line_of_its_own() -> None:
    outcome = replace(UNCHANGED, path="a\x1b[31m\nfailed b\r\x9b\u202e")
    assert outcome_line(outcome) == "unchanged a\\x1b[31m\\nfailed b\\r\\x9b\\u202e"


def test_a_reason_cannot_do_so_either() -> None:
    outcome = replace(UNCHANGED, reason="was /d/a\nfailed b")
    assert outcome_line(outcome) == "unchanged c.txt: was /d/a\\nfailed b"


@pytest.mark.parametrize(
    ("given_tally", "planned", "line"),
    [
        (Tally(), False, "nothing to do; 0 requests in 0.0 s"),
        (Tally(cut_short=True), False, "nothing done; 0 requests in 0.0 s"),
        (Tally(), True, "plan: nothing to do; about 0 requests, 0.0 s at 180 requests a minute"),
        (
            tally(attached=2, skipped=1),
            True,
            "plan: attach 2, skip 1, 3.0 MiB; about 7 requests, 2.3 s at 180 requests a minute",
        ),
        (replace(tally(renamed=1), uploads=0, reused=0), False, "1 renamed; 7 requests in 2.3 s"),
    ],
)
def test_the_sums_in_words(given_tally: Tally, planned: bool, line: str) -> None:
    assert summary_line(given_tally, planned=planned) == line


def test_outcomes_are_counted() -> None:
    counted = Tally()
    for outcome in (ATTACHED, ATTACHED, FAILED):
        counted.add(outcome)
    assert {action: count for action, count in counted.counts.items() if count} == {
        ActionName.ATTACHED: 2,
        ActionName.FAILED: 1,
    }


# One cause, one line

SHARED = replace(FAILED, reason="the page is not shared [object_not_found, request 1f-2a] (share it)")


def failures(plain: "Plain", count: int, first: int = 1, reason: str = SHARED.reason) -> None:
    for number in range(first, first + count):
        plain.report.outcome(replace(SHARED, path=f"{number}.txt", reason=reason))


@pytest.mark.parametrize(
    ("count", "line"),
    [
        (1, "failed    1.txt: the page is not shared (share it)"),
        (2, "failed    2 files: the page is not shared (share it); 1.txt, 2.txt"),
        (1200, "failed    1,200 files: the page is not shared (share it); first: 1.txt"),
    ],
)
def test_files_that_fail_for_one_cause_share_a_line(count: int, line: str) -> None:
    """What differs from answer to answer tells no causes apart."""
    plain = Plain()
    for number in range(1, count + 1):
        failures(plain, 1, number, reason=SHARED.reason.replace("1f", f"{number:x}"))
    plain.report.flush()
    assert plain.lines == [(line, True)]


def test_causes_are_told_apart_in_their_order() -> None:
    plain = Plain()
    plain.report.outcome(replace(FAILED, path="a", reason="it is empty"))
    plain.report.outcome(replace(FAILED, path="b", reason="it is too large"))
    plain.report.outcome(replace(FAILED, path="c", action=ActionName.SKIPPED, reason="it is empty"))
    plain.report.outcome(replace(FAILED, path="d", reason="it is empty"))
    plain.report.flush()
    assert [line for line, _ in plain.lines] == [
        "failed    2 files: it is empty; a, d",
        "failed    b: it is too large",
        "skipped   c: it is empty",
    ]


def test_a_file_that_fails_at_two_targets_is_one() -> None:
    plain = Plain()
    plain.report.outcome(replace(FAILED, target="one"))
    plain.report.outcome(replace(FAILED, target="two"))
    plain.report.flush()
    assert plain.lines == [("failed    b.txt: Notion said no", True)]


def test_a_long_run_tells_a_cause_soon_and_what_came_of_it_in_the_end() -> None:
    plain = Plain()
    failures(plain, 2)
    plain.seconds = 6.0
    failures(plain, 1, 3)
    failures(plain, 20, 4)
    plain.report.end(tally(failed=23))
    assert [line for line, _ in plain.lines[:-1]] == [
        "failed    3 files: the page is not shared (share it); 1.txt, 2.txt, 3.txt",
        "failed    20 more files: the page is not shared (share it)",
    ]


def test_a_detailed_report_has_what_notion_said() -> None:
    plain = Plain(verbose=True)
    failures(plain, 1)
    plain.report.flush()
    assert "[object_not_found, request 1f-2a]" in plain.lines[0][0]


def test_lines_of_several_rules_name_them() -> None:
    plain = Plain(names_rules=True)
    plain.report.outcome(replace(ATTACHED, rule="scans"))
    for rule in ("scans", "shots"):
        plain.report.outcome(replace(FAILED, rule=rule))
    plain.report.flush()
    assert [line for line, _ in plain.lines] == [
        "attached  sub/a.txt (rule scans)  1.2 KiB",
        "failed    2 files: Notion said no; b.txt (rule scans), b.txt (rule shots)",
    ]


def test_what_concerns_no_file_is_said_of_its_rule() -> None:
    plain = Plain()
    plain.report.outcome(replace(FAILED, rule="disk", path="", reason="folder not found"))
    plain.report.flush()
    assert plain.lines == [("failed    rule disk: folder not found", True)]
