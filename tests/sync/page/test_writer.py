"""Blocks on a page of the sandbox: each once, in their order, in as few requests as possible."""

import asyncio
import contextlib
import json
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from notion_sync.errors import Cancelled
from notion_sync.model import FilePath, Fingerprint, Label, Placement, SourceFile
from notion_sync.notion.belonging import NewIds
from notion_sync.notion.errors import NetworkError, NotFound, NotionError, ValidationFailed
from notion_sync.notion.multipart import Form
from notion_sync.notion.payloads import CHILDREN_LIMIT
from notion_sync.notion.requests import Request
from notion_sync.notion.responses import Response
from notion_sync.plan.actions import Attach
from notion_sync.rules import BlockTarget, PageTarget, Position
from notion_sync.sync.batching import EARLY_EVERY, EXPIRES_SOON, FREE_PAGES, FREE_REQUESTS, Activity, Cadence
from notion_sync.sync.failures import NoAnchor, StillOpen
from notion_sync.sync.journal import Journal
from notion_sync.sync.lateness import LATE_AFTER
from notion_sync.sync.page.reservations import Reservation
from notion_sync.sync.page.unrecorded import UnrecordedBlocks
from notion_sync.sync.page.writer import PageWriter
from notion_sync.sync.sequencer import Sequencer
from notion_sync.sync.tasks import Tasks
from tests.simulation.ports import CoreTransport
from tests.support.store import digest, notion_id
from tests.sync.bench import Bench, Json

NO_IMAGE = "no image.txt"
"""A text that is to be shown as an image, which Notion refuses."""

Ends = dict[str, Placement | BaseException]


@dataclass
class Page:
    """A page's writer, and files that want to be on it."""

    bench: Bench
    position: Position = field(default_factory=Position)
    uploads_ready_in: dict[str, float] = field(default_factory=dict)
    """Seconds until a file's content is in Notion; at once where it is not said."""
    find_page: Callable[[], Awaitable[str]] | None = None

    def __post_init__(self) -> None:
        self.cadence = Cadence(self.bench.ports.remote)
        self.activity = Activity()
        self.sequencer = Sequencer(self.bench.clock)
        self.tasks = Tasks()

    @property
    def target(self) -> PageTarget:
        return replace(self.bench.page_target, position=self.position)

    def waits_for_company(self) -> None:
        """Nothing goes early: so much was spent on that already."""
        for number in range(FREE_PAGES + 1):
            self.cadence.spend(f"elsewhere {number}", 1000)

    def make(self, *names: str) -> Ends:
        """What becomes of each file, all of them admitted in this order."""
        return self.bench.run(self.all(names))

    async def all(self, names: Sequence[str]) -> Ends:
        writer = self.writer()
        files = [self.admit(writer, name) for name in names]
        self.activity.end_admission()
        self.start(writer)
        ends = await asyncio.gather(*files, return_exceptions=True)
        await self.tasks.join()
        return dict(zip(names, ends, strict=True))

    def writer(self) -> PageWriter:
        return PageWriter(
            self.target, "", pages=self, ports=self.bench.ports,
            unrecorded=UnrecordedBlocks(self.bench.ports, self.bench.heard),
            journal=Journal(self.bench.ports, self.bench.heard),
            activity=self.activity, sequencer=self.sequencer, cadence=self.cadence, tasks=self.tasks,
        )  # fmt: skip

    def start(self, writer: PageWriter) -> None:
        self.tasks.spawn(writer.run())

    async def find(self, target: BlockTarget, location: str) -> str:  # noqa: ARG002 - there is one page
        if self.find_page is not None:
            return await self.find_page()
        # Nothing is there that may be taken over.
        self.bench.ports.listings.is_new(self.bench.core.workspace.page_id, self.bench.clock.monotonic())
        return self.bench.core.workspace.page_id

    def admit(self, writer: PageWriter, name: str) -> Coroutine[Any, Any, Placement]:
        """A file that takes its place now, and is placed once its content is in Notion."""
        self.activity.begin()
        return self._file(writer.reserve(self.action(name), "r", self.sequencer.next_number()), name)

    async def _file(self, reservation: Reservation, name: str) -> Placement:
        try:
            await asyncio.sleep(self.uploads_ready_in.get(name, 0.0))
            return await reservation.put(self.bench.uploaded(name, name.encode()))
        except BaseException:
            reservation.give_back()
            raise
        finally:
            self.activity.end()

    def action(self, name: str) -> Attach:
        found = SourceFile(
            FilePath(str(self.bench.root), name), name, Fingerprint(1, 1, 1, 1), f"{self.bench.root}/{name}"
        )
        kind = "image" if name == NO_IMAGE else "file"
        return Attach(found, self.target, digest(name), kind, Label(name))

    @property
    def appends(self) -> int:
        return Counter(self.bench.asked())["PATCH /v1/blocks/…/children"]

    def all_recorded(self, ends: Ends) -> bool:
        """Whether each placement is what is recorded, and nothing is open."""
        store = self.bench.store
        placed = [end for end in ends.values() if isinstance(end, Placement)]
        return not store.has_open_writes() and all(store.placements.get(p.id, p.target) == p for p in placed)


