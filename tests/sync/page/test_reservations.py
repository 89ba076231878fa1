"""Reservations among one page's blocks, where the page turns out to take none."""

import pytest

from notion_sync.errors import NotionSyncError
from notion_sync.notion.errors import NotFound, Unauthorized
from notion_sync.sync.batching import Activity
from notion_sync.sync.page.reservations import Reservations
from notion_sync.sync.sequencer import Sequencer
from tests.support.store import upload
from tests.sync.bench import Bench
from tests.sync.page.test_queue import slot


@pytest.mark.parametrize(
    "error", [NotFound("Could not find page with ID: 1234.", status=404), Unauthorized("no", status=401)]
)
def test_what_ends_a_page_is_told_to_those_who_come_later(bench: Bench, error: NotionSyncError) -> None:
    async def scenario() -> None:
        reservations = Reservations(bench.clock, Activity(), Sequencer(bench.clock))
        early = reservations.add(slot("a.txt", number=1), "r")
        reservations.fail_all(error)
        late = reservations.add(slot("b.txt", number=2), "r")
        for each in (early, late):
            with pytest.raises(type(error)):
                await each.put(upload(1))

    bench.run(scenario())
