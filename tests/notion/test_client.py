"""The client on a real socket, with a server that does as it is told."""

import asyncio
import logging
import socket
import subprocess
import sys
import threading
import traceback
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from notion_sync.errors import Cancelled, FileChanged, UsageError
from notion_sync.notion.client import Notion
from notion_sync.notion.connect import over_https
from notion_sync.notion.errors import (
    BadAnswer,
    BodyMismatch,
    CommittedWrite,
    ForeignAnswer,
    NetworkError,
    NotFound,
    NotionError,
    RateLimited,
    ServerError,
    Unauthorized,
    ValidationFailed,
)
from notion_sync.notion.payloads import BlockChange, Edge, MediaBlock, title
from notion_sync.notion.rate.budget import Budget
from notion_sync.notion.retry import ATTEMPTS
from notion_sync.notion.values import Parent
from notion_sync.system.threads import ThreadPools
from tests.support.loop import InlineThreads, run, run_all

from .support import (
    DASHED,
    ID,
    Bytes,
    FakeClock,
    Memory,
    Reply,
    Server,
    answer,
    cut,
    garbage,
    half,
    raw_answer,
)

TOKEN = "ntn_verysecret1234567890"
BLOCK = {"id": ID, "type": "image", "image": {}}
LIST = {"results": [BLOCK], "has_more": False, "next_cursor": None}
MEDIA = [MediaBlock("image", "u")]
PENDING = {"object": "file_upload", "id": ID, "status": "pending"}
UPLOADED = {"object": "file_upload", "id": ID, "status": "uploaded", "content_length": 5}
HELLO = Bytes((b"he", b"llo"))
SAVED = {
    "object": "error",
    "code": "service_unavailable",
    "message": "The change was saved, but the response could not be built in time.",
    "additional_data": {"committed_resource_id": ID, "committed_child_ids": [ID]},
}
ANOTHER = "f" * 32
SAVED_ELSEWHERE = {
    **SAVED,
    "additional_data": {"committed_resource_id": ANOTHER, "committed_child_ids": [ID]},
}


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.close()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def notion(server: Server, clock: FakeClock) -> Iterator[Notion]:
    with connected(server.url, clock, random=lambda: 1.0) as notion:
        yield notion


def connected(url: str, clock: FakeClock, **more: Any) -> Notion:
    return over_https(TOKEN, base_url=url, clock=clock, threads=InlineThreads(), **more)


def attempts(caplog: pytest.LogCaptureFixture) -> list[Mapping[str, object]]:
    """The fields of what was logged, one object an attempt."""
    records = [record for record in caplog.records if record.name == "notion_sync.http"]
    return [vars(record)["fields"] for record in records if "fields" in vars(record)]


def refusal(status: int, code: str = "validation_error", message: str = "no", **headers: str) -> Reply:
    error = {"object": "error", "code": code, "message": message}
    return answer(status, error, **{"x_notion_request_id": "r", **headers})


def send(notion: Notion, body: Bytes = HELLO, part: int | None = None) -> str:
    return run(notion.send(ID, body, filename="a.txt", content_type="text/plain", part=part)).status


def append(notion: Notion) -> list[str]:
    return [block.id for block in run(notion.append(ID, MEDIA))]


def create(notion: Notion) -> str:
    return run(notion.create_upload(filename="a.txt")).id


def make_page(notion: Notion) -> str:
    return run(notion.create_page(Parent("page_id", ID), {"title": title("x")})).id


def update(notion: Notion) -> str:
    return run(notion.update_block(ID, BlockChange("image", upload_id="u"))).id


# What goes over the wire


def test_every_request_has_token_version_and_agent(server: Server, notion: Notion) -> None:
    server.script = [answer(200, {"id": "b", "bot": {}})]
    assert run(notion.me()).id == "b"
    (seen,) = server.seen
    assert (seen.method, seen.path) == ("GET", "/v1/users/me")
    assert seen.headers["authorization"] == f"Bearer {TOKEN}"
    assert seen.headers["notion-version"] == "2026-03-11"
    assert seen.headers["user-agent"] == "notion-sync"
    assert "content-type" not in seen.headers