@pytest.fixture
def page(bench: Bench) -> Page:
    return Page(bench)


APPEND = "children$"


def on_append(**what: Any) -> Json:
    """A fault of appends."""
    return {"method": "PATCH", "path": APPEND, **what}


# In their order, together


def test_blocks_stand_in_the_order_of_their_files_in_one_request(page: Page) -> None:
    page.uploads_ready_in = {"a.txt": 3, "c.txt": 5}
    ends = page.make("a.txt", "b.txt", "c.txt", "d.txt")
    assert page.bench.blocks() == ["a.txt", "b.txt", "c.txt", "d.txt"]
    assert page.appends == 1
    assert page.all_recorded(ends)
    assert len({end.block_id for end in ends.values() if isinstance(end, Placement)}) == 4


def test_a_full_request_does_not_wait_for_the_slow(page: Page) -> None:
    names = [f"{number:03}.txt" for number in range(CHILDREN_LIMIT + 3)]
    page.uploads_ready_in = {names[-1]: 500}
    began = page.bench.clock.monotonic()
    when: list[float] = []
    page.bench.transport.hook = lambda request: (
        when.append(page.bench.clock.monotonic() - began) if request.method == "PATCH" else None
    )
    page.waits_for_company()
    page.make(*names)
    assert page.bench.blocks() == names
    assert len(when) == 2
    assert when[0] < 10
    assert when[1] > 500


@pytest.mark.parametrize("position", [Position(), Position("start")])
def test_one_append_at_a_time_so_that_order_holds(page: Page, position: Position) -> None:
    """The second batch is ready long before the first one is answered."""
    page.position = position
    names = [f"{number:03}.txt" for number in range(CHILDREN_LIMIT + 50)]
    page.bench.faults(on_append(nth=1, do={"delay": 40}))
    ends = page.make(*names)
    assert page.bench.blocks() == names
    assert page.appends == 2
    assert page.all_recorded(ends)


def test_blocks_at_the_start_stand_before_those_of_others_and_after_our_own(page: Page) -> None:
    theirs = page.bench.uploaded("theirs.txt", b"theirs")
    block = {"type": "file", "file": {"type": "file_upload", "file_upload": {"id": theirs.id}}}
    page.bench.caller.append(block)
    page.position = Position("start")
    page.make("a.txt", "b.txt")
    assert page.bench.blocks() == ["a.txt", "b.txt", "theirs.txt"]


def test_an_upload_whose_hour_runs_out_waits_neither_for_company_nor_for_its_turn(page: Page) -> None:
    page.waits_for_company()
    page.uploads_ready_in = {"a.txt": 3600}
    ends = page.make("a.txt", "b.txt")
    assert page.bench.blocks() == ["a.txt", "b.txt"]
    assert page.appends == 2
    assert page.all_recorded(ends)


