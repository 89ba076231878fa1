"""Decoding answers, in all the shapes they come in."""

import pytest

from notion_sync.notion.json_access import JsonObject, Malformed
from notion_sync.notion.pages import Column, Database, DataSource, DataSourceName, Page, decode_found
from notion_sync.notion.values import Block, Bot, FileRef, FileUpload, ImportResult, ListPage, Parent

FILE_ID = "a1b2c3d4-0000-4000-8000-00000000abcd"
HOSTED: JsonObject = {
    "url": f"https://files.example/space/{FILE_ID}/%C3%9Cber%20uns.pdf?X-Amz-Expires=3600",
    "expiry_time": "2026-10-01T11:00:00.123Z",
}


def test_a_pending_upload_of_several_parts() -> None:
    source: JsonObject = {
        "object": "file_upload",
        "id": "u1",
        "created_time": "2026-10-01T10:00:00.000Z",
        "expiry_time": "2026-10-01T11:00:00.000Z",
        "status": "pending",
        "filename": "film.mp4",
        "content_type": "video/mp4",
        "content_length": 10485760,
        "number_of_parts": {"total": 3, "sent": 1},
        "something": {"new": True},
    }
    assert FileUpload.decode(source) == FileUpload(
        id="u1",
        status="pending",
        filename="film.mp4",
        content_type="video/mp4",
        content_length=10485760,
        created_time=1790848800.0,
        expiry_time=1790852400.0,
        parts_total=3,
        parts_sent=1,
    )


def test_an_upload_is_attached_when_it_cannot_expire_any_more() -> None:
    assert FileUpload.decode({"id": "u", "status": "uploaded", "expiry_time": None}).attached
    assert not FileUpload.decode({"id": "u", "status": "pending"}).attached
    assert not FileUpload.decode(
        {"id": "u", "status": "uploaded", "expiry_time": "2026-10-01T11:00:00Z"}
    ).attached


def test_length_in_a_string_and_odd_types_are_taken_leniently() -> None:
    upload = FileUpload.decode({"id": "u", "status": 7, "content_length": "4435", "expiry_time": "soon"})
    assert upload == FileUpload(id="u", status="", content_length=4435)


def test_a_failed_import_says_why() -> None:
    source: JsonObject = {
        "id": "u",
        "status": "failed",
        "file_import_result": {
            "imported_time": "2025-06-27T13:54:10.000+00:00",
            "type": "error",
            "error": {
                "type": "validation_error",
                "code": "file_upload_invalid_size",
                "message": "too large",
                "parameter": None,
                "status_code": None,
            },
        },
    }
    assert FileUpload.decode(source).import_result == ImportResult(
        ok=False, error_type="validation_error", code="file_upload_invalid_size", message="too large"
    )


def test_bots_with_and_without_limits() -> None:
    source: JsonObject = {
        "id": "b",
        "name": "Sync",
        "type": "bot",
        "bot": {
            "workspace_id": "w",
            "workspace_name": "Acme",
            "workspace_limits": {"max_file_upload_size_in_bytes": 5242880},
        },
    }
    assert Bot.decode(source) == Bot("b", "Sync", "w", "Acme", 5242880)
    assert Bot.decode({"id": "b", "bot": {}}) == Bot("b")


def test_a_file_block() -> None:
    block = Block.decode(
        {
            "id": "k",
            "type": "file",
            "parent": {"type": "page_id", "page_id": "p"},
            "created_time": "2026-10-01T10:00:00.000Z",
            "created_by": {"object": "user", "id": "me"},
            "has_children": False,
            "archived": False,
            "file": {
                "caption": [{"plain_text": "one "}, {"text": {"content": "two"}}],
                "type": "file",
                "file": HOSTED,
                "name": "Über uns.pdf",
            },
        }
    )
    assert (block.name, block.caption, block.filename) == ("Über uns.pdf", "one two", "Über uns.pdf")
    assert (block.url, block.url_path_file_id) == (HOSTED["url"], FILE_ID)
    assert (block.parent_id, block.created_by, block.in_trash) == ("p", "me", False)
    assert block.created_time == 1790848800.0


def test_other_blocks_and_partial_ones() -> None:
    assert Block.decode({"id": "k", "object": "block"}) == Block("k")
    text = Block.decode({"id": "k", "type": "paragraph", "paragraph": {"rich_text": []}, "archived": True})
    assert (text.file, text.name, text.in_trash) == (None, None, True)
    page = Block.decode({"id": "k", "type": "child_page", "child_page": {"title": "Invoices"}})
    assert page.title == "Invoices"


def test_an_image_by_url_is_not_ours() -> None:
    block = Block.decode(
        {
            "id": "k",
            "type": "image",
            "image": {"type": "external", "external": {"url": f"https://x/{FILE_ID}/a.png"}},
        }
    )
    assert (block.url, block.url_path_file_id, block.filename) == (f"https://x/{FILE_ID}/a.png", None, None)


def test_an_embed_holds_a_file_where_its_address_is_a_signed_one() -> None:
    """Three projects, live, July 2026: an upload reads back as an address, like any web page."""
    caption = [{"plain_text": "a page"}]
    block = Block.decode({"id": "k", "type": "embed", "embed": {"url": HOSTED["url"], "caption": caption}})
    assert block.file is not None
    assert block.file.hosted
    assert (block.name, block.caption) == (None, "a page")
    assert (block.url_path_file_id, block.filename) == (FILE_ID, "Über uns.pdf")