def test_json_bodies_are_utf8_without_angle_brackets(server: Server, notion: Notion) -> None:
    server.script = [answer(200, PENDING)]
    run(notion.create_upload(filename="<Ü>.txt", content_type="text/plain", parts=2))
    (seen,) = server.seen
    assert seen.headers["content-type"] == "application/json"
    assert "\\u003cÜ\\u003e.txt".encode() in seen.body
    assert seen.json == {
        "mode": "multi_part",
        "filename": "<Ü>.txt",
        "content_type": "text/plain",
        "number_of_parts": 2,
    }


def test_a_sent_part_is_a_form_of_known_length(server: Server, notion: Notion) -> None:
    server.script = [answer(200, PENDING)]
    assert send(notion, part=3) == "pending"
    (seen,) = server.seen
    assert seen.path == f"/v1/file_uploads/{DASHED}/send"
    assert "transfer-encoding" not in seen.headers
    assert int(seen.headers["content-length"]) == len(seen.body)
    kind, _, boundary = seen.headers["content-type"].partition("; boundary=")
    assert kind == "multipart/form-data"
    assert seen.body.endswith(f"hello\r\n--{boundary}--\r\n".encode())


def test_a_list_is_read_to_its_end(server: Server, notion: Notion) -> None:
    server.script = [
        answer(200, {"results": [{"id": "1"}, {"id": "2"}], "has_more": True, "next_cursor": "c d"}),
        answer(200, {"results": [], "has_more": True, "next_cursor": "e"}),
        answer(200, {"results": [{"id": "3"}], "has_more": False, "next_cursor": None}),
    ]
    assert [block.id for block in run_all(notion.children(ID))] == ["1", "2", "3"]
    assert [seen.path.partition("?")[2] for seen in server.seen] == [
        "page_size=100",
        "page_size=100&start_cursor=c+d",
        "page_size=100&start_cursor=e",
    ]


def test_a_list_that_leads_nowhere_is_not_taken_for_a_whole_one(server: Server, notion: Notion) -> None:
    page = answer(200, {"results": [{"id": "1"}], "has_more": True, "next_cursor": "c"})
    server.script = [page, page, page]
    with pytest.raises(BadAnswer, match="no end"):
        run_all(notion.uploads())
    assert len(server.seen) == 2


def test_append_gives_the_new_blocks_only(server: Server, notion: Notion) -> None:
    server.script = [
        answer(200, {"results": [{"id": "new"}, {"id": "old"}, {"id": "older"}], "has_more": False})
    ]
    assert [block.id for block in run(notion.append(ID, MEDIA, Edge.START))] == ["new"]


def test_append_that_names_too_few_is_in_doubt(server: Server, notion: Notion) -> None:
    server.script = [answer(200, {"results": [], "has_more": False})]
    with pytest.raises(BadAnswer) as caught:
        append(notion)
    assert caught.value.ambiguous
    assert len(server.seen) == 1


OTHER = {**BLOCK, "id": "f" * 32}
ELSEWHERE = {**BLOCK, "parent": {"type": "page_id", "page_id": "f" * 32}}
ROW_ELSEWHERE = {"id": "a", "parent": {"type": "data_source_id", "data_source_id": "f" * 32}}
OTHER_TITLE = {
    "id": ID,
    "properties": {"title": {"type": "title", "title": [{"plain_text": "y"}]}},
}


async def put_files(notion: Notion) -> None:
    async with notion.read_and_write() as permit:
        await notion.put_files(ID, "p", (), permit)