def test_the_hour_of_a_block_that_waits_is_watched(page: Page) -> None:
    page.waits_for_company()
    page.uploads_ready_in = {"a.txt": 7200}
    began = page.bench.clock.monotonic()
    when: list[float] = []
    page.bench.transport.hook = lambda _: when.append(page.bench.clock.monotonic() - began)
    page.make("a.txt", "b.txt")
    assert 3600 - EXPIRES_SOON <= when[0] < 3600 - EXPIRES_SOON + 10


def test_a_file_that_gives_its_place_back_lets_the_others_pass(page: Page) -> None:
    async def scenario() -> Ends:
        writer = page.writer()
        gone = writer.reserve(page.action("a.txt"), "r", page.sequencer.next_number())
        file = page.admit(writer, "b.txt")
        page.start(writer)
        page.activity.end_admission()
        page.activity.begin()
        asyncio.get_running_loop().call_later(5, gone.give_back)
        asyncio.get_running_loop().call_later(6, page.activity.end)
        placed = await file
        await page.tasks.join()
        gone.give_back()  # nothing happens
        return {"b.txt": placed}

    assert page.all_recorded(page.bench.run(scenario()))
    assert page.bench.blocks() == ["b.txt"]


def test_the_page_is_found_once_there_is_something_to_put_on_it(page: Page) -> None:
    asked: list[str] = []

    async def find() -> str:
        asked.append("page")
        return page.bench.core.workspace.page_id

    page.find_page = find
    page.bench.faults(on_append(nth=1, do={"cut": True}))
    page.make("a.txt", "b.txt")
    assert asked == ["page"]
    assert page.bench.blocks() == ["a.txt", "b.txt"]


# Answers that are lost


@pytest.mark.parametrize(
    "fault",
    [
        {"when": "before", "do": {"cut": True}},
        {"when": "after", "do": {"cut": True}},
        {"do": {"late": LATE_AFTER - 3}},
        {"when": "before", "do": {"status": 502}},
        {"when": "after", "do": {"status": 500}},
        {"do": {"truncate": True}},
        {"do": {"committed": True}},
        {"when": "before", "do": {"status": 429, "headers": {"Retry-After": "3"}}},
    ],
)
@pytest.mark.parametrize("position", [Position(), Position("start")])
def test_whatever_happens_to_an_append_each_block_is_there_once(
    page: Page, fault: Json, position: Position
) -> None:
    page.position = position
    page.bench.faults(on_append(nth=1, **fault))
    ends = page.make("a.txt", "b.txt", "c.txt")
    assert page.bench.blocks() == ["a.txt", "b.txt", "c.txt"]
    assert all(isinstance(end, Placement) for end in ends.values())
    assert page.all_recorded(ends)


class Earlier(CoreTransport):
    """A transport that answers the next append as one of an earlier process was answered: with these blocks."""

    def __init__(self, bench: Bench, ids: Sequence[str], *, performed: bool) -> None:
        super().__init__(bench.core, bench.time)
        blocks = [{"object": "block", "id": id_, "type": "file", "file": {}} for id_ in ids]
        self._answer = json.dumps({"object": "list", "results": blocks, "has_more": False}).encode()
        self._performed = performed
        self._done = False

    def exchange(self, request: Request, variant: Form | None = None) -> Response:
        """See the port."""
        if self._done or request.method != "PATCH":
            return super().exchange(request, variant)
        self._done = True
        if self._performed:
            super().exchange(request, variant)
        return Response(200, {}, self._answer)


@pytest.mark.parametrize("performed", [True, False])
def test_blocks_that_are_recorded_already_are_no_new_ones(page: Page, *, performed: bool) -> None:
    bench = page.bench
    (old,) = page.make("a.txt").values()
    assert isinstance(old, Placement)
    assert old.block_id is not None
    bench.notion._new_ids = NewIds()  # another process
    bench.notion._calls._transport = Earlier(bench, [old.block_id], performed=performed)
    (new,) = page.make("b.txt").values()
    assert isinstance(new, Placement)
    assert new.block_id != old.block_id
    assert bench.blocks() == ["a.txt", "b.txt"]


