"""An answer belongs to its request: ids, kinds, parents and names are compared with what was asked."""

from collections.abc import Callable
from typing import Any

import pytest

from notion_sync.notion.belonging import NewIds, RequestIds, about, below, blocks_made, titled, upload_made
from notion_sync.notion.json_access import JsonObject, Malformed
from notion_sync.notion.media import shorten_name
from notion_sync.notion.pages import Database, DataSource, Page
from notion_sync.notion.payloads import MediaBlock, files
from notion_sync.notion.payloads import title as title_value
from notion_sync.notion.values import Block, Bot, FileUpload, Parent

Decode = Callable[[JsonObject], Any]

ONE = "01234567-89ab-cdef-0123-456789abcdef"
OTHER = "fedcba98-7654-3210-fedc-ba9876543210"
PAGE = Parent("page_id", ONE)
IMPORTED = {"status": "uploaded", "file_import_result": {"type": "success"}}
SENT = [MediaBlock("file", "u", "a.txt"), MediaBlock("image", "v")]


@pytest.mark.parametrize("asked", [ONE, ONE.replace("-", ""), ONE.upper()])
def test_an_answer_about_what_was_asked_for(asked: str) -> None:
    assert about(asked, Block.decode)({"object": "block", "id": ONE}).id == ONE


@pytest.mark.parametrize("decode", [Block.decode, Page.decode, FileUpload.decode])
def test_an_answer_about_another(decode: Decode) -> None:
    answer = {"id": OTHER, "status": "uploaded", "properties": {}}
    with pytest.raises(Malformed, match=f"about {OTHER}, not about {ONE}"):
        about(ONE, decode)(answer)


@pytest.mark.parametrize(
    ("decode", "kind"),
    [
        (Block.decode, "block"),
        (Page.decode, "page"),
        (FileUpload.decode, "file_upload"),
        (Bot.decode, "user"),
        (Database.decode, "database"),
        (DataSource.decode, "data_source"),
    ],
)
def test_an_answer_about_another_kind_of_thing(decode: Decode, kind: str) -> None:
    assert about(ONE, decode)({"object": kind, "id": ONE}).id == ONE
    for other in ("user", "page", "block", "list", "error", "file_upload", None, 1):
        if other != kind:
            with pytest.raises(Malformed, match="it says that it is a"):
                about(ONE, decode)({"object": other, "id": ONE})


@pytest.mark.parametrize(
    ("parent", "fits"),
    [
        (None, True),
        ({"type": "page_id", "page_id": ONE}, True),
        ({"type": "page_id", "page_id": ONE.replace("-", "")}, True),
        ({"type": "page_id", "page_id": OTHER}, False),
        # A block is asked for as a page is.
        ({"type": "block_id", "block_id": ONE}, True),
        ({"type": "block_id", "block_id": OTHER}, False),
        # An older version names the database of a row.
        ({"type": "database_id", "database_id": OTHER}, True),
    ],
)
def test_what_is_below_a_page(parent: dict[str, str] | None, fits: bool) -> None:
    answer = {"object": "block", "id": OTHER, **({"parent": parent} if parent else {})}
    if fits:
        assert below(PAGE, Block.decode)(answer).id == OTHER
    else:
        with pytest.raises(Malformed, match="not below"):
            below(PAGE, Block.decode)(answer)


@pytest.mark.parametrize("kind", ["data_source_id", "page_id", "block_id"])
def test_rows_of_another_data_source(kind: str) -> None:
    """Or no rows at all."""
    answer = {"id": OTHER, "properties": {}, "parent": {"type": kind, kind: OTHER}}
    with pytest.raises(Malformed):
        below(Parent("data_source_id", ONE), Page.decode)(answer)


@pytest.mark.parametrize(
    ("title", "fits"),
    [
        ("Invoices, May", True),
        (None, True),  # a connection that may only insert hears ids alone
        ("invoices  May", True),
        ("Invoices, June", False),
        ("Invoices", False),
    ],
)
def test_the_page_that_was_to_be_made(title: str | None, fits: bool) -> None:
    """By the letters and digits of its title: what Notion does to the rest is not known."""
    shown = {"Name": {"type": "title", "title": [{"plain_text": title}]}} if title else {}
    decode = titled({"Files": files([]), "title": title_value("Invoices, May")}, Page.decode)
    if fits:
        assert decode({"id": ONE, "properties": shown}).id == ONE
    else:
        with pytest.raises(Malformed, match="another title"):
            decode({"id": ONE, "properties": shown})