@pytest.mark.parametrize(
    ("call", "answered"),
    [
        (lambda notion: run(notion.block(ID)), OTHER),
        (lambda notion: run_all(notion.children(ID)), {"results": [ELSEWHERE], "has_more": False}),
        (lambda notion: run(notion.children_from(ID, ID)), {"results": [ELSEWHERE], "has_more": False}),
        (append, {"results": [ELSEWHERE], "has_more": False}),
        (update, OTHER),
        (lambda notion: run(notion.trash_block(ID)), OTHER),
        (lambda notion: run(notion.restore_block(ID)), OTHER),
        (lambda notion: run(notion.page(ID)), OTHER),
        (make_page, ELSEWHERE),
        (make_page, OTHER_TITLE),
        (lambda notion: run(notion.update_page(ID, icon="u")), OTHER),
        (lambda notion: run(put_files(notion)), OTHER),
        (lambda notion: run(notion.database(ID)), OTHER),
        (lambda notion: run(notion.data_source(ID)), OTHER),
        (lambda notion: run_all(notion.query(ID)), {"results": [ROW_ELSEWHERE], "has_more": False}),
        (create, {**PENDING, "filename": "another.txt"}),
        (create, {**UPLOADED, "filename": "a.txt"}),
        (send, {**UPLOADED, "id": "f" * 32}),
        (lambda notion: run(notion.complete(ID)), {**UPLOADED, "id": "f" * 32}),
        (lambda notion: run(notion.upload(ID)), {**UPLOADED, "id": "f" * 32}),
    ],
)
def test_an_answer_about_something_else_is_none(
    server: Server, notion: Notion, call: Callable[[Notion], object], answered: object
) -> None:
    server.script = [answer(200, answered)] * 30
    with pytest.raises(BadAnswer, match=r"^the answer (is about|names)"):
        call(notion)


# Repeating


@pytest.mark.parametrize("trouble", [cut, half, garbage, refusal(500), refusal(503), raw_answer(200, b"{")])
@pytest.mark.parametrize("call", [lambda notion: run(notion.block(ID)).id, update])
def test_reads_and_idempotent_writes_are_repeated(
    server: Server, notion: Notion, clock: FakeClock, trouble: Reply, call: Callable[[Notion], str]
) -> None:
    server.script = [trouble, trouble, answer(200, BLOCK)]
    assert call(notion) == ID
    assert clock.naps == [1.0, 2.0]
    assert notion.request_count == len(server.seen) == 3


@pytest.mark.parametrize("trouble", [cut, half, refusal(503)])
def test_an_upload_nobody_sees_is_created_again(server: Server, notion: Notion, trouble: Reply) -> None:
    server.script = [trouble, answer(200, {"id": ID, "status": "pending"})]
    assert create(notion) == ID
    assert len(server.seen) == 2


@pytest.mark.parametrize("committed", [True, False])
def test_an_upload_that_was_created_without_an_answer(
    server: Server, notion: Notion, *, committed: bool
) -> None:
    """Where the refusal names it, it is used; else another one is made."""
    guidance = {"retry_guidance": "Do not repeat the write."}
    additional = {"committed_resource_id": ID} if committed else guidance
    error = {"code": "service_unavailable", "message": "The change was saved", "additional_data": additional}
    server.script = [
        answer(503, {"object": "error", **error}), answer(200, {"id": ID, "status": "pending"})
    ]  # fmt: skip
    assert create(notion) == ID
    assert [seen.method for seen in server.seen] == ["POST", "GET" if committed else "POST"]


@pytest.mark.parametrize("trouble", [cut, half, garbage, refusal(500), refusal(502), raw_answer(200, b"{")])
@pytest.mark.parametrize("call", [append, make_page])
def test_what_makes_something_new_is_never_repeated_in_doubt(
    server: Server, notion: Notion, trouble: Reply, call: Callable[[Notion], object]
) -> None:
    server.script = [trouble, answer(200, LIST)]
    with pytest.raises(NotionError) as caught:
        call(notion)
    assert caught.value.ambiguous
    assert len(server.seen) == 1


@pytest.mark.parametrize(
    "trouble",
    [refusal(429, "rate_limited", retry_after="7"), refusal(529, "service_overload", retry_after="7")],
)
@pytest.mark.parametrize("call", [append, create, make_page, update, send])
def test_what_was_not_performed_is_repeated_after_retry_after(
    server: Server, notion: Notion, clock: FakeClock, trouble: Reply, call: Callable[[Notion], object]
) -> None:
    server.script = [trouble, answer(200, {**LIST, "id": ID})]
    call(notion)
    assert len(server.seen) == 2
    assert clock.monotonic() == pytest.approx(1007.0)


@pytest.mark.parametrize("status", [429, 503, 529])
def test_after_a_long_retry_after_nothing_is_asked_any_more(
    server: Server, clock: FakeClock, status: int
) -> None:
    """Whatever else would be asked then, by this process or another one."""
    server.script = [refusal(status, "rate_limited", retry_after="1800")]
    memory = Memory()
    for _ in range(2):
        with connected(server.url, clock, budget=Budget(clock, memory=memory)) as notion:
            for call in (append, update):
                with pytest.raises(NotionError):
                    call(notion)
    assert len(server.seen) == 1