def test_what_may_be_there_and_cannot_be_looked_for_fails_and_the_others_go_on(page: Page) -> None:
    names = [f"{number:03}.txt" for number in range(CHILDREN_LIMIT + 2)]
    page.bench.faults(
        on_append(nth=1, when="after", do={"cut": True}),
        {"method": "GET", "path": APPEND, "nth": 1, "times": 6, "do": {"status": 503}},
    )
    ends = page.make(*names)
    assert {type(ends[name]) for name in names[:CHILDREN_LIMIT]} == {StillOpen}
    assert {type(ends[name]) for name in names[CHILDREN_LIMIT:]} == {Placement}
    assert len(page.bench.store.journal.open()) == 1
    assert page.bench.run(page.bench.recovery().look()) == CHILDREN_LIMIT
    assert sorted(page.bench.blocks()) == names


def test_a_block_that_a_person_removed_before_it_was_looked_for_is_made_again(page: Page) -> None:
    """It is not known whether it ever stood there."""
    page.bench.faults(on_append(nth=1, when="after", do={"cut": True}))
    left = [None]

    def removes(request: Any) -> None:
        if request.method == "GET" and request.path.endswith("/children") and left:
            left.pop()
            block = next(b for b in page.bench.page()["children"] if b["name"] == "b.txt")
            page.bench.caller.ok("DELETE", f"/v1/blocks/{block['id']}")

    page.bench.transport.hook = removes
    ends = page.make("a.txt", "b.txt", "c.txt")
    assert page.bench.blocks() == ["a.txt", "b.txt", "c.txt"]
    assert page.all_recorded(ends)


def test_what_nobody_foresaw_fails_what_it_kept_from_being_made(page: Page) -> None:
    """It would come again and again."""
    appends: list[str] = []

    def broken(request: Any) -> None:
        if request.method == "PATCH":
            appends.append(request.path)
            raise KeyError("x")

    page.bench.transport.hook = broken
    ends = page.make("a.txt", "b.txt")
    assert {type(end) for end in ends.values()} == {KeyError}
    assert len(appends) == 1
    assert (page.bench.blocks(), page.bench.store.journal.open()) == ([], [])


# Refusals


def test_one_that_is_refused_fails_alone_and_the_others_keep_their_order(page: Page) -> None:
    ends = page.make("a.txt", "b.txt", NO_IMAGE, "c.txt", "d.txt")
    assert isinstance(ends.pop(NO_IMAGE), ValidationFailed)
    assert page.bench.blocks() == ["a.txt", "b.txt", "c.txt", "d.txt"]
    assert all(isinstance(end, Placement) for end in ends.values())
    assert page.all_recorded(ends)


def test_an_upload_that_notion_does_not_know_is_named_and_keeps_its_place(page: Page) -> None:
    """Whoever waits sends the content again."""

    async def scenario() -> str:
        writer = page.writer()
        page.activity.begin()
        first = writer.reserve(page.action("a.txt"), "r", page.sequencer.next_number())
        other = page.admit(writer, "b.txt")
        page.start(writer)
        page.activity.end_admission()
        waiting = asyncio.ensure_future(other)
        upload = page.bench.uploaded("a.txt", b"a.txt")
        with pytest.raises((ValidationFailed, NotFound)) as caught:
            await first.put(replace(upload, id=notion_id(99)))
        assert caught.value.unknown_upload
        placed = await first.put(upload)
        page.activity.end()
        await waiting
        await page.tasks.join()
        return placed.id.name

    assert page.bench.run(scenario()) == "a.txt"
    assert page.bench.blocks() == ["a.txt", "b.txt"]
    assert not page.bench.store.has_open_writes()


