"""Which blocks go into the next append, and where to."""

from dataclasses import replace
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notion_sync.model import FilePath, Fingerprint, Label, SourceFile
from notion_sync.notion.payloads import CHILDREN_LIMIT, After, Edge
from notion_sync.notion.payloads import Position as Where
from notion_sync.plan.actions import Attach
from notion_sync.rules import Position
from notion_sync.sync.batching import EARLY_AFTER, EARLY_EVERY, EXPIRES_SOON, LAST_AFTER, OVERTAKEN_AFTER
from notion_sync.sync.page.queue import (
    MANY,
    PAYLOAD_LIMIT,
    Batch,
    BlockQueue,
    Expected,
    PlacedBlocks,
    Slot,
)
from tests.support.store import PAGE, digest, notion_id, upload

NOW = 10_000.0
LONG_AGO = NOW - EARLY_AFTER
"""When something was ready that has waited for long enough."""

_numbers = count(1000)


def slot(
    name: str, *, ready: bool = True, left: float = 3600.0, caption: str = "", number: int = 0,
    ready_at: float = NOW,
) -> Slot:  # fmt: skip
    """A block to be made, without a `number` the next one of its queue; its upload has `left` seconds."""
    found = SourceFile(FilePath("/d", name), name, Fingerprint(1, 1, 1, 1), f"/d/{name}")
    action = Attach(found, PAGE, digest(name), "file", Label(name, caption))
    made = upload(1, expires_at=NOW + left) if ready else None
    return Slot(action, number, made, ready_at)


def queue(*slots: Slot, **fields: object) -> BlockQueue:
    made = BlockQueue(PAGE, **fields)  # type: ignore[arg-type]
    for each in slots:
        each.number = each.number or next(_numbers)
        made.add(each)
    return made


def names(slots: list[Slot]) -> str:
    return "".join(each.action.found.path for each in slots)


def batch_of(from_queue: BlockQueue, *, final: bool = False, spare: float = 0, now: float = NOW) -> Batch:
    return from_queue.next_batch(Expected.NONE if final else Expected.MORE, spare=spare, now=now) or Batch(
        [], None
    )


def take(from_queue: BlockQueue, *, final: bool = False, spare: float = 0, now: float = NOW) -> str:
    return names(list(batch_of(from_queue, final=final, spare=spare, now=now).slots))


def test_at_the_end_of_a_pass_none_goes_early_while_others_become_ready() -> None:
    waiting = queue(slot("a", ready_at=LONG_AGO), slot("b", ready=False), slot("c", ready_at=NOW - 3))
    assert waiting.last_expected_at(0.0) == NOW - 3 + OVERTAKEN_AFTER

    assert waiting.next_batch(Expected.LAST, spare=9, now=NOW) is None
    assert take(waiting, spare=9) == "a"
    waiting = queue(*(slot("a", ready_at=NOW - at) for at in range(1, 30)))
    assert waiting.last_expected_at(0.0) == NOW - 29 + LAST_AFTER
    assert waiting.last_expected_at(NOW - 8) == NOW + 2
    assert queue(slot("a", ready=False)).last_expected_at(0.0) == 0.0


def test_at_the_end_of_a_pass_many_go_in_order_before_the_last_ones() -> None:
    ready = [slot("a", ready_at=NOW - OVERTAKEN_AFTER) for _ in range(MANY)]
    waiting = queue(*ready, slot("b", ready=False), slot("c", ready_at=NOW - OVERTAKEN_AFTER))
    assert waiting.next_batch(Expected.LAST, spare=9, now=NOW - 1) is None  # more may come in order
    assert waiting.next_batch(Expected.LAST, spare=0, now=NOW) is None
    batch = waiting.next_batch(Expected.LAST, spare=1, now=NOW)
    assert batch is not None
    assert (len(batch.slots), batch.costs) == (MANY, 1)
    assert waiting.next_batch(Expected.LAST, spare=9, now=NOW) is None


def test_blocks_wait_for_company() -> None:
    waiting = queue(slot("a"), slot("b"))
    assert take(waiting) == ""
    assert names(list(waiting.slots)) == "ab"
    assert take(waiting, final=True) == "ab"
    assert not waiting.slots