def test_after_a_429_the_whole_budget_waits(server: Server, clock: FakeClock) -> None:
    budget = Budget(clock, limit=5)
    server.script = [*[answer(200, BLOCK)] * 4, refusal(429, retry_after="30"), answer(200, BLOCK)]
    with connected(server.url, clock, budget=budget) as notion:
        for _ in range(5):
            run(notion.block(ID))
    assert clock.monotonic() == pytest.approx(1030.0)
    assert (budget.limit, budget.free) == (4, 3)


def test_a_date_to_wait_for_is_one_of_the_clock(server: Server, notion: Notion, clock: FakeClock) -> None:
    server.script = [refusal(429, retry_after="Thu, 01 Jan 1970 00:17:00 GMT"), answer(200, BLOCK)]
    run(notion.block(ID))
    assert clock.now() == pytest.approx(1020.0)


def test_patience_is_for_all_attempts_together(server: Server, notion: Notion) -> None:
    server.script = [refusal(429, retry_after="100")] * 6
    with pytest.raises(RateLimited):
        run(notion.block(ID))
    assert len(server.seen) == 4


def test_a_refusal_that_comes_late_tells_nothing_of_the_window_it_falls_into(
    server: Server, clock: FakeClock
) -> None:
    budget = Budget(clock, limit=10)
    arrived, end = threading.Event(), threading.Event()

    def late(connection: socket.socket) -> None:
        arrived.set()
        assert end.wait(60)
        refusal(429, retry_after="10")(connection)

    async def scenario(notion: Notion) -> None:
        task = asyncio.create_task(notion.block(ID))
        await asyncio.to_thread(arrived.wait, 60)
        for _ in range(3):
            await notion.block(ID)
        end.set()
        await task

    server.script = [late, refusal(429, retry_after="7"), *[answer(200, BLOCK)] * 4]
    with (
        ThreadPools() as threads,
        over_https(TOKEN, base_url=server.url, clock=clock, threads=threads, budget=budget) as notion,
    ):
        run(scenario(notion))
    assert not server.script
    assert budget.limit == 4


def test_a_blocked_connection_is_left_alone(server: Server, notion: Notion) -> None:
    server.script = [
        answer(
            429,
            {"message": "blocked", "additional_data": {"rate_limit_reason": "public_api_request_blocked"}},
            retry_after="1",
        )
    ]
    with pytest.raises(RateLimited) as caught:
        run(notion.block(ID))
    assert caught.value.blocked
    assert len(server.seen) == 1


def test_conflicts_are_repeated_even_for_appends(server: Server, notion: Notion, clock: FakeClock) -> None:
    server.script = [refusal(409, "conflict_error"), answer(200, LIST)]
    assert append(notion) == [ID]
    assert clock.naps == [1.0]


def test_giving_up_is_bounded(server: Server, notion: Notion) -> None:
    server.script = [refusal(503)] * 20
    with pytest.raises(ServerError):
        run(notion.block(ID))
    assert len(server.seen) == 6


def test_a_server_that_is_not_there(clock: FakeClock) -> None:
    gone = Server()
    url = gone.url
    gone.close()
    with connected(url, clock) as notion, pytest.raises(NetworkError) as caught:
        append(notion)
    assert not caught.value.sent
    assert not caught.value.ambiguous
    assert notion.request_count == 6
    assert "cannot reach 127.0.0.1" in str(caught.value)


def test_trouble_is_told_when_it_begins_and_once(server: Server, clock: FakeClock) -> None:
    told: list[str] = []
    limit = refusal(429, "rate_limited", retry_after="7")
    server.script = [refusal(503), cut, refusal(502), answer(200, BLOCK), limit, answer(200, BLOCK)]
    with connected(server.url, clock, tell=told.append) as notion:
        run(notion.block(ID))
        assert len(told) == 1
        assert "trying again" in told[0]
        run(notion.block(ID))
        assert len(told) == 1
        server.script = [refusal(400)]
        with pytest.raises(ValidationFailed):
            run(notion.block(ID))
        assert len(told) == 1
        server.script = [refusal(503), answer(200, BLOCK)]
        run(notion.block(ID))
        assert len(told) == 2


