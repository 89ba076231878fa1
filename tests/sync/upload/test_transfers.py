"""Contents on their way to Notion, each one once, whoever asks for it: real files, and the sandbox's core."""

import asyncio
import json
import os
import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import ParamSpec, TypeVar

import pytest

from notion_sync.errors import FileChanged
from notion_sync.model import FilePath, Fingerprint, SourceFile, Upload
from notion_sync.notion.errors import NotionError, ServerError, ValidationFailed
from notion_sync.notion.multipart import Form
from notion_sync.notion.requests import Request
from notion_sync.notion.responses import Response
from notion_sync.report import Tally
from notion_sync.sandbox.control.state import state
from notion_sync.scan.reading import MIB, checksum_of, content_of, read_content
from notion_sync.sync.upload.transfers import (
    IN_PARTS_AT_ONCE,
    LIFETIME,
    MARGIN,
    PARTS_AT_ONCE,
    Ensured,
    FileToSend,
    Transfers,
)
from tests.simulation.ports import CoreTransport, SimulatedThreads
from tests.simulation.world import Heard
from tests.support.store import digest, notion_id, upload
from tests.sync.bench import Bench, Json

P = ParamSpec("P")
T = TypeVar("T")

LARGE = 25 * MIB
"""Three parts."""


def to_send(
    bench: Bench, name: str, content: bytes | None = None, *, size: int = 7, kind: str = "file"
) -> FileToSend:
    """A file's content that is to be in Notion; a large file is mostly empty."""
    bench.write(name, content or b"content")
    path = bench.root / name
    if size > 7:
        os.truncate(path, size)
    return as_it_is(bench, name, kind)


def as_it_is(bench: Bench, name: str, kind: str = "file") -> FileToSend:
    """The same for a file that is there."""
    found = bench.found(name)
    read = read_content(found.source, found.fingerprint, now_ns=2**62, pause=lambda: None)
    return FileToSend(found, read, kind, read.digest, root=str(bench.root))


def checksums(large: FileToSend) -> tuple[str, ...]:
    assert large.content is not None
    return large.content.checksums


def ensure(bench: Bench, *wants: FileToSend) -> list[Ensured | BaseException]:
    """What becomes of each, all wanted at once."""

    async def scenario() -> list[Ensured | BaseException]:
        transfers = Transfers(bench.ports, bench.heard, bench.tally)
        return list(await asyncio.gather(*map(transfers.ensure, wants), return_exceptions=True))

    return bench.run(scenario())


def ensured(bench: Bench, *wants: FileToSend) -> list[Ensured]:
    ends = ensure(bench, *wants)
    assert all(isinstance(end, Ensured) for end in ends), ends
    return [end for end in ends if isinstance(end, Ensured)]


def in_notion(bench: Bench) -> list[tuple[str, str, str]]:
    """Name, state and content of each upload, oldest first."""
    uploads = state(bench.core.workspace)["uploads"]
    return sorted((each["filename"], each["status"], each["sha256"]) for each in uploads)


SMALL = ["POST /v1/file_uploads", "POST /v1/file_uploads/…/send"]
SENDS = SMALL[1]


def test_a_small_content_is_sent_and_recorded(bench: Bench) -> None:
    began = bench.clock.now()
    (end,) = ensured(bench, to_send(bench, "a.txt"))
    assert not end.reused
    assert bench.asked() == ["GET /v1/users/me", *SMALL]
    assert in_notion(bench) == [("a.txt", "uploaded", digest("content"))]
    bot = bench.core.workspace.bot_id
    assert bench.store.uploads.usable(bot, digest("content"), bench.clock.now()) == [end.upload]
    assert (end.upload.status, end.upload.content_type, end.upload.filename) == (
        "uploaded",
        "text/plain",
        "a.txt",
    )
    assert end.upload.expires_at is not None
    # The hour begins when it is announced, not when it has arrived.
    assert began + LIFETIME <= end.upload.expires_at < bench.clock.now() + LIFETIME
    assert (bench.tally.uploads, bench.tally.bytes_uploaded) == (1, 7)