def test_many_uploads_that_notion_has_forgotten_are_found_out_together(page: Page) -> None:
    """And sent again, into their places."""
    names = [f"{number:02}.txt" for number in range(40)]
    forgotten = set(names[:30])

    async def scenario() -> None:
        writer = page.writer()
        reservations = {
            name: writer.reserve(page.action(name), "r", page.sequencer.next_number()) for name in names
        }
        uploads = {name: page.bench.uploaded(name, name.encode()) for name in names}
        for name in forgotten:
            uploads[name] = replace(uploads[name], id=notion_id(int(name[:2])))

        async def put(name: str) -> None:
            with contextlib.suppress(NotionError):
                await reservations[name].put(uploads[name])
                return
            await reservations[name].put(page.bench.uploaded(name, name.encode()))

        page.activity.end_admission()
        page.start(writer)
        await asyncio.gather(*(put(name) for name in names))
        await page.tasks.join()

    page.bench.run(scenario())
    assert page.bench.blocks() == names
    asked = Counter(page.bench.asked())
    assert asked["GET /v1/file_uploads"] == 1
    assert (
        asked["PATCH /v1/blocks/…/children"] <= 6
    )  # some to wait until they may become visible, one that is taken


def test_a_page_that_is_not_shared_fails_all_and_those_that_come_later(page: Page) -> None:
    async def elsewhere() -> str:
        return notion_id(99)

    page.find_page = elsewhere
    page.uploads_ready_in = {"c.txt": 30}

    async def scenario() -> Ends:
        return await page.all(["a.txt", "b.txt", "c.txt"])

    ends = page.bench.run(scenario())
    assert {type(end) for end in ends.values()} == {NotFound}
    assert page.appends <= 1
    assert not page.bench.store.has_open_writes()


def test_a_page_that_cannot_be_found_or_made_fails_all(page: Page) -> None:
    async def fails() -> str:
        raise NetworkError("no route to host", sent=False)

    page.find_page = fails
    ends = page.make("a.txt", "b.txt")
    assert {type(end) for end in ends.values()} == {NetworkError}
    assert page.bench.asked() == [each for each in page.bench.asked() if "file_uploads" in each]


def test_a_block_that_new_ones_are_to_follow_and_that_is_not_there_is_named(page: Page) -> None:
    page.position = Position("after", notion_id(99))
    ends = page.make("a.txt")
    error = ends["a.txt"]
    assert isinstance(error, NoAnchor)
    assert notion_id(99) in str(error)
    assert not page.bench.store.has_open_writes()


def test_our_own_block_that_somebody_removed_meanwhile_is_no_anchor_any_more(page: Page) -> None:
    """The next blocks follow the one before it."""
    page.position = Position("start")
    names = [f"{number:03}.txt" for number in range(CHILDREN_LIMIT + 2)]
    gone = {"status": 404, "message": "Could not find block"}
    page.bench.faults(on_append(nth=2, do=gone), {"method": "GET", "path": "/v1/blocks/[^/]+$", "do": gone})
    ends = page.make(*names)
    assert all(isinstance(end, Placement) for end in ends.values())
    last = CHILDREN_LIMIT - 1
    assert page.bench.blocks() == [*names[:last], *names[CHILDREN_LIMIT:], names[last]]


# Late


def theirs(page: Page) -> None:
    """A person's block on the page."""
    made = page.bench.uploaded("theirs.txt", b"theirs")
    page.bench.caller.append(
        {"type": "file", "file": {"type": "file_upload", "file_upload": {"id": made.id}}}
    )


def when_first_asked(page: Page, method: str, number: int, what: Callable[[], None]) -> None:
    """Have something happen right before the request of this number."""
    left = [number]

    def hook(request: Any) -> None:
        left[0] -= request.method == method
        if request.method == method and left[0] == 0:
            what()

    page.bench.transport.hook = hook


def delete(page: Page, *names: str) -> None:
    """As a person does it."""
    for block in page.bench.page()["children"]:
        if block["name"] in names and not block["in_trash"]:
            page.bench.caller.ok("DELETE", f"/v1/blocks/{block['id']}")


SMALL = ("b.txt", "c.txt", "d.txt")