@pytest.mark.parametrize("status", [404, 400])
@pytest.mark.parametrize("call", [append, update, make_page])
def test_an_upload_that_is_not_visible_yet_is_waited_for(
    server: Server, notion: Notion, clock: FakeClock, status: int, call: Callable[[Notion], object]
) -> None:
    unseen = refusal(status, "object_not_found", "Could not find file_upload with ID: u. Confirm …")
    server.script = [unseen, unseen, unseen, answer(200, {**LIST, "id": ID})]
    call(notion)
    assert clock.naps == [0.75, 1.5, 3.0]


def test_an_upload_that_is_gone_is_not_waited_for_long(server: Server, notion: Notion) -> None:
    server.script = [refusal(404, "object_not_found", "Could not find file_upload with ID: u.")] * 9
    with pytest.raises(NotFound) as caught:
        append(notion)
    assert caught.value.unknown_upload
    assert not caught.value.ambiguous
    assert len(server.seen) == 4


# What a repetition that is refused means


@pytest.mark.parametrize("lost", [cut, refusal(502)])
def test_a_send_whose_answer_was_lost_has_arrived(server: Server, notion: Notion, lost: Reply) -> None:
    server.script = [lost, refusal(400), answer(200, UPLOADED)]
    assert send(notion) == "uploaded"
    assert [seen.method for seen in server.seen] == ["POST", "POST", "GET"]


def test_a_send_that_did_not_arrive_whole_has_failed(server: Server, notion: Notion) -> None:
    server.script = [cut, refusal(400), answer(200, {**UPLOADED, "content_length": 3})]
    with pytest.raises(ValidationFailed):
        send(notion)


def test_a_refused_send_is_not_looked_at(server: Server, notion: Notion) -> None:
    server.script = [refusal(400)]
    with pytest.raises(ValidationFailed):
        send(notion)
    assert len(server.seen) == 1


def test_a_completion_whose_answer_was_lost(server: Server, notion: Notion) -> None:
    server.script = [half, refusal(400), answer(200, UPLOADED)]
    assert run(notion.complete(ID)).status == "uploaded"


@pytest.mark.parametrize(
    "script",
    [
        [answer(200, BLOCK)],
        [
            refusal(
                400, message="Can't edit block that is archived. You must unarchive the block before editing."
            )
        ],
        [cut, refusal(404, "object_not_found", "Could not find block with ID: x.")],
        [answer(503, SAVED)],
    ],
)
def test_a_block_that_is_in_the_trash_is_in_the_trash(
    server: Server, notion: Notion, script: list[Reply]
) -> None:
    server.script = script
    run(notion.trash_block(ID))
    assert not server.script


def test_a_block_that_was_never_seen_is_an_error(server: Server, notion: Notion) -> None:
    server.script = [refusal(404, "object_not_found", "Could not find block with ID: x.")]
    with pytest.raises(NotFound):
        run(notion.trash_block(ID))


def test_a_saved_update_is_read(server: Server, notion: Notion) -> None:
    server.script = [answer(503, SAVED), answer(200, BLOCK), answer(503, SAVED), answer(200, {"id": ID})]
    assert update(notion) == ID
    assert run(notion.update_page(ID, icon="u")).id == ID
    assert [seen.method for seen in server.seen] == ["PATCH", "GET", "PATCH", "GET"]


def shown(id_: str, parent: str = ID, type_: str = "image") -> dict[str, object]:
    return {"object": "block", "id": id_, "type": type_, "parent": {"type": "page_id", "page_id": parent}}


def test_a_saved_append_names_its_blocks(server: Server, notion: Notion) -> None:
    """They are read, and are what was to be made."""
    server.script = [answer(503, SAVED), answer(200, {"results": [shown(ID)], "has_more": False})]
    assert append(notion) == [ID]
    assert [seen.method for seen in server.seen] == ["PATCH", "GET"]