@pytest.mark.parametrize(
    "url", ["https://example.com/a.html", f"https://x/{FILE_ID}/a.html", "https://x/a?X-Amz-Date=1", "", None]
)
def test_an_embedded_web_page_is_no_file(url: str | None) -> None:
    assert Block.decode({"id": "k", "type": "embed", "embed": {"url": url, "caption": []}}).file is None


@pytest.mark.parametrize(
    ("url", "file_id", "filename"),
    [
        (f"https://h/{FILE_ID.upper()}/a%2Fb.txt?x=1#y", FILE_ID, "a/b.txt"),
        (f"https://h/{FILE_ID}/", FILE_ID, None),
        ("https://h/a.txt", None, "a.txt"),
        ("https://h", None, None),
    ],
)
def test_the_stable_id_in_addresses(url: str, file_id: str | None, filename: str | None) -> None:
    file = FileRef("file", url)
    assert (file.url_path_file_id, file.filename) == (file_id, filename)


def test_signed_addresses_stay_out_of_logs() -> None:
    assert "X-Amz" not in repr(Block("k", file=FileRef("file", str(HOSTED["url"]))))


def test_a_row_with_files() -> None:
    page = Page.decode(
        {
            "id": "r",
            "url": "https://www.notion.so/r",
            "parent": {"type": "data_source_id", "data_source_id": "d", "database_id": "x"},
            "in_trash": True,
            "icon": {"type": "emoji", "emoji": "🦊"},
            "cover": {"type": "file", "file": HOSTED},
            "properties": {
                "Name": {"id": "title", "type": "title", "title": [{"plain_text": "March"}]},
                "Attachments": {
                    "id": "%40LqX",
                    "type": "files",
                    "files": [
                        {"name": "a.pdf", "type": "file", "file": HOSTED},
                        {"name": "web", "external": {"url": "https://x/y"}},
                    ],
                },
            },
        }
    )
    assert (page.title, page.in_trash, page.parent) == ("March", True, Parent("data_source_id", "d"))
    assert page.icon == FileRef("emoji")
    assert page.cover is not None
    assert page.cover.url_path_file_id == FILE_ID
    entries = page.files("Attachments")
    assert entries is not None
    assert [(each.name, each.file.type, each.url_path_file_id) for each in entries] == [
        ("a.pdf", "file", FILE_ID),
        ("web", "external", None),
    ]
    assert page.files("%40LqX") == entries
    assert page.files("Name") is None
    assert page.files("Nothing") is None


def test_databases_and_data_sources() -> None:
    database = Database.decode(
        {"id": "x", "title": [{"plain_text": "Receipts"}], "data_sources": [{"id": "d", "name": "Main"}]}
    )
    assert database == Database("x", "Receipts", (DataSourceName("d", "Main"),))
    source: JsonObject = {
        "object": "data_source",
        "id": "d",
        "title": [{"plain_text": "Main"}],
        "parent": {"type": "database_id", "database_id": "x"},
        "properties": {
            "Name": {"id": "title", "type": "title", "title": {}},
            "Status": {
                "id": "s",
                "type": "select",
                "select": {"options": [{"name": "Inbox"}, {"name": "Done"}]},
            },
        },
    }
    table = DataSource.decode(source)
    status = Column("Status", "s", "select", ("Inbox", "Done"))
    assert (table.title, table.database_id, table.title_column) == ("Main", "x", "Name")
    assert table.column("Status") == table.column("s") == status
    assert table.column("status") is None
    assert decode_found(source) == table
    assert isinstance(decode_found({"object": "page", "id": "p"}), Page)


def test_lists() -> None:
    answer: JsonObject = {"results": [{"id": "1"}], "has_more": True, "next_cursor": "c"}
    assert ListPage.decode(answer, Block.decode) == ListPage((Block("1"),), "c")
    assert ListPage.decode({**answer, "has_more": False}, Block.decode).next_cursor is None


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"object": "list"},
        {"object": "list", "has_more": False},
        {"object": "list", "results": None, "has_more": False},
        {"object": "list", "results": {}, "has_more": False},
        {"object": "list", "results": [None], "has_more": False},
        {"object": "list", "results": [{"id": "1"}, "2"], "has_more": False},
        {"object": "page", "results": [], "has_more": False},
        {"object": "list", "results": []},
        {"object": "list", "results": [], "has_more": None},
        {"object": "list", "results": [], "has_more": "no"},
        {"object": "list", "results": [{"id": "1"}], "has_more": True},
        {"object": "list", "results": [{"id": "1"}], "has_more": True, "next_cursor": None},
        {"object": "list", "results": [{"id": "1"}], "has_more": True, "next_cursor": ""},
    ],
)
def test_what_does_not_say_what_it_lists_is_no_list(answer: JsonObject) -> None:
    """An object that lacks its results would read as an empty list, and what is there would be made again."""
    with pytest.raises(Malformed):
        ListPage.decode(answer, Block.decode)


@pytest.mark.parametrize(
    "decode", [FileUpload.decode, Bot.decode, Block.decode, Page.decode, DataSource.decode]
)
def test_without_an_id_it_is_nothing(decode: object) -> None:
    assert callable(decode)
    with pytest.raises(Malformed):
        decode({"object": "list"})
