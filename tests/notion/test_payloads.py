"""The JSON that values become."""

import pytest

from notion_sync.notion.pages import PropertyFile, decode_files
from notion_sync.notion.payloads import (
    After,
    BlockChange,
    Edge,
    MediaBlock,
    NewFile,
    files,
    is_writable,
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
    assert MediaBlock("embed", "u", name="a.html").to_json()["embed"] == {"file_upload": {"id": "u"}}


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


@pytest.mark.parametrize(
    "name", ["https://x/a/b.pdf", "2024/05 plan", "tab\there", "\u202edirection", "x" * 100]
)
def test_names_are_written_to_the_letter(name: str) -> None:
    """Those of others, and those that a person gave to what is ours."""
    link = PropertyFile(name, FileRef("external", "https://x/y", name=name))
    assert files([link, NewFile("u", name)]).json["files"] == [
        {"type": "external", "external": {"url": "https://x/y"}, "name": name},
        {"type": "file_upload", "file_upload": {"id": "u"}, "name": name},
    ]
    assert BlockChange("file", name=name).to_json() == {"file": {"name": name}}


def test_too_many_entries_are_refused() -> None:
    with pytest.raises(ValueError, match="100 entries, not 101"):
        files([NewFile("u")] * 101)


@pytest.mark.parametrize(
    "entry",
    [
        {"name": "x", "type": "attachment", "attachment": {"id": "1"}},
        {"name": "x.pdf", "type": "file", "file": {"url": "", "expiry_time": "2030-01-01T00:00:00.000Z"}},
        {"name": "x.pdf", "type": "file"},
        {"name": "x"},
        {"name": "x" * 101, "type": "external", "external": {"url": "https://x/y"}},
        {"type": "external", "external": {"url": "https://x/"}},
        {},
        None,
        "x.pdf",
    ],
)
def test_what_cannot_be_written_back_is_read_all_the_same(entry: object) -> None:
    """It is an entry: a list without it would remove it."""
    (read,) = decode_files({"files": [entry]})
    assert not is_writable(read)
    with pytest.raises(ValueError, match="cannot be written back"):
        files([read])


def test_what_is_no_list_is_not_taken_for_an_empty_one() -> None:
    assert [is_writable(each) for each in decode_files({"files": None})] == [False]
    assert decode_files({"files": []}) == ()


@pytest.mark.parametrize(
    ("kind", "text", "json"),
    [
        ("rich_text", " March ", {"rich_text": [{"type": "text", "text": {"content": "March"}}]}),
        ("rich_text", "", {"rich_text": []}),
        # To the letter: another name is another option.
        ("rich_text", "a\tb/c\u202e", {"rich_text": [{"type": "text", "text": {"content": "a\tb/c\u202e"}}]}),
        ("select", "Work/Life", {"select": {"name": "Work/Life"}}),
        ("select", "a\tb", {"select": {"name": "a\tb"}}),
        ("status", "In/Out", {"status": {"name": "In/Out"}}),
        ("multi_select", "2024/05,a\\b", {"multi_select": [{"name": "2024/05"}, {"name": "a\\b"}]}),
        ("select", "x" * 100, {"select": {"name": "x" * 100}}),
        ("select", "", {"select": None}),
        ("status", "Done", {"status": {"name": "Done"}}),
        ("multi_select", "a,b ,,", {"multi_select": [{"name": "a"}, {"name": "b "}]}),
        ("date", "2026-10-01", {"date": {"start": "2026-10-01"}}),
        ("date", "2026-10-01T12:30", {"date": {"start": "2026-10-01T12:30"}}),
        ("date", "2026-10-01T12:30:00+02:00", {"date": {"start": "2026-10-01T12:30:00+02:00"}}),
        ("date", "2026-10-01T12:30:00.000Z", {"date": {"start": "2026-10-01T12:30:00.000Z"}}),
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
    ("kind", "text"),
    [
        ("formula", "1"),
        ("files", "x"),
        ("title", "x"),
        ("number", "many"),
        ("number", "nan"),
        ("select", "In, box"),
        ("status", "x" * 101),
        ("multi_select", f"a, {'x' * 101}"),
        ("date", "13.09.2020"),
        ("date", "today"),
        ("date", "2022/01/02"),
        ("date", "2013-3"),
        ("date", "2026-02-30"),
        ("date", "2026-10-01 12:30"),
        ("date", "20261001"),
        ("date", "2026-W01-1"),
        ("date", "2026-10-01T25:00"),
    ],
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
