"""Contents on their way to a Notion that does as it is told, each one once."""

import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from notion_sync.content import MIB, Content, part_count
from notion_sync.errors import FileChanged
from notion_sync.executor.remote import Account, Link
from notion_sync.executor.sender import LIFETIME, MARGIN, Sender
from notion_sync.executor.transfer import Wanted
from notion_sync.executor.workers import Workers
from notion_sync.model import FileId, Fingerprint, Found, Upload
from notion_sync.notion.errors import NotFound, ServerError
from notion_sync.notion.multipart import Body
from notion_sync.notion.values import FileUpload
from notion_sync.report import PlainLines, Tally
from notion_sync.state import Store
from tests.support.clock import FakeClock
from tests.support.store import BOT, digest, notion_id, upload

GONE = NotFound("Could not find file upload", status=404)


@dataclass
class Notion:
    """Keeps uploads in memory; `troubles` has what a call is to raise, once."""

    troubles: dict[str, Exception] = field(default_factory=dict)
    holds: Mapping[int, threading.Event] = field(default_factory=dict)
    """Parts that arrive only after an event."""

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._number = 0
        self.calls: list[str] = []
        self.begun = threading.Event()

    def _heard(self, call: str) -> None:
        with self._lock:
            self.calls.append(call)
            error = self.troubles.pop(call, None)
        if error is not None:
            raise error

    def _made(self, filename: str, content_type: str | None, status: str) -> FileUpload:
        with self._lock:
            self._number += 1
            return FileUpload(notion_id(self._number), status, filename, content_type, created_time=960.0)

    def send_whole(self, _body: Body, *, filename: str, content_type: str | None) -> FileUpload:
        self._heard(f"send {filename}")
        return self._made(filename, content_type, "uploaded")

    def begin_parts(self, *, filename: str, content_type: str | None, parts: int) -> FileUpload:
        self._heard(f"begin {filename} in {parts}")
        self.begun.set()
        return self._made(filename, content_type, "pending")

    def send_part(self, upload_id: str, _body: Body, *, number: int, **_declared: str) -> None:
        if number in self.holds:
            assert self.holds[number].wait(30)
        self._heard(f"part {number} of {upload_id[:8]}")

    def finish_parts(self, upload_id: str) -> FileUpload:
        self._heard(f"finish {upload_id[:8]}")
        return FileUpload(upload_id, "uploaded", created_time=960.0)


@dataclass
class Desk:
    """A sender and what it needs."""

    store: Store
    clock: FakeClock
    notion: Notion
    workers: Workers

    def __post_init__(self) -> None:
        self.tally = Tally()
        self.ready: list[tuple[str, str, bool]] = []
        self.failed: list[tuple[str, str]] = []
        link = Link(lambda: self.notion, lambda _: Account(BOT, None))  # type: ignore[arg-type, return-value]
        self.sender = Sender(
            store=self.store, link=link, workers=self.workers, clock=self.clock,
            report=PlainLines(lambda *_: None), tally=self.tally,
        )  # fmt: skip

    def want(self, name: str, text: str = "content", *, size: int = 7, kind: str = "file") -> None:
        """Ask for a file's content to be in Notion."""
        found = Found(FileId("/d", name), name, Fingerprint(size, 1, 1, 1), f"/d/{name}")
        count = part_count(size)
        parts = tuple(digest(f"{text} {n}") for n in range(1, count + 1)) if count > 1 else ()

        def ready(made: Upload, reused: bool) -> None:
            self.ready.append((name, made.id[:8].lstrip("0"), reused))

        def failed(error: BaseException) -> None:
            self.failed.append((name, str(error)))

        self.sender.obtain(Wanted(found, Content(digest(text), parts, racy=False), kind, ready, failed))

    def work(self) -> None:
        while self.workers.busy:
            self.workers.handle_next(30.0)

    def save(self, made: Upload) -> None:
        with self.store.transaction():
            self.store.uploads.save(BOT, made)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    workers = Workers()
    with Store(str(tmp_path / "state")) as store:
        yield Desk(store, FakeClock(), Notion(), workers)
        workers.finish()


LARGE = 25 * MIB
"""Three parts."""


def test_a_small_content_is_sent_and_recorded(desk: Desk) -> None:
    desk.want("a.txt")
    desk.work()
    assert (desk.notion.calls, desk.ready) == (["send a.txt"], [("a.txt", "1", False)])
    (made,) = desk.store.uploads.usable(BOT, digest("content"), desk.clock.now())
    assert (made.status, made.content_type, made.filename) == ("uploaded", "text/plain", "a.txt")
    assert made.expires_at == desk.clock.now() + LIFETIME
    assert (desk.tally.uploads, desk.tally.bytes_uploaded) == (1, 7)