@pytest.mark.parametrize(
    "script",
    [
        [answer(503, SAVED_ELSEWHERE)],
        [answer(503, {**SAVED, "additional_data": {"committed_resource_id": ID}})],
        [answer(503, SAVED), *[answer(200, {"results": [shown(ANOTHER)], "has_more": False})] * ATTEMPTS],
        [answer(503, SAVED), *[answer(200, {"results": [shown(ID, ANOTHER)], "has_more": False})] * ATTEMPTS],
        [
            answer(503, SAVED),
            *[answer(200, {"results": [shown(ID, type_="file")], "has_more": False})] * ATTEMPTS,
        ],
        [answer(503, SAVED), *[answer(200, {"results": [], "has_more": False})] * ATTEMPTS],
        [answer(503, SAVED), refusal(404, "object_not_found")],
    ],
    ids=["on another page", "none", "not there", "elsewhere", "of another type", "gone", "unreadable"],
)
def test_what_a_saved_append_names_may_be_anothers(
    server: Server, notion: Notion, script: list[Reply]
) -> None:
    """Then what was made is unknown, and nothing is sent again."""
    server.script = script
    with pytest.raises(NotionError) as caught:
        append(notion)
    assert caught.value.ambiguous
    assert [seen.method for seen in server.seen].count("PATCH") == 1


SAVED_PART = {**SAVED, "additional_data": {"committed_resource_id": ID}}
SENT_PART = {**PENDING, "number_of_parts": {"total": 2, "sent": 1}}


@pytest.mark.parametrize(
    ("call", "script", "asked"),
    [
        # The upload shows it, as far as it can.
        (lambda notion: send(notion, part=1), [answer(503, SAVED_PART), answer(200, SENT_PART)], ["POST", "GET"]),
        (send, [answer(503, SAVED_PART), answer(200, UPLOADED)], ["POST", "GET"]),
        (lambda notion: run(notion.complete(ID)), [answer(503, SAVED_PART), answer(200, UPLOADED)], ["POST", "GET"]),
        # It shows otherwise: the answer was another's, and nothing is harmed by a repetition.
        (
            lambda notion: send(notion, part=1),
            [
                answer(503, SAVED_PART),
                answer(200, {**PENDING, "number_of_parts": {"total": 2, "sent": 0}}),
                answer(200, SENT_PART),
            ],
            ["POST", "GET", "POST"],
        ),
        (send, [answer(503, SAVED_PART), answer(200, PENDING), answer(200, UPLOADED)], ["POST", "GET", "POST"]),
        # It says nothing of this upload.
        (lambda notion: send(notion, part=1), [answer(503, SAVED_ELSEWHERE), answer(200, SENT_PART)], ["POST"] * 2),
    ],
)  # fmt: skip
def test_what_was_saved_of_an_upload_is_read(
    server: Server,
    notion: Notion,
    call: Callable[[Notion], object],
    script: list[Reply],
    asked: list[str],
) -> None:
    server.script = script
    call(notion)
    assert [seen.method for seen in server.seen] == asked


@pytest.mark.parametrize("call", [lambda notion: run(notion.page(ID)), update, append])
def test_an_answer_that_has_come_before_is_anothers(
    server: Server, notion: Notion, call: Callable[[Notion], object]
) -> None:
    """As over a connection that is out of step: even what is about the right thing is not its state now."""
    listed = {**BLOCK, "results": [BLOCK], "has_more": False}
    server.script = [answer(200, {**listed, "request_id": DASHED})] * (1 + ATTEMPTS)
    run(notion.block(ID))
    with pytest.raises(BadAnswer, match="come before"):
        call(notion)


def test_a_saved_page_is_read_and_has_to_be_the_one_that_was_to_be_made(
    server: Server, notion: Notion
) -> None:
    page = {"id": ID, "parent": {"type": "page_id", "page_id": ANOTHER}}
    saved = {**SAVED, "additional_data": {"committed_resource_id": ID}}
    there = {**page, "parent": {"type": "page_id", "page_id": DASHED}}
    server.script = [answer(503, saved), answer(200, there), answer(503, saved), answer(200, page)]
    assert run(notion.create_page(Parent("page_id", DASHED), {"title": title("x")})).id == ID
    with pytest.raises(CommittedWrite) as caught:
        run(notion.create_page(Parent("page_id", DASHED), {"title": title("x")}))
    assert caught.value.ambiguous


