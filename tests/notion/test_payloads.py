"""The JSON that values become."""

import pytest

from notion_sync.notion.pages import PropertyFile
from notion_sync.notion.payloads import (
    After,
    BlockChange,
    Edge,
    MediaBlock,
    NewFile,
    files,
    position_json,
    property_value,
    rich_text,
    title,
)
from notion_sync.notion.values import FileRef


def test_only_file_blocks_have_names() -> None:
    assert MediaBlock("file", "u", name="a.zip", caption="c").to_json() == {
        "object": "block",
        "type": "file",
        "file": {
            "type": "file_upload",
            "file_upload": {"id": "u"},
            "name": "a.zip",
            "caption": [{"type": "text", "text": {"content": "c"}}],
        },
    }
    assert MediaBlock("image", "u", name="a.png").to_json() == {
        "object": "block",
        "type": "image",
        "image": {"type": "file_upload", "file_upload": {"id": "u"}},
    }


def test_a_change_has_no_type_and_only_what_changes() -> None:
    assert BlockChange("file", upload_id="u").to_json() == {"file": {"file_upload": {"id": "u"}}}
    assert BlockChange("file", name="b.zip").to_json() == {"file": {"name": "b.zip"}}
    assert BlockChange("pdf", name="ignored", caption="").to_json() == {"pdf": {"caption": []}}


def test_positions() -> None:
    assert position_json(Edge.END) is None
    assert position_json(Edge.START) == {"type": "start"}
    assert position_json(After("b")) == {"type": "after_block", "after_block": {"id": "b"}}


def test_entries_stay_what_they_were() -> None:
    hosted = PropertyFile(
        "a.pdf", FileRef("file", "https://h/a.pdf?sig", 1.0, "2026-10-01T11:00:00.000Z", "a.pdf")
    )
    external = PropertyFile("web", FileRef("external", "https://x/y", name="web"))
    assert files([hosted, NewFile("u", "n.pdf"), external, NewFile("v")]).json == {
        "files": [
            {
                "type": "file",
                "file": {"url": "https://h/a.pdf?sig", "expiry_time": "2026-10-01T11:00:00.000Z"},
                "name": "a.pdf",
            },
            {"type": "file_upload", "file_upload": {"id": "u"}, "name": "n.pdf"},
            {"type": "external", "external": {"url": "https://x/y"}, "name": "web"},
            {"type": "file_upload", "file_upload": {"id": "v"}},
        ]
    }


def test_entries_that_cannot_be_written_are_refused() -> None:
    with pytest.raises(ValueError, match="100 entries, not 101"):
        files([NewFile("u")] * 101)
    with pytest.raises(ValueError, match="cannot be written back"):
        files([PropertyFile("odd", FileRef("mystery"))])


@pytest.mark.parametrize(
    ("kind", "text", "json"),
    [
        ("title", " March ", {"title": [{"type": "text", "text": {"content": "March"}}]}),
        ("rich_text", "", {"rich_text": []}),
        ("select", "In, box", {"select": {"name": "In; box"}}),
        ("select", "", {"select": None}),
        ("status", "Done", {"status": {"name": "Done"}}),
        ("multi_select", "a,b ,,", {"multi_select": [{"name": "a"}, {"name": "b "}]}),
        ("date", "2026-10-01", {"date": {"start": "2026-10-01"}}),
        ("date", "", {"date": None}),
        ("number", "12", {"number": 12}),
        ("number", "-1.5", {"number": -1.5}),
        ("number", "", {"number": None}),
        ("checkbox", "Yes", {"checkbox": True}),
        ("checkbox", "no", {"checkbox": False}),
        ("url", "https://x", {"url": "https://x"}),
        ("email", "", {"email": None}),
    ],
)
def test_property_value(kind: str, text: str, json: object) -> None:
    assert property_value(kind, text).json == json


@pytest.mark.parametrize(
    ("kind", "text"), [("formula", "1"), ("files", "x"), ("number", "many"), ("number", "nan")]
)
def test_what_no_text_can_say(kind: str, text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        property_value(kind, text)


def test_long_texts_come_in_pieces_within_limits() -> None:
    pieces = rich_text("x" * 2001)
    assert [len(str(piece["text"])) for piece in pieces] == [
        len(str({"content": "x" * n})) for n in (2000, 1)
    ]
    assert len(rich_text("x" * 300_000)) == 100
    assert title("\udcff").json == {"title": [{"type": "text", "text": {"content": "\ufffd"}}]}
