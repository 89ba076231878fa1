"""Which blocks go into the next append."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notion_sync.model import FileId, Fingerprint, Label, SourceFile
from notion_sync.notion.payloads import CHILDREN_LIMIT, After, Edge
from notion_sync.notion.payloads import Position as Where
from notion_sync.plan import Attach
from notion_sync.rules import Position
from notion_sync.sync.activity import EXPIRES_SOON
from notion_sync.sync.page.queue import PAYLOAD_LIMIT, BlockQueue, Slot
from tests.support.store import PAGE, digest, notion_id, upload

NOW = 10_000.0


def slot(name: str, *, ready: bool = True, left: float = 3600.0, caption: str = "") -> Slot:
    """A block to be made; `left` seconds of its upload's hour are left."""
    found = SourceFile(FileId("/d", name), name, Fingerprint(1, 1, 1, 1), f"/d/{name}")
    action = Attach(found, PAGE, digest(name), "file", Label(name, caption))
    return Slot(action, upload(1, expires_at=NOW + left) if ready else None)


def queue(*slots: Slot, **fields: object) -> BlockQueue:
    made = BlockQueue(PAGE, **fields)  # type: ignore[arg-type]
    made.slots.extend(slots)
    return made


def names(slots: list[Slot]) -> str:
    return "".join(each.action.found.path for each in slots)


def take(from_queue: BlockQueue, *, final: bool = False) -> str:
    return names(from_queue.next_batch(final=final, now=NOW))


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
    waiting = queue(slot("a"), late, slot("c"))
    assert take(waiting, final=True) == "a"
    assert take(waiting, final=True) == ""
    late.upload = upload(2)
    assert take(waiting, final=True) == "bc"


def test_a_block_that_will_not_come_lets_the_others_pass() -> None:
    late = slot("b", ready=False)
    waiting = queue(slot("a"), late, slot("c"))
    late.dropped = True
    assert take(waiting, final=True) == "ac"
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
    assert queue(*slots).next_expiry(NOW) == seconds


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
    while batch := waiting.next_batch(final=True, now=NOW):
        batches.append(len(batch))
        assert sum(len(each.action.label.caption) for each in batch) * 6 < 500_000
    assert len(batches) > 1
    assert sum(batches) == CHILDREN_LIMIT


def test_a_request_full_of_bytes_goes_at_once() -> None:
    count = PAYLOAD_LIMIT // 12_000 + 1
    waiting = queue(*(slot("x", caption="c" * 2000) for _ in range(count)), slot("y", ready=False))
    assert 0 < len(take(waiting)) < CHILDREN_LIMIT


# Putting back


def test_what_was_put_back_comes_first_and_in_its_order() -> None:
    waiting = queue(slot("a"), slot("b"), slot("c", ready=False))
    batch = waiting.next_batch(final=True, now=NOW)
    waiting.put_back(batch)
    assert names(list(waiting.slots)) == "abc"
    assert take(waiting, final=True) == "ab"


def test_halving_after_a_refusal_goes_through_all_of_them() -> None:
    """As the page's writer does it: put back, and try half as many."""
    waiting = queue(*(slot(name) for name in "abcdefg"))
    batch = waiting.next_batch(final=True, now=NOW)
    waiting.limit = len(batch) // 2
    waiting.put_back(batch)
    assert [take(waiting, final=True) for _ in range(4)] == ["abc", "def", "g", ""]


# Places

AFTER = notion_id(5)


@pytest.mark.parametrize(
    ("position", "last", "where"),
    [
        (Position("end"), None, Edge.END),
        (Position("end"), notion_id(9), Edge.END),
        (Position("start"), None, Edge.START),
        (Position("start"), notion_id(9), After(notion_id(9))),
        (Position("after", AFTER), None, After(AFTER)),
        (Position("after", AFTER), notion_id(9), After(notion_id(9))),
    ],
)
def test_where_the_next_blocks_go(position: Position, last: str | None, where: Where) -> None:
    """A later request of a pass goes behind the earlier one, so that the order holds at the start, too."""
    waiting = BlockQueue(replace(PAGE, position=position), last_block=last)
    assert waiting.where() == where


# Any order of events


@given(st.lists(st.sampled_from(["ready", "late", "dropped"]), max_size=30), st.integers(1, 7), st.data())
def test_everything_that_can_go_goes_once_and_in_order(
    states: list[str], limit: int, data: st.DataObject
) -> None:
    slots = [slot(chr(0x100 + number), ready=state != "late") for number, state in enumerate(states)]
    for each, state in zip(slots, states, strict=True):
        each.dropped = state == "dropped"
    waiting = queue(*slots, limit=limit)
    sent = ""
    for late in [s for s in slots if s.upload is None]:
        if data.draw(st.booleans()):
            sent += take(waiting, final=data.draw(st.booleans()))
        late.upload = upload(1)
    while batch := waiting.next_batch(final=True, now=NOW):
        assert len(batch) <= limit
        sent += names(batch)
    assert sent == names([each for each in slots if not each.dropped])


def test_what_has_a_place_of_its_own_goes_by_itself() -> None:
    """Right after a block of the page, in a request of its own, which need not wait for company."""
    beside = slot("b")
    beside.after = notion_id(9)
    waiting = queue(slot("a"), beside, slot("c"), slot("d"))
    assert take(waiting) == ""
    assert [take(waiting, final=True) for _ in range(4)] == ["a", "b", "cd", ""]
    assert take(queue(beside, slot("c"))) == "b"


def test_an_hour_that_runs_out_does_not_bring_it_elsewhere() -> None:
    beside = slot("b", left=EXPIRES_SOON - 1)
    beside.after = notion_id(9)
    waiting = queue(slot("a", ready=False), beside, slot("c", left=EXPIRES_SOON - 1))
    assert [take(waiting) for _ in range(3)] == ["b", "c", ""]