@pytest.mark.parametrize(
    "call", [update, lambda notion: run(notion.trash_block(ID))], ids=["update", "trash"]
)
def test_a_change_of_another_thing_is_not_ours(
    server: Server, notion: Notion, call: Callable[[Notion], object]
) -> None:
    """It is repeated, as after any answer that proves nothing."""
    server.script = [answer(503, SAVED_ELSEWHERE), answer(200, BLOCK)]
    call(notion)
    assert [seen.method for seen in server.seen] in (["PATCH", "PATCH"], ["DELETE", "DELETE"])


# Bodies that go wrong


@pytest.mark.parametrize("trouble", [FileChanged("it was written to"), Cancelled("stopped"), OSError("disk")])
def test_what_a_body_raises_comes_out_and_the_pool_goes_on(
    server: Server, notion: Notion, trouble: Exception
) -> None:
    server.script = [answer(200, BLOCK)]
    for _ in range(40):  # more than the pool has connections
        with pytest.raises(type(trouble)) as caught:
            send(notion, Bytes((b"x" * 1000,), announced=2000, trouble=trouble))
        assert caught.value is trouble
    assert run(notion.block(ID)).id == ID
    assert len(server.seen) == 1


@pytest.mark.parametrize("announced", [4, 6])
def test_a_body_of_another_length_is_our_own_error(server: Server, notion: Notion, announced: int) -> None:
    server.script = [answer(200, BLOCK)]
    with pytest.raises(BodyMismatch) as caught:
        send(notion, Bytes((b"hello",), announced=announced))
    assert not caught.value.ambiguous
    assert run(notion.block(ID)).id == ID


# Where the token goes


def test_it_is_not_sent_to_where_a_redirection_leads(server: Server, notion: Notion) -> None:
    server.script = [raw_answer(307, b"", location=f"{server.url}/elsewhere"), answer(200, BLOCK)]
    with pytest.raises(NotionError, match="redirection"):
        run(notion.block(ID))
    assert len(server.seen) == 1


def test_a_loopback_address_is_reached_without_a_proxy(
    server: Server, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy = Server()
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, proxy.url)
    server.script = [answer(200, BLOCK)]
    with connected(server.url, clock) as notion:
        assert run(notion.block(ID)).id == ID
    proxy.close()
    assert proxy.seen == []


# Waiting and stopping


def test_stopping_ends_every_wait(server: Server, notion: Notion, clock: FakeClock) -> None:
    server.script = [refusal(500)]
    clock.cancelled = True
    with pytest.raises(Cancelled):
        run(notion.block(ID))


def test_ten_tasks_share_one_client(server: Server, clock: FakeClock) -> None:
    server.script = [answer(200, BLOCK)] * 100
    found: list[str] = []

    async def work(notion: Notion) -> None:
        found.extend([(await notion.block(ID)).id for _ in range(10)])

    async def together(notion: Notion) -> None:
        await asyncio.gather(*[work(notion) for _ in range(10)])

    with (
        ThreadPools() as threads,
        over_https(TOKEN, base_url=server.url, clock=clock, threads=threads) as notion,
    ):
        run(together(notion))
    assert found == [ID] * 100
    assert notion.request_count == 100


def test_each_attempt_is_logged(server: Server, notion: Notion, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "notion_sync.http")
    server.script = [
        refusal(500, x_notion_request_id="r1"),
        cut,
        answer(200, BLOCK, x_notion_request_id="r2"),
    ]
    update(notion)
    log = attempts(caplog)
    assert [(each["attempt"], each["status"], each["request_id"]) for each in log] == [
        (1, 500, "r1"),
        (2, None, None),
        (3, 200, "r2"),
    ]
    refused, lost, no_error = [each["error"] for each in log]
    assert str(refused).startswith("no [validation_error, request r1]")
    assert str(lost).startswith("no answer from 127.0.0.1: ")
    assert no_error is None
    assert {(each["method"], each["path"]) for each in log} == {("PATCH", f"/v1/blocks/{DASHED}")}
    assert [each["seconds"] for each in log] == [0.0] * 3