def test_a_full_request_goes_at_once() -> None:
    waiting = queue(*(slot("x") for _ in range(CHILDREN_LIMIT + 5)))
    assert len(take(waiting)) == CHILDREN_LIMIT
    assert take(waiting) == ""
    assert take(waiting, final=True) == "xxxxx"


def test_blocks_wait_for_those_before_them() -> None:
    late = slot("b", ready=False)
    waiting = queue(slot("a"), late, slot("c"), limit=2)
    assert take(waiting) == ""
    late.upload = upload(2)
    assert take(waiting) == "ab"


def test_a_block_that_will_not_come_lets_the_others_pass() -> None:
    late = slot("b", ready=False)
    waiting = queue(slot("a"), late, slot("c"), limit=2)
    late.dropped = True
    assert take(waiting) == "ac"
    assert take(waiting, final=True) == ""
    assert not waiting.slots


@pytest.mark.parametrize("where", [0, 1, 2])
def test_dropped_blocks_are_never_sent(where: int) -> None:
    slots = [slot("a"), slot("b"), slot("c")]
    slots[where].dropped = True
    assert take(queue(*slots), final=True) == "abc".replace("abc"[where], "")


def test_a_queue_of_dropped_blocks_is_empty() -> None:
    gone = slot("a")
    gone.dropped = True
    waiting = queue(gone)
    assert take(waiting, final=True) == ""
    assert not waiting.slots


# Hours that run out


def test_an_upload_whose_hour_runs_out_waits_neither_for_company_nor_for_its_turn() -> None:
    waiting = queue(
        slot("a", ready=False), slot("b"), slot("c", left=EXPIRES_SOON - 1), slot("d", left=EXPIRES_SOON - 1)
    )
    assert take(waiting) == "cd"
    assert names(list(waiting.slots)) == "ab"


@pytest.mark.parametrize(("left", "goes"), [(EXPIRES_SOON, ""), (EXPIRES_SOON - 0.1, "a"), (-5.0, "a")])
def test_when_an_upload_begins_to_hurry(left: float, goes: str) -> None:
    assert take(queue(slot("a", left=left), slot("b", ready=False))) == goes


@pytest.mark.parametrize(
    ("slots", "seconds"),
    [
        ([], None),
        ([slot("a", ready=False)], None),
        ([slot("a", left=EXPIRES_SOON + 60)], 61),
        ([slot("a", left=EXPIRES_SOON + 60), slot("b", left=EXPIRES_SOON + 30), slot("c", ready=False)], 31),
        ([slot("a", left=EXPIRES_SOON - 60)], 1),
    ],
)
def test_how_long_blocks_may_wait_for_company(slots: list[Slot], seconds: float | None) -> None:
    waiting = queue(*slots, last_early=NOW + 3600)
    assert waiting.next_look(NOW) == seconds


def test_an_upload_that_was_attached_before_does_not_hurry() -> None:
    lasting = slot("a")
    lasting.upload = upload(1, status="attached", expires_at=None)
    assert take(queue(lasting, slot("b", ready=False))) == ""


def test_a_full_request_in_order_goes_before_those_that_hurry() -> None:
    waiting = queue(slot("a"), slot("b"), slot("c", ready=False), slot("d", left=1), limit=2)
    assert take(waiting) == "ab"
    assert take(waiting) == "d"


def test_hurrying_blocks_are_no_more_than_a_request_takes() -> None:
    waiting = queue(slot("a", ready=False), *(slot(name, left=1) for name in "bcd"), limit=2)
    assert take(waiting) == "bc"
    assert take(waiting) == "d"


# Limits


def test_a_smaller_limit_makes_smaller_requests() -> None:
    waiting = queue(*(slot(name) for name in "abcde"), limit=2)
    assert [take(waiting, final=True) for _ in range(4)] == ["ab", "cd", "e", ""]


def test_long_captions_make_smaller_requests() -> None:
    """Notion takes no more than 500 KB; a character may cost six bytes in JSON."""
    waiting = queue(*(slot("x", caption="c" * 2000) for _ in range(CHILDREN_LIMIT)))
    batches = []
    while slots := batch_of(waiting, final=True).slots:
        batches.append(len(slots))
        assert sum(len(each.action.label.caption) for each in slots) * 6 < 500_000
    assert len(batches) > 1
    assert sum(batches) == CHILDREN_LIMIT