def test_a_content_is_sent_once_however_many_want_it(bench: Bench) -> None:
    same = [to_send(bench, name) for name in ("a.txt", "b.txt", "c.txt")]
    ends = ensured(bench, *same, to_send(bench, "d.txt", b"another content"))
    assert [end.reused for end in ends] == [False, True, True, False]
    assert len({end.upload.id for end in ends[:3]}) == 1
    assert in_notion(bench) == [
        ("a.txt", "uploaded", digest("content")),
        ("d.txt", "uploaded", digest("another content")),
    ]
    (later,) = ensured(bench, to_send(bench, "e.txt"))
    assert (later.reused, later.upload) == (True, ends[0].upload)
    assert Counter(bench.asked())[SENDS] == 2


def test_a_content_that_notion_cannot_show_so_is_sent_as_another_type(bench: Bench) -> None:
    """An upload keeps the type it was sent with: an image sent as text is none."""
    names = [("a.txt", "file"), ("a.png", "image"), ("b.png", "image")]
    ends = ensured(bench, *(to_send(bench, name, kind=kind) for name, kind in names))
    assert [end.reused for end in ends] == [False, False, True]
    again = ensured(bench, to_send(bench, "c.png", kind="image"), to_send(bench, "c.txt"))
    assert all(end.reused for end in again)
    assert again[0].upload == ends[1].upload
    assert Counter(bench.asked())[SENDS] == 2


@pytest.mark.parametrize(("left", "sends"), [(MARGIN + 30, 0), (MARGIN - 1, 1)])
def test_an_upload_that_expires_soon_is_not_begun_with(bench: Bench, left: float, sends: int) -> None:
    made = bench.uploaded("a.txt")
    with bench.store.transaction():
        bench.store.uploads.save(
            bench.core.workspace.bot_id, replace(made, expires_at=bench.clock.now() + left)
        )
    before = Counter(bench.asked())[SENDS]
    ensured(bench, to_send(bench, "a.txt"))
    assert Counter(bench.asked())[SENDS] - before == sends


@pytest.mark.parametrize(
    ("name", "filename", "mime"),
    [
        ("a.zip", "a.zip", "application/zip"),
        ("A.PDF", "A.PDF", "application/pdf"),
        ("bad\udcff.txt", "bad\ufffd.txt", "text/plain"),
        ("line\nbreak", "line_break", None),
        ("a.mkv", "a.mkv", None),
    ],
)
def test_what_is_said_of_the_file(name: str, filename: str, mime: str | None) -> None:
    found = SourceFile(FilePath("/d", name), name, Fingerprint(5, 1, 1, 1), f"/d/{name}")
    made = FileToSend(found, content_of(b"x", racy=False), "file", digest("x"))
    assert (made.filename, made.content_type) == (filename, mime)


def test_the_bytes_that_leave_are_reported(bench: Bench) -> None:
    reported: list[tuple[str, int]] = []
    bench.heard.sending = lambda path, size: reported.append((f"sending {path}", size))  # type: ignore[method-assign]
    bench.heard.sent = lambda path, size: reported.append((f"sent {path}", size))  # type: ignore[method-assign]
    bench.heard.sending_ended = lambda path: reported.append((f"ended {path}", 0))  # type: ignore[method-assign]
    file = to_send(bench, "a.txt")
    ensured(bench, file)
    path = file.found.id.path
    assert reported == [(f"sending {path}", 7), (f"sent {path}", 7), (f"ended {path}", 0)]


class Counting(Heard):
    """A report that finds nothing left of a content when its sending has ended."""

    def __init__(self) -> None:
        super().__init__()
        self._left: dict[str, int] = {}

    def sending(self, path: str, size: int) -> None:
        self._left[path] = size

    def sent(self, path: str, size: int) -> None:
        self._left[path] -= size

    def lost(self, path: str, size: int) -> None:
        self._left[path] += size

    def resumed(self, path: str, size: int) -> None:
        self._left[path] -= size

    def sending_ended(self, path: str) -> None:
        assert self._left.pop(path) == 0


