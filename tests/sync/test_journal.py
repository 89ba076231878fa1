"""Writes that may have been performed unseen: one table over all kinds of writes and all that can happen to them."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace

import pytest

from notion_sync.errors import Cancelled
from notion_sync.model import EntryKey, Label, Placement
from notion_sync.notion.errors import NetworkError, NotionError, Unauthorized, ValidationFailed
from notion_sync.notion.pages import PropertyFile
from notion_sync.notion.payloads import MediaBlock, NewFile, files, title
from notion_sync.notion.values import Parent
from notion_sync.plan.actions import ENTRY
from notion_sync.sync.entries import entry_key, made_entries
from notion_sync.sync.failures import StillOpen
from notion_sync.sync.journal import Journal
from notion_sync.sync.lateness import LATE_AFTER, LOOKS_APART
from notion_sync.sync.recognition import Made
from notion_sync.sync.recovery import JournalRecovery
from notion_sync.writes import Append, AttemptEnd, Intent, JournalEntry, PageCreation, RowWrite, Write
from tests.support.store import PAGE, digest, notion_id
from tests.sync.bench import Bench, Json

NAMES = ("a.txt", "b.txt")
PLACE = "sub"
"""Of each write: a subfolder, the title of a row."""

CUT_BEFORE: Json = {"when": "before", "do": {"cut": True}}
CUT_AFTER: Json = {"when": "after", "do": {"cut": True}}
LATE: Json = {"do": {"late": LATE_AFTER - 3}}


@dataclass
class Case:
    """A write, and how it is asked for.

    Args:
        bench: Where.
        write: What is to be made.
        send: Sends it, once.
        there: How much of it is in Notion.
    """

    bench: Bench
    write: Write
    send: Callable[[], Awaitable[Made]]
    there: Callable[[], int]

    @property
    def whole(self) -> int:
        """How much there is once it is made."""
        return 1 if isinstance(self.write, PageCreation) else len(self.write.intents)

    def perform(self, meanwhile: Callable[[], object] | None = None) -> tuple[JournalEntry, Made]:
        return self.bench.run(self._to_its_end(Journal(self.bench.ports, self.bench.heard)), meanwhile)

    async def _to_its_end(self, journal: Journal) -> tuple[JournalEntry, Made]:
        entry, made = await journal.perform(self.write, self.send)
        return entry, await journal.known_outcome(entry, made)

    def open(self) -> list[Write]:
        """The writes that are in the journal."""
        return [entry.write for entry in self.bench.store.journal.open()]


def intents(bench: Bench, kind: str = "file", names: Sequence[str] = NAMES) -> tuple[Intent, ...]:
    uploads = [bench.uploaded(name, name.encode()) for name in names]
    return tuple(
        Intent("r", name, bench.file_path(name), digest(name), kind, upload.id, Label(name))
        for name, upload in zip(names, uploads, strict=True)
    )


def of_append(bench: Bench) -> Case:
    page = bench.core.workspace.page_id
    write = Append(PAGE.key, PLACE, page, "end", None, intents(bench))
    blocks = [MediaBlock("file", each.upload_id, name=each.label.name) for each in write.intents]

    async def send() -> Made:
        made = await bench.notion.append(page, blocks)
        return Made(tuple(each.id for each in made), file_ids=tuple(each.url_path_file_id for each in made))

    return Case(bench, write, send, lambda: len(bench.blocks()))


def row_target(bench: Bench) -> str:
    return f"{bench.core.workspace.database_id}/Attachments"


def of_new_row(bench: Bench, names: Sequence[str] = NAMES) -> Case:
    source = bench.core.workspace.data_source_id
    write = RowWrite(row_target(bench), source, PLACE, None, (), (), intents(bench, ENTRY, names))
    entries = [NewFile(each.upload_id, each.label.name) for each in write.intents]

    async def send() -> Made:
        page = await bench.notion.create_page(
            Parent("data_source_id", source), {"Name": title(PLACE), "Attachments": files(entries)}
        )
        return Made(tuple(made_entries((), names, page.files("Attachments") or ())), page.id)

    return Case(bench, write, send, lambda: sum(map(len, bench.rows().values())))


def of_row(bench: Bench) -> Case:
    """A row with an entry of somebody else's, and one of ours that the write takes out."""
    source = bench.core.workspace.data_source_id
    theirs = {"name": "theirs", "external": {"url": "https://example.com/theirs"}}
    ours = {"name": "old.txt", "file_upload": {"id": bench.uploaded("old.txt", b"old").id}}
    row = bench.caller.ok("POST", "/v1/pages", {
        "parent": {"data_source_id": source},
        "properties": {"Name": {"title": [{"text": {"content": PLACE}}]}, "Attachments": {"files": [theirs, ours]}},
    })["id"]  # fmt: skip
    before = bench.run(bench.notion.page(row)).files("Attachments") or ()
    remaining: tuple[EntryKey, ...] = (entry_key(before[0]),)
    write = RowWrite(
        row_target(bench), source, PLACE, row, tuple(map(entry_key, before)), remaining, intents(bench, ENTRY)
    )
    entries: list[PropertyFile | NewFile] = [
        before[0],
        *(NewFile(each.upload_id, each.label.name) for each in write.intents),
    ]

    async def send() -> Made:
        async with bench.notion.read_and_write() as permit:
            page = await bench.notion.put_files(row, "Attachments", entries, permit)
        return Made(tuple(made_entries(remaining, NAMES, page.files("Attachments") or ())), page.id)

    return Case(bench, write, send, lambda: len({*bench.rows()[PLACE]} - {"theirs", "old.txt"}))


