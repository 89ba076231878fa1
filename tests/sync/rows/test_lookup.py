"""What a pass has seen it does not believe for ever: a row that was not there some minutes ago is looked for again."""

import os
from dataclasses import replace

import pytest

from notion_sync.model import ActionName
from notion_sync.notion.requests import Request
from notion_sync.rules import RowTarget
from notion_sync.template import parse
from tests.sync.bench import Bench

LARGE = 21 * 2**20


@pytest.mark.parametrize(
    ("passed", "entries"),
    [
        pytest.param(150.0, ["mine", "01.txt"], id="looked for again"),
        pytest.param(90.0, ["01.txt"], id="believed"),
    ],
)
def test_a_row_that_a_person_makes_in_a_long_pass(bench: Bench, passed: float, entries: list[str]) -> None:
    """All titles are asked for together; while one file's bytes are on their way, a person makes its row."""
    for number in range(60):
        bench.write(f"{number:02}.txt", b"%d" % number)
    bench.write("01.txt", os.urandom(LARGE))
    target = RowTarget(bench.core.workspace.database_id, "Attachments", parse("{stem}"))

    def interfere(request: Request) -> None:
        if request.path.endswith("/complete"):
            bench.transport.hook = lambda _: None
            make_row(bench, "01")
            bench.time.advance(passed)

    bench.transport.hook = interfere
    bench.push(replace(bench.rule, targets=(target,)))

    assert bench.tally.counts[ActionName.ATTACHED] == 60
    assert sorted(bench.rows()) == [f"{number:02}" for number in range(60)]
    assert bench.rows()["01"] == entries


def make_row(bench: Bench, title: str) -> None:
    """A row as a person makes it, with a link as its only entry."""
    link = {"type": "external", "name": "mine", "external": {"url": "https://example.com/mine"}}
    properties = {"Name": {"title": [{"text": {"content": title}}]}, "Attachments": {"files": [link]}}
    parent = {"data_source_id": bench.core.workspace.data_source_id}
    bench.caller.ok("POST", "/v1/pages", {"parent": parent, "properties": properties})