SENDING_GOES_WRONG = {
    "answered with an error": {"path": "/send$", "nth": 1, "do": {"status": 500}},
    "refused": {"path": "/send$", "nth": 1, "times": 2, "do": {"status": 429, "headers": {"Retry-After": "3"}}},
    "cut off": {"path": "/send$", "nth": 2, "do": {"cut": True}},
}  # fmt: skip


@pytest.mark.parametrize("size", [7, 25 * MIB])
@pytest.mark.parametrize("fault", SENDING_GOES_WRONG.values(), ids=SENDING_GOES_WRONG)
def test_bytes_that_leave_several_times_count_once(bench: Bench, size: int, fault: Json) -> None:
    """Or the time left would say that nothing is left to send, while a part leaves once more."""
    bench.faults(fault)
    bench.heard = Counting()
    (end,) = ensure(bench, to_send(bench, "a.zip", size=size))
    assert isinstance(end, Ensured), end


# Parts


class Watched(SimulatedThreads):
    """Threads that tell how many parts of files are under way at once; anything else is not counted."""

    most = 0
    at_once = 0

    async def request(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        form = any(isinstance(arg, Form) for arg in args)
        self.at_once += form
        self.most = max(self.most, self.at_once)
        try:
            return await super().request(work, *args, **kwargs)
        finally:
            self.at_once -= form


def test_a_large_content_is_announced_sent_in_parts_and_joined(bench: Bench) -> None:
    large = to_send(bench, "a.zip", size=LARGE)
    (end,) = ensured(bench, large)
    assert bench.asked()[1:] == ["POST /v1/file_uploads", *[SENDS] * 3, "POST /v1/file_uploads/…/complete"]
    assert not end.reused
    assert in_notion(bench) == [("a.zip", "uploaded", large.digest)]
    assert (bench.tally.uploads, bench.tally.bytes_uploaded) == (1, LARGE)


def test_parts_are_sent_a_few_at_a_time(bench: Bench) -> None:
    threads = Watched(random.Random(1))
    bench.notion._calls._threads = threads
    large = to_send(bench, "a.zip", size=55 * MIB)
    ensured(bench, large)
    assert len(checksums(large)) == 6
    assert threads.most == PARTS_AT_ONCE
    assert in_notion(bench) == [("a.zip", "uploaded", large.digest)]


def test_contents_in_parts_are_sent_a_few_at_a_time(bench: Bench) -> None:
    threads = Watched(random.Random(1))
    bench.notion._calls._threads = threads
    large = [to_send(bench, f"{number}.zip", size=(41 + number) * MIB) for number in range(4)]
    ensured(bench, *large)
    assert threads.most == IN_PARTS_AT_ONCE * PARTS_AT_ONCE
    assert in_notion(bench) == [
        (f"{number}.zip", "uploaded", each.digest) for number, each in enumerate(large)
    ]


def test_of_contents_in_parts_one_that_fails_makes_room_for_the_next(bench: Bench) -> None:
    large = [to_send(bench, f"{number}.zip", size=(21 + number) * MIB) for number in range(4)]
    for each in large[:3]:
        os.truncate(each.found.source, 20 * MIB)
    *failed, there = ensure(bench, *large)
    assert [type(each) for each in failed] == [FileChanged] * 3
    assert isinstance(there, Ensured)


def begun(bench: Bench, large: FileToSend, confirmed: dict[int, str], arrived: Sequence[int]) -> Upload:
    """An upload that an earlier run began: which parts arrived, and which of them that run has recorded."""
    body = {
        "mode": "multi_part", "filename": "a.zip", "content_type": "application/zip",
        "number_of_parts": len(checksums(large)),
    }  # fmt: skip
    id_ = bench.caller.ok("POST", "/v1/file_uploads", body)["id"]
    with open(large.found.source, "rb") as file:
        for number in range(1, len(checksums(large)) + 1):
            data = file.read(10 * MIB)
            if number in arrived:
                bench.caller.send(id_, data, "application/zip", part=number)
    made = Upload(
        id_, large.digest, "application/zip", "a.zip", large.found.fingerprint.size, "pending",
        bench.clock.now() // 60 * 60, bench.clock.now() + LIFETIME,
    )  # fmt: skip
    with bench.store.transaction():
        bench.store.uploads.save(bench.core.workspace.bot_id, made)
        for number, sha256 in confirmed.items():
            bench.store.uploads.save_part(id_, number, sha256)
    return made


@pytest.mark.parametrize(
    ("confirmed", "arrived", "sent"),
    [
        ((), (), 3),
        ((2,), (2,), 2),
        ((1, 3), (1, 3), 1),
        # An answer was lost: what arrived is sent once more.
        ((1,), (1, 2), 2),
        # All are there, and only the joining is left.
        ((1, 2, 3), (1, 2, 3), 0),
    ],
)
def test_after_an_interruption_only_the_missing_parts_are_sent(
    bench: Bench, confirmed: tuple[int, ...], arrived: tuple[int, ...], sent: int
) -> None:
    large = to_send(bench, "a.zip", size=LARGE)
    made = begun(bench, large, {number: checksums(large)[number - 1] for number in confirmed}, arrived)
    before = Counter(bench.asked())
    bench.heard = Counting()
    (end,) = ensured(bench, large)
    assert end.upload.id == made.id
    asked = Counter(bench.asked()) - before
    assert (asked[SENDS], asked["POST /v1/file_uploads"]) == (sent, 0)
    assert in_notion(bench) == [("a.zip", "uploaded", large.digest)]


def test_a_part_that_was_confirmed_with_another_content_is_sent_again(bench: Bench) -> None:
    large = to_send(bench, "a.zip", size=LARGE)
    begun(bench, large, {1: checksums(large)[0], 2: checksum_of(b"of another time")}, (1,))
    before = Counter(bench.asked())
    ensured(bench, large)
    assert (Counter(bench.asked()) - before)[SENDS] == 2


def test_a_part_that_fails_ends_the_transfer_with_those_that_were_begun(bench: Bench) -> None:
    """They are recorded, and not sent again."""
    bench.faults({"path": "/send$", "nth": 2, "do": {"status": 400}})
    large = to_send(bench, "a.zip", size=LARGE)
    (error,) = ensure(bench, large)
    assert isinstance(error, ValidationFailed)
    (left,) = bench.store.uploads.usable(bench.core.workspace.bot_id, large.digest, bench.clock.now())
    assert (left.status, len(bench.store.uploads.parts(left.id))) == ("pending", 2)
    before = Counter(bench.asked())
    (end,) = ensured(bench, large)
    assert end.upload.id == left.id
    assert (Counter(bench.asked()) - before)[SENDS] == 1


def test_after_a_failure_no_part_is_begun(bench: Bench) -> None:
    bench.faults({"path": "/send$", "nth": 1, "times": PARTS_AT_ONCE, "do": {"status": 400}})
    (error,) = ensure(bench, to_send(bench, "a.zip", size=95 * MIB))
    assert isinstance(error, ValidationFailed)
    assert Counter(bench.asked())[SENDS] == PARTS_AT_ONCE


def test_an_interrupted_upload_that_notion_does_not_know_any_more_is_begun_anew(bench: Bench) -> None:
    """The parts that are under way to it come to their end first."""
    large = to_send(bench, "a.zip", size=LARGE)
    gone = upload(
        9, status="pending", expires_at=bench.clock.now() + LIFETIME, content_type="application/zip"
    )
    with bench.store.transaction():
        bench.store.uploads.save(bench.core.workspace.bot_id, replace(gone, digest=large.digest))
    bench.heard = Counting()
    (end,) = ensured(bench, large)
    assert end.upload.id != gone.id
    assert bench.store.uploads.get(notion_id(9)) is None
    assert bench.asked()[-5:] == ["POST /v1/file_uploads", *[SENDS] * 3, "POST /v1/file_uploads/…/complete"]
    assert in_notion(bench) == [("a.zip", "uploaded", large.digest)]


@pytest.mark.parametrize("size", [7, LARGE])
def test_a_refusal_is_not_held_against_the_file_where_the_upload_takes_no_bytes_any_more(
    bench: Bench, size: int
) -> None:
    """Another run's, say, that an answer named as the new one."""
    path = "send$" if size == 7 else "complete$"
    bench.faults({"path": path, "nth": 1, "when": "after", "do": {"status": 400}})
    bench.heard = Counting()
    (end,) = ensured(bench, to_send(bench, "a.zip", size=size))
    assert bench.caller.ok("GET", f"/v1/file_uploads/{end.upload.id}")["status"] == "uploaded"
    created = [each for each in bench.asked() if each == "POST /v1/file_uploads"]
    assert len(created) == 2


class MixedUp(CoreTransport):
    """A transport that delivers the answer about one part of an upload to the request with another, which is lost."""

    def __init__(self, bench: Bench) -> None:
        super().__init__(bench.core, bench.time)
        self._sent: list[Response] = []

    def exchange(self, request: Request, variant: Form | None = None) -> Response:
        """See the port."""
        if variant is not None and len(self._sent) == 1:
            other = json.loads(self._sent[0].body)
            response = replace(self._sent[0], body=json.dumps({**other, "request_id": "another"}).encode())
        else:
            response = super().exchange(request, variant)
        self._sent += [response] if variant is not None else []
        return response


def test_a_part_that_was_confirmed_and_never_came_is_not_held_against_the_file(bench: Bench) -> None:
    bench.notion._calls._transport = MixedUp(bench)
    large = to_send(bench, "a.zip", size=LARGE)
    ensured(bench, large)
    assert in_notion(bench)[-1] == ("a.zip", "uploaded", large.digest)


# Failures


def test_a_file_that_changed_does_not_fail_the_others_of_its_content(bench: Bench) -> None:
    one, other = to_send(bench, "a.txt"), to_send(bench, "b.txt")
    bench.write("a.txt", b"not that")
    changed, sent = ensure(bench, one, other)
    assert isinstance(changed, FileChanged)
    assert isinstance(sent, Ensured)
    assert not sent.reused
    assert [each for each in in_notion(bench) if each[1] == "uploaded"] == [
        ("b.txt", "uploaded", digest("content"))
    ]


def test_what_notion_cannot_do_it_cannot_do_for_all(bench: Bench) -> None:
    bench.faults({"path": "file_uploads$", "do": {"status": 500}})
    errors = ensure(bench, to_send(bench, "a.txt"), to_send(bench, "b.txt"))
    assert [type(error) for error in errors] == [ServerError] * 2
    assert errors[0] is errors[1]


def test_a_type_that_is_refused_is_that_of_a_name(bench: Bench) -> None:
    """The same content is welcome under another one."""
    refused, sent = ensure(bench, to_send(bench, "a.exe"), to_send(bench, "b.txt"))
    assert isinstance(refused, NotionError)
    assert isinstance(refused, ValidationFailed)
    assert refused.unsupported_type
    assert isinstance(sent, Ensured)


def test_what_failed_is_tried_again_by_whoever_comes_then(bench: Bench) -> None:
    bench.faults({"path": "file_uploads$", "do": {"status": 400}})
    (error,) = ensure(bench, to_send(bench, "a.txt"))
    assert isinstance(error, ValidationFailed)
    bench.faults()
    (end,) = ensured(bench, to_send(bench, "a.txt"))
    assert not end.reused


def test_what_is_counted_is_what_arrived(bench: Bench) -> None:
    bench.tally = Tally()
    bench.faults({"path": "/send$", "nth": 1, "do": {"cut": True}})
    ensured(bench, to_send(bench, "a.txt"))
    assert (bench.tally.uploads, bench.tally.bytes_uploaded) == (1, 7)