def of_page(bench: Bench) -> Case:
    page = bench.core.workspace.page_id
    write = PageCreation(page, PLACE, page, PLACE)

    async def send() -> Made:
        made = await bench.notion.create_page(Parent("page_id", page), {"title": title(PLACE)})
        return Made((made.id,), made.id)

    def there() -> int:
        children = bench.page()["children"]
        return sum(1 for each in children if each["type"] == "child_page" and each["name"] == PLACE)

    return Case(bench, write, send, there)


@pytest.fixture(params=[of_append, of_new_row, of_row, of_page], ids=lambda make: make.__name__)
def case(bench: Bench, request: pytest.FixtureRequest) -> Case:
    made: Case = request.param(bench)
    return made


# What becomes of a write


def test_a_write_that_is_answered_is_open_until_it_is_recorded(case: Case) -> None:
    send, seen = case.send, list[list[Write]]()

    async def looking() -> Made:
        seen.append(case.open())
        return await send()

    case.send = looking
    entry, made = case.perform()
    assert seen == [[case.write]]  # before it left
    assert (made.answered, made.lost, made.complete) == (True, None, True)
    assert case.open() == [case.write]
    Journal(case.bench.ports, case.bench.heard).record(entry, made)
    assert case.open() == []
    assert case.there() == case.whole


def test_a_write_that_is_refused_never_happened(case: Case) -> None:
    case.bench.faults({"do": {"status": 400, "message": "no"}})
    with pytest.raises(ValidationFailed, match="no"):
        case.perform()
    assert (case.open(), case.there()) == ([], 0)