def test_a_signed_address_that_notion_repeats_is_not_logged(
    server: Server, notion: Notion, caplog: pytest.LogCaptureFixture
) -> None:
    """Its refusals cite what they refuse; whoever has the address with its query may read the file."""
    caplog.set_level(logging.DEBUG)
    address = "https://files.example/a%20b.pdf?X-Amz-Signature=5ecre7&X-Amz-Expires=3600"
    server.script = [refusal(400, message=f'body.files[0].url should be yours, instead was `"{address}"`.')]
    with pytest.raises(ValidationFailed, match="5ecre7"):
        update(notion)
    (attempt,) = attempts(caplog)
    assert 'instead was `"https://files.example/a%20b.pdf?…"`' in str(attempt["error"])
    assert "5ecre7" not in repr([vars(record) for record in caplog.records]) + caplog.text


def test_an_attempt_that_nobody_waits_for_any_more_is_logged(
    server: Server, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "notion_sync.http")
    arrived, answered = threading.Event(), threading.Event()

    def late(connection: socket.socket) -> None:
        arrived.set()
        answered.wait(60)
        answer(200, BLOCK)(connection)

    async def scenario(notion: Notion) -> None:
        task = asyncio.create_task(notion.block(ID))
        await asyncio.to_thread(arrived.wait, 60)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        answered.set()

    server.script = [late]
    with (
        ThreadPools() as threads,
        over_https(TOKEN, base_url=server.url, clock=clock, threads=threads) as notion,
    ):
        run(scenario(notion))
    (record,) = caplog.records
    assert record.getMessage() == f"GET /v1/blocks/{DASHED}: CancelledError"


def test_the_edge_is_named(server: Server, notion: Notion) -> None:
    server.script = [raw_answer(403, b"<html>blocked</html>", content_type="text/html", cf_ray="8f-FRA")]
    with pytest.raises(ForeignAnswer, match="Cloudflare"):
        append(notion)


# The token


def test_the_token_stays_secret(server: Server, notion: Notion, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    server.script = [refusal(401, "unauthorized", "API token is invalid."), cut]
    shown = [repr(notion), str(notion)]
    for call in (update, append):
        with pytest.raises(NotionError) as caught:
            call(notion)
        shown += [repr(caught.value), str(caught.value), "".join(traceback.format_exception(caught.value))]
    shown += [repr(vars(record)) for record in caplog.records] + [caplog.text]
    assert len(attempts(caplog)) == 2
    assert "Bearer" not in "".join(shown)
    assert TOKEN not in "".join(shown)


@pytest.mark.parametrize("token", ["", "ntn_verysecret\n", "ntn very secret", "ntn_s\x00", "ntn_ü"])
def test_what_cannot_be_a_token_is_refused_unseen(token: str) -> None:
    with pytest.raises(Unauthorized) as caught:
        over_https(token, clock=FakeClock(), threads=InlineThreads())
    assert caught.value.exit_code == 77
    assert not token or token.strip() not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "http://api.notion.com",
        "http://127.0.0.1.evil.example",
        "http://10.0.0.1:8080",
        "http://localhost.evil.example",
        "ftp://localhost",
        "https://user:pass@api.notion.com",
        "https://api.notion.com?x=1",
        "api.notion.com",
        "https://",
        "http://[::1",
        "",
    ],
)
def test_the_token_goes_only_where_it_is_safe(url: str) -> None:
    with pytest.raises(UsageError):
        connected(url, FakeClock())


@pytest.mark.parametrize(
    "url",
    [
        "https://api.notion.com",
        "https://x/",
        "http://localhost:1",
        "http://127.0.0.5:1",
        "http://[::1]:1/prefix",
    ],
)
def test_safe_places(url: str) -> None:
    connected(url, FakeClock()).close()


# The package


def test_only_what_speaks_http_needs_httpx() -> None:
    modules = "calls client errors ids media multipart pages payloads requests"
    modules += " responses retry values rate.budget json_access http"
    code = f"import sys\nfor name in {modules!r}.split(): __import__('notion_sync.notion.' + name)\n"
    done = subprocess.run(
        [sys.executable, "-c", f"{code}print('httpx' in sys.modules)"],
        capture_output=True,
        check=True,
        text=True,
    )
    assert done.stdout == "False\n"
