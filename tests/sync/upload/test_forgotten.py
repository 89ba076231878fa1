"""Which uploads Notion has forgotten, by its list."""

from dataclasses import replace

from notion_sync.model import Upload
from notion_sync.sync.upload.earlier import unknown_uploads
from tests.support.store import notion_id
from tests.sync.bench import Bench


def asked_of(bench: Bench, *uploads: Upload) -> set[str]:
    return bench.run(unknown_uploads(bench.ports.remote.notion, uploads))


def test_what_is_listed_is_known_and_what_is_not_is_forgotten(bench: Bench) -> None:
    there, not_there = bench.uploaded("a.txt"), replace(bench.uploaded("b.txt"), id=notion_id(99))
    assert asked_of(bench, there, not_there) == {not_there.id}
    assert asked_of(bench, there) == set()


def test_what_has_expired_is_forgotten(bench: Bench) -> None:
    old = bench.uploaded("a.txt")
    bench.time.advance(3700)
    assert asked_of(bench, old, bench.uploaded("b.txt")) == {old.id}


def test_the_list_is_read_no_further_than_to_the_oldest(bench: Bench) -> None:
    for number in range(150):
        bench.uploaded(f"{number}.txt")
    bench.time.advance(600)
    new = replace(bench.uploaded("new.txt"), id=notion_id(99))
    before = len(bench.asked())
    assert asked_of(bench, new) == {new.id}
    assert len(bench.asked()) == before + 1


def test_where_the_list_cannot_be_had_nothing_is_forgotten(bench: Bench) -> None:
    not_there = replace(bench.uploaded("b.txt"), id=notion_id(99))
    bench.faults(
        {
            "method": "GET",
            "path": "file_uploads$",
            "every": 1,
            "do": {"status": 403, "code": "restricted_resource"},
        }
    )
    assert asked_of(bench, not_there) == set()