def test_a_request_full_of_bytes_goes_at_once() -> None:
    count = PAYLOAD_LIMIT // 12_000 + 1
    waiting = queue(*(slot("x", caption="c" * 2000) for _ in range(count)), slot("y", ready=False))
    assert 0 < len(take(waiting)) < CHILDREN_LIMIT


# Putting back


def test_what_was_put_back_comes_into_its_place_again() -> None:
    waiting = queue(slot("a"), slot("b"), slot("c", ready=False))
    waiting.put_back(batch_of(waiting, final=True).slots)
    assert names(waiting.slots) == "abc"
    assert take(waiting, final=True) == "ab"


def test_halving_after_a_refusal_goes_through_all_of_them() -> None:
    """As the page's writer does it: put back, and try half as many."""
    waiting = queue(*(slot(name) for name in "abcdefg"))
    batch = batch_of(waiting, final=True).slots
    waiting.limit = len(batch) // 2
    waiting.put_back(batch)
    assert [take(waiting, final=True) for _ in range(4)] == ["abc", "def", "g", ""]


# Without waiting for others


def pattern(text: str, *, ready_at: float = LONG_AGO) -> list[Slot]:
    """Slots by their letters: `.` is not ready, a capital letter became ready a moment ago."""
    return [
        slot(
            letter.lower(), ready=letter != ".", ready_at=NOW - 1 if letter.isupper() else ready_at, number=at
        )
        for at, letter in enumerate(text, start=1)
    ]


@pytest.mark.parametrize(
    ("waiting", "goes"),
    [
        pytest.param("abc", "abc", id="what waited for long enough"),
        pytest.param("ABC", "", id="and nothing before"),
        pytest.param("abC", "abc", id="with all that is ready"),
        pytest.param("a.c", "ac", id="past what is not ready"),
        pytest.param(".bc", "bc", id="also where that comes first"),
        pytest.param("....bcd", "bcd", id="however many that are"),
        pytest.param("a.C", "a", id="not past what may be ready in a moment"),
        pytest.param(".B", "", id="nor that alone"),
        pytest.param("A.c.D", "ac", id="up to there"),
        pytest.param("...", "", id="nothing to go"),
    ],
)
def test_what_is_ready_for_long_goes_without_those_before_it(waiting: str, goes: str) -> None:
    assert take(queue(*pattern(waiting)), spare=9) == goes
    assert take(queue(*pattern(waiting)), spare=0) == ""


def test_that_is_not_done_too_often() -> None:
    waiting = queue(*pattern("ab"), last_early=NOW - EARLY_EVERY + 1)
    assert take(waiting, spare=9) == ""
    batch = batch_of(waiting, spare=9, now=NOW + 1)
    assert (names(list(batch.slots)), batch.costs) == ("ab", 1)


def test_many_blocks_go_sooner() -> None:
    waiting = queue(*pattern("a" * MANY), last_early=NOW)
    assert len(take(waiting, spare=1)) == MANY
    assert take(queue(*pattern("a" * (MANY - 1)), last_early=NOW), spare=1) == ""


def test_what_others_would_have_waited_for_costs_nothing() -> None:
    assert batch_of(queue(*pattern("ab")), final=True, spare=9).costs == 0
    assert batch_of(queue(*pattern("ab"), limit=2), spare=9).costs == 0


@pytest.mark.parametrize(
    ("waiting", "spare", "goes", "costs"),
    [
        ("ab", 1, "ab", 1),
        ("ab", 0.9, "", 0),
        ("a.", 1, "a", 1),
        (".b", 2, "b", 2),
        (".b", 1, "", 1),
        ("...b", 2, "b", 2),
        ("a.c", 2, "ac", 2),
        ("a.c", 1, "a", 1),
        (".b.d", 9, "bd", 3),
        (".b.d", 2.9, "b", 2),
        (".b.D", 9, "b", 2),
    ],
)
def test_each_gap_that_is_left_costs_a_request(waiting: str, spare: float, goes: str, costs: int) -> None:
    batch = batch_of(queue(*pattern(waiting)), spare=spare)
    assert (names(list(batch.slots)), batch.costs if goes else costs) == (goes, costs)