def test_a_run_that_is_to_end_before_the_request_leaves_never_asked(case: Case) -> None:
    async def cancelled() -> Made:
        raise Cancelled("stopped")

    case.send = cancelled
    with pytest.raises(Cancelled):
        case.perform()
    assert (case.open(), case.there()) == ([], 0)


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(CUT_AFTER, id="cut"),
        pytest.param(LATE, id="late"),
        pytest.param({"do": {"truncate": True}}, id="half an answer"),
        pytest.param({"when": "after", "do": {"status": 500}}, id="500"),
        pytest.param({"when": "after", "do": {"status": 502, "body": "<html>"}}, id="from the edge"),
        pytest.param({"do": {"committed": True}}, id="503 that says so"),
    ],
)
def test_a_write_whose_answer_is_lost_is_found(case: Case, fault: Json) -> None:
    """And its things are named as if it had been answered."""
    case.bench.faults({"nth": 1, **fault})
    entry, made = case.perform()
    assert made.complete
    assert (len(made.ids), case.there()) == (case.whole, case.whole)
    Journal(case.bench.ports, case.bench.heard).record(entry, made)
    assert case.open() == []


def test_the_ids_of_what_is_found_are_those_of_what_would_have_been_answered(case: Case) -> None:
    send, answers = case.send, list[Made]()

    async def losing() -> Made:
        answers.append(await send())
        raise NetworkError("reset", sent=True, ambiguous=True)

    case.send = losing
    _, made = case.perform()
    assert (made.ids, made.page) == (answers[0].ids, answers[0].page)
    assert not made.answered
    assert isinstance(made.lost, NetworkError)


def test_an_exception_that_nobody_foresaw_proves_nothing(case: Case) -> None:
    send = case.send

    async def broken() -> Made:
        await send()
        raise KeyError("x")

    case.send = broken
    _, made = case.perform()
    assert made.complete
    assert isinstance(made.lost, KeyError)
    assert case.open() == [case.write]
    assert case.there() == case.whole


def test_a_write_that_did_not_happen_is_looked_for_until_it_cannot_come_any_more(case: Case) -> None:
    case.bench.faults({"nth": 1, **CUT_BEFORE})
    began = case.bench.clock.monotonic()
    _, made = case.perform()
    assert case.bench.clock.monotonic() - began >= LATE_AFTER
    assert not any(made.ids)
    assert not made.answered
    assert isinstance(made.lost, NetworkError)
    # Whoever asked for it records that, and asks again.
    assert (case.open(), case.there()) == ([case.write], 0)


LOOKS = ({"method": "GET", "do": {"status": 503}}, {"path": "query$", "do": {"status": 503}})


@pytest.mark.parametrize("fault", [CUT_BEFORE, CUT_AFTER], ids=["not done", "done"])
def test_a_write_that_cannot_be_looked_for_stays_open(case: Case, fault: Json) -> None:
    """Also for the next run, which finds out."""
    case.bench.faults({"nth": 1, **fault}, *LOOKS)
    with pytest.raises(StillOpen) as caught:
        case.perform()
    assert isinstance(caught.value.error, NotionError)
    assert case.open() == [case.write]

    case.bench.faults()
    bench = case.bench
    recovered = recover(bench)
    happened = fault is CUT_AFTER
    assert case.open() == []
    assert case.there() == (case.whole if happened else 0)
    assert recovered == (len(placed(case)) if happened else 0)


def placed(case: Case) -> list[Placement]:
    """What is recorded of a write's files."""
    if isinstance(case.write, PageCreation):
        return []
    found = [case.bench.store.placements.get(each.id, case.write.target) for each in case.write.intents]
    return [each for each in found if each is not None]


def test_a_run_that_is_to_end_while_it_looks_leaves_the_write_open(case: Case) -> None:
    case.bench.faults({"nth": 1, **CUT_BEFORE})
    clock = case.bench.clock
    with pytest.raises(StillOpen):
        case.perform(lambda: clock.halt() if clock.monotonic() > 10 else None)
    assert case.open() == [case.write]


# A write that makes nothing new


def removal(bench: Bench) -> Case:
    """One of ours goes, somebody else's stays."""
    case = of_row(bench)
    assert isinstance(case.write, RowWrite)
    write, page_id = replace(case.write, intents=()), case.write.page_id
    assert page_id is not None

    async def send() -> Made:
        async with bench.notion.read_and_write() as permit:
            theirs = ((await bench.notion.page(page_id, permit)).files("Attachments") or ())[:1]
            return Made((), (await bench.notion.put_files(page_id, "Attachments", theirs, permit)).id)

    return Case(bench, write, send, lambda: len(bench.rows()[PLACE]))


