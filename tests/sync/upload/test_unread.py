"""Large files that are read while they are sent: whole passes over real files, into the sandbox's core."""

import hashlib
import os
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

import pytest

from notion_sync.model import ActionName, Digest
from notion_sync.notion.errors import Unauthorized
from notion_sync.rules import PageTarget, Unsupported
from notion_sync.sandbox.control.state import state
from notion_sync.scan.content import read_source as read_first
from notion_sync.scan.reading import MIB, Reading, checksum_of, read_content
from notion_sync.sync.upload.transfers import PARTS_AT_ONCE
from tests.simulation.ports import SimulatedThreads
from tests.sync.bench import Bench

T = TypeVar("T")
SIZE = 21 * MIB
"""Three parts."""
SEND = "POST /v1/file_uploads/…/send"


class Watched(SimulatedThreads):
    """Threads that count the files and parts that are read."""

    first = 0
    parts = 0

    async def read(self, work: Callable[..., T], *args: object, **kwargs: object) -> T:
        self.first += work in (read_first, read_content)
        self.parts += getattr(work, "__func__", None) is Reading.next_part
        return await super().read(work, *args, **kwargs)


@pytest.fixture
def threads(bench: Bench) -> Watched:
    watched = Watched(random.Random(0))
    bench.ports = replace(bench.ports, threads=watched)
    return watched