def test_what_goes_with_others_passes_sooner() -> None:
    """One has waited for long; the others have for long enough not to wait for the next time."""
    slots = pattern("ab.de.g")
    for each in slots[1:]:
        each.ready_at = NOW - OVERTAKEN_AFTER
    slots[-1].ready_at = NOW - OVERTAKEN_AFTER + 1
    assert take(queue(*slots), spare=9) == "abde"


def test_when_no_more_can_come_those_that_do_not_hold_nobody_up() -> None:
    assert take(queue(*pattern("a.C.E")), final=True) == "ace"


def test_a_full_request_goes_past_what_is_late() -> None:
    assert take(queue(*pattern(".bcdE"), limit=4)) == "bcde"
    assert take(queue(*pattern(".BCDE"), limit=4)) == ""


@pytest.mark.parametrize(
    ("waiting", "last_early", "seconds"),
    [
        pytest.param("", 0.0, None, id="nothing"),
        pytest.param("..", 0.0, None, id="nothing ready"),
        pytest.param(".B", 0.0, EARLY_AFTER - 1, id="since it is ready"),
        pytest.param("ab", NOW - 1, EARLY_EVERY - 1, id="since the last request"),
        pytest.param("ab", 0.0, 5.0, id="not allowed now"),
    ],
)
def test_when_to_look_again(waiting: str, last_early: float, seconds: float | None) -> None:
    assert queue(*pattern(waiting), last_early=last_early).next_look(NOW) == seconds


# Places

AFTER_BLOCK = notion_id(5)


def placed(*numbers: int) -> PlacedBlocks:
    """Blocks on the page, of the files of these numbers."""
    made = PlacedBlocks()
    for number in numbers:
        made.add(number, notion_id(number))
    return made


@pytest.mark.parametrize(
    ("position", "there", "number", "where"),
    [
        (Position("end"), (), 4, Edge.END),
        (Position("end"), (1, 2), 4, Edge.END),
        (Position("end"), (2, 6), 4, After(notion_id(2))),
        (Position("end"), (6, 7), 4, None),
        (Position("start"), (), 4, Edge.START),
        (Position("start"), (1, 2), 4, After(notion_id(2))),
        (Position("start"), (2, 6), 4, After(notion_id(2))),
        (Position("start"), (6, 7), 4, Edge.START),
        (Position("after", AFTER_BLOCK), (), 4, After(AFTER_BLOCK)),
        (Position("after", AFTER_BLOCK), (2, 6), 4, After(notion_id(2))),
        (Position("after", AFTER_BLOCK), (6,), 4, After(AFTER_BLOCK)),
    ],
)
def test_where_blocks_go(
    position: Position, there: tuple[int, ...], number: int, where: Where | None
) -> None:
    """Behind the nearest one before them that is there, so that the order holds whenever they come."""
    waiting = BlockQueue(replace(PAGE, position=position), placed=placed(*there))
    assert waiting.position_of(number) == where


def test_on_the_page_of_a_subfolder_no_block_of_another_page_is_followed() -> None:
    waiting = BlockQueue(replace(PAGE, position=Position("after", AFTER_BLOCK)), "sub", placed=placed(2, 6))
    assert [waiting.position_of(number) for number in (1, 4, 8)] == [None, After(notion_id(2)), Edge.END]


def test_late_ones_between_the_same_blocks_go_together_and_others_do_not() -> None:
    waiting = queue(*pattern("abcdef"), placed=placed(0, 10), limit=9)
    assert take(waiting) == "abcdef"
    waiting = queue(*(each for each in pattern("abcdef") if each.number != 3), placed=placed(0, 3, 10))
    first, second = batch_of(waiting), batch_of(waiting)
    assert (names(list(first.slots)), first.position) == ("ab", After(notion_id(0)))
    assert (names(list(second.slots)), second.position) == ("def", After(notion_id(3)))


def test_a_late_one_goes_at_once_where_nothing_can_join_it() -> None:
    late, other = slot("b", number=2), slot("z", number=20)
    batch = batch_of(queue(late, other, placed=placed(1, 10)))
    assert (names(list(batch.slots)), batch.position, batch.costs) == ("b", After(notion_id(1)), 0)