@pytest.mark.parametrize(
    ("fault", "happened"),
    [(CUT_AFTER, True), (LATE, True), (CUT_BEFORE, False)],
    ids=["done", "late", "not done"],
)
def test_a_removal_is_waited_for_until_it_cannot_come_late_any_more(
    bench: Bench, fault: Json, happened: bool
) -> None:
    case = removal(bench)
    bench.faults({"method": "PATCH", "nth": 1, **fault})
    began = bench.clock.monotonic()
    entry, made = case.perform()
    assert made.complete is happened
    assert (bench.clock.monotonic() - began >= LATE_AFTER) is not (fault is CUT_AFTER)
    assert case.there() == (1 if happened else 2)
    Journal(bench.ports, bench.heard).record(entry, made)
    assert case.open() == []


# What is recorded


def test_what_was_made_is_recorded_with_its_end(case: Case) -> None:
    entry, made = case.perform()
    placements = Journal(case.bench.ports, case.bench.heard).record(entry, made)
    assert placements == placed(case)
    store = case.bench.store
    match case.write:
        case PageCreation(root=root, location=location):
            assert store.pages.get(root, location) == made.page
        case RowWrite(source=source, location=location, intents=each):
            assert store.pages.get(source, location) == made.page
            assert [p.file_id for p in placements] == list(made.ids)
            assert {(p.location, p.page_id, p.kind, p.block_id) for p in placements} == {
                (location, made.page, ENTRY, None)
            }
            assert all(expiry(case.bench, i.upload_id) is None for i in each)
        case Append(parent=parent, location=location, intents=each):
            assert [p.block_id for p in placements] == list(made.ids)
            assert [p.file_id for p in placements] == shown_files(case.bench)
            assert {(p.location, p.page_id, p.kind) for p in placements} == {(location, parent, "file")}
            assert all(expiry(case.bench, i.upload_id) is None for i in each)


def shown_files(bench: Bench) -> list[str | None]:
    """The ids of the files that the page's blocks show, in their order."""

    async def look() -> list[str | None]:
        children = bench.notion.children(bench.core.workspace.page_id)
        return [block.url_path_file_id async for block in children if block.file]

    shown = bench.run(look())
    assert None not in shown
    return shown


def expiry(bench: Bench, upload_id: str) -> float | None:
    """When an upload ends; never once it is attached."""
    made = bench.store.uploads.get(upload_id)
    assert made is not None
    return made.expires_at


def test_what_is_not_there_is_not_recorded(bench: Bench) -> None:
    """A person has removed one of two blocks before it was looked for."""
    case = of_append(bench)
    entry, made = case.perform()
    there = replace(made, ids=(None, made.ids[1]), file_ids=(None, made.file_ids[1]), answered=False)
    (placement,) = Journal(bench.ports, bench.heard).record(entry, there)
    assert (placement.id.name, placement.block_id) == ("b.txt", made.ids[1])
    assert case.open() == []


def test_an_entry_that_notion_answered_without_an_id_is_recorded(bench: Bench) -> None:
    """It was made, so it must not be made again; renaming and removing it will find it missing."""
    case = of_new_row(bench)
    entry, made = case.perform()
    placements = Journal(bench.ports, bench.heard).record(entry, replace(made, ids=(None, made.ids[1])))
    assert [(p.id.name, p.file_id) for p in placements] == [("a.txt", None), ("b.txt", made.ids[1])]


OLD_KEY: EntryKey = (notion_id(10), "a.txt")


