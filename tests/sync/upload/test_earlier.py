"""Uploads of an earlier run that Notion knows no more are found out by one look, before anything is attached."""

from collections import Counter
from dataclasses import replace

import pytest

from notion_sync.rules import RowTarget
from notion_sync.sync.upload.earlier import EarlierUploads
from notion_sync.template import parse
from notion_sync.writes import Append
from tests.support.store import intent, notion_id
from tests.sync.bench import Bench

NAMES = [f"{number:02}.txt" for number in range(20)]
LISTED = "GET /v1/file_uploads"


def of_earlier_run(bench: Bench, name: str, *, known: bool) -> None:
    upload = bench.uploaded(name, name.encode())
    if not known:
        with bench.store.transaction():
            bench.store.uploads.drop(upload.id)
            unknown = replace(upload, id=notion_id(int(name[:2])))
            bench.store.uploads.save(bench.core.workspace.bot_id, unknown)


@pytest.mark.parametrize("rows", [True, False], ids=["a row each", "a page"])
def test_what_notion_has_forgotten_costs_one_look(bench: Bench, rows: bool) -> None:
    if rows:
        target = RowTarget(bench.core.workspace.database_id, "Attachments", parse("{stem}"))
        bench.rule = replace(bench.rule, targets=(target,))
    for name in NAMES:
        bench.write(name, name.encode())
        of_earlier_run(bench, name, known=name < "05")
    bench.time.advance(300)
    bench.core.journal.clear()

    bench.push()

    asked = Counter(each.partition("?")[0] for each in bench.asked())
    assert asked[LISTED] == 1
    assert asked["POST /v1/file_uploads"] == 15
    assert asked["POST /v1/pages" if rows else "PATCH /v1/blocks/…/children"] == (20 if rows else 1)
    assert bench.tally.reused == 5


def test_young_ones_and_those_of_open_writes_stay(bench: Bench) -> None:
    """A list may not show the first yet, and the second tell what a lost answer has made."""
    of_earlier_run(bench, "00.txt", known=False)
    append = Append(bench.page_target.key, "", bench.core.workspace.page_id, "end", None,
                    (replace(intent(bench.file_path("00.txt")), upload_id=notion_id(0)),))  # fmt: skip
    with bench.store.transaction():
        bench.store.journal.begin(append, bench.clock.now())
    of_earlier_run(bench, "01.txt", known=False)
    bench.time.advance(300)
    of_earlier_run(bench, "02.txt", known=False)
    earlier = EarlierUploads(bench.ports)

    bench.run(earlier.drop_unknown())

    left = [bench.store.uploads.get(notion_id(number)) is not None for number in range(3)]
    assert left == [True, False, True]