@pytest.mark.parametrize(
    ("position", "order"),
    [
        pytest.param(Position(), ["theirs.txt", "a.txt", *SMALL], id="end"),
        pytest.param(Position("start"), ["a.txt", *SMALL, "theirs.txt"], id="start"),
    ],
)
def test_a_late_first_one_keeps_nobody_waiting_and_stands_first(
    page: Page, position: Position, order: list[str]
) -> None:
    theirs(page)
    page.position = position
    page.uploads_ready_in = {"a.txt": 300}
    came: list[float] = []
    began = page.bench.clock.monotonic()
    when_first_asked(page, "PATCH", 1, lambda: came.append(page.bench.clock.monotonic() - began))
    ends = page.make("a.txt", *SMALL)
    assert came[0] < 20
    assert page.bench.blocks() == order
    assert page.appends == 1 + 2  # the person's, and ours
    assert page.all_recorded(ends)


def test_late_neighbours_come_together_and_where_they_belong(page: Page) -> None:
    page.uploads_ready_in = {"b.txt": 300, "c.txt": 301, "e.txt": 302}
    ends = page.make("a.txt", "b.txt", "c.txt", "d.txt", "e.txt", "f.txt")
    assert page.bench.blocks() == ["a.txt", "b.txt", "c.txt", "d.txt", "e.txt", "f.txt"]
    assert page.appends == 3
    assert page.all_recorded(ends)


@pytest.mark.parametrize(
    ("deleted", "order"),
    [
        (("b.txt",), ["theirs.txt", "a.txt", "c.txt", "d.txt"]),
        (("a.txt",), ["theirs.txt", "b.txt", "c.txt", "d.txt"]),
        (("a.txt", "b.txt"), ["theirs.txt", "c.txt", "d.txt"]),
        (("a.txt", "b.txt", "d.txt"), ["theirs.txt", "c.txt"]),
        (("theirs.txt", "b.txt", "a.txt"), ["c.txt", "d.txt"]),
    ],
)
def test_a_late_one_follows_the_nearest_that_people_have_left(
    page: Page, deleted: tuple[str, ...], order: list[str]
) -> None:
    theirs(page)
    page.uploads_ready_in = {"c.txt": 300}
    when_first_asked(page, "PATCH", 2, lambda: delete(page, *deleted))
    ends = page.make("a.txt", "b.txt", "c.txt", "d.txt")
    assert page.bench.blocks() == order
    assert all(isinstance(end, Placement) for end in ends.values())
    assert not page.bench.store.has_open_writes()


@pytest.mark.parametrize(
    "trouble",
    [{"when": "before", "do": {"cut": True}}, {"when": "after", "do": {"cut": True}}, {"do": {"late": 30.0}}],
)
@pytest.mark.parametrize("late", ["a.txt", "c.txt"])
def test_a_late_append_without_an_answer_is_looked_for_like_any_other(
    page: Page, late: str, trouble: Json
) -> None:
    theirs(page)
    page.uploads_ready_in = {late: 300}
    page.bench.faults(on_append(nth=2, **trouble))
    ends = page.make("a.txt", "b.txt", "c.txt", "d.txt")
    assert page.bench.blocks() == ["theirs.txt", "a.txt", "b.txt", "c.txt", "d.txt"]
    assert page.all_recorded(ends)


def test_blocks_that_were_never_made_come_again_into_their_places(page: Page) -> None:
    """Others have gone behind them meanwhile."""
    page.uploads_ready_in = {"c.txt": 30, "d.txt": 30}
    page.bench.faults(on_append(nth=1, when="before", do={"cut": True}))
    ends = page.make("a.txt", "b.txt", "c.txt", "d.txt")
    assert page.bench.blocks() == ["a.txt", "b.txt", "c.txt", "d.txt"]
    assert page.all_recorded(ends)