def test_a_content_is_sent_once_however_many_want_it(desk: Desk) -> None:
    for name in ("a.txt", "b.txt", "c.txt"):
        desk.want(name)
    desk.want("d.txt", "another content")
    desk.work()
    assert sorted(desk.notion.calls) == ["send a.txt", "send d.txt"]
    assert sorted(name for name, _, reused in desk.ready if reused) == ["b.txt", "c.txt"]
    desk.want("e.txt")
    assert len(desk.notion.calls) == 2
    assert desk.ready[-1][2]


def test_a_content_that_notion_cannot_show_so_is_sent_as_another_type(desk: Desk) -> None:
    """An upload keeps the type it was sent with: an image sent as text is none."""
    desk.want("a.txt")
    desk.want("a.png", kind="image")
    desk.want("b.png", kind="image")
    desk.work()
    assert sorted(desk.notion.calls) == ["send a.png", "send a.txt"]
    desk.want("c.png", kind="image")
    desk.want("c.txt")
    assert len(desk.notion.calls) == 2


@pytest.mark.parametrize(("left", "calls"), [(MARGIN + 1, 0), (MARGIN - 1, 1)])
def test_an_upload_that_expires_soon_is_not_begun_with(desk: Desk, left: float, calls: int) -> None:
    desk.save(upload(9, expires_at=desk.clock.now() + left))
    desk.want("a.txt")
    desk.work()
    assert len(desk.notion.calls) == calls


def test_a_large_content_is_announced_sent_in_parts_and_joined(desk: Desk) -> None:
    desk.want("a.zip", size=LARGE)
    desk.work()
    assert desk.notion.calls[0] == "begin a.zip in 3"
    assert sorted(desk.notion.calls[1:4]) == [f"part {number} of 00000001" for number in (1, 2, 3)]
    assert desk.notion.calls[4:] == ["finish 00000001"]
    assert desk.ready == [("a.zip", "1", False)]
    assert (desk.tally.uploads, desk.tally.bytes_uploaded) == (1, LARGE)


def test_after_an_interruption_only_the_missing_parts_are_sent(desk: Desk) -> None:
    desk.notion.troubles["part 2 of 00000001"] = ServerError("oops", status=500)
    desk.want("a.zip", size=LARGE)
    desk.work()
    assert [name for name, _ in desk.failed] == ["a.zip"]
    assert sorted(desk.store.uploads.parts(notion_id(1))) == [1, 3]
    desk.notion.calls.clear()
    desk.want("a.zip", size=LARGE)
    desk.work()
    assert desk.notion.calls == ["part 2 of 00000001", "finish 00000001"]
    assert desk.ready == [("a.zip", "1", False)]


def interrupted(desk: Desk) -> None:
    """An upload that was begun in an earlier run."""
    ends = desk.clock.now() + LIFETIME
    desk.save(upload(9, status="pending", expires_at=ends, content_type="application/zip"))


def test_an_interrupted_upload_that_notion_does_not_know_any_more_is_begun_anew(desk: Desk) -> None:
    interrupted(desk)
    desk.notion.troubles = {f"part {number} of 00000009": GONE for number in (1, 2, 3)}
    desk.want("a.zip", size=LARGE)
    desk.work()
    assert desk.ready == [("a.zip", "1", False)]
    assert desk.store.uploads.get(notion_id(9)) is None


def test_parts_that_arrive_after_their_upload_was_given_up_do_no_harm(desk: Desk) -> None:
    interrupted(desk)
    desk.notion.troubles["part 1 of 00000009"] = GONE
    desk.notion.holds = {2: desk.notion.begun, 3: desk.notion.begun}
    desk.want("a.zip", size=LARGE)
    desk.work()
    assert desk.ready == [("a.zip", "1", False)]


def test_a_file_that_changed_does_not_fail_the_others_of_its_content(desk: Desk) -> None:
    desk.notion.troubles["send a.txt"] = FileChanged("it was written to")
    desk.want("a.txt")
    desk.want("b.txt")
    desk.work()
    assert desk.failed == [("a.txt", "it was written to")]
    assert desk.notion.calls == ["send a.txt", "send b.txt"]
    assert desk.ready == [("b.txt", "1", False)]


def test_what_notion_refuses_it_refuses_for_all(desk: Desk) -> None:
    desk.notion.troubles["send a.txt"] = ServerError("oops", status=500)
    desk.want("a.txt")
    desk.want("b.txt")
    desk.work()
    assert [name for name, _ in desk.failed] == ["a.txt", "b.txt"]
    assert desk.notion.calls == ["send a.txt"]


def test_a_refused_upload_is_sent_again_the_next_time(desk: Desk) -> None:
    desk.want("a.txt")
    desk.work()
    desk.sender.refuse(notion_id(1))
    desk.want("a.txt")
    desk.work()
    assert desk.ready == [("a.txt", "1", False), ("a.txt", "2", False)]


def test_the_hour_of_an_upload_begins_with_its_announcement(desk: Desk) -> None:
    began = desk.clock.now()
    desk.want("a.zip", size=LARGE)
    desk.clock.advance(1000)
    desk.work()
    made = desk.store.uploads.get(notion_id(1))
    assert made is not None
    assert made.expires_at == began + LIFETIME