@pytest.mark.parametrize("replacing", [True, False])
def test_what_the_path_had_before_is_ours_unless_the_write_takes_its_place(
    bench: Bench, replacing: bool
) -> None:
    """Whatever the row holds: other files' entries may be equal to it."""
    case = of_new_row(bench, ("a.txt",))
    assert isinstance(case.write, RowWrite)
    target = case.write.target
    old = Placement(
        bench.file_path("a.txt"), target, digest("old"), ENTRY, notion_id(8), None, Label("a.txt"), PLACE, "",
        notion_id(9), OLD_KEY[0],
    )  # fmt: skip
    with bench.store.transaction():
        bench.store.placements.save(old, 1.0)
    entry, made = case.perform()
    write = replace(case.write, before=(OLD_KEY,), remaining=(OLD_KEY,), replacing=(0,) if replacing else ())
    (new,) = Journal(bench.ports, bench.heard).record(replace(entry, write=write), made)
    assert bench.store.placements.in_folder(str(bench.root), [target]) == [new]
    assert bench.store.retired.below(str(bench.root), [target]) == ([] if replacing else [old])


@pytest.mark.parametrize("same", [True, False])
def test_a_new_block_leaves_the_old_one_of_its_path_to_be_ours(bench: Bench, same: bool) -> None:
    case = of_append(bench)
    assert isinstance(case.write, Append)
    entry, made = case.perform()
    assert made.ids[0] is not None
    old = Placement(
        bench.file_path("a.txt"), PAGE.key, digest("old"), "file", notion_id(8), made.ids[0] if same else notion_id(7),
        Label("a.txt"), PLACE,
    )  # fmt: skip
    with bench.store.transaction():
        bench.store.placements.save(old, 1.0)
    Journal(bench.ports, bench.heard).record(entry, made)
    assert bench.store.retired.below(str(bench.root), [PAGE.key]) == ([] if same else [old])


# What an earlier run left open


def recover(bench: Bench) -> int:
    """How many files of an earlier run's writes are found, by a run that waits."""

    async def whole(recovery: JournalRecovery) -> int:
        return await recovery.look() + await recovery.wait_for_late()

    return bench.run(whole(bench.recovery()))


def left_open(case: Case, *, ended: float | None = None) -> None:
    """`ended` is how many seconds ago its attempt did, None where nobody saw that."""
    journal, clock = case.bench.store.journal, case.bench.clock
    with case.bench.store.transaction():
        entry = journal.begin(case.write, clock.now())
        if ended is not None:
            journal.attempt_ended(entry, AttemptEnd(clock.boot_id(), clock.since_boot() - ended))


def performed(case: Case) -> None:
    """Somebody asks for it, and nobody hears of it."""

    async def send() -> None:
        await case.send()

    case.bench.run(send())


@pytest.mark.parametrize("when", ["before", "meanwhile", "never"])
def test_what_a_run_left_open_is_found_by_the_next(case: Case, when: str) -> None:
    left_open(case)
    if when == "before":
        performed(case)
    elif when == "meanwhile":
        case.bench.faults({"nth": 1, **LATE})
        with pytest.raises(NetworkError):
            performed(case)
    recovered = recover(case.bench)
    assert case.open() == []
    assert case.there() == (0 if when == "never" else case.whole)
    assert recovered == len(placed(case)) == (0 if when == "never" or of_no_file(case) else 2)


def of_no_file(case: Case) -> bool:
    return isinstance(case.write, PageCreation)