@pytest.mark.parametrize(
    ("asked", "answer", "fits"),
    [
        ("a b.txt", {"filename": "a b.txt"}, True),
        ("a b.txt", {"filename": "a_b.txt"}, True),
        ("a", {"filename": "a.txt"}, True),
        ("a.txt", {}, True),
        ("grün.txt", {"filename": "gr%C3%BCn.txt"}, True),
        ("a.txt", {"filename": "b.txt"}, False),
        ("a.txt", {"filename": "a.txt", "status": "uploaded"}, False),
        ("a.txt", {"filename": "a.txt", "status": "expired"}, False),
        ("a.txt", {"filename": "a.txt", "number_of_parts": {"total": 2, "sent": 1}}, False),
        ("a.txt", {"filename": "a.txt", "number_of_parts": {"total": 2, "sent": 0}}, True),
        ("a.txt", IMPORTED, True),
        ("a.txt", {**IMPORTED, "expiry_time": "2026-10-01T11:00:00.000Z"}, True),
        ("a.txt", {**IMPORTED, "expiry_time": None}, False),  # an earlier one of that name: it is attached
    ],
)
def test_the_upload_that_was_to_be_made(asked: str, answer: dict[str, Any], fits: bool) -> None:
    whole = {"object": "file_upload", "id": ONE, "status": "pending", **answer}
    if fits:
        assert upload_made(asked)(whole).id == ONE
    else:
        with pytest.raises(Malformed, match="not about the one that was to be made"):
            upload_made(asked)(whole)


def listed(*blocks: dict[str, Any]) -> JsonObject:
    return {
        "object": "list",
        "results": [{"object": "block", **block} for block in blocks],
        "has_more": False,
    }


HERE = {"parent": {"type": "page_id", "page_id": ONE}}
ELSEWHERE = {"parent": {"type": "page_id", "page_id": OTHER}}


@pytest.mark.parametrize(
    ("made", "says"),
    [
        ([{"id": "1", "type": "file", **HERE}, {"id": "2", "type": "image", **HERE}], None),
        # A connection that may only insert hears ids alone.
        ([{"id": "1"}, {"id": "2"}], None),
        # What follows the new ones is listed with them.
        ([{"id": "1"}, {"id": "2"}, {"id": "3", "type": "paragraph"}], None),
        ([{"id": "1", "type": "file", "file": {"type": "file", "name": "a.txt.txt"}}, {"id": "2"}], None),
        (
            [{"id": "1", "type": "file", "file": {"type": "file", "name": "b.txt"}}, {"id": "2"}],
            "called b.txt",
        ),
        ([{"id": "1", "type": "file"}], "names 1 of 2 new blocks"),
        ([{"id": "1", "type": "file"}, {"id": "2", "type": "paragraph"}], "kind paragraph in place of image"),
        ([{"id": "1", "type": "image"}, {"id": "2", "type": "file"}], "kind image in place of file"),
        ([{"id": "1", "type": "file", **ELSEWHERE}, {"id": "2", "type": "image"}], f"below {OTHER}"),
    ],
)
def test_the_blocks_that_were_to_be_made(made: list[dict[str, Any]], says: str | None) -> None:
    decode = blocks_made(SENT, PAGE)
    if says is None:
        assert [block.id for block in decode(listed(*made))] == ["1", "2"]
    else:
        with pytest.raises(Malformed, match=says):
            decode(listed(*made))


def test_what_an_answer_names_as_new_was_named_by_none_before() -> None:
    """Two uploads of one name, two blocks of one page, two rows of one title: only the id tells them apart."""
    new = NewIds()
    blocks = new.each(blocks_made(SENT, PAGE))
    assert [block.id for block in blocks(listed({"id": "1"}, {"id": "2"}))] == ["1", "2"]
    with pytest.raises(Malformed, match="2 as new"):
        blocks(listed({"id": "3"}, {"id": "2"}))
    with pytest.raises(Malformed, match="1 as new"):
        new.one(upload_made("a.txt"))({"object": "file_upload", "id": "1", "status": "pending"})
    assert [block.id for block in blocks(listed({"id": "3"}, {"id": "4"}))] == ["3", "4"], "3 was not taken"


def test_only_the_latest_new_ids_are_remembered() -> None:
    new = NewIds()
    upload = new.one(FileUpload.decode)
    for number in range(1200):
        upload({"object": "file_upload", "id": str(number), "status": "pending"})
    assert upload({"object": "file_upload", "id": "0", "status": "pending"}).id == "0"
    with pytest.raises(Malformed):
        upload({"object": "file_upload", "id": "1199", "status": "pending"})


@pytest.mark.parametrize(
    ("request_id", "text", "asked", "fits"),
    [
        (ONE, b"[]", "GET /a", True),  # asked once more
        (ONE, b"[]", "GET /b", False),
        (ONE, b"[1]", "GET /b", True),
        (OTHER, b"[]", "GET /b", True),
        ("no id", b"[]", "GET /b", True),
        (None, b"[]", "GET /b", True),
    ],
)
def test_an_answer_comes_to_one_request(
    request_id: str | None, text: bytes, asked: str, *, fits: bool
) -> None:
    """Even one that names nothing, as an empty list, tells in this way that it is another request's."""
    ids = RequestIds()
    for known in (ONE, "no id"):
        ids.check({"request_id": known}, b"[]", "GET /a")
    if fits:
        ids.check({"request_id": request_id}, text, asked)
    else:
        with pytest.raises(Malformed, match="come before"):
            ids.check({"request_id": request_id}, text, asked)


def test_a_long_name_is_cut_and_a_missing_one_is_notions() -> None:
    long = "long " * 50 + "name.txt"
    shown = {"id": "1", "type": "file", "file": {"type": "file", "name": shorten_name(long)}}
    for name in (long, None):
        decode = blocks_made([MediaBlock("file", "u", name)], PAGE)
        assert [block.id for block in decode(listed(shown))] == ["1"]
