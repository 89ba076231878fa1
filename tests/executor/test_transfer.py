"""Which request of a transfer comes next."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notion_sync.content import MIB, Content, part_count, read_content
from notion_sync.executor.transfer import PARTS_AT_ONCE, Transfer
from notion_sync.model import FileId, Fingerprint, Found
from tests.support.store import digest, upload
from tests.support.tree import found_at, make_tree


def transfer(size: int, name: str = "a.zip") -> Transfer:
    """A file on its way that need not exist."""
    found = Found(FileId("/d", name), name, Fingerprint(size, 1, 1, 1), f"/d/{name}")
    count = part_count(size)
    parts = tuple(digest(str(number)) for number in range(1, count + 1)) if count > 1 else ()
    return Transfer(found, Content(digest("all"), parts, racy=False), lambda _: None, 0.0)


PENDING = upload(1, status="pending")


def test_a_small_file_goes_in_one_piece() -> None:
    small = transfer(20 * MIB)
    assert not small.in_parts
    assert small.whole().length == 20 * MIB


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
    made = transfer(5, name)
    assert (made.filename, made.content_type) == (filename, mime)


@given(st.integers(20 * MIB + 1, 5 * 2**30))
def test_the_parts_lie_end_to_end_and_are_the_whole_file(size: int) -> None:
    large = transfer(size)
    lengths = [large.part(number).length for number in range(1, part_count(size) + 1)]
    starts = [large.part(number)._start for number in range(1, part_count(size) + 1)]
    assert sum(lengths) == size
    assert starts == [sum(lengths[:number]) for number in range(len(lengths))]
    assert len(set(lengths[:-1])) == 1
    assert 0 < lengths[-1] <= lengths[0]


def test_real_parts_carry_the_planned_bytes(tmp_path: Path) -> None:
    content = bytes(range(256)) * (25 * MIB // 256)
    make_tree(tmp_path, {"large.bin": content})
    found = found_at(tmp_path, "large.bin")
    read = read_content(found.source, found.fingerprint, now_ns=2**62, pause=lambda: None)
    made = Transfer(found, read, lambda _: None, 0.0)
    assert b"".join(b"".join(made.part(number).chunks()) for number in (1, 2, 3)) == content


def test_parts_are_sent_a_few_at_a_time_and_in_order() -> None:
    large = transfer(100 * MIB)
    large.resume(PENDING, {})
    assert large.next_parts() == [1, 2, 3, 4]
    assert large.next_parts() == []
    large.under_way -= 1
    assert large.next_parts() == [5]
    assert not large.all_sent


def test_parts_that_were_confirmed_with_the_planned_content_stay_sent() -> None:
    large = transfer(100 * MIB)
    confirmed = {2: large.content.parts[1], 4: digest("of another time"), 10: large.content.parts[9]}
    large.resume(PENDING, confirmed)
    assert large.to_send == [1, 3, 4, 5, 6, 7, 8, 9]


def test_when_every_part_is_there_only_the_joining_is_left() -> None:
    large = transfer(100 * MIB)
    large.resume(PENDING, dict(enumerate(large.content.parts, start=1)))
    assert large.next_parts() == []
    assert large.all_sent


def test_before_notion_has_given_an_id_nothing_is_sent() -> None:
    assert not transfer(100 * MIB).all_sent


def test_after_a_failure_no_part_is_begun() -> None:
    large = transfer(100 * MIB)
    large.resume(PENDING, {})
    large.failed = True
    assert large.next_parts() == []


@given(st.integers(1, 60), st.data())
def test_every_part_is_sent_exactly_once_whatever_comes_first(count: int, data: st.DataObject) -> None:
    base = transfer(100 * MIB)
    parts = tuple(digest(str(number)) for number in range(count))
    large = replace(base, content=replace(base.content, parts=parts))
    confirmed = data.draw(st.sets(st.integers(1, count)))
    large.resume(PENDING, {number: parts[number - 1] for number in confirmed})
    sent: list[int] = []
    while not large.all_sent:
        sent += large.next_parts()
        assert 0 < large.under_way <= PARTS_AT_ONCE
        large.under_way -= data.draw(st.integers(1, large.under_way))
    assert sent == sorted(set(range(1, count + 1)) - confirmed)