@pytest.mark.parametrize(
    ("ended", "boots", "seconds"),
    [
        pytest.param(None, 1, LATE_AFTER, id="the program died"),
        pytest.param(5.0, 1, LATE_AFTER - 5, id="a moment ago"),
        pytest.param(LATE_AFTER - 1, 1, LOOKS_APART, id="almost over"),
        pytest.param(1500.0, 1, LOOKS_APART, id="long ago"),
        pytest.param(5.0, 2, LATE_AFTER, id="before a reboot"),
        pytest.param(1500.0, 2, LATE_AFTER, id="long before a reboot"),
        pytest.param(-100.0, 1, LATE_AFTER, id="in times to come"),
    ],
)
def test_an_earlier_runs_write_is_waited_for_from_the_end_of_its_attempt(
    case: Case, ended: float | None, boots: int, seconds: float
) -> None:
    """Where that is not known, from now on: 75 seconds, and two looks that are 30 seconds apart."""
    bench = case.bench
    bench.time.elapsed = 2000.0
    left_open(case, ended=ended)
    bench.time.boots = boots
    began = bench.clock.monotonic()
    assert recover(bench) == 0
    assert seconds <= bench.clock.monotonic() - began < seconds + 6
    assert case.open() == []


def test_what_has_an_upload_that_notion_knows_no_more_was_never_performed(case: Case) -> None:
    """Nor can it be any more: nothing is to be waited for."""
    bench = case.bench
    left_open(case)
    bench.time.elapsed = 3700.0
    began = bench.clock.monotonic()
    assert recover(bench) == 0
    waited = bench.clock.monotonic() - began
    assert waited >= LATE_AFTER if of_no_file(case) else waited < 15
    assert case.open() == []


def test_an_upload_that_is_unknown_for_a_moment_proves_nothing(case: Case) -> None:
    bench = case.bench
    left_open(case)
    unknown = {"status": 404, "code": "object_not_found", "message": "Could not find it"}
    bench.faults({"method": "GET", "path": "^/v1/file_uploads/[^/]+$", "nth": 1, "do": unknown})
    began = bench.clock.monotonic()
    assert recover(bench) == 0
    assert bench.clock.monotonic() - began >= LATE_AFTER


@pytest.mark.parametrize("hours", [1, -1])
def test_somebody_sets_the_clock_while_a_write_is_waited_for(case: Case, hours: int) -> None:
    bench = case.bench
    left_open(case)
    began = bench.clock.monotonic()

    def set_clock() -> None:
        bench.time.wall_ahead = hours * 3600.0

    async def whole(recovery: JournalRecovery) -> int:
        return await recovery.look() + await recovery.wait_for_late()

    assert bench.run(whole(bench.recovery()), set_clock) == 0
    assert LATE_AFTER <= bench.clock.monotonic() - began < LATE_AFTER + 6


def test_one_that_cannot_be_looked_for_does_not_keep_the_others_open(bench: Bench) -> None:
    """Its page is not shared any more, say."""
    one, other = of_append(bench), of_page(bench)
    assert isinstance(one.write, Append)
    hidden = replace(one.write, parent=notion_id(99))
    for write in (hidden, other.write):
        with bench.store.transaction():
            bench.store.journal.begin(write, bench.clock.now())
    assert recover(bench) == 0
    assert one.open() == [hidden]


@pytest.mark.parametrize(
    ("fault", "error"),
    [({"status": 401}, Unauthorized), ({"cut": True}, NetworkError)],
    ids=["token", "network"],
)
def test_where_nothing_can_be_looked_for_the_run_ends(
    bench: Bench, fault: Json, error: type[Exception]
) -> None:
    cases = [of_append(bench), of_page(bench)]
    for case in cases:
        left_open(case)
    bench.faults({"do": fault})
    with pytest.raises(error):
        recover(bench)
    assert len(cases[0].open()) == 2


def test_nothing_open_asks_for_nothing(bench: Bench) -> None:
    assert recover(bench) == 0
    assert bench.asked() == []


def test_a_row_in_the_trash_holds_nothing_that_was_made(bench: Bench) -> None:
    case = of_row(bench)
    assert isinstance(case.write, RowWrite)
    performed(case)
    bench.caller.ok("PATCH", f"/v1/pages/{case.write.page_id}", {"in_trash": True})
    left_open(case)
    assert recover(bench) == 0
    assert (case.open(), placed(case)) == ([], [])