def large(seed: int = 0, size: int = SIZE) -> bytes:
    """Contents that differ in every part."""
    block = random.Random(seed).randbytes(MIB)
    return b"".join(bytes([number % 251]) + block[1:] for number in range(size // MIB))


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def sends(bench: Bench) -> int:
    return Counter(bench.asked())[SEND]


def test_it_is_read_once_by_whoever_is_free_to_send(bench: Bench, threads: Watched) -> None:
    content = large(size=55 * MIB)
    bench.write("a.zip", content)
    read_before: list[int] = []
    bench.transport.hook = lambda r: read_before.append(threads.parts) if "/send" in r.path else None
    bench.push()
    assert bench.contents() == [sha256(content)]
    assert threads.first == 0
    assert len(read_before) == 6
    assert read_before[0] <= PARTS_AT_ONCE
    assert (bench.tally.uploads, bench.tally.reused) == (1, 0)
    assert bench.tally.counts[ActionName.ATTACHED] == 1
    recorded = bench.store.files.get(bench.found("a.zip").id)
    assert recorded is not None
    assert recorded[1] == sha256(content)
    asked = len(bench.asked())
    bench.push()
    assert len(bench.asked()) == asked


def test_where_its_size_is_known_it_is_read_first(bench: Bench, threads: Watched) -> None:
    bench.write("a.zip", large(1))
    bench.push()
    for name, content in ("b.zip", large(1)), ("c.zip", large(2)):
        bench.write(name, content)
    bench.push()
    assert threads.first == 2
    assert bench.contents() == [sha256(large(seed)) for seed in (1, 1, 2)]
    assert sends(bench) == 6
    os.rename(bench.root / "a.zip", bench.root / "d.zip")
    bench.push()
    assert (bench.tally.counts[ActionName.RENAMED], sends(bench)) == (1, 6)


@pytest.mark.parametrize(("seeds", "parts"), [((1, 1, 1), 3), ((1, 2, 1), 6), ((1, 2, 2), 6)])
def test_large_ones_of_one_size_are_sent_once_each(bench: Bench, seeds: tuple[int, ...], parts: int) -> None:
    for name, seed in zip("abc", seeds, strict=True):
        bench.write(f"{name}.zip", large(seed))
    bench.push()
    assert bench.contents() == [sha256(large(seed)) for seed in seeds]
    assert sends(bench) == parts
    assert (bench.tally.uploads, bench.tally.reused) == (len(set(seeds)), 3 - len(set(seeds)))


def test_several_pages_share_it(bench: Bench, threads: Watched) -> None:
    bench.write("a.zip", large())
    other = bench.other_page()
    bench.push(replace(bench.rule, targets=(*bench.rule.targets, PageTarget(other))))
    assert (bench.tally.uploads, sends(bench), threads.first) == (1, 3, 0)
    assert bench.contents() == bench.contents(other) == [sha256(large())]


def test_a_changed_one_gets_its_content_in_its_block(bench: Bench, threads: Watched) -> None:
    bench.write("a.zip", large(1))
    bench.push()
    changed = large(2, SIZE + MIB)
    bench.write("a.zip", changed)
    bench.push()
    assert bench.tally.counts[ActionName.REPLACED] == 1
    assert bench.contents() == [sha256(changed)]
    assert threads.first == 0


def test_what_is_on_the_page_already_is_not_sent(bench: Bench, threads: Watched) -> None:
    """The store is lost: what has the size of the file is compared with it first."""
    for name, seed, size in ("a.zip", 1, SIZE), ("b.zip", 2, SIZE + MIB):
        bench.write(name, large(seed, size))
    bench.push()
    with bench.store.transaction():
        for name in ("a.zip", "b.zip"):
            bench.store.files.forget(bench.found(name).id)
            for placement in bench.store.placements.of_content(
                Digest(sha256((bench.root / name).read_bytes())), bench.rule.targets[0].key
            ):
                bench.store.placements.forget(placement)
        for upload in state(bench.core.workspace)["uploads"]:
            bench.store.uploads.drop(upload["id"])
    bench.ports.listings.pages.clear()
    before = sends(bench)
    bench.write("c.zip", large(3, SIZE + 2 * MIB))
    bench.push()
    assert bench.tally.counts[ActionName.UNCHANGED] == 2
    assert (sends(bench) - before, threads.first) == (3, 2)
    assert len(bench.contents()) == 3


def interrupt(bench: Bench, *, after: int) -> None:
    """A pass that ends when so many parts have left."""
    bench.faults({"path": "/send$", "nth": after + 1, "times": 99, "do": {"status": 401}})
    with pytest.raises(Unauthorized):
        bench.push()
    bench.faults()


@pytest.mark.parametrize("differs", [False, True])
def test_after_an_interruption_what_was_confirmed_is_read_again_and_compared(
    bench: Bench, differs: bool
) -> None:
    content = large(size=55 * MIB)
    bench.write("a.zip", content)
    interrupt(bench, after=3)
    assert bench.contents() == []
    (pending,) = state(bench.core.workspace)["uploads"]
    if differs:
        with bench.store.transaction():
            number = min(bench.store.uploads.parts(pending["id"]))
            bench.store.uploads.save_part(pending["id"], number, checksum_of(b"bytes of another time"))
    before = sends(bench)
    bench.push()
    assert bench.contents() == [sha256(content)]
    assert [each["id"] for each in state(bench.core.workspace)["uploads"]] == [pending["id"]]
    assert sends(bench) - before == (4 if differs else 3)


@pytest.mark.parametrize("fault", [{"status": 400}, {"status": 409}, {"cut": True}, {"status": 500}])
def test_whatever_goes_wrong_is_told_by_the_way_of_all_files(bench: Bench, fault: dict[str, object]) -> None:
    bench.write("a.zip", large())
    bench.write("b.txt", b"small")
    bench.faults({"path": "/send$", "nth": 2, "do": fault})
    bench.push()
    bench.faults()
    bench.push()
    assert sorted(bench.contents()) == sorted([sha256(large()), sha256(b"small")])


def test_a_type_that_notion_refuses_is_packaged(bench: Bench) -> None:
    bench.write("a.exe", large())
    bench.push(replace(bench.rule, unsupported=Unsupported.ZIP))
    assert bench.tally.counts[ActionName.ATTACHED] == 1
    bench.push()
    assert len(bench.contents()) == 1


def test_a_refusal_for_good_is_recorded_by_what_the_file_holds(bench: Bench) -> None:
    bench.write("a.zip", large())
    bench.faults({"path": "/v1/file_uploads$", "times": 99, "do": {"status": 400}})
    bench.push()
    assert bench.tally.counts[ActionName.FAILED] == 1
    refusal = bench.store.failures.get(bench.found("a.zip").id, bench.rule.targets[0].key)
    assert refusal is not None
    assert refusal.digest == sha256(large())


def test_a_secret_does_not_leave(bench: Bench) -> None:
    bench.write(
        "a.zip",
        b"-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQ\n" + large(),
    )
    bench.push()
    assert (sends(bench), bench.contents()) == (0, [])