def test_a_late_one_waits_for_its_neighbours_as_others_do() -> None:
    neighbours = [slot("b", number=2), slot("c", number=3, ready=False)]
    waiting = queue(*neighbours, placed=placed(1, 10))
    assert take(waiting, spare=9) == ""
    neighbours[0].ready_at = LONG_AGO
    assert take(waiting) == ""
    neighbours[1].upload = upload(1)
    assert take(waiting) == "bc"


def test_a_late_one_goes_without_neighbours_that_take_long() -> None:
    waiting = queue(
        slot("b", number=2, ready=False), slot("c", number=3, ready_at=LONG_AGO), placed=placed(1, 10)
    )
    assert take(waiting, spare=9) == "c"


def test_where_the_nearest_is_gone_the_one_before_it_is_followed() -> None:
    waiting = queue(placed=placed(1, 2, 3, 10))
    seen = [waiting.position_of(5)]
    for number in (3, 2, 1):
        waiting.placed.remove(notion_id(number))
        seen.append(waiting.position_of(5))
    assert seen == [After(notion_id(3)), After(notion_id(2)), After(notion_id(1)), None]


# Any order of events


@given(st.lists(st.sampled_from(["ready", "late", "dropped"]), max_size=30), st.integers(1, 7), st.data())
def test_everything_goes_once_and_stands_in_order_whenever_it_comes(
    states: list[str], limit: int, data: st.DataObject
) -> None:
    """On a page that is made as the requests say."""
    slots = [
        slot(str(number), ready=state != "late", number=number) for number, state in enumerate(states, 1)
    ]
    for each, state in zip(slots, states, strict=True):
        each.dropped = state == "dropped"
    position = data.draw(
        st.sampled_from([Position("end"), Position("start"), Position("after", AFTER_BLOCK)])
    )
    waiting = BlockQueue(replace(PAGE, position=position), limit=limit)
    for each in data.draw(st.permutations(slots)):
        waiting.add(each)
    page = ["theirs", AFTER_BLOCK, "theirs, too"]
    late = data.draw(st.permutations([each for each in slots if each.upload is None]))
    while late or waiting.slots:
        batch = batch_of(waiting, final=data.draw(st.booleans()) or not late, spare=9)
        assert len(batch.slots) <= limit
        put(page, batch, waiting)
        waiting.placed.keep(each.number for each in waiting.slots)
        if late:
            late.pop().upload = upload(1)
    ours = [block for block in page if "-" in block and block != AFTER_BLOCK]
    assert ours == [notion_id(1000 + each.number) for each in slots if not each.dropped]
    before = {"end": 3, "start": 0, "after": 2}[position.where]
    assert page[before : before + len(ours)] == ours


def put(page: list[str], batch: Batch, waiting: BlockQueue) -> None:
    """Do what an append asks for, and what the writer of the page does then."""
    match batch.position:
        case Edge.END:
            at = len(page)
        case Edge.START:
            at = 0
        case After(block_id):
            at = page.index(block_id) + 1
        case _:
            at = min((page.index(each) for each in waiting.placed.ids), default=len(page))
    page[at:at] = [notion_id(1000 + each.number) for each in batch.slots]
    for each in batch.slots:
        waiting.placed.add(each.number, notion_id(1000 + each.number))


def test_what_has_a_place_of_its_own_goes_by_itself_and_at_once() -> None:
    """Right after a block of the page, in a request of its own: no company could save one."""
    beside = slot("b")
    beside.after_block = notion_id(9)
    waiting = queue(slot("a"), beside, slot("c"), slot("d"))
    batch = batch_of(waiting)
    assert (names(list(batch.slots)), batch.position) == ("b", After(notion_id(9)))
    assert take(waiting) == ""
    assert [take(waiting, final=True) for _ in range(2)] == ["acd", ""]


def test_an_hour_that_runs_out_does_not_bring_it_elsewhere() -> None:
    beside = slot("b", left=EXPIRES_SOON - 1)
    beside.after_block = notion_id(9)
    waiting = queue(slot("a", ready=False), beside, slot("c", left=EXPIRES_SOON - 1))
    assert [take(waiting) for _ in range(3)] == ["b", "c", ""]