def test_a_block_of_a_file_that_is_still_being_read_finds_its_place(page: Page) -> None:
    """The queue knows of none: only the sequencer does."""

    async def scenario() -> list[str]:
        writer = page.writer()
        before = [page.admit(writer, f"a{number:02}.txt") for number in range(30)]
        read = page.sequencer.join()
        files = [*before, *(page.admit(writer, f"c{number:02}.txt") for number in range(30))]
        page.start(writer)
        done = asyncio.gather(*files)
        await asyncio.sleep(600)
        assert len(page.bench.blocks()) == 60
        async with read.in_order():
            page.activity.begin()
            late = writer.reserve(page.action("b.txt"), "r", read.number)
            page.start(writer)
        page.activity.end_admission()
        await asyncio.gather(done, page._file(late, "b.txt"))
        await page.tasks.join()
        return page.bench.blocks()

    names = page.bench.run(scenario())
    assert names == sorted(names)
    assert len(names) == 61


def test_while_blocks_may_come_late_it_is_written_down_where(page: Page) -> None:
    """For a copy of the record that is put back: what it does not know is not behind all that it knows."""
    page.make("0.txt")
    first = page.bench.store.things.last_block(page.target.key)
    page.sequencer, seen = Sequencer(page.bench.clock), list[tuple[bool, str | None]]()
    page.activity = Activity()
    page.bench.transport.hook = lambda request: (
        seen.append(page.bench.store.gaps.open_after(page.target.key, ""))
        if request.method == "PATCH"
        else None
    )
    page.uploads_ready_in = {"b.txt": 300}
    page.make("a.txt", "b.txt", "c.txt")
    assert seen == [(True, first), (True, first)]
    assert page.bench.store.gaps.open_after(page.target.key, "") == (False, None)


# The end


def test_whoever_waits_for_a_block_gives_up_when_the_pass_is_to_end(page: Page) -> None:
    """But not on one that is on its way."""
    page.uploads_ready_in = {"c.txt": 100}
    page.bench.faults(on_append(nth=1, do={"delay": 20}))

    async def scenario() -> Ends:
        writer = page.writer()
        names = [f"{number:03}.txt" for number in range(CHILDREN_LIMIT)]
        files = [page.admit(writer, name) for name in names]
        page.start(writer)
        asyncio.get_running_loop().call_later(10, page.bench.clock.halt)
        late = page.admit(writer, "z.txt")
        ends = await asyncio.gather(*files, late, return_exceptions=True)
        await page.tasks.join()
        return dict(zip([*names, "z.txt"], ends, strict=True))

    ends = page.bench.run(scenario())
    assert isinstance(ends.pop("z.txt"), Cancelled)
    assert {type(end) for end in ends.values()} == {Placement}
    assert page.all_recorded(ends)
    assert len(page.bench.blocks()) == CHILDREN_LIMIT


@pytest.mark.parametrize(
    ("ready_in", "left"),
    [({}, FREE_REQUESTS), ({"b.txt": 2.0}, FREE_REQUESTS), ({"b.txt": 20.0}, FREE_REQUESTS - 1)],
)
def test_only_an_early_append_counts_as_one(page: Page, ready_in: dict[str, float], left: int) -> None:
    page.uploads_ready_in = ready_in

    async def scenario() -> float:
        writer = page.writer()
        files = [page.admit(writer, name) for name in ("a.txt", "b.txt")]
        page.activity.end_admission()
        page.start(writer)
        await asyncio.gather(*files)
        await page.tasks.join()
        return page.cadence.spare(writer)

    assert int(page.bench.run(scenario())) == left
    assert page.appends == (1 if left == FREE_REQUESTS else 2)


def test_early_appends_to_a_page_are_some_seconds_apart(page: Page) -> None:
    page.uploads_ready_in = {"b.txt": 12.0, "c.txt": 100.0}
    when: list[float] = []
    page.bench.transport.hook = lambda request: (
        when.append(page.bench.clock.monotonic()) if request.method == "PATCH" else None
    )
    page.make("a.txt", "b.txt", "c.txt")
    assert page.bench.blocks() == ["a.txt", "b.txt", "c.txt"]
    assert len(when) == 3
    assert when[1] - when[0] > EARLY_EVERY - 1  # counted from before the requests that an append begins with
