"""An answer belongs to its request: ids, kinds and parents are compared with what was asked."""

import pytest

from notion_sync.notion.belonging import about, are_made, below
from notion_sync.notion.json_access import Malformed
from notion_sync.notion.pages import Page
from notion_sync.notion.payloads import MediaBlock
from notion_sync.notion.values import Block, FileUpload, Parent

ONE = "01234567-89ab-cdef-0123-456789abcdef"
OTHER = "fedcba98-7654-3210-fedc-ba9876543210"
PAGE = Parent("page_id", ONE)
SENT = [MediaBlock("file", "u", "a.txt"), MediaBlock("image", "v")]


@pytest.mark.parametrize("asked", [ONE, ONE.replace("-", ""), ONE.upper()])
def test_an_answer_about_what_was_asked_for(asked: str) -> None:
    assert about(asked, Block.decode)({"object": "block", "id": ONE}).id == ONE


@pytest.mark.parametrize("decode", [Block.decode, Page.decode, FileUpload.decode])
def test_an_answer_about_another(decode: object) -> None:
    answer = {"object": "any", "id": OTHER, "status": "uploaded", "properties": {}}
    with pytest.raises(Malformed, match=f"about {OTHER}, not about {ONE}"):
        about(ONE, decode)(answer)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("parent", "fits"),
    [
        (None, True),
        ({"type": "page_id", "page_id": ONE}, True),
        ({"type": "page_id", "page_id": ONE.replace("-", "")}, True),
        ({"type": "page_id", "page_id": OTHER}, False),
        # Of another kind: a synced copy names the original, an older version the database of a row.
        ({"type": "block_id", "block_id": OTHER}, True),
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


def test_rows_of_another_data_source() -> None:
    answer = {"id": OTHER, "properties": {}, "parent": {"type": "data_source_id", "data_source_id": OTHER}}
    with pytest.raises(Malformed):
        below(Parent("data_source_id", ONE), Page.decode)(answer)


@pytest.mark.parametrize(
    ("made", "says"),
    [
        ([Block("1", "file", parent=PAGE), Block("2", "image", parent=PAGE)], None),
        # A connection that may only insert hears ids alone.
        ([Block("1"), Block("2")], None),
        ([Block("1", "file")], "names 1 of 2 new blocks"),
        ([Block("1", "file"), Block("2", "paragraph")], "kind paragraph in place of image"),
        ([Block("1", "image"), Block("2", "file")], "kind image in place of file"),
        ([Block("1", "file", parent=Parent("page_id", OTHER)), Block("2", "image")], f"below {OTHER}"),
    ],
)
def test_the_blocks_that_were_to_be_made(made: list[Block], says: str | None) -> None:
    if says is None:
        are_made(made, SENT, PAGE)
    else:
        with pytest.raises(Malformed, match=says):
            are_made(made, SENT, PAGE)
