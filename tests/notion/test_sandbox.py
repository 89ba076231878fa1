"""The client and the sandbox, two independent readings of Notion's API, against each other."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

from notion_sync.notion.client import Notion
from notion_sync.notion.connect import over_https
from notion_sync.notion.errors import BadAnswer, NetworkError, NotFound, ValidationFailed
from notion_sync.notion.ids import parse_id
from notion_sync.notion.media import content_type
from notion_sync.notion.payloads import (
    CLEAR,
    After,
    BlockChange,
    Edge,
    MediaBlock,
    NewFile,
    files,
    property_value,
    title,
)
from notion_sync.notion.rate.budget import Budget
from notion_sync.notion.requests import TitleIn
from notion_sync.notion.values import Block, Parent
from notion_sync.system.threads import ThreadPools
from tests.support.loop import run, run_all

from .support import Bytes, FakeClock

pytest.importorskip("aiohttp")

MIB = 1024 * 1024


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, str]]:
    folder: Path = tmp_path_factory.mktemp("sandbox")
    command = [
        sys.executable,
        "-m",
        "notion_sync.sandbox",
        "--port",
        "0",
        "--rate",
        "off",
        "--dir",
        str(folder),
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield json.loads(process.stdout.readline())
        finally:
            process.terminate()


@pytest.fixture
def notion(sandbox: Mapping[str, str]) -> Iterator[Notion]:
    clock = FakeClock()
    budget = Budget(clock)
    with (
        ThreadPools() as threads,
        over_https(
            sandbox["token"], base_url=sandbox["base_url"], clock=clock, threads=threads, budget=budget
        ) as notion,
    ):
        yield notion
    set_faults(sandbox, [])


@pytest.fixture
def page(sandbox: Mapping[str, str], notion: Notion) -> str:
    return run(notion.create_page(Parent("page_id", sandbox["page_id"]), {"title": title("Test")})).id


def set_faults(sandbox: Mapping[str, str], faults: list[dict[str, object]]) -> None:
    address = f"{sandbox['base_url']}/__sandbox__/faults"
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {sandbox['token']}"}
    request = Request(address, json.dumps(faults).encode(), headers)
    with urlopen(request) as answer:
        assert answer.status == 200


def upload(notion: Notion, name: str, content: bytes = b"content") -> str:
    made = run(notion.create_upload(filename=name, content_type=content_type(name)))
    body = Bytes((content,))
    sent = run(notion.send(made.id, body, filename=name, content_type=made.content_type or ""))
    assert (sent.status, sent.content_length) == ("uploaded", len(content))
    return sent.id


def shown(notion: Notion, page: str) -> list[tuple[str, str | None, str]]:
    return [(block.type, block.filename, block.caption) for block in run_all(notion.children(page))]


def test_the_connection(notion: Notion) -> None:
    me = run(notion.me())
    assert parse_id(me.id) == me.id
    assert me.workspace_name
    assert me.max_upload_bytes == 5 * 1024 * MIB


def test_every_kind_of_block_in_the_wanted_order(notion: Notion, page: str) -> None:
    image, pdf = upload(notion, "Über uns.png"), upload(notion, "b.pdf")
    first = run(notion.append(page, [MediaBlock("image", image, caption="<1> ü"), MediaBlock("pdf", pdf)]))
    run(notion.append(page, [MediaBlock("video", upload(notion, "c.mp4"))], After(first[0].id)))
    (top,) = run(notion.append(page, [MediaBlock("audio", upload(notion, "d.wav"))], Edge.START))
    run(notion.append(page, [MediaBlock("file", image, name="x" * 200 + ".png")]))
    assert shown(notion, page) == [
        ("audio", "d.wav", ""),
        ("image", "Über uns.png", "<1> ü"),
        ("video", "c.mp4", ""),
        ("pdf", "b.pdf", ""),
        ("file", "Über uns.png", ""),
    ]
    blocks = run_all(notion.children(page))
    assert blocks[0].id == top.id
    assert blocks[4].name == "x" * 95 + "….png"
    assert blocks[4].url_path_file_id == blocks[1].url_path_file_id is not None
    assert run(notion.upload(image)).attached


def test_a_changed_file_keeps_its_block(notion: Notion, page: str) -> None:
    (block,) = run(
        notion.append(page, [MediaBlock("file", upload(notion, "a.txt"), name="a.txt", caption="old")])
    )
    change = BlockChange("file", upload_id=upload(notion, "b.txt"), name="b.txt", caption="")
    changed = run(notion.update_block(block.id, change))
    assert (changed.id, changed.name, changed.filename, changed.caption) == (block.id, "b.txt", "b.txt", "")
    run(notion.trash_block(block.id))
    run(notion.trash_block(block.id))
    assert run_all(notion.children(page)) == []


def test_parts_in_any_order(notion: Notion) -> None:
    content = os.urandom(5 * MIB + 1)
    made = run(notion.create_upload(filename="film.mp4", content_type="video/mp4", parts=2))
    for part in (2, 1):
        piece = Bytes((content[(part - 1) * 5 * MIB : part * 5 * MIB],))
        run(notion.send(made.id, piece, filename="film.mp4", content_type=made.content_type or "", part=part))
    assert run(notion.upload(made.id)).parts_sent == 2
    done = run(notion.complete(made.id))
    assert (done.status, done.content_length) == ("uploaded", len(content))


def test_rows_and_their_files(sandbox: Mapping[str, str], notion: Notion) -> None:
    (source,) = run(notion.database(sandbox["database_id"])).data_sources
    table = run(notion.data_source(source.id))
    assert (table.title_column, table.database_id) == ("Name", sandbox["database_id"])
    values = {
        "Name": title("March"),
        "Attachments": files([NewFile(upload(notion, "a.pdf"), "A.pdf")]),
        "Status": property_value("select", "Inbox"),
        "Date": property_value("date", "2026-10-01"),
    }
    row = run(notion.create_page(Parent("data_source_id", table.id), values))
    kept = run(notion.page(row.id)).files("Attachments")
    assert kept is not None
    both = files([*kept, NewFile(upload(notion, "b.pdf"))])
    run(notion.update_page(row.id, properties={"Attachments": both}))
    entries = run(notion.page(row.id)).files("Attachments")
    assert entries is not None
    assert [(each.name, each.filename) for each in entries] == [("A.pdf", "a.pdf"), ("b.pdf", "b.pdf")]
    assert entries[0].url_path_file_id == kept[0].url_path_file_id
    assert [page.id for page in run_all(notion.query(table.id, where=TitleIn("Name", ("March",))))] == [
        row.id
    ]
    assert run_all(notion.query(table.id, where=TitleIn("Name", ("April",)))) == []
    assert [found.id for found in run_all(notion.search("March", kind="page"))] == [row.id]


def test_icon_and_cover(notion: Notion, page: str) -> None:
    image = upload(notion, "i.png")
    updated = run(notion.update_page(page, icon=image, cover=image))
    assert updated.icon is not None
    assert updated.cover is not None
    assert updated.icon.filename == updated.cover.filename == "i.png"
    assert run(notion.update_page(page, icon=CLEAR)).icon is None


def test_lists_of_more_than_one_page(notion: Notion, page: str) -> None:
    image = upload(notion, "i.png")
    first = run(notion.append(page, [MediaBlock("image", image)] * 100))
    second = run(notion.append(page, [MediaBlock("image", image)] * 5))
    assert [block.id for block in run_all(notion.children(page))] == [block.id for block in first + second]
    tail = run_all(notion.children(page, start_cursor=first[-1].id))
    assert [block.id for block in tail] == [block.id for block in [first[-1], *second]]


def test_refusals(notion: Notion, page: str) -> None:
    with pytest.raises(ValidationFailed) as refused:
        run(notion.create_upload(filename="virus.exe"))
    assert refused.value.unsupported_type
    with pytest.raises(NotFound, match="Connections"):
        run(notion.page("12345678-1234-4234-8234-123456789abc"))
    with pytest.raises(NotFound) as unknown:
        run(notion.append(page, [MediaBlock("file", "12345678-1234-4234-8234-123456789abc")]))
    assert unknown.value.unknown_upload


# With troubles


def append_one(notion: Notion, page: str) -> list[Block]:
    return run(notion.append(page, [MediaBlock("file", upload(notion, "a.txt"))]))


CHILDREN = {"method": "PATCH", "path": "/v1/blocks/.*/children", "nth": 1, "times": 1}
SEND = {"method": "POST", "path": "/v1/file_uploads/.*/send", "nth": 1, "times": 1}


@pytest.mark.parametrize("do", [{"cut": True}, {"truncate": True}])
def test_an_append_without_an_answer_is_in_doubt_and_not_repeated(
    sandbox: Mapping[str, str], notion: Notion, page: str, do: dict[str, object]
) -> None:
    set_faults(sandbox, [{**CHILDREN, "when": "after", "do": do}])
    with pytest.raises((NetworkError, BadAnswer)) as caught:
        append_one(notion, page)
    assert caught.value.ambiguous
    assert len(run_all(notion.children(page))) == 1


def test_a_committed_append_names_its_blocks(sandbox: Mapping[str, str], notion: Notion, page: str) -> None:
    set_faults(sandbox, [{**CHILDREN, "when": "after", "do": {"committed": True}}])
    made = append_one(notion, page)
    assert [block.id for block in made] == [block.id for block in run_all(notion.children(page))]


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(
    "do", [{"cut": True}, {"status": 502, "code": "bad_gateway", "message": "Bad Gateway"}]
)
def test_a_send_survives_whatever_happens_to_it(
    sandbox: Mapping[str, str], notion: Notion, when: str, do: dict[str, object]
) -> None:
    set_faults(sandbox, [{**SEND, "when": when, "do": do}])
    upload(notion, "a.txt", os.urandom(3 * MIB))
